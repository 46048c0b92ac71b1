/* abi: a signature, a NUL, and bytes.
 *
 * The signature is parsed as such and as a type; what is taken reads the same again from its canonical text. The bytes
 * are decoded by it, from any length: what is taken stays within the limit, can be shown, and encodes to bytes that
 * decode to the same values. */
#include "codec/abi_value.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1 << 16 };

static size_t arena_used; /* bytes asked of the system */

static void *take(void *context, size_t size)
{
    (void)context;
    arena_used += size;
    return system_memory.take(NULL, size);
}

static void give(void *context, void *ptr, size_t size)
{
    (void)context;
    system_memory.give(NULL, ptr, size);
}

static const struct memory counted = {take, give, NULL};

static bool same(const struct abi_value *here, const struct abi_value *there)
{
    if (here->list != there->list || here->count != there->count)
        return false;
    if (!here->list)
        return bytes_eq(here->text, there->text);
    for (u32 i = 0; i < here->count; i++)
        if (!same(&here->item[i], &there->item[i]))
            return false;
    return true;
}

static void check_type(struct arena *arena, struct bytes text)
{
    struct abi_type type, back;
    struct buffer once = buffer_in(arena), twice = buffer_in(arena), why = buffer_in(arena);
    if (abi_parse_type(arena, &type, text, &why)) {
        BUG_UNLESS(why.len > 0);
        return;
    }
    abi_add_type(&once, &type);
    BUG_UNLESS(abi_parse_type(arena, &back, buffer_bytes(&once), NULL) == OK);
    abi_add_type(&twice, &back);
    BUG_UNLESS(bytes_eq(buffer_bytes(&once), buffer_bytes(&twice)));
    BUG_UNLESS(type.words == back.words && type.dynamic == back.dynamic && type.height == back.height);
}

/* Names could say the same word twice, and then a list that has names is ambiguous; so none are given. */
static void drop_names(struct abi_value *v)
{
    v->name = (struct bytes){NULL, 0};
    for (u32 i = 0; v->list && i < v->count; i++)
        drop_names((struct abi_value *)&v->item[i]);
}

static void check_values(struct arena *arena, const struct abi_type *tuple, struct bytes data)
{
    struct abi_value value, back;
    struct buffer why = buffer_in(arena), out = buffer_in(arena), text = buffer_in(arena), json = buffer_in(arena);
    const size_t before = arena_used;
    const enum err e = abi_decode(arena, &value, tuple, data, LIMIT, &why);
    BUG_UNLESS(arena_used - before <= 4 * LIMIT + (1 << 20)); /* chunks double */
    if (e) {
        BUG_UNLESS(why.len > 0);
        return;
    }
    abi_add_value(&text, tuple, &value, 100);
    struct json_writer w = json_writer(&json, 1);
    abi_write_value(&w, tuple, &value);
    json_write_finish(&w);
    drop_names(&value);
    BUG_UNLESS(abi_encode(&out, tuple, &value, NULL) == OK);
    BUG_UNLESS(abi_decode(arena, &back, tuple, buffer_bytes(&out), (size_t)1 << 30, NULL) == OK);
    BUG_UNLESS(same(&value, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, &counted);
    arena_used = 0;
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    const size_t text_len = nul ? (size_t)(nul - data) : size;
    const struct bytes text = bytes_of(data, text_len);
    const struct bytes rest = nul ? bytes_of(nul + 1, size - text_len - 1) : (struct bytes){NULL, 0};
    check_type(&arena, text);
    struct abi_signature s;
    if (abi_parse_signature(&arena, &s, text, NULL) == OK) {
        check_values(&arena, &s.inputs, rest);
        struct abi_value value;
        hash32 topic[4];
        const u32 topics = (u32)(rest.len / 32 < 4 ? rest.len / 32 : 4);
        if (topics)
            memcpy(topic, rest.ptr, (size_t)topics * 32);
        if (topics)
            topic[0] = s.hash;
        (void)!abi_decode_event(&arena, &value, &s, topic, topics, rest, LIMIT, NULL);
    }
    arena_release(&arena);
    return 0;
}
