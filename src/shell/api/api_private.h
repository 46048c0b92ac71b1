/* api - libscope's public headers (include/scope), over the modules of the kernel and the shell.
 *
 * Nothing is computed here: values are converted, and a module is called. */
#ifndef API_API_PRIVATE_H
#define API_API_PRIVATE_H

#include "base/buffer.h"
#include "base/err.h"
#include "prover/service.h"
#include "scope/response.h"

#include <scope/scope.h>

_Static_assert(sizeof(struct scope_hash) == sizeof(hash32), "hash32");
_Static_assert(sizeof(struct scope_address) == sizeof(address), "address");
_Static_assert(sizeof(struct scope_u256) == sizeof(u256), "u256");
_Static_assert(OK == 0 && SCOPE_OK == 0, "scope_err is enum err");

static inline hash32 hash_in(const struct scope_hash *x)
{
    hash32 y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline struct scope_hash hash_out(const hash32 *x)
{
    struct scope_hash y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline address address_in(const struct scope_address *x)
{
    address y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline struct scope_address address_out(const address *x)
{
    struct scope_address y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline u256 u256_in(const struct scope_u256 *x)
{
    u256 y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline struct scope_u256 u256_out(const u256 *x)
{
    struct scope_u256 y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline struct bytes bytes_in(struct scope_bytes x)
{
    return bytes_of(x.ptr, x.len);
}

static inline struct scope_bytes bytes_out(struct bytes x)
{
    return (struct scope_bytes){x.ptr, x.len};
}

/* rollup.c */
struct scoped_call;
struct scoped_call call_in(const struct scope_call *x);
struct scope_call call_out(const struct scoped_call *x);
struct scope_response response_out(const struct response *r);
void call_calldata(struct buffer *out, const struct scope_call *call);

/* prover.c: the configuration is copied. */
scope_err prover_open_with(struct scope_prover **out, const struct prover_config *config,
                           const struct scope_hash *private_key);

#endif
