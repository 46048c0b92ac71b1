#include "verify/blob.h"

enum { ELEMENT_DATA = 31, ELEMENTS = KZG_BLOB_BYTES / 32 };

/* --- writing --- */

static void put_payload(struct blob_writer *w, const u8 *from, size_t len)
{
    while (len > 0) {
        const size_t at = w->used % ELEMENT_DATA, rest = ELEMENT_DATA - at, n = len < rest ? len : rest;
        memcpy(w->blob->b + w->used / ELEMENT_DATA * 32 + 1 + at, from, n);
        w->used += n;
        from += n;
        len -= n;
    }
}

void blob_open(struct blob_writer *w, struct kzg_blob *blob)
{
    const u8 version = BLOB_VERSION;
    memset(blob, 0, sizeof *blob);
    *w = (struct blob_writer){.blob = blob};
    put_payload(w, &version, 1);
}

size_t blob_room(const struct blob_writer *w)
{
    const size_t left = BLOB_PAYLOAD_BYTES - w->used;
    return left > BLOB_FRAME_HEAD_BYTES ? left - BLOB_FRAME_HEAD_BYTES : 0;
}

void blob_add_frame(struct blob_writer *w, u64 chain_id, struct bytes data)
{
    BUG_UNLESS(data.len > 0 && data.len <= blob_room(w) && chain_id != 0);
    u8 head[BLOB_FRAME_HEAD_BYTES];
    store_be64(head, chain_id);
    store_be32(head + 8, (u32)data.len);
    put_payload(w, head, sizeof head);
    put_payload(w, data.ptr, data.len);
}

/* --- reading --- */

static enum err read_payload(u8 *payload, const struct kzg_blob *blob)
{
    for (size_t i = 0; i < ELEMENTS; i++) {
        if (blob->b[32 * i] != 0)
            return REJECT_BLOB_ELEMENT;
        memcpy(payload + ELEMENT_DATA * i, blob->b + 32 * i + 1, ELEMENT_DATA);
    }
    return payload[0] == BLOB_VERSION ? OK : REJECT_BLOB_VERSION;
}

static enum err check_padding(const u8 *from, const u8 *end)
{
    while (from < end)
        if (*from++ != 0)
            return REJECT_BLOB_PADDING;
    return OK;
}

static enum err find_frame(struct bytes *out, const u8 *payload, u64 chain_id)
{
    const u8 *next = payload + 1, *const end = payload + BLOB_PAYLOAD_BYTES;
    struct bytes found = {0};
    for (u64 before = 0; end - next >= BLOB_FRAME_HEAD_BYTES && load_be64(next) != 0;) {
        const u64 chain = load_be64(next);
        const u32 len = load_be32(next + 8);
        next += BLOB_FRAME_HEAD_BYTES;
        if (chain <= before || len == 0 || len > (size_t)(end - next))
            return REJECT_BLOB_FRAME;
        if (chain == chain_id)
            found = bytes_of(next, len);
        before = chain;
        next += len;
    }
    TRY(check_padding(next, end));
    if (found.len == 0)
        return REJECT_BLOB_WITHOUT_FRAME;
    *out = found;
    return OK;
}

enum err blob_frame(struct bytes *out, struct arena *arena, const struct kzg_blob *blob, u64 chain_id)
{
    const struct arena_mark mark = arena_mark(arena);
    u8 *payload = arena_take(arena, BLOB_PAYLOAD_BYTES);
    enum err e = read_payload(payload, blob);
    if (e == OK)
        e = find_frame(out, payload, chain_id);
    if (e != OK)
        arena_rewind(arena, mark);
    return e;
}
