/* Batches through blobs and back; what does not fit, does not decode, or is not under its commitment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/kzg_proof.h"
#include "io/file.h"
#include "io/memory.h"
#include "kzg/kzg_setup.h"
#include "rollup_block/batcher.h"
#include "scope/settlement.h"
#include "verify/blob.h"

#define SETUP "node_modules/c-kzg/deps/c-kzg/trusted_setup.txt"

static struct arena arena;

static struct bytes bytes_from(u8 seed, size_t len)
{
    u8 *out = arena_take(&arena, len);
    for (size_t i = 0; i < len; i++)
        out[i] = (u8)(seed + i * (i >> 8 | 1));
    return bytes_of(out, len);
}

/* --- layout --- */

static u8 *payload_at(struct kzg_blob *blob, size_t i)
{
    return &blob->b[i / 31 * 32 + 1 + i % 31];
}

/* Element by element, as docs/data.md draws it. */
static void layout(void **state)
{
    (void)state;
    static struct kzg_blob blob;
    struct blob_writer w;
    blob_open(&w, &blob);
    blob_add_frame(&w, 0x0102030405060708, bytes_from('a', 20));
    static const u8 first[64] = {0,   1,   1,   2,   3,   4,   5,   6,   7,   8,   0,   0,
                                 0,   20,  'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j',
                                 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 0,   's', 't'};
    assert_memory_equal(blob.b, first, sizeof first);
    for (size_t i = 64; i < KZG_BLOB_BYTES; i++)
        assert_int_equal(blob.b[i], 0);
    assert_int_equal(blob_room(&w), 4096 * 31 - 1 - 32 - 12);
}

/* --- packing --- */

/* What is packed comes back, in no more blobs than its bytes need; each rollup reads the blobs that it names. */
static void there_and_back(void **state)
{
    (void)state;
    enum { ROOM = BLOB_DATA_MAX };
    static const struct { const char *what; size_t len[4]; size_t blobs; enum err want; } row[] = {
        {"one byte", {1}, 1, OK},
        {"three rollups in one blob", {300, 1, 70000}, 1, OK},
        {"just full", {ROOM}, 1, OK},
        {"one byte more", {ROOM + 1}, 2, OK},
        {"a head that has no byte behind it", {ROOM - 12, 5}, 2, OK},
        {"a head with one byte behind it", {ROOM - 13, 5}, 2, OK},
        {"two just full", {ROOM - 13, 1}, 1, OK},
        {"one over three blobs, its neighbours in the first and the last", {60000, 250000, 50000}, 3, OK},
        {"six full", {6 * ROOM}, 6, OK},
        {"a byte more than six", {6 * ROOM + 1}, 0, REJECT_TOO_LONG},
        {"four rollups in six", {200000, 200000, 200000, 161000}, 6, OK},
        {"an empty one beside others", {0, 100}, 1, OK},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct arena_mark mark = arena_mark(&arena);
        struct packed_batch batch[4];
        struct kzg_blob *blob = NULL;
        size_t blobs = 0, count = 0;
        for (; count < 4 && (count == 0 || row[i].len[count]); count++)
            batch[count] =
                (struct packed_batch){.chain_id = 10 + count, .batch = bytes_from((u8)count, row[i].len[count])};
        const enum err e = batcher_pack(&arena, batch, count, DATA_BLOBS_MAX, &blob, &blobs);
        if (e != row[i].want || blobs != row[i].blobs)
            fail_msg("%s: %s, %zu blobs", row[i].what, err_name(e), blobs);
        for (size_t j = 0; e == OK && j < count; j++) {
            struct data_blob part[DATA_BLOBS_MAX];
            for (size_t k = 0; k < batch[j].blob_count; k++)
                part[k].blob = &blob[batch[j].first_blob + k];
            const struct published_data data = {.blob = part, .blob_count = batch[j].blob_count};
            struct bytes out;
            assert_int_equal(data_batch(&out, &arena, &data, batch[j].chain_id), OK);
            assert_true(bytes_eq(out, batch[j].batch));
        }
        arena_rewind(&arena, mark);
    }
}

/* --- reading what others wrote --- */

/* The blob of two rollups, 5 and 9, with bytes of its payload changed: refused by name, for each of them. */
static void malformed(void **state)
{
    (void)state;
    static const struct { const char *what; size_t at; u8 value; enum err five, nine; } row[] = {
        {"nothing", 0, 1, OK, OK},
        {"version 0", 0, 0, REJECT_BLOB_VERSION, REJECT_BLOB_VERSION},
        {"version 2", 0, 2, REJECT_BLOB_VERSION, REJECT_BLOB_VERSION},
        {"another chain", 8, 6, REJECT_BLOB_WITHOUT_FRAME, OK},
        {"the same chain twice", 8, 9, REJECT_BLOB_FRAME, REJECT_BLOB_FRAME},
        {"chains in another order", 7, 9, REJECT_BLOB_FRAME, REJECT_BLOB_FRAME},
        {"chain 0 with data behind it", 8, 0, REJECT_BLOB_PADDING, REJECT_BLOB_PADDING},
        {"a length of 0", 12, 0, REJECT_BLOB_FRAME, REJECT_BLOB_FRAME},
        {"a length far too long", 9, 1, REJECT_BLOB_FRAME, REJECT_BLOB_FRAME},
        {"a length that swallows the next frame", 12, 100, OK, REJECT_BLOB_WITHOUT_FRAME},
        {"a bit behind the frames", 12 + 20 + 13 + 20, 1, REJECT_BLOB_FRAME, REJECT_BLOB_FRAME},
        {"the last bit", BLOB_PAYLOAD_BYTES - 1, 1, REJECT_BLOB_PADDING, REJECT_BLOB_PADDING},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        static struct kzg_blob blob;
        struct blob_writer w;
        struct bytes out = {NULL, 77};
        blob_open(&w, &blob);
        blob_add_frame(&w, 5, bytes_from(1, 20));
        blob_add_frame(&w, 9, bytes_from(1, 20));
        *payload_at(&blob, row[i].at) = row[i].value;
        const enum err five = blob_frame(&out, &arena, &blob, 5), nine = blob_frame(&out, &arena, &blob, 9);
        if (five != row[i].five || nine != row[i].nine)
            fail_msg("%s: %s, %s", row[i].what, err_name(five), err_name(nine));
    }
    static struct kzg_blob blob;
    struct blob_writer w;
    struct bytes out;
    for (size_t element = 0; element < 4096; element += 63) {
        blob_open(&w, &blob);
        blob_add_frame(&w, 5, bytes_from(1, 20));
        blob.b[32 * element] = 0x40; /* still a field element */
        assert_int_equal(blob_frame(&out, &arena, &blob, 5), REJECT_BLOB_ELEMENT);
    }
}

/* --- under the hash --- */

static struct kzg_setup *setup;

static struct data_blob committed(const struct kzg_blob *blob)
{
    struct data_blob d = {.blob = blob};
    assert_int_equal(kzg_commit(&d.commitment, blob, setup), OK);
    assert_int_equal(kzg_prove_blob(&d.proof, blob, &d.commitment, setup), OK);
    return d;
}

/* A blob stands for its versioned hash and no other does; daHash is that of the hashes. */
static void under_the_hash(void **state)
{
    (void)state;
    struct complaint complaint = {0};
    struct bytes text;
    assert_int_equal(file_read(&arena, &text, &complaint, SETUP, 8 << 20), OK);
    assert_int_equal(kzg_setup_open(&setup, &arena, text), OK);
    struct packed_batch batch = {.chain_id = 7, .batch = bytes_from(3, 150000)};
    struct kzg_blob *blob;
    size_t count;
    assert_int_equal(batcher_pack(&arena, &batch, 1, DATA_BLOBS_MAX, &blob, &count), OK);
    assert_int_equal(count, 2);
    struct data_blob part[2] = {committed(&blob[0]), committed(&blob[1])};
    struct published_data data = {.blob = part, .blob_count = 2};
    assert_int_equal(data_check(&data), OK);

    hash32 versioned[2], got, want;
    for (size_t i = 0; i < 2; i++)
        kzg_versioned_hash(&versioned[i], part[i].commitment.b);
    data_hash(&got, &data, 7, 3, 4, &arena);
    da_hash(&want, 7, 3, 4, versioned, 2, bytes_of(NULL, 0), &arena);
    assert_memory_equal(&got, &want, sizeof got);

    *payload_at(&blob[1], 1000) ^= 1; /* other data under the same hash */
    assert_int_equal(data_check(&data), REJECT_BLOB_PROOF);
    *payload_at(&blob[1], 1000) ^= 1;
    part[1].blob = &blob[0]; /* a blob of the bundle in another's place */
    assert_int_equal(data_check(&data), REJECT_BLOB_PROOF);
    part[1].blob = &blob[1];
    part[1].proof = part[0].proof;
    assert_int_equal(data_check(&data), REJECT_BLOB_PROOF);
    part[1] = committed(&blob[1]);
    memset(part[0].proof.b, 0, 48); /* no point */
    assert_int_equal(data_check(&data), REJECT_BLOB_PROOF);
    part[0] = committed(&blob[0]);
    assert_int_equal(data_check(&data), OK);

    data.calldata = bytes_of("x", 1);
    assert_int_equal(data_check(&data), REJECT_DATA_TWO_PLACES);
    const struct data_blob seven[7] = {part[0], part[0], part[0], part[0], part[0], part[0], part[0]};
    const struct published_data many = {.blob = seven, .blob_count = 7};
    assert_int_equal(data_check(&many), REJECT_BLOB_COUNT);
    kzg_setup_close(setup);
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(malformed),
        cmocka_unit_test(under_the_hash),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
