/* json - a JSON text as a tree in which every value knows its place.
 *
 *     {"alice": {"nonce": 7, "code": "0x60"}, "bob": [true, null]}
 *
 *     node  0 {2  1 "alice"  2 {2  3 "nonce"  4 7  5 "code"  6 "0x60"  7 "bob"  8 [2  9 true  10 null
 *             |                |                                                |
 *             skip to 11       skip to 7                                        skip to 11
 *
 * Nodes lie in an array in the order of the text, 16 bytes each; a container knows where its last
 * member ends, so that stepping over it costs nothing. Texts are views into the source, copied only
 * where they hold escapes; numbers stay text, so that nothing is lost above 2^53. Reading is strict
 * (RFC 8259: UTF-8, no lone surrogates, no trailing commas, one value). A key that comes twice is found
 * the first time and seen twice by an iterator.
 *
 *     struct json root, nonce;
 *     TRY(json_read_file(arena, &root, &complaint, "state.json", 64 << 20));
 *     struct json_iterator account = json_items(root);
 *     while (json_next(&account))                  account.key is "alice", account.value {..}
 *         TRY(json_need(&nonce, &complaint, account.value, "nonce", JSON_NUMBER));
 *
 * Memory:  the tree lives in the arena and points into the source, which must live as long. A struct json
 *          is a value; a missing one has kind JSON_NONE and every getter takes it.
 * Limits:  the caller's size limit, at most 4 GiB; depth JSON_DEPTH_MAX.
 * Errors:  REJECT_JSON (REJECT_TOO_LONG, FAULT_IO for files), and the complaint says where and why. */
#ifndef IO_JSON_H
#define IO_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/u256.h"
#include "io/complaint.h"

#define JSON_DEPTH_MAX 1024

enum json_kind { JSON_NONE, JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_document;

struct json {
    const struct json_document *document;
    u32 node; /* UINT32_MAX: JSON_NONE */
};
#define JSON_NOTHING ((struct json){NULL, UINT32_MAX}) /* where a member is absent */

/* The source is borrowed. complaint->file names it in messages. */
enum err json_parse(struct arena *arena, struct json *root, struct complaint *complaint, struct bytes source,
                    size_t limit) MUST_CHECK;
/* The same for a text of a peer: memory stays in proportion to it. REJECT_JSON also when it has more values than one
 * for each 8 bytes and 4,096 besides, as no answer of Ethereum has. */
enum err json_parse_untrusted(struct arena *arena, struct json *root, struct complaint *complaint,
                              struct bytes source, size_t limit) MUST_CHECK;
/* Sets complaint->file to path. */
enum err json_read_file(struct arena *arena, struct json *root, struct complaint *complaint, const char *path,
                        size_t limit) MUST_CHECK;

enum json_kind json_kind(struct json v);
/* "an object", "a string", "nothing": for messages. */
const char *json_kind_name(enum json_kind kind);
/* Line and column, found by counting from the start: for messages, not for loops. */
struct place json_place(struct json v);
/* The value as it is written, quotes and escapes included. */
struct bytes json_source(struct json v);

/* The characters of a string, without escapes, or the digits of a number as written; else empty. */
struct bytes json_text(struct json v);
bool json_text_is(struct json v, const char *text);
/* Items of an array, members of an object; else 0. */
u32 json_count(struct json v);

/* A number without sign, fraction or exponent, and a string of digits or 0x-digits, are both numbers here:
 * the world writes 64 bits either way. REJECT_JSON for another kind, else as codec/number.h. */
enum err json_u64(u64 *out, struct json v) MUST_CHECK;
enum err json_u256(u256 *out, struct json v) MUST_CHECK;
enum err json_bool(bool *out, struct json v) MUST_CHECK;
/* A string of hex digits, with or without 0x. REJECT_JSON for another kind, else as codec/hex.h. */
enum err json_hex(struct arena *arena, struct bytes *out, struct json v) MUST_CHECK;
enum err json_hex_fixed(u8 *out, size_t len, struct json v) MUST_CHECK;

/* The member of an object; JSON_NONE when v is none or has no such key. */
struct json json_get(struct json v, const char *key);
struct json json_get_bytes(struct json v, struct bytes key);
/* The item of an array, by counting from the first; JSON_NONE when there is none. */
struct json json_at(struct json v, u32 index);

struct json_iterator {
    struct json value;
    struct bytes key; /* empty for items of an array */
    u32 index;        /* of value, from 0 */
    u32 next_;        /* node */
    u32 left_;
    bool keyed_;
};

/* Before the first member or item; of what has none for any other kind. */
struct json_iterator json_items(struct json v);
bool json_next(struct json_iterator *it);

/* Raises "expected WHAT, found a string" at v; returns REJECT_JSON. */
enum err json_unexpected(struct complaint *complaint, struct json v, const char *what);
/* The member of that kind, or a complaint at the object or at the value. */
enum err json_need(struct json *out, struct complaint *complaint, struct json object, const char *key,
                   enum json_kind kind) MUST_CHECK;

#endif
