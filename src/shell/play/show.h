/* show - addresses and data as text for the report, with the scenario's names.
 *
 *     0xd8da..6045             alice
 *     0x022c0d9f0000..         swap(amount0Out: 0, to: remote(l1, swapper), ..)
 *
 * An address is shown by its name in the scenario, in the protocol, or as a RemoteAccount, on the chain where it is
 * used; in data an address with several meanings stays an address. Calls, responses, events and errors are decoded with
 * the interfaces of the known contracts. The output contains no terminal control sequences.
 *
 * Memory: the binder's arena. */
#ifndef PLAY_SHOW_H
#define PLAY_SHOW_H

#include "play/report.h"
#include "scenario/binder.h"

/* The name of an address on a chain (index); the address itself, with checksum, where there is none. */
struct bytes show_address(struct binder *b, u32 chain, const address *at);
/* The same for work that was rolled back: a RemoteAccount that it deployed has its name too, among the first 256. */
struct report_party show_frame_party(struct binder *b, u32 chain, const address *at);
struct report_party show_party(struct binder *b, u32 chain, const address *at);

/* The interface of the contract at an address, or of the contract behind a RemoteAccount there. NULL: unknown. */
const struct interface *show_interface(struct binder *b, u32 chain, const address *at);

/* The error that revert data selects, among all known ones; NULL when none. */
const struct member *show_find_error(struct binder *b, struct bytes data);

struct report_data show_call(struct binder *b, u32 chain, const address *to, struct bytes data);
struct report_data show_response(struct binder *b, u32 chain, const address *to, struct bytes request,
                                 struct bytes response, bool success);
struct report_data show_revert(struct binder *b, u32 chain, struct bytes data);
struct report_data show_values(struct binder *b, u32 chain, const char *name, const struct abi_type *type,
                               const struct abi_value *values, struct bytes raw);
/* The same as one text. */
struct bytes show_text(struct binder *b, u32 chain, const struct abi_type *type, const struct abi_value *value);
struct bytes show_revert_text(struct binder *b, u32 chain, struct bytes data);

/* Index of the chain with that id; BUG when there is none. */
u32 show_chain_index(const struct binder *b, u64 chain_id);

#endif
