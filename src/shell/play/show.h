/* show - what bytes and addresses mean, in the words of the scenario: for the report.
 *
 *     0xd8da..6045             alice
 *     0x022c0d9f0000..         swap(amount0Out: 0, to: remote(l1, swapper), ..)
 *
 * Addresses get the names that the scenario, the protocol and the RemoteAccounts give them on the chain where they are
 * used; in data an address that means different things on different chains stays an address. Calls, answers, events and
 * errors are decoded by the interfaces of the contracts that are known. Nothing that comes out can steer a terminal.
 *
 * Memory: the binder's arena. */
#ifndef PLAY_SHOW_H
#define PLAY_SHOW_H

#include "play/report.h"
#include "scenario/binder.h"

/* The name of an address on a chain (index); the address itself, with checksum, where there is none. */
struct bytes show_address(struct binder *b, u32 chain, const address *at);
struct report_party show_party(struct binder *b, u32 chain, const address *at);

/* The contract's interface at an address; also of the contract that a RemoteAccount there stands for. NULL: not known.
 */
const struct interface *show_interface(struct binder *b, u32 chain, const address *at);

/* The error that revert data names, among all that are known; NULL when none. */
const struct member *show_find_error(struct binder *b, struct bytes data);

struct report_data show_call(struct binder *b, u32 chain, const address *to, struct bytes data);
struct report_data show_answer(struct binder *b, u32 chain, const address *to, struct bytes asked, struct bytes answer,
                               bool success);
struct report_data show_revert(struct binder *b, u32 chain, struct bytes data);
struct report_data show_values(struct binder *b, u32 chain, const char *name, const struct abi_type *type,
                               const struct abi_value *values, struct bytes raw);
/* The same as one text. */
struct bytes show_text(struct binder *b, u32 chain, const struct abi_type *type, const struct abi_value *value);
struct bytes show_revert_text(struct binder *b, u32 chain, struct bytes data);

/* Index of the chain with that id; BUG when there is none. */
u32 show_chain_index(const struct binder *b, u64 chain_id);

#endif
