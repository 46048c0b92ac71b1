#include "cli/run_l1.h"

#include "base/u256.h"
#include "cli/development_keys.h"
#include "io/key_file.h"
#include "io/memory.h"
#include "signer/secp256k1_sign.h"

#include <inttypes.h>
#include <stdio.h>

enum { PATIENCE_MS = 120000 };

static enum err refuse_public_key(struct complaint *complaint, const char *whose, u64 chain_id)
{
    complain(complaint, (struct place){0, 0}, "%s is a publicly known development key: refused on chain %" PRIu64, whose, chain_id);
    return REJECT_DEVELOPMENT_KEY;
}

static enum err check_keys(const struct run_l1 *l1, const struct scenario *s, const struct run_options *o,
                           struct complaint *complaint)
{
    const struct remote_l1_info *info = remote_l1_info(l1->remote);
    char whose[160];
    if (info->is_development)
        return OK;
    if (!l1->has_key)
        return refuse_public_key(complaint, "without --l1-key, the builder's", info->chain_id);
    if (is_development_key(&l1->key))
        return refuse_public_key(complaint, "the one of --l1-key", info->chain_id);
    for (u32 i = 1; i < s->account_count; i++) {
        const struct scenario_account *a = &s->account[i];
        if (u256_is_zero(&a->balance[s->l1]) || (a->key_text.text && !is_development_key(&a->key)))
            continue;
        snprintf(whose, sizeof whose, "account \"%.80s\"'s", a->head.name);
        return refuse_public_key(complaint, whose, info->chain_id);
    }
    return o->prover_url_count || o->open_alone
               ? OK
               : refuse_public_key(complaint, "without --prover, each prover's, derived from its number,", info->chain_id);
}

/* The nonce that the builder will have when it has funded the accounts: remote_fund, docs/l1.md. */
static enum err foresee(struct run_l1 *l1, const struct scenario *s)
{
    u64 ignored;
    u256 balance;
    TRY(remote_l1_account(l1->remote, &l1->builder_nonce, &balance, &s->account[0].at));
    for (u32 i = 1; i < s->account_count && l1->has_key; i++) {
        TRY(remote_l1_account(l1->remote, &ignored, &balance, &s->account[i].at));
        l1->builder_nonce += u256_lt(&balance, &s->account[i].balance[s->l1]);
    }
    return OK;
}

static enum err join_store(struct run_l1 *l1, struct store *store, struct complaint *complaint)
{
    const struct remote_l1_info *info = remote_l1_info(l1->remote);
    u64 first;
    TRY(store_join_l1(store, complaint, &first, info->chain_id, info->head_number));
    remote_l1_begin_at(l1->remote, first);
    if (store_position(store).len || !info->is_development || l1->has_key)
        return OK;
    const enum err e = remote_l1_mine(l1->remote); /* accounts may have been funded halfway */
    if (e != OK)
        complain(complaint, (struct place){0, 0}, "--l1: %s", remote_l1_why(l1->remote));
    return e;
}

enum err run_l1_join(struct run_l1 *l1, struct scenario *s, const struct run_options *o, struct store *store,
                     struct complaint *complaint)
{
    if (o->l1_key) {
        TRY(key_file_read(&l1->key, complaint, o->l1_key));
        l1->has_key = true;
    }
    const struct remote_l1_config config = {
        .url = o->l1, .funder = l1->has_key ? &l1->key : NULL, .patience_ms = PATIENCE_MS,
        .outbox = store ? store_outbox(store) : NULL};
    const enum err e = remote_l1_open(&l1->remote, &system_memory, &config);
    if (e != OK) {
        complain(complaint, (struct place){0, 0}, "--l1: %s", remote_l1_why(l1->remote));
        return e;
    }
    const struct remote_l1_info *info = remote_l1_info(l1->remote);
    for (u32 i = 0; i < s->chain_count; i++)
        if (i != s->l1 && s->chain[i].id.value.w[0] == info->chain_id) {
            complain(complaint, s->chain[i].head.place, "chain id %" PRIu64 " is that of the L1", info->chain_id);
            return REJECT_SCENARIO;
        }
    s->chain[s->l1].id.value = u256_from_u64(info->chain_id);
    s->chain[s->l1].fork.value = u256_from_u64(info->fork == FORK_PRAGUE);
    if (l1->has_key)
        s->account[0].key = l1->key;
    if (store)
        TRY(join_store(l1, store, complaint));
    if (o->prover_url_count)
        s->provers.count.value = u256_from_u64(o->prover_url_count);
    TRY(check_keys(l1, s, o, complaint));
    if (secp256k1_address(&s->account[0].at, &s->account[0].key) != OK)
        return REJECT_KEY;
    l1->foresees = o->open_alone;
    if (l1->foresees && foresee(l1, s) != OK) {
        complain(complaint, (struct place){0, 0}, "--l1: %s", remote_l1_why(l1->remote));
        return REJECT_RPC;
    }
    fprintf(stderr, "scope: L1 is %s, chain %" PRIu64 ", block %" PRIu64 "\n", info->client, info->chain_id,
            info->head_number);
    return OK;
}

void run_l1_configure(const struct run_l1 *l1, struct session_config *config)
{
    if (!l1->remote)
        return;
    const struct remote_l1_info *info = remote_l1_info(l1->remote);
    if (l1->foresees)
        config->builder_nonce = l1->builder_nonce;
    else
        config->l1 = remote_l1_source(l1->remote);
    config->discover_provers = config->prover_url_count != 0;
    config->l1_fork = info->fork;
    config->l1_blobs = info->blobs;
}

void run_l1_report(const struct run_l1 *l1)
{
    if (!l1->remote || l1->foresees)
        return;
    const struct remote_l1_counts c = remote_l1_counts(l1->remote);
    fprintf(stderr,
            "scope: L1: %" PRIu64 " transactions; %" PRIu64 " calls in %" PRIu64 " requests; %" PRIu64
            " accounts and %" PRIu64 " slots proved in %" PRIu64 " rounds, %" PRIu64 " codes, %" PRIu64
            " nodes (%" PRIu64 " KiB)\n",
            c.sent, c.calls, c.requests, c.state.accounts, c.state.slots, c.state.rounds, c.state.codes, c.state.nodes,
            c.state.bytes >> 10);
}

void run_l1_leave(struct run_l1 *l1)
{
    if (l1->remote)
        remote_l1_close(l1->remote);
}
