/* alloc_json - accounts in JSON, as go-ethereum's genesis files ("alloc") and the official fixtures ("pre") have them.
 *
 *   {"0xab..": {"nonce": .., "balance": .., "code": .., "storage": {key: value}}}   -->  a state, committed
 *
 * A field that is missing is zero. Errors: REJECT_JSON, with a complaint at the place. */
#ifndef ETHRPC_ALLOC_JSON_H
#define ETHRPC_ALLOC_JSON_H

#include "io/json.h"
#include "state/state.h"

/* The accounts in s, committed; *root is its root. */
enum err alloc_read(struct state *s, struct arena *arena, struct complaint *complaint, struct json accounts,
                    hash32 *root) MUST_CHECK;

#endif
