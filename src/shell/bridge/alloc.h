/* alloc - the accounts of a rollup's genesis in JSON, as in geth's genesis files.
 *
 *   { "0x4200..16": { "nonce": 1, "balance": "0x0", "code": "0x..", "storage": { "0x00..": "0x00.." } },
 *     "ab12..":     "100000000000000000000" }                a balance alone, wei
 *
 * A field that is absent is zero; other fields, as geth's "comment", are not read. No address comes twice.
 *
 * Memory: the given arena. Errors: REJECT_JSON with a complaint at the place. */
#ifndef BRIDGE_ALLOC_H
#define BRIDGE_ALLOC_H

#include "bridge/genesis.h"
#include "codec/json_write.h"
#include "io/json.h"

enum err alloc_accounts_read(const struct genesis_account **out, size_t *count, struct arena *arena,
                             struct complaint *complaint, struct json alloc) MUST_CHECK;

/* The object that is read back as these accounts. */
void alloc_accounts_write(struct json_writer *w, const struct genesis_account *account, size_t count);

#endif
