#include "ledger/sidecar.h"

#include "codec/rlp.h"
#include "crypto/kzg_proof.h"

enum err sidecar_make(struct sidecar *out, struct arena *arena, const struct kzg_blob *blob, size_t count,
                      const struct kzg_setup *setup)
{
    struct sidecar s = {
        .blob = blob,
        .blob_count = count,
        .commitment = ARENA_TAKE(arena, struct kzg_point, count),
        .proof = ARENA_TAKE(arena, struct kzg_point, count),
        .versioned_hash = ARENA_TAKE(arena, hash32, count),
    };
    for (size_t i = 0; i < count; i++) {
        TRY(kzg_commit(&s.commitment[i], &blob[i], setup));
        TRY(kzg_prove_blob(&s.proof[i], &blob[i], &s.commitment[i], setup));
        kzg_versioned_hash(&s.versioned_hash[i], s.commitment[i].b);
    }
    *out = s;
    return OK;
}

enum err sidecar_prove_cells(struct sidecar *s, struct arena *arena, const struct kzg_setup *setup)
{
    struct kzg_point *proof = ARENA_TAKE(arena, struct kzg_point, s->blob_count * KZG_CELLS);
    for (size_t i = 0; i < s->blob_count; i++)
        TRY(kzg_cells(NULL, proof + i * KZG_CELLS, &s->blob[i], setup));
    s->cell_proof = proof;
    return OK;
}

bool sidecar_is_of(const struct sidecar *s, const struct tx *t)
{
    if (t->type != TX_BLOB || t->blob_hash_count != s->blob_count)
        return false;
    for (size_t i = 0; i < s->blob_count; i++)
        if (!hash32_eq(&t->blob_hash[i], &s->versioned_hash[i]))
            return false;
    return true;
}

/* No number of blobs with cell proofs takes as many bytes as another without, below 4,000. */
enum { BARE_BYTES = KZG_BLOB_BYTES + 2 * KZG_POINT_BYTES, CELLS_BYTES = KZG_CELLS * KZG_POINT_BYTES };

void sidecar_persist(struct buffer *out, const struct sidecar *s)
{
    for (size_t i = 0; i < s->blob_count; i++) {
        buffer_add(out, s->blob[i].b, KZG_BLOB_BYTES);
        buffer_add(out, s->commitment[i].b, KZG_POINT_BYTES);
        buffer_add(out, s->proof[i].b, KZG_POINT_BYTES);
        if (s->cell_proof)
            buffer_add(out, s->cell_proof + i * KZG_CELLS, CELLS_BYTES);
    }
}

enum err sidecar_restore(struct sidecar *out, struct arena *arena, struct bytes kept)
{
    const bool has_cells = kept.len % (BARE_BYTES + CELLS_BYTES) == 0;
    const size_t size = has_cells ? BARE_BYTES + CELLS_BYTES : BARE_BYTES, n = kept.len / size;
    if (n == 0 || kept.len % size)
        return REJECT_ENCODING;
    struct kzg_blob *blob = ARENA_TAKE(arena, struct kzg_blob, n);
    struct kzg_point *commitment = ARENA_TAKE(arena, struct kzg_point, n),
                     *proof = ARENA_TAKE(arena, struct kzg_point, n),
                     *cell_proof = has_cells ? ARENA_TAKE(arena, struct kzg_point, n * KZG_CELLS) : NULL;
    hash32 *hash = ARENA_TAKE(arena, hash32, n);
    const u8 *at = kept.ptr;
    for (size_t i = 0; i < n; i++, at += size) {
        const u8 *points = at + KZG_BLOB_BYTES;
        memcpy(blob[i].b, at, KZG_BLOB_BYTES);
        memcpy(commitment[i].b, points, KZG_POINT_BYTES);
        memcpy(proof[i].b, points + KZG_POINT_BYTES, KZG_POINT_BYTES);
        if (has_cells)
            memcpy(cell_proof + i * KZG_CELLS, points + 2 * KZG_POINT_BYTES, CELLS_BYTES);
        kzg_versioned_hash(&hash[i], commitment[i].b);
    }
    *out = (struct sidecar){blob, n, commitment, proof, cell_proof, hash};
    return OK;
}

static void add_points(struct buffer *out, const struct kzg_point *p, size_t count)
{
    const size_t list = rlp_open(out);
    for (size_t i = 0; i < count; i++)
        rlp_add_string(out, BYTES_OF(p[i].b));
    rlp_close(out, list);
}

void sidecar_encode(struct buffer *out, const struct tx *t, const struct sidecar *s)
{
    BUG_UNLESS(s->cell_proof && sidecar_is_of(s, t));
    struct buffer envelope = buffer_in(out->arena);
    tx_encode(&envelope, t);
    buffer_add_u8(out, TX_BLOB);
    const size_t all = rlp_open(out);
    buffer_add(out, envelope.ptr + 1, envelope.len - 1); /* its list, behind the type */
    rlp_add_u64(out, SIDECAR_WRAPPER_VERSION);
    const size_t blobs = rlp_open(out);
    for (size_t i = 0; i < s->blob_count; i++)
        rlp_add_string(out, BYTES_OF(s->blob[i].b));
    rlp_close(out, blobs);
    add_points(out, s->commitment, s->blob_count);
    add_points(out, s->cell_proof, s->blob_count * KZG_CELLS);
    rlp_close(out, all);
}
