#include "crypto/kzg.h"

#include "crypto/sha256.h"

#include <blst.h>

static void add_u64(struct sha256 *hash, u64 x)
{
    u8 b[8];
    store_be64(b, x);
    sha256_add(hash, b, sizeof b);
}

/* hash_to_bls_field: the digest modulo the order of the groups. */
static void to_field(hash32 *out, struct sha256 *hash)
{
    hash32 digest;
    sha256_end(hash, &digest);
    blst_scalar scalar;
    blst_scalar_from_be_bytes(&scalar, digest.b, 32);
    blst_bendian_from_scalar(out->b, &scalar);
}

void kzg_challenge(hash32 *out, const struct kzg_blob *blob, const struct kzg_point *commitment)
{
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, "FSBLOBVERIFY_V1_", 16);
    add_u64(&hash, 0); /* the degree, in 16 bytes */
    add_u64(&hash, KZG_BLOB_BYTES / 32);
    sha256_add(&hash, blob, sizeof *blob);
    sha256_add(&hash, commitment, sizeof *commitment);
    to_field(out, &hash);
}

void kzg_cells_challenge(hash32 *out, const struct kzg_point *commitment, size_t commitments, const u64 *row,
                         const u64 *index, const struct kzg_cell *cell, const struct kzg_point *proof, size_t count)
{
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, "RCKZGCBATCH__V1_", 16);
    add_u64(&hash, KZG_BLOB_BYTES / 32);
    add_u64(&hash, KZG_CELL_BYTES / 32);
    add_u64(&hash, commitments);
    add_u64(&hash, count);
    sha256_add(&hash, commitment, commitments * sizeof *commitment);
    for (size_t i = 0; i < count; i++) {
        add_u64(&hash, row[i]);
        add_u64(&hash, index[i]);
        sha256_add(&hash, &cell[i], sizeof *cell);
        sha256_add(&hash, &proof[i], sizeof *proof);
    }
    to_field(out, &hash);
}
