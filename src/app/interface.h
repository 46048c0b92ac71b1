/* interface - what a contract can be asked and what it says: the functions, events and errors of its ABI JSON.
 *
 *   {"type":"function","name":"swap","inputs":[{"name":"to","type":"address"}], ...}
 *        -> member { FUNCTION, "swap", "swap(address)", hash: keccak256("swap(address)"), inputs: [address to] }
 *
 * A selector is the first 4 bytes of hash, an event's topic is all of it. Tuples are spelled by their
 * components, as in signatures: (address,uint256)[].
 *
 * Memory: the caller's arena. Errors: REJECT_ARTIFACT with a complaint. */
#ifndef APP_INTERFACE_H
#define APP_INTERFACE_H

#include "base/arena.h"
#include "base/err.h"
#include "io/complaint.h"
#include "io/json.h"

enum { PARAMETER_DEPTH_MAX = 8, PARAMETERS_MAX = 256, SIGNATURE_BYTES_MAX = 4096 };

struct parameter {
    const char *name; /* may be empty */
    const char *type; /* canonical */
    bool indexed;     /* of an event */
    const struct parameter *components; /* of a tuple, or of the tuples in an array */
    u32 component_count;
};

struct parameters {
    const struct parameter *item;
    u32 count;
};

enum member_kind { MEMBER_CONSTRUCTOR, MEMBER_FUNCTION, MEMBER_EVENT, MEMBER_ERROR };

struct member {
    enum member_kind kind;
    const char *name;      /* empty for the constructor */
    const char *signature; /* name(types) */
    hash32 hash;
    bool payable;
    bool anonymous; /* an event without its topic */
    struct parameters inputs, outputs;
};

struct interface {
    const struct member *member;
    u32 count;
};

enum err interface_read(struct arena *arena, struct interface *out, struct complaint *complaint, struct json abi) MUST_CHECK;

/* By `name` or `name(types)`; blanks do not matter, uint is uint256. Of several of one name the one that takes
 * argument_count arguments (UINT32_MAX: not known). The complaint suggests near names. */
enum err interface_find(struct arena *arena, const struct member **out, struct complaint *complaint, struct place place,
                        const struct interface *i, enum member_kind kind, const char *name, u32 argument_count) MUST_CHECK;

/* NULL when there is none. */
const struct member *interface_constructor(const struct interface *i);
const struct member *interface_by_selector(const struct interface *i, enum member_kind kind, const u8 selector[4]);
const struct member *interface_by_topic(const struct interface *i, const hash32 *topic);

#endif
