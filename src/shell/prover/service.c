#include "prover/service.h"

#include "http/server.h"
#include "io/stack.h"
#include "prover/emulate.h"
#include "prover/program_id.h"
#include "rv/image_id.h"
#include "signer/secp256k1_sign.h"

#include <errno.h>
#include <poll.h>

enum {
    CONNECTIONS_MAX = 64,
    WORKERS_MAX = PROVER_CACHES,
    REQUEST_BYTES_MAX = 64 << 20,
    REQUESTS_BYTES_MAX = 512 << 20,
    CLIENT_MS = 15000, /* to send a request, to send the next one, to take a reply */
    REPLIES_BYTES_MAX = 1 << 20,
    GRACE_MS = 30000
};

enum err prover_service_init(struct prover_service *out, const struct prover_config *config,
                             const struct memory *memory, const hash32 *key, const struct rv_image *image)
{
    struct prover_service s = {.config = config, .image = image, .memory = memory, .key = *key};
    hash32 program = native_program_id;
    if (image)
        rv_image_id(&program, image);
    TRY(secp256k1_address(&s.attester, key));
    if (!hash32_eq(&program, &config->quorum.program_id))
        return REJECT_CONFIG;
    *out = s;
    pthread_mutex_init(&out->lock, NULL);
    return OK;
}

void prover_service_release(struct prover_service *s)
{
    for (size_t i = 0; i < s->idle_count; i++)
        verify_cache_close(s->idle[i]);
    pthread_mutex_destroy(&s->lock);
    *s = (struct prover_service){0};
}

static struct verify_cache *take_cache(struct prover_service *s)
{
    pthread_mutex_lock(&s->lock);
    struct verify_cache *v = s->idle_count ? s->idle[--s->idle_count] : NULL;
    pthread_mutex_unlock(&s->lock);
    return v ? v : verify_cache_open(s->memory, PROVER_CACHE_BYTES);
}

static void give_cache(struct prover_service *s, struct verify_cache *v)
{
    pthread_mutex_lock(&s->lock);
    const bool kept = s->idle_count < PROVER_CACHES;
    if (kept)
        s->idle[s->idle_count++] = v;
    pthread_mutex_unlock(&s->lock);
    if (!kept)
        verify_cache_close(v);
}

/* Held against the time of the L1 block that the blocks are anchored to, which verify has checked, so no clock is
 * needed.
 */
static enum err check_deadline(const struct prover_service *s, const struct prove_request *r)
{
    struct header anchor;
    if (header_decode(&anchor, r->witness.anchor) != OK)
        return REJECT_WITNESS;
    const bool is_late = r->deadline > anchor.timestamp && r->deadline - anchor.timestamp > s->config->deadline_seconds;
    return is_late ? REJECT_DEADLINE : OK;
}

/* By native code, and, where there is one, by the image. */
static enum err find_transition(struct prover_service *s, hash32 *transition, hash32 *block_hash,
                                const struct verify_input *in, const struct prove_request *r)
{
    hash32 emulated;
    TRY(verify_transition(transition, block_hash, s->memory, in));
    if (!s->image)
        return OK;
    TRY(emulate_request(&emulated, s->memory, s->image, in->rules, r));
    return hash32_eq(&emulated, transition) ? OK : FAULT_PROGRAM;
}

static enum err execute_request(struct prover_service *s, hash32 *statement, hash32 *block_hash,
                                struct prove_request *r, struct arena *arena, struct bytes encoded)
{
    TRY(prove_request_decode(r, arena, encoded));
    const struct rollup_rules *rules = prover_config_rules(s->config, r->chain_id);
    if (!rules)
        return REJECT_UNKNOWN_ROLLUP;
    const struct settlement_context context = {
        .l1_chain_id = s->config->quorum.l1_chain_id,
        .bridge = s->config->shared_bridge,
        .l1_block_number = r->l1_block_number,
        .l1_parent_hash = r->l1_parent_hash,
        .submitter = r->submitter,
        .plan_hash = r->plan_hash,
    };
    struct verify_cache *cache = take_cache(s);
    const struct verify_input in = {
        .rules = rules, .context = &context, .witness = r->witness, .data = r->data, .cache = cache,
        .blocks_max = (u32)s->config->blocks_max};
    hash32 transition;
    const enum err e = find_transition(s, &transition, block_hash, &in, r);
    give_cache(s, cache);
    TRY(e);
    statement_of_transition(statement, &context, &transition);
    return OK;
}

static enum err attest_request(struct prover_service *s, struct attestation *out, struct arena *arena,
                               struct bytes encoded)
{
    struct prove_request r;
    hash32 statement;
    TRY(execute_request(s, &statement, NULL, &r, arena, encoded));
    TRY(check_deadline(s, &r));
    struct quorum quorum = s->config->quorum;
    quorum.deadline = r.deadline;
    return attestation_sign(out, &s->key, &quorum, r.chain_id, &statement);
}

enum err prover_service_prove(struct prover_service *s, struct attestation *out, struct bytes request)
{
    struct arena arena;
    arena_init(&arena, s->memory);
    const enum err e = attest_request(s, out, &arena, request);
    arena_release(&arena);
    return e;
}

enum err prover_service_verify(struct prover_service *s, hash32 *statement, hash32 *block_hash, struct bytes request)
{
    struct arena arena;
    struct prove_request r;
    arena_init(&arena, s->memory);
    const enum err e = execute_request(s, statement, block_hash, &r, &arena, request);
    arena_release(&arena);
    return e;
}

/* --- over HTTP --- */

static void write_reply_text(struct json_writer *w, const char *key, const char *text)
{
    json_write_key(w, key);
    json_write_z(w, text);
}

static void write_refusal(struct json_writer *w, struct http_exchange *x, u32 status, const char *name,
                          const char *text)
{
    x->status = status;
    json_write_object(w);
    write_reply_text(w, "error", name);
    write_reply_text(w, "message", text);
    json_write_end(w);
}

static void write_attestation(struct json_writer *w, struct http_exchange *x, const struct attestation *a)
{
    x->status = 200;
    json_write_object(w);
    json_write_key(w, "attester");
    json_write_address(w, &a->attester);
    json_write_key(w, "statement");
    json_write_hex(w, BYTES_OF(a->statement.b));
    json_write_key(w, "deadline");
    json_write_quantity(w, a->deadline);
    json_write_key(w, "signature");
    json_write_hex(w, BYTES_OF(a->signature));
    json_write_end(w);
}

static u32 http_status_of(enum err e)
{
    return e == REJECT_REQUEST ? 400 : e == FAULT_STATE_MISSING || err_is_reject(e) ? 422 : 500;
}

static void answer_prove(struct prover_service *s, struct json_writer *w, struct http_exchange *x)
{
    struct attestation a;
    const enum err e = prover_service_prove(s, &a, x->body);
    if (e)
        write_refusal(w, x, http_status_of(e), err_name(e), err_text(e));
    else
        write_attestation(w, x, &a);
}

static void answer_identity(const struct prover_service *s, struct json_writer *w, struct http_exchange *x)
{
    const struct prover_config *b = s->config;
    x->status = 200;
    json_write_object(w);
    json_write_key(w, "attester");
    json_write_address(w, &s->attester);
    json_write_key(w, "l1ChainId");
    json_write_u64(w, b->quorum.l1_chain_id);
    json_write_key(w, "quorumVerifier");
    json_write_address(w, &b->quorum.verifier);
    json_write_key(w, "programId");
    json_write_hex(w, BYTES_OF(b->quorum.program_id.b));
    json_write_key(w, "proverSetEpoch");
    json_write_u64(w, b->quorum.prover_set_epoch);
    json_write_key(w, "rollups");
    json_write_array(w);
    for (size_t i = 0; i < b->rollup_count; i++) {
        hash32 hash;
        rollup_rules_hash(&hash, &b->rules[i]);
        json_write_object(w);
        json_write_key(w, "chainId");
        json_write_u64(w, b->rules[i].chain.chain_id);
        json_write_key(w, "rulesHash");
        json_write_hex(w, BYTES_OF(hash.b));
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static bool is_identity(const struct http_exchange *x)
{
    return strcmp(x->path, "/") == 0;
}

/* The identity is answered at once, while all workers prove. */
static enum http_where begin_exchange(void *service, struct http_exchange *x)
{
    (void)service;
    return is_identity(x) ? HTTP_HERE : HTTP_WORKER;
}

static void answer_prover_exchange(void *service, struct http_exchange *x)
{
    struct prover_service *s = service;
    struct buffer out = buffer_in(x->arena);
    struct json_writer w = json_writer(&out, 0);
    const bool is_prove = strcmp(x->path, "/prove") == 0;
    const char *const method = is_prove ? "POST" : "GET";
    if (!is_prove && !is_identity(x)) {
        write_refusal(&w, x, 404, "HTTP_NOT_FOUND", "no such path: expected GET / or POST /prove");
    } else if (strcmp(x->method, method) != 0) {
        http_add_header(x, "Allow", method);
        write_refusal(&w, x, 405, "HTTP_METHOD",
                      is_prove ? "method not allowed: expected POST" : "method not allowed: expected GET");
    } else if (is_prove) {
        answer_prove(s, &w, x);
    } else {
        answer_identity(s, &w, x);
    }
    json_write_finish(&w);
    x->type = "application/json";
    x->reply = buffer_bytes(&out);
}

static void wait_for_stop(int stop)
{
    struct pollfd wait = {.fd = stop, .events = POLLIN};
    while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
    }
}

enum err prover_service_run(struct prover_service *s, struct complaint *complaint, const char *listen, int stop,
                            void (*started)(void *context, u16 port), void *context)
{
    struct http_server *server;
    const struct http_service service = {.context = s, .begin = begin_exchange, .answer = answer_prover_exchange};
    const struct http_limits limits = {
        .connections = CONNECTIONS_MAX,
        .workers = WORKERS_MAX,
        .body_max = REQUEST_BYTES_MAX,
        .bodies_max = REQUESTS_BYTES_MAX,
        .replies_max = REPLIES_BYTES_MAX,
        .receive_ms = CLIENT_MS,
        .idle_ms = CLIENT_MS,
        .send_ms = CLIENT_MS,
        .stack_bytes = DEEP_STACK_BYTES,
    };
    TRY(http_start(&server, complaint, &listen, 1, &limits, &service, s->memory));
    if (started)
        started(context, http_port(server, 0));
    wait_for_stop(stop);
    http_stop(server, GRACE_MS);
    return OK;
}
