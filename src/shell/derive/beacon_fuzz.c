/* beacon: any bytes as an answer of a beacon node, read as its genesis, its spec and as blobs. What is taken is what
 * the JSON says; a slot has a length; a list of blobs ends; every refusal has a sentence. */
#include "derive/l1_blobs.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum err e, struct buffer *why)
{
    BUG_UNLESS(e == OK || e == REJECT_BEACON);
    BUG_UNLESS((e == OK) == (why->len == 0));
    why->len = 0;
}

static void read_blobs(struct arena *arena, struct json root, struct buffer *why)
{
    struct kzg_blob *blob = ARENA_TAKE_ZERO(arena, struct kzg_blob, 1);
    struct beacon_blobs list;
    bool is_there = true;
    enum err e = beacon_blobs(&list, root, why);
    check(e, why);
    for (u32 n = 0; e == OK && is_there; n++) {
        BUG_UNLESS(n <= json_count(json_get(root, "data")));
        e = beacon_next_blob(&list, blob, &is_there, why);
        check(e, why);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct json root;
    struct complaint complaint = {.file = "fuzz"};
    u64 n = 0;
    arena_init(&arena, &system_memory);
    struct buffer why = buffer_in(&arena);
    if (json_parse(&arena, &root, &complaint, bytes_of(data, size), 1 << 20) == OK) {
        check(beacon_genesis(&n, root, &why), &why);
        n = 1;
        check(beacon_spec(&n, root, &why), &why);
        BUG_UNLESS(n > 0);
        read_blobs(&arena, root, &why);
    }
    arena_release(&arena);
    return 0;
}
