/* openrpc - the OpenRPC document of the node's methods, as JSON: made of the tables of methods and of openrpc.json by
 * tools/build_openrpc.mjs. */
#ifndef DEVNET_OPENRPC_H
#define DEVNET_OPENRPC_H

#include "base/types.h"

extern const struct bytes openrpc_document;

#endif
