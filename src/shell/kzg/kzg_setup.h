/* kzg_setup - commitments, proofs and cells of blobs (EIP-4844, EIP-7594), by c-kzg.
 *
 * Everything that needs the trusted setup is here, and takes it as an argument. There are two ways to it:
 *
 *   kzg_setup_open     parses the text of trusted_setup.txt and decompresses its points: two seconds, 20 MB
 *   kzg_setup_attach   uses an image of an open setup where it lies: no time at all. The build makes one from
 *                      Ethereum's trusted_setup.txt (io/trusted_setup.h); it is valid for the same c-kzg and
 *                      processor only
 *
 * Blocks are executed and blobs checked without a setup: crypto/kzg_proof.h, crypto/kzg_blob.h.
 *
 * Numbers are big endian; commitments and proofs are compressed points of 48 bytes. Memory: an open setup lies in
 * c-kzg's own heap until it is closed, an attached one in its image; c-kzg takes temporary memory from the heap. A
 * setup is read only: any number of threads may use one.
 * Errors: REJECT_ENCODING for bytes that are no field element, point, index or setup; REJECT_KZG_PROOF for a
 * proof that does not hold; FAULT_MEMORY; FAULT_CRYPTO. */
#ifndef KZG_KZG_SETUP_H
#define KZG_KZG_SETUP_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/kzg.h"

struct kzg_setup;

/* The setup in the arena; close it before the arena is released. */
enum err kzg_setup_open(struct kzg_setup **out, struct arena *arena, struct bytes text) MUST_CHECK;
void kzg_setup_close(struct kzg_setup *setup);

/* The size of an image, bytes. */
size_t kzg_image_bytes(void);
/* Writes the image of a setup: kzg_image_bytes() at out. */
void kzg_setup_image(u8 *out, const struct kzg_setup *setup);
/* A setup in an image, which must be aligned to 8 bytes and outlive it; nothing is to be closed. REJECT_ENCODING when
 * the image has another size or begins with another layout. */
enum err kzg_setup_attach(struct kzg_setup **out, struct arena *arena, struct bytes image) MUST_CHECK;

/* Takes time in proportion to the elements that are not zero: about 5 ms for 256 of them, 50 for a full blob. */
enum err kzg_commit(struct kzg_point *commitment, const struct kzg_blob *blob,
                    const struct kzg_setup *setup) MUST_CHECK;
/* That the polynomial has the value *y at z. */
enum err kzg_prove(struct kzg_point *proof, hash32 *y, const struct kzg_blob *blob, const hash32 *z,
                   const struct kzg_setup *setup) MUST_CHECK;
/* That the commitment is that of the blob: the proof for the value at the challenge. */
enum err kzg_prove_blob(struct kzg_point *proof, const struct kzg_blob *blob, const struct kzg_point *commitment,
                        const struct kzg_setup *setup) MUST_CHECK;
/* All of them, in little more than the time of one. One alone, without the setup: crypto/kzg_blob.h. */
enum err kzg_verify_blobs(const struct kzg_blob *blob, const struct kzg_point *commitment,
                          const struct kzg_point *proof, size_t count, const struct kzg_setup *setup) MUST_CHECK;

/* cells or proofs may be NULL. */
enum err kzg_cells(struct kzg_cell cells[KZG_CELLS], struct kzg_point proofs[KZG_CELLS], const struct kzg_blob *blob,
                   const struct kzg_setup *setup) MUST_CHECK;
/* From count cells, at least 64, with their indices in ascending order. */
enum err kzg_recover_cells(struct kzg_cell cells[KZG_CELLS], struct kzg_point proofs[KZG_CELLS], const u64 *index,
                           const struct kzg_cell *cell, size_t count, const struct kzg_setup *setup) MUST_CHECK;
/* Cell i with its proof belongs at index[i] of the blob of commitment[i]. */
enum err kzg_verify_cells(const struct kzg_point *commitment, const u64 *index, const struct kzg_cell *cell,
                          const struct kzg_point *proof, size_t count, const struct kzg_setup *setup) MUST_CHECK;

#endif
