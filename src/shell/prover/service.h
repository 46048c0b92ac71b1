/* service - a prover as an HTTP server (http/server.h); its client is remote.h.
 *
 *   GET  /        200  {"attester", "l1ChainId", "quorumVerifier", "programId", "proverSetEpoch",
 *                       "rollups": [{"chainId", "rulesHash"}]}
 *   POST /prove   a request (request.h), and
 *                 200  {"attester", "statement", "deadline", "signature"}    it executed the blocks and signed
 *                 400  {"error", "message"}                                  not a request
 *                 422  {"error", "message"}                                  a refusal, by the name of err.def
 *                 500  {"error", "message"}                                  the machine failed
 *
 * A missing node is a refusal too: what the builder did not send is the builder's. An answer says nothing that depends
 * on the key but the signature.
 *
 * Safe for several threads at once: what changes is a pool of verify caches behind a lock; each request takes one for
 * itself, so that the codes of a rollup are not translated anew for each of its blocks. */
#ifndef PROVER_SERVICE_H
#define PROVER_SERVICE_H

#include "io/complaint.h"
#include "prover/prover_config.h"
#include "rv/elf.h"

#include <pthread.h>

enum { PROVER_CACHES = 8, PROVER_CACHE_BYTES = 64 << 20 };

struct prover_service {
    const struct prover_config *config;
    const struct rv_image *image; /* NULL: native code alone */
    const struct memory *memory;
    hash32 key;
    address attester;
    pthread_mutex_t lock;
    struct verify_cache *idle[PROVER_CACHES];
    size_t idle_count;
};

/* With an image (may be NULL) it also runs each request in the emulator, and signs only what both arrive at; the image
 * must outlive the service. REJECT_KEY; REJECT_CONFIG: the configuration names another program than the image, or than
 * native code stands for. */
enum err prover_service_init(struct prover_service *out, const struct prover_config *config,
                             const struct memory *memory, const hash32 *key, const struct rv_image *image) MUST_CHECK;
void prover_service_release(struct prover_service *s);

/* The signature to an encoded request, or the refusal. */
enum err prover_service_prove(struct prover_service *s, struct attestation *out, struct bytes request) MUST_CHECK;

/* The statement and the last block's hash (may be NULL) of an encoded request, without a signature. */
enum err prover_service_verify(struct prover_service *s, hash32 *statement, hash32 *block_hash,
                               struct bytes request) MUST_CHECK;

/* Serves on "ADDRESS:PORT" until there is something to read from stop; started (may be NULL) is called with the port.
 * FAULT_NETWORK with a complaint: the address cannot be listened on. */
enum err prover_service_run(struct prover_service *s, struct complaint *complaint, const char *listen, int stop,
                            void (*started)(void *context, u16 port), void *context) MUST_CHECK;

#endif
