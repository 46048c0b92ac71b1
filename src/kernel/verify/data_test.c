/* What others published is read as they meant it: batches that zlib compressed, blobs packed by a dozen lines of
 * JavaScript, daHash by viem (tests/vectors/data.json). What is wrong with data: batcher_test.c,
 * rollup_block_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/vector.h"
#include "verify/batch.h"
#include "verify/blob.h"
#include "verify/data.h"

static struct arena arena;
static struct json vectors;

static int open_vectors(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    vectors = vector_open(&arena, "tests/vectors/data.json");
    return 0;
}

static int close_vectors(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void batches(void **state)
{
    (void)state;
    struct json_iterator it = json_items(json_get(vectors, "batches"));
    size_t count = 0;
    for (; json_next(&it); count++) {
        struct batch got;
        assert_int_equal(batch_decode(&got, &arena, vector_bytes(&arena, it.value, "batch")), OK);
        const struct json blocks = json_get(it.value, "blocks");
        assert_int_equal(got.block_count, json_count(blocks));
        struct json_iterator block = json_items(blocks);
        for (size_t i = 0; json_next(&block); i++) {
            assert_int_equal(got.block[i].timestamp, vector_u64(block.value, "timestamp"));
            const struct json transactions = json_get(block.value, "transactions");
            assert_int_equal(got.block[i].envelope_count, json_count(transactions));
            struct json_iterator tx = json_items(transactions);
            for (size_t j = 0; json_next(&tx); j++) {
                struct bytes want;
                assert_int_equal(json_hex(&arena, &want, tx.value), OK);
                assert_bytes(got.block[i].envelope[j], want);
            }
        }
    }
    assert_int_equal(count, 12);
}

/* The vectors leave the zeros at the end out. */
static const struct kzg_blob *blob_of(struct json hex)
{
    struct kzg_blob *blob = ARENA_TAKE_ZERO(&arena, struct kzg_blob, 1);
    struct bytes bytes;
    assert_int_equal(json_hex(&arena, &bytes, hex), OK);
    assert_true(bytes.len <= sizeof blob->b);
    memcpy(blob->b, bytes.ptr, bytes.len);
    return blob;
}

static void frames(void **state)
{
    (void)state;
    struct json_iterator it = json_items(json_get(vectors, "blobs"));
    size_t count = 0;
    while (json_next(&it)) {
        const struct kzg_blob *blob = blob_of(json_get(it.value, "blob"));
        struct json_iterator frame = json_items(json_get(it.value, "frames"));
        for (; json_next(&frame); count++) {
            struct bytes got;
            assert_int_equal(blob_frame(&got, &arena, blob, vector_u64(frame.value, "chainId")), OK);
            assert_bytes(got, vector_bytes(&arena, frame.value, "data"));
        }
        struct bytes none;
        assert_int_equal(blob_frame(&none, &arena, blob, 903), REJECT_BLOB_WITHOUT_FRAME);
    }
    assert_int_equal(count, 3);
}

static void batch_that_spans_blobs(void **state)
{
    (void)state;
    const struct json v = json_get(vectors, "spanning");
    struct data_blob part[2] = {0};
    struct json_iterator it = json_items(json_get(v, "blobs"));
    for (size_t i = 0; json_next(&it); i++)
        part[i].blob = blob_of(it.value);
    const struct published_data data = {.blob = part, .blob_count = 2};
    struct bytes got;
    assert_int_equal(data_batch(&got, &arena, &data, vector_u64(v, "chainId")), OK);
    assert_bytes(got, vector_bytes(&arena, v, "batch"));
}

static void da_hashes(void **state)
{
    (void)state;
    struct json_iterator it = json_items(json_get(vectors, "published"));
    size_t count = 0;
    for (; json_next(&it); count++) {
        struct data_blob blob[DATA_BLOBS_MAX] = {0};
        struct published_data data = {.calldata = vector_bytes(&arena, it.value, "calldata"), .blob = blob};
        struct json_iterator commitment = json_items(json_get(it.value, "commitments"));
        for (; json_next(&commitment); data.blob_count++)
            assert_int_equal(json_hex_fixed(blob[data.blob_count].commitment.b, KZG_POINT_BYTES, commitment.value), OK);
        hash32 got;
        data_hash(&got, &data, vector_u64(it.value, "chainId"), vector_u64(it.value, "firstBlock"),
                  vector_u64(it.value, "lastBlock"), &arena);
        assert_hash(&got, it.value, "daHash");
    }
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches),
        cmocka_unit_test(frames),
        cmocka_unit_test(batch_that_spans_blobs),
        cmocka_unit_test(da_hashes),
    };
    return cmocka_run_group_tests(tests, open_vectors, close_vectors);
}
