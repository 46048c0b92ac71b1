#include "crypto/kzg.h"

#include "crypto/sha256.h"

static void add_u64(struct sha256 *hash, u64 x)
{
    u8 b[8];
    store_be64(b, x);
    sha256_add(hash, b, sizeof b);
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
    hash32 digest;
    sha256_end(&hash, &digest);
    kzg_hash_to_field(out, &digest);
}
