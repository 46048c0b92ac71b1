/* The 272 vectors of c-kzg-4844 are in the fixtures (scope kzgtest); here what needs none: constant polynomials, whose
 * commitments are multiples of the generator, and what happens to broken setups, proofs and cells. */
#include "kzg/kzg_setup.h"

#include "crypto/kzg_blob.h"
#include "crypto/kzg_proof.h"
#include "crypto/test_hex.h"
#include "io/file.h"
#include "io/memory.h"
#include "io/trusted_setup.h"

#define SETUP "node_modules/c-kzg/deps/c-kzg/trusted_setup.txt"

static struct arena arena;
static struct bytes text;
static struct kzg_setup *opened, *setup; /* from the text; from the image of that one */
static u8 *image;
static struct kzg_blob blob;
static struct kzg_cell cells[KZG_CELLS], again[KZG_CELLS];
static struct kzg_point proofs[KZG_CELLS], proofs_again[KZG_CELLS];

static void fill(u8 step)
{
    memset(&blob, 0, sizeof blob);
    for (size_t i = 0; i < KZG_BLOB_BYTES / 32; i++) {
        blob.b[32 * i + 31] = (u8)(2 + step * i);
        blob.b[32 * i + 7] = (u8)(step * i * i);
    }
}

/* A constant c is committed to as c G1, has the value c everywhere, and infinity as its proof. */
static void constants(void **state)
{
    (void)state;
    struct kzg_point commitment, want, proof;
    hash32 y, z = {{0x11}};
    fill(0);
    unhex(want.b, 48, "a572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e");
    assert_int_equal(kzg_commit(&commitment, &blob, setup), OK);
    assert_memory_equal(&commitment, &want, 48);
    assert_int_equal(kzg_prove(&proof, &y, &blob, &z, setup), OK);
    assert_memory_equal(&y, blob.b, 32);
    assert_int_equal(proof.b[0], 0xc0);
    assert_int_equal(kzg_proof_verify(commitment.b, &z, &y, proof.b), OK);
}

/* What is proved can be verified, alone and in a batch; with one byte of it changed it cannot. */
static void blobs(void **state)
{
    (void)state;
    static struct kzg_blob two[2];
    struct kzg_point commitment[2], proof[2];
    for (u8 i = 0; i < 2; i++) {
        fill((u8)(i + 1));
        two[i] = blob;
        assert_int_equal(kzg_commit(&commitment[i], &two[i], setup), OK);
        assert_int_equal(kzg_prove_blob(&proof[i], &two[i], &commitment[i], setup), OK);
        assert_int_equal(kzg_blob_verify(&two[i], &commitment[i], &proof[i]), OK);
    }
    assert_int_equal(kzg_verify_blobs(two, commitment, proof, 2, setup), OK);
    assert_int_equal(kzg_verify_blobs(two, commitment, proof, 0, setup), OK);
    assert_int_equal(kzg_blob_verify(&two[0], &commitment[0], &proof[1]), REJECT_KZG_PROOF);
    assert_int_equal(kzg_blob_verify(&two[0], &commitment[1], &proof[0]), REJECT_KZG_PROOF);
    two[1].b[31] ^= 1;
    assert_int_equal(kzg_blob_verify(&two[1], &commitment[1], &proof[1]), REJECT_KZG_PROOF);
    assert_int_equal(kzg_verify_blobs(two, commitment, proof, 2, setup), REJECT_KZG_PROOF);
    memset(two[1].b + 64, 0xff, 32); /* no field element */
    assert_int_equal(kzg_blob_verify(&two[1], &commitment[1], &proof[1]), REJECT_FIELD);
    assert_int_equal(kzg_commit(&commitment[1], &two[1], setup), REJECT_ENCODING);
    commitment[0].b[0] = 0;
    assert_int_equal(kzg_blob_verify(&two[0], &commitment[0], &proof[0]), REJECT_POINT);
}

/* Any half of the cells gives back all; less than half, a repeated or a misplaced one is refused. */
static void half_of_the_cells(void **state)
{
    (void)state;
    struct kzg_point commitment[4];
    u64 index[KZG_CELLS];
    static struct kzg_cell half[KZG_CELLS / 2];
    fill(3);
    assert_int_equal(kzg_commit(&commitment[0], &blob, setup), OK);
    assert_int_equal(kzg_cells(cells, proofs, &blob, setup), OK);
    assert_memory_equal(cells, &blob, sizeof blob); /* the first half is the blob */
    for (u64 i = 0; i < KZG_CELLS / 2; i++) {
        index[i] = 2 * i + 1;
        half[i] = cells[2 * i + 1];
    }
    assert_int_equal(kzg_recover_cells(again, proofs_again, index, half, KZG_CELLS / 2, setup), OK);
    assert_memory_equal(again, cells, sizeof cells);
    assert_memory_equal(proofs_again, proofs, sizeof proofs);
    assert_int_equal(kzg_recover_cells(again, proofs_again, index, half, KZG_CELLS / 2 - 1, setup), REJECT_ENCODING);
    index[1] = index[0];
    assert_int_equal(kzg_recover_cells(again, proofs_again, index, half, KZG_CELLS / 2, setup), REJECT_ENCODING);
    index[1] = KZG_CELLS;
    assert_int_equal(kzg_recover_cells(again, proofs_again, index, half, KZG_CELLS / 2, setup), REJECT_ENCODING);

    for (unsigned i = 1; i < COUNT_OF(commitment); i++)
        commitment[i] = commitment[0];
    u64 first[4] = {0, 1, 2, 3};
    assert_int_equal(kzg_verify_cells(commitment, first, cells, proofs, 4, setup), OK);
    first[3] = 4;
    assert_int_equal(kzg_verify_cells(commitment, first, cells, proofs, 4, setup), REJECT_KZG_PROOF);
    first[3] = KZG_CELLS;
    assert_int_equal(kzg_verify_cells(commitment, first, cells, proofs, 4, setup), REJECT_ENCODING);
}

/* A blob with few elements takes another way to its commitment than a full one: c-kzg's verification tells whether it
 * is the right one. */
static void sparse_blobs(void **state)
{
    (void)state;
    static const size_t row[] = {0, 1, 7, 8, 9, 511, 512, 513, 4096};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct kzg_point commitment, proof;
        memset(&blob, 0, sizeof blob);
        for (size_t j = 0; j < row[i]; j++)
            blob.b[32 * (j * 7 % 4096) + 31 - j % 30] = (u8)(j % 255 + 1);
        assert_int_equal(kzg_commit(&commitment, &blob, setup), OK);
        assert_int_equal(kzg_prove_blob(&proof, &blob, &commitment, setup), OK);
        assert_int_equal(kzg_verify_blobs(&blob, &commitment, &proof, 1, setup), OK);
        assert_int_equal(kzg_blob_verify(&blob, &commitment, &proof), OK);
        memset(blob.b + 32 * 5, 0xff, 32); /* no field element */
        assert_int_equal(kzg_commit(&commitment, &blob, setup), REJECT_ENCODING);
    }
}

/* The image that the program embeds is that of the text, and one of another size or layout is refused. */
static void images(void **state)
{
    (void)state;
    struct kzg_setup *none = NULL;
    const size_t n = kzg_image_bytes();
    const struct bytes embedded = trusted_setup_image();
    assert_int_equal(embedded.len, n);
    assert_memory_equal(embedded.ptr, image, n);
    assert_int_equal(kzg_setup_attach(&none, &arena, bytes_of(image, n - 1)), REJECT_ENCODING);
    assert_int_equal(kzg_setup_attach(&none, &arena, bytes_of(image + 4, n)), REJECT_ENCODING);
    image[0] ^= 1;
    assert_int_equal(kzg_setup_attach(&none, &arena, bytes_of(image, n)), REJECT_ENCODING);
    image[0] ^= 1;
    assert_null(none);
}

/* A text that is no setup is refused before anything is made of it. */
static void broken_setups(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char c;
    } change[] = {{0, '5'}, {5, '7'}, {8, 'g'}, {9, ' '}};
    u8 *copy = arena_take(&arena, text.len + 1);
    struct kzg_setup *none = NULL;
    for (size_t i = 0; i < COUNT_OF(change); i++) {
        memcpy(copy, text.ptr, text.len);
        copy[change[i].at] = (u8)change[i].c;
        assert_int_equal(kzg_setup_open(&none, &arena, bytes_of(copy, text.len)), REJECT_ENCODING);
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '0';
    static const size_t cut[] = {0, 1, 4, 5, 7, 8, 9, 100000};
    for (size_t i = 0; i < COUNT_OF(cut); i++)
        assert_int_equal(kzg_setup_open(&none, &arena, bytes_of(copy, cut[i])), REJECT_ENCODING);
    assert_int_equal(kzg_setup_open(&none, &arena, bytes_of(copy, text.len + 1)), REJECT_ENCODING);
    assert_null(none);
}

static int open_setup(void **state)
{
    (void)state;
    struct complaint complaint = {0};
    arena_init(&arena, &system_memory);
    if (file_read(&arena, &text, &complaint, SETUP, 8 << 20) != OK || kzg_setup_open(&opened, &arena, text) != OK)
        return 1;
    image = arena_take(&arena, kzg_image_bytes() + 8);
    kzg_setup_image(image, opened);
    return kzg_setup_attach(&setup, &arena, bytes_of(image, kzg_image_bytes())) != OK;
}

static int close_setup(void **state)
{
    (void)state;
    kzg_setup_close(opened);
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants),
        cmocka_unit_test(blobs),
        cmocka_unit_test(sparse_blobs),
        cmocka_unit_test(images),
        cmocka_unit_test(half_of_the_cells),
        cmocka_unit_test(broken_setups),
    };
    return cmocka_run_group_tests(tests, open_setup, close_setup);
}
