/* The witness as bytes and as JSON. */
#include "verify/witness.h"

void witness_add(struct buffer *out, const struct witness *w)
{
    const size_t all = rlp_open(out);
    rlp_add_strings(out, w->header, w->header_count);
    rlp_add_string(out, w->anchor);
    rlp_add_strings(out, w->node, w->node_count);
    rlp_add_strings(out, w->code, w->code_count);
    rlp_close(out, all);
}

void witness_encode(struct buffer *out, const struct witness *w)
{
    buffer_add_u8(out, WITNESS_VERSION);
    witness_add(out, w);
}

/* The sizes are checked before the array is taken: 16 bytes for an item of one byte would be out of proportion. */
static enum err take_strings(struct rlp_reader *r, struct arena *arena, const struct bytes **out, size_t *count,
                             size_t len_min, size_t count_max)
{
    struct rlp_reader ahead = *r, list;
    TRY(rlp_list(&ahead, &list));
    for (size_t n = 0; !rlp_at_end(&list); n++) {
        struct bytes s;
        TRY(rlp_string(&list, &s));
        if (n == count_max || s.len < len_min)
            return REJECT_WITNESS_FORMAT;
    }
    return rlp_strings(r, arena, out, count);
}

static enum err take(struct rlp_reader *r, struct arena *arena, struct witness *w)
{
    struct rlp_reader all;
    TRY(rlp_list(r, &all));
    TRY(take_strings(&all, arena, &w->header, &w->header_count, 0, WITNESS_HEADERS_MAX));
    TRY(rlp_string(&all, &w->anchor));
    TRY(take_strings(&all, arena, &w->node, &w->node_count, WITNESS_NODE_MIN, WITNESS_NODES_MAX));
    TRY(take_strings(&all, arena, &w->code, &w->code_count, 0, WITNESS_CODES_MAX));
    return rlp_end(&all);
}

enum err witness_take(struct rlp_reader *r, struct arena *arena, struct witness *out)
{
    const struct arena_mark mark = arena_mark(arena);
    struct rlp_reader after = *r;
    struct witness w = {0};
    if (take(&after, arena, &w) != OK) {
        arena_rewind(arena, mark);
        return REJECT_WITNESS_FORMAT;
    }
    *r = after;
    *out = w;
    return OK;
}

enum err witness_decode(struct witness *out, struct arena *arena, struct bytes encoded)
{
    if (encoded.len < 1 || encoded.ptr[0] != WITNESS_VERSION)
        return REJECT_WITNESS_FORMAT;
    const struct arena_mark mark = arena_mark(arena);
    struct rlp_reader r = rlp_reader(bytes_of(encoded.ptr + 1, encoded.len - 1));
    struct witness w;
    TRY(witness_take(&r, arena, &w));
    if (!rlp_at_end(&r)) {
        arena_rewind(arena, mark);
        return REJECT_WITNESS_FORMAT;
    }
    *out = w;
    return OK;
}

static void write_list(struct json_writer *out, const char *key, const struct bytes *item, size_t count)
{
    json_write_key(out, key);
    json_write_array(out);
    for (size_t i = 0; i < count; i++)
        json_write_hex(out, item[i]);
    json_write_end(out);
}

void witness_write_json(struct json_writer *out, const struct witness *w)
{
    write_list(out, "state", w->node, w->node_count);
    write_list(out, "codes", w->code, w->code_count);
    write_list(out, "keys", w->key, w->key_count);
    write_list(out, "headers", w->header, w->header_count);
    json_write_key(out, "l1Header");
    json_write_hex(out, w->anchor);
}
