#include "api/api_private.h"
#include "io/memory.h"
#include "prover/program_id.h"

#include <stdio.h>

enum { BLOCKS_MAX = 64, DEADLINE_SECONDS = 7200 };

struct scope_prover {
    struct arena arena; /* the prover itself is in it */
    struct prover_config config;
    struct prover_service service;
    bool signs;
};

/* An arena that holds the struct which holds the arena. */
static struct scope_prover *new_prover(void)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct scope_prover *p = ARENA_TAKE_ZERO(&arena, struct scope_prover, 1);
    p->arena = arena;
    return p;
}

static void free_prover(struct scope_prover *p)
{
    struct arena arena = p->arena;
    arena_release(&arena);
}

/* A prover that only verifies has a key all the same, and never uses it. */
static scope_err start_prover(struct scope_prover **out, struct scope_prover *p, const struct scope_hash *private_key)
{
    const hash32 key = private_key ? hash_in(private_key) : (hash32){{[31] = 1}};
    const enum err e = prover_service_init(&p->service, &p->config, &system_memory, &key, NULL);
    if (e != OK) {
        free_prover(p);
        return e;
    }
    p->signs = private_key != NULL;
    *out = p;
    return SCOPE_OK;
}

scope_err prover_open_with(struct scope_prover **out, const struct prover_config *config,
                           const struct scope_hash *private_key)
{
    struct scope_prover *p = new_prover();
    p->config = *config;
    p->config.rules = ARENA_TAKE(&p->arena, struct rollup_rules, config->rollup_count + 1);
    for (size_t i = 0; i < config->rollup_count; i++) {
        const struct rollup_rules *r = &config->rules[i];
        rollup_rules_init(&p->config.rules[i], r->chain.chain_id, r->l1_chain_id, &r->shared_bridge, &r->coinbase,
                          r->gas_limit);
    }
    return start_prover(out, p, private_key);
}

scope_err scope_prover_open(struct scope_prover **out, const struct scope_prover_config *c,
                            const struct scope_hash *private_key)
{
    const address bridge = address_in(&c->shared_bridge);
    struct scope_prover *p = new_prover();
    p->config = (struct prover_config){
        .quorum = {.l1_chain_id = c->l1_chain_id,
                   .verifier = address_in(&c->quorum_verifier),
                   .prover_set_epoch = c->prover_set_epoch},
        .shared_bridge = bridge,
        .deadline_seconds = c->deadline_seconds ? c->deadline_seconds : DEADLINE_SECONDS,
        .blocks_max = c->blocks_max ? c->blocks_max : BLOCKS_MAX,
        .rules = ARENA_TAKE(&p->arena, struct rollup_rules, c->rules_count + 1),
        .rollup_count = c->rules_count,
    };
    p->config.quorum.program_id = native_program_id;
    prover_proof_system_id(&p->config.quorum.proof_system_id);
    for (size_t i = 0; i < c->rules_count; i++) {
        const struct scope_rules *r = &c->rules[i];
        const address coinbase = address_in(&r->coinbase);
        if (r->l1_chain_id != c->l1_chain_id || memcmp(&r->shared_bridge, &c->shared_bridge, sizeof bridge) != 0 ||
            r->chain_id == c->l1_chain_id || (i && r->chain_id <= r[-1].chain_id)) {
            free_prover(p);
            return REJECT_CONFIG;
        }
        rollup_rules_init(&p->config.rules[i], r->chain_id, r->l1_chain_id, &bridge, &coinbase, r->gas_limit);
    }
    return start_prover(out, p, private_key);
}

scope_err scope_prover_open_file(struct scope_prover **out, const char *path, const struct scope_hash *private_key,
                                 char *why, size_t why_size)
{
    struct complaint complaint = {.file = path};
    struct scope_prover *p = new_prover();
    const enum err e = prover_config_read(&p->config, &p->arena, &complaint, path);
    if (e == OK)
        return start_prover(out, p, private_key);
    if (why)
        complaint_print(why, why_size, &complaint);
    free_prover(p);
    return e;
}

void scope_prover_close(struct scope_prover *p)
{
    if (!p)
        return;
    prover_service_release(&p->service); /* with the key */
    free_prover(p);
}

void scope_prover_attester(struct scope_address *out, const struct scope_prover *p)
{
    *out = p->signs ? address_out(&p->service.attester) : (struct scope_address){{0}};
}

scope_err scope_prover_verify(struct scope_prover *p, struct scope_hash *statement, struct scope_hash *block_hash,
                              struct scope_bytes request)
{
    hash32 hash, block;
    TRY(prover_service_verify(&p->service, &hash, &block, bytes_in(request)));
    *statement = hash_out(&hash);
    if (block_hash)
        *block_hash = hash_out(&block);
    return SCOPE_OK;
}

scope_err scope_prover_attest(struct scope_prover *p, struct scope_attestation *out, struct scope_bytes request)
{
    struct attestation a;
    if (!p->signs)
        return REJECT_KEY;
    TRY(prover_service_prove(&p->service, &a, bytes_in(request)));
    *out = (struct scope_attestation){
        .attester = address_out(&a.attester), .statement = hash_out(&a.statement), .deadline = a.deadline};
    memcpy(out->signature, a.signature, sizeof out->signature);
    return SCOPE_OK;
}

scope_err scope_prover_serve(struct scope_prover *p, const char *listen, int stop,
                             void (*started)(void *context, uint16_t port), void *context)
{
    struct complaint complaint = {.file = listen};
    return p->signs ? prover_service_run(&p->service, &complaint, listen, stop, started, context) : REJECT_KEY;
}
