/* session_config - what a session is made of: its chains, its accounts, who pays and who signs.
 *
 * Memory: borrowed until session_open returns, but for the l1_source. */
#ifndef BUILDER_SESSION_CONFIG_H
#define BUILDER_SESSION_CONFIG_H

#include "ledger/l1.h"

struct genesis_account; /* bridge/genesis.h */
struct predeploy;

enum { SESSION_ROLLUPS_MAX = 64, SESSION_PROVERS_MAX = 16 };

struct funded_account {
    u64 chain_id;
    address at;
    u256 balance; /* wei; on a rollup it is backed by escrow on L1 from the start */
};

struct rollup_config {
    u64 chain_id;
    address coinbase;  /* gets priority fees and the base fee */
    u64 gas_limit;     /* of a block */
    u256 base_fee;     /* of the genesis block, wei */
    const struct genesis_account *alloc; /* accounts of its genesis; their ETH is backed by escrow */
    size_t alloc_count;
    const struct predeploy *predeploy; /* its own, constructed at genesis in this order */
    size_t predeploy_count;
};

/* Where the data of bundles goes. DATA_AUTO: where it is cheaper. */
enum data_choice { DATA_CALLDATA, DATA_BLOBS, DATA_AUTO };

/* The contracts of an existing deployment; the rollups are registered and the accounts funded, too. */
struct session_deployment {
    address proof_registry, shared_bridge, quorum_verifier;
    address attester[SESSION_PROVERS_MAX]; /* in the order of the keys or URLs */
    size_t attester_count;
};

struct session_config {
    u64 l1_chain_id;
    enum fork_id l1_fork;          /* FORK_PRAGUE or FORK_OSAKA */
    struct blob_schedule l1_blobs; /* all zero: Prague's */
    u64 l1_gas_limit;
    u256 l1_base_fee;              /* wei */
    address l1_coinbase;
    u64 genesis_timestamp;         /* seconds */
    const struct rollup_config *rollup; /* ascending by chain id */
    size_t rollup_count;
    const struct funded_account *funded;
    size_t funded_count;
    hash32 builder_key;            /* pays for the bundles; session_open funds it on L1 */
    u64 builder_nonce;             /* at the genesis of a local L1 */
    struct l1_source l1;           /* a remote L1; methods NULL: the session makes a local one */
    const struct session_deployment *deployment; /* existing on the remote L1; NULL: session_open deploys it */
    const hash32 *prover_key;
    size_t prover_count;           /* n */
    size_t prover_threshold;       /* k */
    enum data_choice data;
    const char *const *prover_url; /* of remote provers (prover/remote.h), which are asked instead of those keys */
    size_t prover_url_count;       /* 0: the keys sign in this process */
    bool discover_provers;         /* register the attester addresses that the provers at prover_url report; prover_key
                                      is not used */
    u32 prover_timeout_ms;
};

#endif
