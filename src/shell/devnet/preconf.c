#include "devnet/preconf.h"

#include "builder/session_chains.h"
#include "builder/session_preview.h"
#include "codec/abi.h"
#include "codec/hex.h"
#include "contracts/contracts.h"
#include "crypto/keccak.h"
#include "evm/evm.h"
#include "node/write.h"
#include "promise/journal.h"
#include "signer/secp256k1_sign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct preconf {
    struct journal *journal;
    struct promise_terms terms;
    hash32 key;
    bool has_store;
    u64 every_ms;
    struct arena arena;     /* of a preview */
    size_t locked;          /* pieces of work that the next slot takes; 0: nothing is promised */
    size_t open;            /* promises of that slot */
    bool is_full;
    bool is_failed;         /* the journal cannot be written: nothing is signed any more */
    /* under the devnet's lock */
    u64 sub_blocks, promises, kept, broken;
};

/* --- the bond --- */

static enum err transact(struct devnet *d, struct complaint *c, const struct transact *t)
{
    struct work_report r;
    u64 work;
    enum err e = session_transact(d->session, &work, t);
    if (e == OK)
        e = session_status(d->session, &r, work);
    if (e == OK && (r.status != WORK_SETTLED || !r.success))
        e = REJECT_SET_UP;
    if (e != OK)
        complain(c, (struct place){0}, "ScopePreconfSlasher cannot be deployed: %s", session_error(d->session));
    return e;
}

static struct bytes creation(struct devnet *d, const u256 *late, const u256 *wrong)
{
    const struct contract *slasher = contract_find("ScopePreconfSlasher");
    struct buffer out = buffer_in(&d->slot_arena);
    BUG_UNLESS(slasher);
    buffer_add_bytes(&out, slasher->creation_code);
    struct abi_writer w = abi_writer(&out);
    abi_open(&w, 3);
    abi_add_address(&w, &d->contracts.shared_bridge);
    abi_add_u256(&w, late);
    abi_add_u256(&w, wrong);
    abi_close(&w);
    return buffer_bytes(&out);
}

static struct bytes deposit_call(struct devnet *d)
{
    hash32 selector;
    keccak256(&selector, (const u8 *)"deposit()", 9);
    return arena_copy(&d->slot_arena, bytes_of(selector.b, 4));
}

/* By the key's own transactions 0 and 1, so that the contract's address follows from the key. */
static enum err deploy(struct devnet *d, struct complaint *c)
{
    enum { GAS = 6000000, LATE_ETHER = 1, FALSE_ETHER = 4, BOND_ETHER = 32, FUNDS_ETHER = 40 };
    const struct preconf *p = d->preconf;
    struct account_leaf account;
    u256 ether = u256_from_u64(1000000000000000000ull), late, wrong, bond, funds;
    u256_mul(&late, &ether, &(u256){{LATE_ETHER, 0, 0, 0}});
    u256_mul(&wrong, &ether, &(u256){{FALSE_ETHER, 0, 0, 0}});
    u256_mul(&bond, &ether, &(u256){{BOND_ETHER, 0, 0, 0}});
    u256_mul(&funds, &ether, &(u256){{FUNDS_ETHER, 0, 0, 0}});
    struct ledger *l1 = session_ledger_at(d->session, 0);
    TRY(ledger_account(l1, &account, ledger_head(l1), &p->terms.signer));
    const struct transact fund = {.chain_id = DEVNET_L1_CHAIN_ID, .key = d->builder_key, .to = p->terms.signer,
                                  .value = funds, .gas_limit = 21000};
    const struct transact create = {.chain_id = DEVNET_L1_CHAIN_ID, .key = p->key, .creates = true, .gas_limit = GAS,
                                    .data = creation(d, &late, &wrong)};
    const struct transact deposit = {.chain_id = DEVNET_L1_CHAIN_ID, .key = p->key, .to = p->terms.domain.slasher,
                                     .value = bond, .gas_limit = 100000, .data = deposit_call(d)};
    if (account.nonce == 0) {
        TRY(transact(d, c, &fund));
        TRY(transact(d, c, &create));
    }
    return account.nonce < 2 ? transact(d, c, &deposit) : OK;
}

/* --- opening --- */

static bool is_on_l1(void *context, u64 number, const hash32 *hash)
{
    struct devnet *d = context;
    const struct ledger_block *b = ledger_block_at(session_ledger_at(d->session, 0), number);
    return b && hash32_eq(&b->hash, hash);
}

static enum err open_journal(struct devnet *d, struct complaint *c, const char *path)
{
    struct preconf *p = d->preconf;
    const struct journal_config config = {
        .path = path, .domain = p->terms.domain, .key = p->key, .is_canonical = is_on_l1, .context = d};
    return journal_open(&p->journal, c, d->memory, &config);
}

/* Without a store nothing that the journal has to remember outlives the process. */
static enum err open_temporary_journal(struct devnet *d, struct complaint *c)
{
    const char *parent = getenv("TMPDIR");
    char folder[512], path[600];
    snprintf(folder, sizeof folder, "%s/scope-promises-XXXXXX", parent && parent[0] ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        complain(c, (struct place){0}, "%s: %s", folder, strerror(errno));
        return FAULT_IO;
    }
    snprintf(path, sizeof path, "%s/journal", folder);
    const enum err e = open_journal(d, c, path);
    if ((unlink(path) != 0 || rmdir(folder) != 0) && e == OK) {
        complain(c, (struct place){0}, "%s cannot be removed: %s", folder, strerror(errno));
        return FAULT_IO;
    }
    return e;
}

enum err preconf_open(struct devnet *d, struct complaint *complaint, u64 every_ms)
{
    static const char name[] = "scope devnet: preconfirmations", journal[] = "/promises";
    struct preconf *p = ARENA_TAKE_ZERO(&d->arena, struct preconf, 1);
    arena_init(&p->arena, d->memory);
    d->preconf = p;
    p->every_ms = every_ms;
    p->has_store = d->store != NULL;
    keccak256(&p->key, (const u8 *)name, sizeof name - 1);
    BUG_UNLESS(secp256k1_address(&p->terms.signer, &p->key) == OK);
    p->terms.domain.l1_chain_id = DEVNET_L1_CHAIN_ID;
    evm_create_address(&p->terms.domain.slasher, &p->terms.signer, 0);
    TRY(deploy(d, complaint));
    if (!d->store)
        return open_temporary_journal(d, complaint);
    const size_t len = strlen(d->folder);
    char *path = arena_take(&d->arena, len + sizeof journal);
    memcpy(path, d->folder, len);
    memcpy(path + len, journal, sizeof journal);
    return open_journal(d, complaint, path);
}

void preconf_close(struct devnet *d)
{
    struct preconf *p = d->preconf;
    if (!p)
        return;
    if (p->journal)
        journal_close(p->journal);
    arena_release(&p->arena);
}

/* --- a sub-block --- */

static struct promise promise_of(const struct devnet *d, const struct preview *v, const struct preview_item *item,
                                 struct arena *arena)
{
    const struct preview_block *b = &v->block[item->block];
    const struct tx *t = b->tx[item->index];
    const struct ledger_block *l1 = ledger_head(d->chain[0].ledger);
    struct promise p = {.chain_id = d->chain[b->chain].id, .transaction_hash = t->hash, .sender = t->sender,
                        .nonce = t->nonce, .deadline = l1->header.number + PRECONF_DEADLINE,
                        .l1_number = l1->header.number, .l1_hash = l1->hash};
    if (d->preconf->has_store)
        return p;
    struct buffer receipt = buffer_in(arena);
    receipt_encode(&receipt, b->receipt[item->index]);
    p.block_number = b->header->number;
    p.index = item->index;
    keccak256(&p.receipt_hash, receipt.ptr, receipt.len);
    return p;
}

/* What is new, and whether each open promise of the slot is in the preview as it was signed. */
struct comparison {
    struct promise *added;
    size_t added_count, found;
};

static struct comparison compare_promised(struct devnet *d, const struct preview *v)
{
    struct preconf *p = d->preconf;
    struct comparison c = {.added = ARENA_TAKE(&p->arena, struct promise, v->item_count)};
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < v->item_count; i++) {
        const struct promise now = promise_of(d, v, &v->item[i], &p->arena);
        const struct status *s = statuses_find(d->statuses, &now.transaction_hash);
        if (!s || s->is_unpromised)
            continue; /* without a status: the work of a command */
        if (s->promised == PROMISE_NONE)
            c.added[c.added_count++] = now;
        else
            c.found += s->promise.message.block_number == now.block_number &&
                       s->promise.message.index == now.index &&
                       hash32_eq(&s->promise.message.receipt_hash, &now.receipt_hash);
    }
    pthread_mutex_unlock(&d->lock);
    return c;
}

static void show_pending(struct devnet *d, const struct preview *v)
{
    for (size_t i = 0; i < v->block_count; i++) {
        const struct preview_block *b = &v->block[i];
        struct devnet_chain *c = &d->chain[b->chain];
        struct arena *arena = &d->preconf->arena;
        struct buffer rlp = buffer_in(arena);
        struct tx *tx = ARENA_TAKE(arena, struct tx, b->tx_count);
        for (size_t k = 0; k < b->tx_count; k++)
            tx[k] = *b->tx[k];
        block_encode(&rlp, b->header, b->tx, (u32)b->tx_count, NULL, 0, NULL, 0);
        const struct block block = {.header = *b->header, .hash = b->hash, .tx = tx, .tx_count = (u32)b->tx_count,
                                    .rlp = buffer_bytes(&rlp)};
        enum err e = chain_add_state(&c->chain, c->ledger->tries, &b->header->state_root, c->since);
        if (e == OK)
            e = state_new_codes(b->state, chain_add_code, &c->chain);
        BUG_UNLESS(e == OK); /* all of it is in memory */
        const struct chain_block *added = chain_block_by_hash(&c->chain, &b->hash);
        chain_publish_pending(&c->chain, added ? added : chain_add_block(&c->chain, &block, b->receipt));
    }
}

/* Reported once. */
static void refuse_promise(struct status *s, const struct promise *p)
{
    char hash[2 * sizeof p->transaction_hash.b + 1] = {0};
    hex_write((u8 *)hash, p->transaction_hash.b, sizeof p->transaction_hash.b);
    fprintf(stderr, "scope up: no promise for transaction 0x%s: it would contradict an earlier one\n", hash);
    if (s)
        s->is_unpromised = true;
}

/* In the journal before a signature leaves; in the pending block before a promise is seen. */
static bool promise_all(struct devnet *d, const struct preview *v, const struct comparison *c)
{
    struct preconf *p = d->preconf;
    struct signed_promise *out = ARENA_TAKE(&p->arena, struct signed_promise, c->added_count);
    bool *is_signed = ARENA_TAKE_ZERO(&p->arena, bool, c->added_count);
    const enum err e = journal_promises(p->journal, is_signed, out, c->added, c->added_count);
    if (e != OK) {
        fprintf(stderr, "scope up: %s: the journal of promises cannot be written: no more promises\n", err_name(e));
        p->is_failed = true;
        return false;
    }
    show_pending(d, v);
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < c->added_count; i++) {
        struct status *s = statuses_find(d->statuses, &c->added[i].transaction_hash);
        if (!is_signed[i]) {
            refuse_promise(s, &c->added[i]);
            continue;
        }
        p->open++;
        if (!s)
            continue; /* its status made room */
        s->promised = PROMISE_OPEN;
        s->promise = out[i];
        s->terms = &p->terms;
        s->stage = STAGE_PRECONFIRMED;
        statuses_changed(d->statuses, s);
        p->promises++;
    }
    p->sub_blocks++;
    pthread_mutex_unlock(&d->lock);
    devnet_tell_subscribers(d);
    return true;
}

bool preconf_extend(struct devnet *d)
{
    struct preconf *p = d->preconf;
    struct preview v;
    arena_rewind(&p->arena, (struct arena_mark){0});
    if (p->is_failed || p->is_full)
        return p->locked != 0;
    const enum err e = session_preview(d->session, &v, &p->arena);
    if (e != OK)
        fprintf(stderr, "scope up: a sub-block failed: %s: %s\n", err_name(e), session_error(d->session));
    bool is_extended = e == OK && v.is_exact;
    if (is_extended) {
        const struct comparison c = compare_promised(d, &v);
        is_extended = c.found == p->open && (c.added_count == 0 || promise_all(d, &v, &c));
    }
    if (is_extended && p->open)
        p->locked = v.work_count;
    p->is_full = !is_extended && p->locked != 0;
    if (e == OK)
        preview_close(&v);
    return p->locked != 0;
}

bool preconf_is_open(const struct devnet *d)
{
    return d->preconf && d->preconf->locked != 0;
}

bool preconf_is_full(const struct devnet *d)
{
    return d->preconf->is_full || d->preconf->is_failed;
}

/* --- the slot --- */

void preconf_lock_slot(struct devnet *d)
{
    if (preconf_is_open(d))
        session_limit_slot(d->session, d->preconf->locked);
}

void preconf_end_slot(struct devnet *d)
{
    if (!d->preconf)
        return;
    for (size_t i = 1; i < d->chain_count; i++)
        chain_publish_pending(&d->chain[i].chain, NULL);
    d->preconf->locked = d->preconf->open = 0;
    d->preconf->is_full = false;
    d->slot_timestamp = 0;
}

/* What the rollup's chain has where the promise says. */
static bool is_as_promised(struct devnet *d, const struct promise *p)
{
    struct devnet_chain *c = devnet_chain_by_id(d, p->chain_id);
    const struct ledger_block *b = c ? ledger_block_at(c->ledger, p->block_number) : NULL;
    struct arena scratch;
    hash32 hash;
    if (p->block_number == 0)
        return true; /* of inclusion */
    if (!b || p->index >= b->tx_count || !hash32_eq(&b->tx[p->index].hash, &p->transaction_hash))
        return false;
    arena_init(&scratch, d->memory);
    struct buffer receipt = buffer_in(&scratch);
    receipt_encode(&receipt, &b->receipt[p->index]);
    keccak256(&hash, receipt.ptr, receipt.len);
    arena_release(&scratch);
    return hash32_eq(&hash, &p->receipt_hash);
}

void preconf_judge(struct devnet *d, struct status *s)
{
    if (s->promised != PROMISE_OPEN)
        return;
    const bool is_kept = s->stage == STAGE_SETTLED && is_as_promised(d, &s->promise.message);
    u8 hash[64];
    s->promised = is_kept ? PROMISE_KEPT : PROMISE_BROKEN;
    d->preconf->kept += is_kept;
    d->preconf->broken += !is_kept;
    if (is_kept)
        return;
    hex_write(hash, s->hash.b, sizeof s->hash.b);
    fprintf(stderr, "scope up: the promise of transaction 0x%.64s is broken: %s\n", hash,
            s->stage == STAGE_SETTLED ? "its block has it at another place or with another receipt" : "it was rejected");
}

/* --- as JSON --- */

static void write_promise_message(struct json_writer *w, const struct promise *m)
{
    json_write_object(w);
    write_quantity(w, "chainId", m->chain_id);
    write_fixed(w, "transactionHash", m->transaction_hash);
    write_fixed(w, "sender", m->sender);
    write_quantity(w, "nonce", m->nonce);
    write_quantity(w, "blockNumber", m->block_number);
    write_quantity(w, "index", m->index);
    write_fixed(w, "receiptHash", m->receipt_hash);
    write_quantity(w, "deadline", m->deadline);
    write_quantity(w, "l1Number", m->l1_number);
    write_fixed(w, "l1Hash", m->l1_hash);
    write_quantity(w, "sequence", m->sequence);
    json_write_end(w);
}

void preconf_write_promise(struct json_writer *w, const struct status *s)
{
    static const char *const state[] = {"none", "open", "kept", "broken"};
    json_write_object(w);
    json_write_key(w, "status");
    json_write_z(w, state[s->promised]);
    json_write_key(w, "l1ChainId");
    json_write_u64(w, s->terms->domain.l1_chain_id);
    write_fixed(w, "slasher", s->terms->domain.slasher);
    write_fixed(w, "signer", s->terms->signer);
    json_write_key(w, "message");
    write_promise_message(w, &s->promise.message);
    write_hex(w, "signature", bytes_of(s->promise.signature, sizeof s->promise.signature));
    json_write_end(w);
}

void preconf_write_status(struct json_writer *w, struct devnet *d)
{
    const struct preconf *p = d->preconf;
    json_write_key(w, "preconfirmations");
    if (!p) {
        json_write_null(w);
        return;
    }
    pthread_mutex_lock(&d->lock);
    const u64 count[] = {p->every_ms, p->sub_blocks, p->promises, p->kept, p->broken};
    pthread_mutex_unlock(&d->lock);
    static const char *const name[] = {"everyMs", "subBlocks", "promises", "kept", "broken"};
    json_write_object(w);
    write_fixed(w, "signer", p->terms.signer);
    write_fixed(w, "slasher", p->terms.domain.slasher);
    for (size_t i = 0; i < COUNT_OF(count); i++) {
        json_write_key(w, name[i]);
        json_write_u64(w, count[i]);
    }
    json_write_end(w);
}
