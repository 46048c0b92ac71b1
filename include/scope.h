/* scope - all of libscope, in one header.
 *
 *     #include <scope.h>          cc $(pkg-config --cflags scope) x.c $(pkg-config --libs --static scope)
 *
 * What a program takes from it (docs/rollups.md; examples/embed.c is one):
 *
 *   the protocol's values            scope/request.h, response.h, mailbox.h, settlement.h
 *   a rollup's rules, its execution  verify/rollup.h, chain/execute.h
 *   a prover's core                  verify/verify.h: witness and data in, statement out; pure
 *   a prover, its signature          prover/prover.h; over HTTP prover/service.h
 *   a devnet and its builder         builder/session.h
 *   rollups rebuilt from L1          derive/derive.h
 *
 * Memory is what the caller hands over as a struct memory; system_memory is malloc's. Errors are enum err, with
 * err_name and err_text. One thread at a time for each object. There is no promise of a stable ABI: build and link
 * against one version. */
#ifndef SCOPE_H
#define SCOPE_H

#include "base/err.h"
#include "base/u256.h"
#include "derive/derive.h"
#include "bridge/calldata.h"
#include "builder/query.h"
#include "builder/session.h"
#include "builder/session_hooks.h"
#include "codec/abi.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "io/memory.h"
#include "prover/prover_config.h"
#include "prover/prover.h"
#include "prover/request.h"
#include "prover/service.h"
#include "scope/mailbox.h"
#include "scope/request.h"
#include "scope/response.h"
#include "scope/settlement.h"
#include "verify/rollup.h"
#include "verify/verify.h"
#include "verify/witness.h"

#endif
