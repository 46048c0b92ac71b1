/* metrics - the figures of a devnet and its server, as Prometheus reads them (text exposition format 0.0.4). */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include "devnet/devnet.h"
#include "node/server.h"

extern const char metrics_content_type[];

/* Without blocking for longer than the devnet's lock is held. */
void metrics_write(struct buffer *out, struct devnet *d, const struct jsonrpc_server *s);

#endif
