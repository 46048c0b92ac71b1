/* blob: of whatever payload, either it is refused, or its frames, written again, give the same blob. */
#include "verify/blob.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kzg_blob blob, again;
static u8 payload[BLOB_PAYLOAD_BYTES];

/* Chains of the frames in the order in which they stand there, read without judging. */
static u64 next_chain(size_t *at)
{
    if (*at > BLOB_PAYLOAD_BYTES - BLOB_FRAME_HEAD_BYTES)
        return 0;
    const u64 chain = load_be64(payload + *at);
    *at += BLOB_FRAME_HEAD_BYTES + (size_t)load_be32(payload + *at + 8);
    return chain;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct blob_writer w;
    struct bytes frame;
    if (size == 0 || size > BLOB_PAYLOAD_BYTES)
        return 0;
    arena_init(&arena, &system_memory);
    memset(&blob, 0, sizeof blob);
    memset(payload, 0, sizeof payload);
    memcpy(payload, data, size);
    for (size_t i = 0; i < size; i++)
        blob.b[i / 31 * 32 + 1 + i % 31] = data[i];
    blob_open(&w, &again);
    enum err e = OK;
    bool any = false;
    size_t at = 1;
    for (u64 chain; e == OK && (chain = next_chain(&at)) != 0; any = true) {
        e = blob_frame(&frame, &arena, &blob, chain);
        if (e == OK)
            blob_add_frame(&w, chain, frame);
    }
    if (any && e == OK)
        BUG_UNLESS(memcmp(&blob, &again, sizeof blob) == 0);
    if (blob_frame(&frame, &arena, &blob, 0) == OK)
        BUG("there is a frame of chain 0");
    blob.b[size % 4096 * 32] = 1;
    BUG_UNLESS(blob_frame(&frame, &arena, &blob, 1) == REJECT_BLOB_ELEMENT);
    arena_release(&arena);
    return 0;
}
