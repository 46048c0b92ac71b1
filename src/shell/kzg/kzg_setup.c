#include "kzg/kzg_setup.h"

#include <ckzg.h>

/* Ours are c-kzg's byte arrays under names of our own. */
_Static_assert(sizeof(struct kzg_point) == sizeof(Bytes48) && sizeof(struct kzg_blob) == sizeof(Blob) &&
                   sizeof(struct kzg_cell) == sizeof(Cell) && sizeof(hash32) == sizeof(Bytes32) &&
                   KZG_CELLS == CELLS_PER_EXT_BLOB,
               "the sizes are those of c-kzg");

struct kzg_setup {
    KZGSettings settings;
    g1_t *column[CELLS_PER_EXT_BLOB]; /* of an attached setup */
};

static enum err err_of(C_KZG_RET result)
{
    switch (result) {
    case C_KZG_OK:
        return OK;
    case C_KZG_BADARGS:
        return REJECT_ENCODING;
    case C_KZG_MALLOC:
        return FAULT_MEMORY;
    default:
        return FAULT_CRYPTO;
    }
}

static enum err kzg_verdict(C_KZG_RET result, bool holds)
{
    TRY(err_of(result));
    return holds ? OK : REJECT_KZG_PROOF;
}

static const Bytes48 *points(const struct kzg_point *p)
{
    return (const Bytes48 *)p;
}

/* ---- the setup ---- */

struct reader {
    const u8 *next, *end;
};

static void skip_space(struct reader *r)
{
    while (r->next < r->end && (*r->next == ' ' || *r->next == '\n' || *r->next == '\r' || *r->next == '\t'))
        r->next++;
}

static bool read_hex_number(struct reader *r, u64 want)
{
    u64 x = 0;
    skip_space(r);
    while (r->next < r->end && *r->next >= '0' && *r->next <= '9' && x < 1000000)
        x = x * 10 + (u64)(*r->next++ - '0');
    return x == want;
}

static int digit(u8 c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* count words of hex, len bytes each, into the arena; NULL when they are missing. */
static u8 *read_hex_words(struct arena *arena, struct reader *r, size_t count, size_t len)
{
    u8 *out = arena_take(arena, count * len), *at = out;
    for (size_t i = 0; i < count; i++) {
        skip_space(r);
        for (size_t j = 0; j < len; j++, r->next += 2) {
            if (r->end - r->next < 2 || digit(r->next[0]) < 0 || digit(r->next[1]) < 0)
                return NULL;
            *at++ = (u8)(digit(r->next[0]) << 4 | digit(r->next[1]));
        }
    }
    return out;
}

/* The number of points in G1 and in G2; then G1 in Lagrange form, G2, and G1 in monomial form. */
enum err kzg_setup_open(struct kzg_setup **out, struct arena *arena, struct bytes text)
{
    enum { G1_POINTS = 4096,
           G1_BYTES = 48,
           G2_POINTS = 65,
           G2_BYTES = 96 };
    struct reader r = {text.ptr, text.ptr + text.len};
    if (!read_hex_number(&r, G1_POINTS) || !read_hex_number(&r, G2_POINTS))
        return REJECT_ENCODING;
    struct kzg_setup *setup = arena_take_zero(arena, sizeof *setup);
    const struct arena_mark mark = arena_mark(arena);
    const u8 *lagrange = read_hex_words(arena, &r, G1_POINTS, G1_BYTES);
    const u8 *g2 = lagrange ? read_hex_words(arena, &r, G2_POINTS, G2_BYTES) : NULL;
    const u8 *monomial = g2 ? read_hex_words(arena, &r, G1_POINTS, G1_BYTES) : NULL;
    skip_space(&r);
    const enum err e = !monomial || r.next != r.end
                           ? REJECT_ENCODING
                           : err_of(load_trusted_setup(&setup->settings, monomial, G1_POINTS * G1_BYTES, lagrange,
                                                       G1_POINTS * G1_BYTES, g2, G2_POINTS * G2_BYTES, 0));
    arena_rewind(arena, mark);
    if (e == OK)
        *out = setup;
    return e;
}

void kzg_setup_close(struct kzg_setup *setup)
{
    free_trusted_setup(&setup->settings);
}

/* ---- the image of a setup ---- */

enum { ROOTS = FIELD_ELEMENTS_PER_EXT_BLOB, G2_POINTS = 65, HEADER_BYTES = 32 };

/* The arrays of an image, in order, after a header of their sizes. */
enum part {
    PART_ROOTS,
    PART_BRP_ROOTS,
    PART_REVERSE_ROOTS,
    PART_MONOMIAL,
    PART_LAGRANGE,
    PART_G2,
    PART_COLUMNS,
    PARTS
};

static const u32 part_bytes[PARTS] = {
    [PART_ROOTS] = (ROOTS + 1) * sizeof(fr_t),
    [PART_BRP_ROOTS] = ROOTS * sizeof(fr_t),
    [PART_REVERSE_ROOTS] = (ROOTS + 1) * sizeof(fr_t),
    [PART_MONOMIAL] = FIELD_ELEMENTS_PER_BLOB * sizeof(g1_t),
    [PART_LAGRANGE] = FIELD_ELEMENTS_PER_BLOB * sizeof(g1_t),
    [PART_G2] = G2_POINTS * sizeof(g2_t),
    [PART_COLUMNS] = CELLS_PER_EXT_BLOB * FIELD_ELEMENTS_PER_CELL * sizeof(g1_t),
};
_Static_assert(sizeof part_bytes <= HEADER_BYTES, "the header holds the size of each part");

size_t kzg_image_bytes(void)
{
    size_t n = HEADER_BYTES;
    for (size_t i = 0; i < PARTS; i++)
        n += part_bytes[i];
    return n;
}

void kzg_setup_image(u8 *out, const struct kzg_setup *setup)
{
    const KZGSettings *s = &setup->settings;
    const void *part[PARTS] = {s->roots_of_unity,    s->brp_roots_of_unity,     s->reverse_roots_of_unity,
                               s->g1_values_monomial, s->g1_values_lagrange_brp, s->g2_values_monomial};
    memset(out, 0, HEADER_BYTES);
    memcpy(out, part_bytes, sizeof part_bytes);
    out += HEADER_BYTES;
    for (size_t i = 0; i < PART_COLUMNS; i++) {
        memcpy(out, part[i], part_bytes[i]);
        out += part_bytes[i];
    }
    for (size_t i = 0; i < CELLS_PER_EXT_BLOB; i++)
        memcpy(out + i * FIELD_ELEMENTS_PER_CELL * sizeof(g1_t), s->x_ext_fft_columns[i],
               FIELD_ELEMENTS_PER_CELL * sizeof(g1_t));
}

enum err kzg_setup_attach(struct kzg_setup **out, struct arena *arena, struct bytes image)
{
    if (image.len != kzg_image_bytes() || (uintptr_t)image.ptr % 8 != 0 ||
        memcmp(image.ptr, part_bytes, sizeof part_bytes) != 0)
        return REJECT_ENCODING;
    /* c-kzg's pointers are not const, but it only reads from a setup */
    u8 *part[PARTS], *at = (u8 *)(uintptr_t)image.ptr + HEADER_BYTES;
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = at;
        at += part_bytes[i];
    }
    struct kzg_setup *setup = *out = arena_take_zero(arena, sizeof *setup);
    for (size_t i = 0; i < CELLS_PER_EXT_BLOB; i++)
        setup->column[i] = (g1_t *)part[PART_COLUMNS] + i * FIELD_ELEMENTS_PER_CELL;
    setup->settings = (KZGSettings){
        .roots_of_unity = (fr_t *)part[PART_ROOTS],
        .brp_roots_of_unity = (fr_t *)part[PART_BRP_ROOTS],
        .reverse_roots_of_unity = (fr_t *)part[PART_REVERSE_ROOTS],
        .g1_values_monomial = (g1_t *)part[PART_MONOMIAL],
        .g1_values_lagrange_brp = (g1_t *)part[PART_LAGRANGE],
        .g2_values_monomial = (g2_t *)part[PART_G2],
        .x_ext_fft_columns = setup->column,
    };
    return OK;
}

/* ---- blobs ---- */

/* Below it blst's bucket method does not work. */
enum { BUCKETS_LEAST = 8, SPARSE_MOST = 512 };

struct sparse {
    size_t count;
    blst_p1 point[SPARSE_MOST];
    blst_scalar scalar[SPARSE_MOST];
};

/* The elements that are not zero, with their points. False: there are too many. */
static bool collect(struct sparse *out, const struct kzg_blob *blob, const struct kzg_setup *setup)
{
    static const u8 zero[32];
    out->count = 0;
    for (size_t i = 0; i < FIELD_ELEMENTS_PER_BLOB; i++) {
        const u8 *element = blob->b + i * sizeof zero;
        if (memcmp(element, zero, sizeof zero) == 0)
            continue;
        if (out->count == SPARSE_MOST)
            return false;
        blst_scalar_from_bendian(&out->scalar[out->count], element);
        out->point[out->count++] = setup->settings.g1_values_lagrange_brp[i];
    }
    return true;
}

static void add_up(blst_p1 *sum, const struct sparse *terms)
{
    memset(sum, 0, sizeof *sum);
    for (size_t i = 0; i < terms->count; i++) {
        blst_p1 product;
        blst_p1_mult(&product, &terms->point[i], terms->scalar[i].b, 255);
        blst_p1_add_or_double(sum, sum, &product);
    }
}

static void add_up_in_buckets(blst_p1 *sum, const struct sparse *terms)
{
    enum { SCRATCH_BYTES = 64 << 10 };
    limb_t scratch[SCRATCH_BYTES / sizeof(limb_t)];
    blst_p1_affine affine[SPARSE_MOST];
    const blst_p1 *const points[2] = {terms->point, NULL};
    const blst_p1_affine *const affines[2] = {affine, NULL};
    const u8 *const scalars[2] = {terms->scalar[0].b, NULL};
    BUG_UNLESS(blst_p1s_mult_pippenger_scratch_sizeof(terms->count) <= sizeof scratch);
    blst_p1s_to_affine(affine, points, terms->count);
    blst_p1s_mult_pippenger(sum, affines, terms->count, scalars, 255, scratch);
}

enum err kzg_commit(struct kzg_point *commitment, const struct kzg_blob *blob, const struct kzg_setup *setup)
{
    struct sparse terms;
    blst_p1 sum;
    if (!collect(&terms, blob, setup)) {
        KZGCommitment result;
        TRY(err_of(blob_to_kzg_commitment(&result, (const Blob *)blob, &setup->settings)));
        memcpy(commitment, &result, sizeof result);
        return OK;
    }
    for (size_t i = 0; i < terms.count; i++)
        if (!blst_scalar_fr_check(&terms.scalar[i]))
            return REJECT_ENCODING;
    if (terms.count < BUCKETS_LEAST)
        add_up(&sum, &terms);
    else
        add_up_in_buckets(&sum, &terms);
    blst_p1_compress(commitment->b, &sum);
    return OK;
}

enum err kzg_prove(struct kzg_point *proof, hash32 *y, const struct kzg_blob *blob, const hash32 *z,
                   const struct kzg_setup *setup)
{
    KZGProof result;
    Bytes32 value;
    TRY(err_of(compute_kzg_proof(&result, &value, (const Blob *)blob, (const Bytes32 *)z, &setup->settings)));
    memcpy(proof, &result, sizeof result);
    memcpy(y, &value, sizeof value);
    return OK;
}

enum err kzg_prove_blob(struct kzg_point *proof, const struct kzg_blob *blob, const struct kzg_point *commitment,
                        const struct kzg_setup *setup)
{
    KZGProof result;
    TRY(err_of(compute_blob_kzg_proof(&result, (const Blob *)blob, points(commitment), &setup->settings)));
    memcpy(proof, &result, sizeof result);
    return OK;
}

enum err kzg_verify_blobs(const struct kzg_blob *blob, const struct kzg_point *commitment,
                          const struct kzg_point *proof, size_t count, const struct kzg_setup *setup)
{
    bool holds = false;
    const C_KZG_RET result = verify_blob_kzg_proof_batch(&holds, (const Blob *)blob, points(commitment), points(proof),
                                                         count, &setup->settings);
    return kzg_verdict(result, holds);
}

/* ---- cells ---- */

enum err kzg_cells(struct kzg_cell cells[KZG_CELLS], struct kzg_point proofs[KZG_CELLS], const struct kzg_blob *blob,
                   const struct kzg_setup *setup)
{
    return err_of(
        compute_cells_and_kzg_proofs((Cell *)cells, (KZGProof *)proofs, (const Blob *)blob, &setup->settings));
}

enum err kzg_recover_cells(struct kzg_cell cells[KZG_CELLS], struct kzg_point proofs[KZG_CELLS], const u64 *index,
                           const struct kzg_cell *cell, size_t count, const struct kzg_setup *setup)
{
    for (size_t i = 1; i < count; i++) /* c-kzg 4.1 would sort them; the specification asserts the order */
        if (index[i] <= index[i - 1])
            return REJECT_ENCODING;
    return err_of(recover_cells_and_kzg_proofs((Cell *)cells, (KZGProof *)proofs, index, (const Cell *)cell, count,
                                               &setup->settings));
}

enum err kzg_verify_cells(const struct kzg_point *commitment, const u64 *index, const struct kzg_cell *cell,
                          const struct kzg_point *proof, size_t count, const struct kzg_setup *setup)
{
    bool holds = false;
    const C_KZG_RET result = verify_cell_kzg_proof_batch(&holds, points(commitment), index, (const Cell *)cell,
                                                         points(proof), count, &setup->settings);
    return kzg_verdict(result, holds);
}
