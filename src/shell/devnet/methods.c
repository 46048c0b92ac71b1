/* The table of the devnet's methods: methods.def. */
#include "devnet/devnet.h"
#include "node/dispatch.h"

static const struct rpc_method method[] = {
#define RPC(name, parameters, what) {#name, parameters, rpc_##name},
#define ALIAS(name, method, parameters) {#name, parameters, rpc_##method},
#define REPLACES(name, parameters, what) {#name, parameters, devnet_##name},
#include "devnet/methods.def"
#undef REPLACES
#undef ALIAS
#undef RPC
};
const struct rpc_table devnet_methods = {method, COUNT_OF(method)};
