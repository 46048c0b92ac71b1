/* interface - the functions, events and errors of a contract, read from its ABI JSON.
 *
 *   {"type":"function","name":"swap","inputs":[{"name":"to","type":"address"}], ...}
 *        -> member { abi: FUNCTION swap, inputs (address to), hash keccak256("swap(address)"), .. }
 *
 * Memory: the caller's arena; names point into the JSON source. Errors: REJECT_ARTIFACT with a complaint. */
#ifndef SCENARIO_INTERFACE_H
#define SCENARIO_INTERFACE_H

#include "codec/abi_type.h"
#include "io/complaint.h"
#include "io/json.h"

enum { INTERFACE_MEMBERS_MAX = 4096, PARAMETERS_MAX = 256, PARAMETER_DEPTH_MAX = 8 };

struct member {
    struct abi_signature abi;
    const char *name; /* empty for the constructor */
    const char *text; /* name(types) */
    bool payable;
};

struct interface {
    const struct member *member;
    u32 count;
};

enum err interface_read(struct arena *arena, struct interface *out, struct complaint *complaint,
                        struct json abi) MUST_CHECK;

/* One member from its text, such as "function balanceOf(address owner) view returns (uint256)". */
enum err interface_parse(struct arena *arena, struct member *out, struct complaint *complaint, struct place place,
                         const char *text) MUST_CHECK;

/* By `name` or `name(types)`. Of several overloads the one that takes argument_count arguments (UINT32_MAX: unknown).
 * The complaint suggests similar names. */
enum err interface_find(struct arena *arena, const struct member **out, struct complaint *complaint, struct place place,
                        const struct interface *i, enum abi_item item, const char *name, u32 argument_count) MUST_CHECK;

/* NULL when there is none. */
const struct member *interface_constructor(const struct interface *i);
const struct member *interface_by_selector(const struct interface *i, enum abi_item item, const u8 selector[4]);
const struct member *interface_by_topic(const struct interface *i, const hash32 *topic);

#endif
