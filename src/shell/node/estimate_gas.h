/* estimate_gas - the smallest gas limit with which a call succeeds, to 1.5 %. */
#ifndef NODE_ESTIMATE_GAS_H
#define NODE_ESTIMATE_GAS_H

#include "node/rpc.h"

/* Of the parameters of eth_estimateGas. */
enum err estimate_gas(struct rpc_request *r, u64 *gas) MUST_CHECK;

#endif
