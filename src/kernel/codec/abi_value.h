/* abi_value - values of ABI types as people write and read them.
 *
 *     transfer(address,(uint256 amount,string memo)[])
 *     [ "0xd8dA..6045", [ { amount: "1.5 ether", memo: "rent" }, ["7", ""] ] ]
 *
 * A value is text or a list of values; a list may name its items, and then they are found by the names of the
 * tuple's components. A scenario file, a command line and a JSON document all map onto it.
 *
 *     uint, int      65  -7  0x41  1_000  1e18  1.5 ether     checked against the type's range
 *     address        0x and 40 digits; capitals are checked (EIP-55)
 *     bool           true, false
 *     bytes, bytesN  0x and digits; bytesN wants exactly N
 *     string         any text
 *
 * Encoding refuses what does not fit and says where: "argument 2 (amounts[3]): 300 does not fit uint8".
 * Decoding is as strict as codec/abi.h and takes bytes from anyone: what it makes is bounded by `limit` bytes of
 * arena, so that arrays which name one tail many times cannot blow up.
 *
 * Memory: decoded values live in the arena and copy what they show.
 * Errors: REJECT_ABI, REJECT_TOO_LONG above the limit; a sentence in `why` (may be NULL). */
#ifndef CODEC_ABI_VALUE_H
#define CODEC_ABI_VALUE_H

#include "codec/abi_type.h"
#include "codec/json_write.h"

struct abi_value {
    bool list;
    u32 count;                    /* of a list */
    const struct abi_value *item; /* of a list */
    struct bytes text;            /* of what is no list */
    struct bytes name;            /* in its list; may be empty */
};

/* The arguments, which are a list, appended to out; out is as before when it fails. */
enum err abi_encode(struct buffer *out, const struct abi_type *tuple, const struct abi_value *arguments,
                    struct buffer *why) MUST_CHECK;

/* A list. Bytes after the last item are not looked at, as Solidity does not. */
enum err abi_decode(struct arena *arena, struct abi_value *out, const struct abi_type *tuple, struct bytes data,
                    size_t limit, struct buffer *why) MUST_CHECK;

/* A log of this event as a list in the order of its parameters; what is indexed and does not fit a topic is its
 * hash. topics include the event's own, which must match. */
enum err abi_decode_event(struct arena *arena, struct abi_value *out, const struct abi_signature *event,
                          const hash32 *topics, u32 topic_count, struct bytes data, size_t limit,
                          struct buffer *why) MUST_CHECK;

/* "(to: 0xd8dA..6045, items: [1, 2], memo: "rent")": decoded values for people. At most cut bytes of each bytes
 * or string. Nothing in it can steer a terminal. */
void abi_add_value(struct buffer *b, const struct abi_type *type, const struct abi_value *value, size_t cut);

/* Lists as arrays, tuples whose components all have names as objects, numbers as strings. */
void abi_write_value(struct json_writer *w, const struct abi_type *type, const struct abi_value *value);

/* What Solidity means by Panic(code), "division by zero"; empty for a code that it does not have. */
struct bytes abi_panic_meaning(const u256 *code);

#endif
