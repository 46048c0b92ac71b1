/* scope/derive.h - rollups rebuilt from L1 data alone (docs/data.md).
 *
 *     genesis and rules (a file of `scope run --export-genesis`) + L1 --> every block, executed and compared
 *
 * L1 is a file of `scope run --export-l1`, or an Ethereum node, of which only the hash of the head is trusted. A rollup
 * whose data is invalid stops at its last valid block, with an error; the others continue.
 *
 * Memory: a derivation belongs to the caller, scope_derivation_close; texts live as long as it does. One thread at a
 * time for each derivation. */
#ifndef SCOPE_DERIVE_H
#define SCOPE_DERIVE_H

#include <scope/rollup.h>

#ifdef __cplusplus
extern "C" {
#endif

struct scope_derivation;

struct scope_derivation_config {
    const char *rollups_path; /* genesis and rules */
    const char *l1_path;      /* L1 in a file, or */
    const char *l1_url;       /* the JSON-RPC URL of a node; exactly one of both */
    const char *beacon_url;   /* with l1_url, for blobs; NULL: none */
    const char *blobs_folder; /* with l1_url: a cache of blobs; NULL: none */
};

/* *out is also set on an error, for scope_derivation_error, and must be closed. FAULT_IO, FAULT_NETWORK; REJECT_PATH,
 * REJECT_CONFIG, REJECT_JSON, REJECT_L1_*. */
scope_err scope_derivation_open(struct scope_derivation **out, const struct scope_derivation_config *config);
void scope_derivation_close(struct scope_derivation *derivation); /* NULL is allowed */
/* What the last error was about; never NULL, "" if there is nothing to add to scope_err_text. */
const char *scope_derivation_error(const struct scope_derivation *derivation);

/* Reads L1 up to its head (a node's head may move: call again). On an error the rollups are as far as the blocks before
 * have led. An error of a rollup is not one of this function. */
scope_err scope_derivation_read(struct scope_derivation *derivation, uint64_t *l1_block);

struct scope_derived_rollup {
    uint64_t chain_id;
    uint64_t block_number; /* of the last valid block */
    struct scope_hash block_hash, state_root;
    uint64_t bundles, transactions, blobs;
    scope_err error;   /* SCOPE_OK, or why it stopped */
    const char *why;   /* the same in words */
};
/* Ascending by chain id. false: index is not below their number. */
bool scope_derivation_rollup(const struct scope_derivation *derivation, struct scope_derived_rollup *out, size_t index);

#ifdef __cplusplus
}
#endif
#endif
