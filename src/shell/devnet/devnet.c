#include "devnet/devnet.h"

#include "base/u256.h"
#include "builder/session_chains.h"
#include "builder/session_hooks.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "devnet/preconf.h"
#include "node/mempool.h"
#include "prover/request.h"
#include "signer/secp256k1_sign.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

const char *const devnet_mnemonic = "test test test test test test test test test test test junk";

/* m/44'/60'/0'/0/i of the mnemonic. They are public. */
static const char *const account_key[DEVNET_ACCOUNTS] = {
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
};

/* --- opening --- */

static void make_accounts(struct devnet *d)
{
    for (size_t i = 0; i < DEVNET_ACCOUNTS; i++) {
        struct devnet_account *a = &d->account[i];
        BUG_UNLESS(hex_fixed(a->key.b, sizeof a->key.b, bytes_of(account_key[i], 66)) == OK &&
                   secp256k1_address(&a->at, &a->key) == OK);
    }
}

/* A key of this process alone: the builder's, a prover's. */
static hash32 key_named(const char *name)
{
    hash32 key;
    keccak256(&key, (const u8 *)name, strlen(name));
    return key;
}

/* Each account has 10,000 ether on each chain; the builder a million on each rollup, for anvil_setBalance. */
static struct funded_account *fund_accounts(const struct devnet *d, struct arena *arena, u32 rollups, size_t *count)
{
    const u256 ether = u256_from_u64(1000000000000000000ull), amount = u256_from_u64(10000),
               builders = u256_from_u64(1000000);
    struct funded_account *funded = ARENA_TAKE(arena, struct funded_account, (DEVNET_ACCOUNTS + 1) * (rollups + 1)),
                          *next = funded;
    for (u32 i = 0; i < rollups; i++, next++) {
        *next = (struct funded_account){.chain_id = DEVNET_FIRST_ROLLUP_ID + i, .at = d->builder};
        u256_mul(&next->balance, &ether, &builders);
    }
    for (u32 chain = 0; chain <= rollups; chain++)
        for (size_t i = 0; i < DEVNET_ACCOUNTS; i++, next++) {
            *next = (struct funded_account){
                .chain_id = chain ? DEVNET_FIRST_ROLLUP_ID + chain - 1 : DEVNET_L1_CHAIN_ID, .at = d->account[i].at};
            u256_mul(&next->balance, &ether, &amount);
        }
    *count = (size_t)(next - funded);
    return funded;
}

/* The deployment makes a block each 12 seconds from genesis on: an hour ago is early enough. */
static enum err open_session(struct devnet *d, const struct devnet_config *config)
{
    enum { HOUR = 3600 };
    if (!d->genesis_timestamp)
        d->genesis_timestamp = (u64)time(NULL) - HOUR;
    const u256 gwei = u256_from_u64(1000000000);
    const hash32 prover = key_named("scope devnet: prover");
    struct rollup_config rollup[DEVNET_ROLLUPS_MAX];
    size_t funded_count;
    const struct funded_account *funded = fund_accounts(d, &d->slot_arena, config->rollup_count, &funded_count);
    for (u32 i = 0; i < config->rollup_count; i++)
        rollup[i] = (struct rollup_config){.chain_id = DEVNET_FIRST_ROLLUP_ID + i, .coinbase = d->builder,
                                           .gas_limit = 30000000, .base_fee = gwei};
    const struct session_config c = {
        .l1_chain_id = DEVNET_L1_CHAIN_ID,
        .l1_fork = FORK_OSAKA,
        .l1_gas_limit = 60000000,
        .l1_base_fee = gwei,
        .l1_coinbase = d->builder,
        .genesis_timestamp = d->genesis_timestamp,
        .rollup = rollup,
        .rollup_count = config->rollup_count,
        .funded = funded,
        .funded_count = funded_count,
        .builder_key = d->builder_key,
        .prover_key = &prover,
        .prover_count = 1,
        .prover_threshold = 1,
        .data = DATA_AUTO,
    };
    return session_open(&d->session, d->memory, &c);
}

_Static_assert((int)CHAIN_NODE_MAX == (int)STORE_NODE_MAX, "the store writes into the room of a reader");

static enum err older_node(void *context, u8 out[CHAIN_NODE_MAX], size_t *len, const hash32 *hash)
{
    return store_read_node(context, out, len, hash);
}

static void open_chain(struct devnet *d, size_t index)
{
    struct devnet_chain *c = &d->chain[index];
    struct ledger *ledger = session_ledger_at(d->session, index);
    *c = (struct devnet_chain){.devnet = d, .index = index, .id = ledger->rules->chain_id, .ledger = ledger};
    if (d->store && store_position(d->store).len)
        c->since = trie_now(ledger->tries); /* all states are on the disk */
    chain_init(&c->chain, d->memory, ledger->rules);
    if (d->store)
        c->chain.older = (struct chain_older){older_node, d->store};
    c->maker = (struct block_maker){devnet_send, c};
    pthread_mutex_init(&c->signing, NULL);
}

static enum err open_chains(struct devnet *d)
{
    d->chain_count = session_chain_count(d->session);
    d->chain = ARENA_TAKE_ZERO(&d->arena, struct devnet_chain, d->chain_count);
    for (size_t i = 0; i < d->chain_count; i++)
        open_chain(d, i);
    TRY(devnet_publish(d));
    for (size_t i = 0; i < d->chain_count; i++) {
        struct devnet_chain *c = &d->chain[i];
        node_init(&c->node, &c->chain, NULL);
        c->node.maker = &c->maker;
        c->node.more = &devnet_methods;
        c->node.more_context = c;
    }
    return OK;
}

static void init_lock(struct devnet *d)
{
    pthread_condattr_t clock;
    pthread_mutex_init(&d->lock, NULL);
    BUG_UNLESS(pthread_condattr_init(&clock) == 0 && pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
               pthread_cond_init(&d->changed, &clock) == 0);
    pthread_condattr_destroy(&clock);
}

/* On the builder's thread, within a slot. */
static void propose_witness(void *context, const struct prove_request *r, const hash32 *statement)
{
    struct devnet *d = context;
    struct buffer request = buffer_in(&d->slot_arena);
    prove_request_encode(&request, r);
    witnesses_propose(d->witnesses, r->chain_id, statement, buffer_bytes(&request));
}

enum err devnet_open(struct devnet **out, struct complaint *complaint, const struct memory *memory,
                     const struct devnet_config *config)
{
    struct arena arena;
    struct devnet_config c = *config;
    BUG_UNLESS(config->rollup_count <= DEVNET_ROLLUPS_MAX);
    arena_init(&arena, memory);
    struct devnet *d = ARENA_TAKE_ZERO(&arena, struct devnet, 1);
    d->memory = memory;
    d->arena = arena;
    d->slot_seconds = config->slot_seconds;
    d->is_automining = !config->no_mining && !config->slot_seconds;
    arena_init(&d->slot_arena, memory);
    arena_init(&d->position_arena, memory);
    init_lock(d);
    d->statuses = statuses_open(memory);
    d->bundles = bundles_open(memory);
    d->witnesses = witnesses_open(memory);
    d->saved = ARENA_TAKE(&d->arena, struct saved *, SAVED_MAX);
    d->taken = ARENA_TAKE(&d->arena, struct taken, TAKEN_MAX);
    d->call_batches = call_batches_open(&d->arena);
    d->stop = -1;
    d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *out = d;
    if (d->wake < 0) {
        complain(complaint, (struct place){0}, "eventfd: %s", strerror(errno));
        return FAULT_IO;
    }
    make_accounts(d);
    d->builder_key = key_named("scope devnet: builder");
    BUG_UNLESS(secp256k1_address(&d->builder, &d->builder_key) == OK);
    TRY(devnet_open_store(d, complaint, &c));
    if (!c.rollup_count)
        c.rollup_count = DEVNET_ROLLUPS;
    const enum err e = open_session(d, &c);
    if (e != OK) {
        complain(complaint, (struct place){0}, "%s", session_error(d->session));
        return e;
    }
    d->contracts = *session_contracts(d->session);
    session_record_trees(d->session);
    session_watch_proofs(d->session, propose_witness, d);
    TRY(devnet_restore(d, complaint));
    d->preconf_ms = config->preconf_ms;
    if (config->preconf_ms)
        TRY(preconf_open(d, complaint, config->preconf_ms));
    TRY(open_chains(d));
    TRY(devnet_restore_bundles(d, complaint));
    return devnet_restore_pending(d, complaint);
}

void devnet_close(struct devnet *d)
{
    for (size_t i = 0; i < d->chain_count; i++) {
        if (d->chain[i].node.pool)
            node_release(&d->chain[i].node);
        chain_release(&d->chain[i].chain);
        pthread_mutex_destroy(&d->chain[i].signing);
    }
    preconf_close(d);
    if (d->session)
        session_close(d->session);
    if (d->store)
        store_close(d->store);
    if (d->wake >= 0)
        close(d->wake);
    statuses_close(d->statuses);
    bundles_close(d->bundles);
    witnesses_close(d->witnesses);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    arena_release(&d->slot_arena);
    arena_release(&d->position_arena);
    struct arena arena = d->arena; /* the devnet lives in it */
    arena_release(&arena);
}
