/* rollups_file - what a stranger must know to derive rollups from L1, as one small JSON file.
 *
 *   { "l1ChainId": 1,
 *     "sharedBridge": "0x..",
 *     "l1Block": 23000000,           the first block of L1 to look at; optional: else the node is asked
 *     "rollups": [ { "chainId": 7001, "coinbase": "0x..", "gasLimit": 30000000,         the rules
 *                    "timestamp": 1767225600, "baseFee": "1000000000",                  the first block
 *                    "alloc": { "0x..": "100000000000000000000", .. },                  bridge/alloc.h
 *                    "predeploys": [ { "at": "0x..", "init": "0x.." }, .. ],            its own; may be absent
 *                    "peers": [ { "chainId": 1, "maxGas": 6000000, "defaultGas": 1000000, "gasPrice": 0,
 *                                 "trusted": false }, .. ] },
 *                  .. ] }
 *
 * The protocol's predeploys are in the program (bridge/genesis.h). None of it is believed: hash, root and rules of each
 * first block must be those that L1 registered. `scope run --export-genesis` writes it, `scope derive --rollups`
 * reads it.
 *
 * Memory: the arena given. Errors: REJECT_JSON, REJECT_CONFIG with a complaint at the place. */
#ifndef DERIVE_ROLLUPS_FILE_H
#define DERIVE_ROLLUPS_FILE_H

#include "bridge/genesis.h"
#include "codec/json_write.h"
#include "io/json.h"

struct rollups_file {
    u64 l1_chain_id;
    address shared_bridge;
    bool has_l1_block;
    u64 l1_block;                        /* no rollup was registered before; 0: or it is not said */
    const struct rollup_genesis *rollup; /* ascending by chain id */
    size_t rollup_count;
};

enum err rollups_file_read(struct rollups_file *out, struct arena *arena, struct complaint *complaint,
                           const char *path) MUST_CHECK;
void rollups_file_write(struct json_writer *w, const struct rollups_file *f);

#endif
