/* scope/scope.h - all of libscope, and what its headers share: errors and versions.
 *
 *     #include <scope/scope.h>      cc x.c $(pkg-config --cflags --libs --static scope)
 *
 *     scope/rollup.h   the protocol's values: requests, responses, mailboxes, statements, a rollup's rules
 *     scope/prover.h   execute a rollup's blocks from a witness, sign, serve
 *     scope/devnet.h   L1, rollups and the builder in one process
 *     scope/derive.h   rollups from L1 data alone
 *
 * Public names begin with scope_ or SCOPE_; every other name of the library is hidden. Memory comes from malloc; when
 * there is none left the program ends with FAULT_MEMORY, so no function returns it. There is no stable ABI: compile and
 * link against one version. */
#ifndef SCOPE_H
#define SCOPE_H

#include <scope/derive.h>
#include <scope/devnet.h>
#include <scope/prover.h>
#include <scope/rollup.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCOPE_VERSION "0.1.0"
/* Of the library that is linked: SCOPE_VERSION of its headers. */
const char *scope_version(void);

/* FAULT: the system failed (I/O, network, something unsupported). REJECT: the input is invalid, by the rule that it
 * breaks. */
enum scope_err_kind { SCOPE_ERR_NONE, SCOPE_ERR_FAULT, SCOPE_ERR_REJECT };
enum scope_err_kind scope_err_kind(scope_err e);
/* "REJECT_TX_NONCE_LOW"; stable between versions. "UNKNOWN" for a number that is none. */
const char *scope_err_name(scope_err e);
/* One sentence. */
const char *scope_err_text(scope_err e);
/* The number of a name, for comparisons: e == scope_err_of("REJECT_WITNESS"). -1: there is no such error. */
scope_err scope_err_of(const char *name);

#ifdef __cplusplus
}
#endif
#endif
