/* vector - members of a JSON test vector by name, for tests: a member that is missing or malformed fails the test.
 *
 * Include after cmocka.h. */
#ifndef IO_VECTOR_H
#define IO_VECTOR_H

#include "base/u256.h"
#include "io/json.h"
#include "io/memory.h"

static inline struct json vector_open(struct arena *arena, const char *path)
{
    struct json root;
    struct complaint complaint = {0};
    if (json_read_file(arena, &root, &complaint, path, 64 << 20) != OK)
        fail_msg("%s: %s", path, complaint.text);
    return root;
}

static inline u64 vector_u64(struct json object, const char *key)
{
    u64 x = 0;
    assert_int_equal(json_u64(&x, json_get(object, key)), OK);
    return x;
}

static inline u256 vector_u256(struct json object, const char *key)
{
    u256 x = {{0}};
    assert_int_equal(json_u256(&x, json_get(object, key)), OK);
    return x;
}

static inline hash32 vector_hash(struct json object, const char *key)
{
    hash32 h;
    assert_int_equal(json_hex_fixed(h.b, sizeof h.b, json_get(object, key)), OK);
    return h;
}

static inline address vector_address(struct json object, const char *key)
{
    address a;
    assert_int_equal(json_hex_fixed(a.b, sizeof a.b, json_get(object, key)), OK);
    return a;
}

static inline struct bytes vector_bytes(struct arena *arena, struct json object, const char *key)
{
    struct bytes out = {0};
    assert_int_equal(json_hex(arena, &out, json_get(object, key)), OK);
    return out;
}

static inline void assert_hash(const hash32 *got, struct json object, const char *key)
{
    const hash32 want = vector_hash(object, key);
    assert_memory_equal(got->b, want.b, sizeof want.b);
}

static inline void assert_bytes(struct bytes got, struct bytes want)
{
    assert_int_equal(got.len, want.len);
    if (want.len)
        assert_memory_equal(got.ptr, want.ptr, want.len);
}

#endif
