/* cell_proofs - are these the cell proofs of these blobs (EIP-7594)? c-kzg-4844 answers, and nothing of ours is linked.
 *
 *   cell_proofs TRUSTED_SETUP < (blob:131072 commitment:48 proof:128*48)..      "N valid", or what is wrong, status 1
 */
#include <ckzg.h>

#include <stdio.h>
#include <stdlib.h>

enum { CELLS = 128 };

struct entry {
    Blob blob;
    Bytes48 commitment, proof[CELLS];
};

int main(int argc, char **argv)
{
    static struct entry entry;
    static Cell cell[CELLS];
    Bytes48 commitment[CELLS];
    uint64_t index[CELLS];
    KZGSettings setup;
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!file || load_trusted_setup_file(&setup, file, 0) != C_KZG_OK) {
        puts("no trusted setup");
        return 1;
    }
    int count = 0;
    for (size_t got; (got = fread(&entry, 1, sizeof entry, stdin)) != 0; count++) {
        bool holds = false;
        if (got != sizeof entry) {
            puts("a sidecar that is cut");
            return 1;
        }
        for (uint64_t i = 0; i < CELLS; i++) {
            index[i] = i;
            commitment[i] = entry.commitment;
        }
        if (compute_cells_and_kzg_proofs(cell, NULL, &entry.blob, &setup) != C_KZG_OK ||
            verify_cell_kzg_proof_batch(&holds, commitment, index, cell, entry.proof, CELLS, &setup) != C_KZG_OK ||
            !holds) {
            printf("blob %d: its cell proofs do not hold\n", count);
            return 1;
        }
    }
    printf("%d valid\n", count);
    return count ? 0 : 1;
}
