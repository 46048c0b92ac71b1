/* discovery - who provers elsewhere say they are (GET /, service.h), before anything on L1 depends on it.
 *
 *     builder                                      provers
 *        |--- GET / ------------------------------>|  each with a key of its own, and rules that its owner wrote
 *        |<-- attester, L1, verifier, rules -------|
 *        |--- QuorumVerifier(attesters, k) --> L1
 *
 * A prover that believes another L1, another verifier or other rules would refuse every request: better to know before
 * contracts are deployed for it. What it says of its attester is not proved here, and need not be: whoever cannot sign
 * for it makes no attestation.
 *
 * Memory: the arena given. Errors: those of http_client.h; REJECT_PROVER. why has a sentence with the place. */
#ifndef PROVER_DISCOVERY_H
#define PROVER_DISCOVERY_H

#include "io/http_client.h"
#include "prover/prover_config.h"

/* What all of them have to believe: foreseen, since it is not deployed yet. */
struct discovery_want {
    const struct quorum *quorum; /* chain, verifier and epoch */
    const struct rollup_rules *const *rules;
    size_t rollup_count;
};

/* One answer, of whoever is at place. REJECT_PROVER. */
enum err discovery_read(struct arena *arena, address *attester, struct buffer *why, const char *place, u32 status,
                        struct bytes body, const struct discovery_want *want) MUST_CHECK;

/* attester: one of each url, all different. */
enum err discover_provers(struct http_client *client, struct arena *arena, address *attester, struct buffer *why,
                          const char *const *url, size_t count, const struct discovery_want *want,
                          u32 timeout_ms) MUST_CHECK;

#endif
