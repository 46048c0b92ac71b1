/* discovery - queries remote provers for their attesters (GET /, service.h), before anything on L1 depends on them.
 *
 *     builder                                      provers
 *        |--- GET / ------------------------------>|  each with a key of its own, and rules that its owner wrote
 *        |<-- attester, L1, verifier, rules -------|
 *        |--- QuorumVerifier(attesters, k) --> L1
 *
 * A prover that is configured for another L1, another verifier, another program or other rules would refuse every
 * request: better to find out before contracts are deployed for it. The attester that it reports is not proved here and
 * need not be: a prover that cannot sign for it makes no attestation.
 *
 * Memory: the arena given. Errors: those of http_client.h; REJECT_PROVER. why gets a message with the URL. */
#ifndef PROVER_DISCOVERY_H
#define PROVER_DISCOVERY_H

#include "io/http_client.h"
#include "prover/prover_config.h"

/* The configuration expected of all of them; the verifier's address is computed, since it is not deployed yet. */
struct discovery_want {
    const struct quorum *quorum; /* chain, verifier, program and epoch */
    const struct rollup_rules *const *rules;
    size_t rollup_count;
};

/* The response of the prover at place. REJECT_PROVER. */
enum err discovery_read(struct arena *arena, address *attester, struct buffer *why, const char *place, u32 status,
                        struct bytes body, const struct discovery_want *want) MUST_CHECK;

/* attester: one of each url, all different. */
enum err discover_provers(struct http_client *client, struct arena *arena, address *attester, struct buffer *why,
                          const char *const *url, size_t count, const struct discovery_want *want,
                          u32 timeout_ms) MUST_CHECK;

#endif
