/* Chains and accounts of a devnet. */
#include "devnet/devnet.h"

struct devnet_chain *devnet_chain_of(const struct rpc_request *r)
{
    return r->node->more_context;
}

struct devnet_chain *devnet_chain_by_id(struct devnet *d, u64 id)
{
    for (size_t i = 0; i < d->chain_count; i++)
        if (d->chain[i].id == id)
            return &d->chain[i];
    return NULL;
}

bool devnet_impersonates(const struct devnet *d, const address *at)
{
    for (u32 i = 0; i < d->impersonated_count; i++)
        if (address_eq(&d->impersonated[i], at))
            return true;
    return false;
}

const struct devnet_account *devnet_account(const struct devnet *d, const address *at)
{
    for (size_t i = 0; i < DEVNET_ACCOUNTS; i++)
        if (address_eq(&d->account[i].at, at))
            return &d->account[i];
    return NULL;
}
