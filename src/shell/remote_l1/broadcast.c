/* Transactions on their way into blocks of a node that is not ours; and where funds come from. */
#include "base/u256.h"
#include "codec/hex.h"
#include "codec/text.h"
#include "ledger/fees.h"
#include "remote_l1/remote_l1_private.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    VARIANTS_MAX = OUTBOX_VARIANTS_MAX,
    BLOB_VARIANTS_MAX = 6,
    STUCK_BLOCKS = 3,
    POLL_FIRST_MS = 2,
    POLL_LAST_MS = 250,
    GRACE_MS = 750,
    REORGED_BLOCKS = 64
};

/* One nonce of one account: everything that was sent under it. */
struct flight {
    struct remote_l1 *r;
    struct ledger *ledger;
    const struct mining *mining;
    struct tx variant[VARIANTS_MAX];
    struct bytes raw[VARIANTS_MAX];
    size_t count;
    struct expected_outcome expected;
    struct outbox_entry *kept; /* NULL: nothing is kept */
    u64 parent_number;      /* of the head when it was sent first */
    bool is_late;           /* that head is none any more */
    u64 sent_at;            /* the head's number when the last variant went out */
    u64 head_number;
    bool is_pooled;         /* the node said that it has the last variant */
    u32 refused;            /* answers that the nonce is too low, which the chain does not confirm */
    bool has_gap;           /* the nonce of the account is below that of the transaction */
    u32 missed, outbid;     /* looks that found so: a node may tell of a block before it tells its receipts */
    u64 missing_ms;         /* when the first of them did */
    u64 progress_ms;        /* when the last block was seen */
    struct json receipt;    /* of the last look; JSON_NULL: none */
    size_t included;        /* the variant that has it */
};

static u64 now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

static void sleep_ms(u32 ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

/* Another look that found no receipt where one should be: enough to believe it? */
static bool is_gone(struct flight *f, u32 *looks)
{
    if (f->missing_ms == 0)
        f->missing_ms = now_ms();
    return ++*looks > 2 && now_ms() - f->missing_ms >= GRACE_MS;
}

/* --- sending --- */

static void add_variant(struct flight *f, const struct tx *t)
{
    struct buffer raw = buffer_in(&f->r->scratch);
    if (f->mining->sidecar)
        sidecar_encode(&raw, t, f->mining->sidecar);
    else
        tx_encode(&raw, t);
    f->variant[f->count] = *t;
    f->raw[f->count++] = buffer_bytes(&raw);
}

/* On the disk before it is anywhere else. */
static enum err keep_variant(struct flight *f)
{
    struct outbox *o = f->r->outbox;
    if (!o)
        return OK;
    outbox_add_variant(o, f->kept, &f->variant[f->count - 1]);
    const enum err e = outbox_save(o, f->kept);
    return e == OK ? OK : remote_fail(f->r, e, BYTES_LITERAL("what is about to be sent could not be kept"));
}

static struct bytes hash_params(struct remote_l1 *r, const hash32 *hash)
{
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, BYTES_OF(hash->b));
    return rpc_params_end(&p);
}

static struct bytes account_params(struct remote_l1 *r, const address *at)
{
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, BYTES_OF(at->b));
    rpc_add_json(&p, BYTES_LITERAL("\"latest\""));
    return rpc_params_end(&p);
}

static enum err send(struct flight *f);

/* The same transaction, with the same blobs, under the same nonce, for more. */
static enum err bump(struct flight *f)
{
    struct tx t = f->variant[f->count - 1];
    if (f->count == (t.type == TX_BLOB ? BLOB_VARIANTS_MAX : VARIANTS_MAX))
        return remote_fail(f->r, REJECT_L1_STUCK, BYTES_LITERAL("blocks go by without it, however much is paid"));
    const struct fees before = fees_of(&t);
    fees_outbid(&t, &before);
    t.has_hash = false;
    TRY(tx_sign(&t, f->mining->key, &f->r->scratch));
    add_variant(f, &t);
    TRY(keep_variant(f));
    f->r->counts.bumped++;
    return send(f);
}

/* What clients answer when they refuse a transaction, in any case of letters. The first row that fits counts. */
enum refusal { REFUSAL_OTHER, REFUSAL_KNOWN, REFUSAL_UNDERPRICED, REFUSAL_NONCE };
static const struct {
    const char *words;
    enum refusal is;
} refusal_table[] = {
    {"already known", REFUSAL_KNOWN},          /* geth, reth, erigon */
    {"alreadyknown", REFUSAL_KNOWN},           /* nethermind */
    {"known transaction", REFUSAL_KNOWN},      /* besu; geth before 1.9 */
    {"already imported", REFUSAL_KNOWN},       /* anvil */
    {"underpriced", REFUSAL_UNDERPRICED},      /* geth, reth, besu, anvil: with "replacement transaction", or alone */
    {"could not replace", REFUSAL_UNDERPRICED}, /* erigon */
    {"replacementnotallowed", REFUSAL_UNDERPRICED}, /* nethermind */
    {"feetoolow", REFUSAL_UNDERPRICED},        /* nethermind */
    {"fee too low", REFUSAL_UNDERPRICED},      /* erigon */
    {"less than block base fee", REFUSAL_UNDERPRICED}, /* geth, reth, anvil */
    {"nonce too low", REFUSAL_NONCE},          /* geth, reth, erigon, besu, anvil */
    {"oldnonce", REFUSAL_NONCE},               /* nethermind */
};

static bool message_contains(const char *text, const char *words)
{
    const size_t len = strlen(words);
    for (; *text; text++)
        if (strncasecmp(text, words, len) == 0)
            return true;
    return false;
}

static enum refusal refusal_of(const char *message)
{
    for (size_t i = 0; i < COUNT_OF(refusal_table); i++)
        if (message_contains(message, refusal_table[i].words))
            return refusal_table[i].is;
    return REFUSAL_OTHER;
}

/* Why a node does not take a transaction; OK when it has it all the same, or may have: then wait() finds out. The chain
 * is asked first, and words decide the rest. */
static enum err send_refused(struct flight *f, const struct rpc_call *sent)
{
    struct remote_l1 *r = f->r;
    const struct tx *t = &f->variant[f->count - 1];
    u64 nonce;
    struct rpc_call look[2] = {
        {.method = "eth_getTransactionByHash", .params = hash_params(r, &t->hash)},
        {.method = "eth_getTransactionCount", .params = account_params(r, &t->sender)},
    };
    if (rpc_call_all(r->rpc, &r->scratch, look, 2) != OK)
        return remote_fail_rpc(r, REJECT_RPC);
    if (look[0].error == OK && json_kind(look[0].result) == JSON_OBJECT)
        return OK;
    if (look[1].error == OK && json_u64(&nonce, look[1].result) == OK && nonce > t->nonce)
        return OK; /* a variant has it, or another transaction: the receipts tell */
    const enum refusal is = refusal_of(sent->message);
    f->is_pooled = is == REFUSAL_KNOWN;
    if (is == REFUSAL_KNOWN || (is == REFUSAL_NONCE && !is_gone(f, &f->refused)))
        return OK;
    if (is == REFUSAL_UNDERPRICED)
        return f->mining->key
                   ? bump(f)
                   : remote_fail(r, REJECT_L1_MISSED, BYTES_LITERAL("what waits under the same nonce pays as much"));
    struct buffer text = buffer_in(&r->scratch);
    text_add(&text, "eth_sendRawTransaction: ");
    text_add_z(&text, sent->message);
    return remote_fail(r, REJECT_RPC_REFUSED, buffer_bytes(&text));
}

static enum err send(struct flight *f)
{
    struct remote_l1 *r = f->r;
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, f->raw[f->count - 1]);
    struct rpc_call call = {.method = "eth_sendRawTransaction", .params = rpc_params_end(&p)};
    const enum err e = rpc_call_all(r->rpc, &r->scratch, &call, 1);
    if (e != OK)
        return remote_fail_rpc(r, e);
    f->sent_at = f->head_number;
    f->is_pooled = false;
    r->counts.sent++;
    return call.error == OK ? OK : send_refused(f, &call);
}

/* --- looking --- */

static enum err look_failed(struct flight *f, const struct rpc_call *call)
{
    struct buffer text = buffer_in(&f->r->scratch);
    text_add_z(&text, call->method);
    text_add(&text, ": ");
    text_add_z(&text, call->message ? call->message : "not what was asked");
    return remote_fail(f->r, REJECT_RPC, buffer_bytes(&text));
}

/* One request: the head before the receipts, so that a block which is there and has no receipt of ours is without it.
 */
static enum err look(struct flight *f, bool *known, bool *nonce_taken)
{
    enum { HEAD, COUNT, LAST, RECEIPTS };
    struct remote_l1 *r = f->r;
    const struct tx *last = &f->variant[f->count - 1];
    struct rpc_call call[RECEIPTS + VARIANTS_MAX] = {
        [HEAD] = {.method = "eth_blockNumber"},
        [COUNT] = {.method = "eth_getTransactionCount", .params = account_params(r, &last->sender)},
        [LAST] = {.method = "eth_getTransactionByHash", .params = hash_params(r, &last->hash)},
    };
    u64 head, nonce;
    for (size_t i = 0; i < f->count; i++)
        call[RECEIPTS + i] = (struct rpc_call){.method = "eth_getTransactionReceipt",
                                               .params = hash_params(r, &f->variant[i].hash)};
    const enum err e = rpc_call_all(r->rpc, &r->scratch, call, RECEIPTS + f->count);
    if (e != OK)
        return remote_fail_rpc(r, e);
    for (size_t i = 0; i < RECEIPTS + f->count; i++)
        if (call[i].error != OK)
            return look_failed(f, &call[i]);
    if (json_u64(&head, call[HEAD].result) != OK)
        return look_failed(f, &call[HEAD]);
    if (json_u64(&nonce, call[COUNT].result) != OK)
        return look_failed(f, &call[COUNT]);
    if (head != f->head_number) {
        f->head_number = head;
        f->progress_ms = now_ms();
    }
    *known = json_kind(call[LAST].result) == JSON_OBJECT;
    *nonce_taken = nonce > last->nonce;
    f->has_gap = nonce < last->nonce;
    for (size_t i = 0; i < f->count; i++)
        if (json_kind(call[RECEIPTS + i].result) == JSON_OBJECT) {
            f->receipt = call[RECEIPTS + i].result;
            f->included = i;
        }
    return OK;
}

/* Until a block has it, or none can. */
static enum err wait(struct flight *f)
{
    struct remote_l1 *r = f->r;
    u32 pause = POLL_FIRST_MS;
    for (;;) {
        bool known = false, nonce_taken = false;
        TRY(look(f, &known, &nonce_taken));
        if (json_kind(f->receipt) == JSON_OBJECT)
            return OK;
        if (nonce_taken && is_gone(f, &f->outbid))
            return remote_fail(r, REJECT_L1_OUTBID, BYTES_LITERAL("another transaction took the nonce"));
        if (f->mining->parent && (f->is_late || f->head_number > f->parent_number) && is_gone(f, &f->missed))
            return remote_fail(r, REJECT_L1_MISSED, BYTES_LITERAL("the block went by without the transaction"));
        if (now_ms() - f->progress_ms > r->patience_ms)
            return remote_fail(r, FAULT_TIMEOUT, BYTES_LITERAL("no new L1 block for too long"));
        if (!f->missed && !nonce_taken && !known && !f->is_pooled) {
            r->counts.sent_again++;
            TRY(send(f));
        } else if (f->mining->key && f->head_number >= f->sent_at + STUCK_BLOCKS)
            TRY(bump(f));
        sleep_ms(pause);
        pause = 2 * pause < POLL_LAST_MS ? 2 * pause : POLL_LAST_MS;
    }
}

/* --- what came of it --- */

/* All receipts of the block must have the root that its header names, so ours is what the chain has. */
static enum err check_receipts(struct flight *f, const struct ledger_block *b, const struct rpc_receipt *ours)
{
    struct remote_l1 *r = f->r;
    struct json list;
    struct buffer text = buffer_in(&r->scratch);
    TRY(remote_ask(r, &list, "eth_getBlockReceipts", hash_params(r, &b->hash)));
    struct rpc_receipt *all;
    u32 count;
    const enum err e = rpc_receipts(&r->scratch, &all, &count, list, &b->header, &text);
    if (e != OK)
        return remote_fail(r, e, buffer_bytes(&text));
    if (ours->index >= count || !hash32_eq(&all[ours->index].tx_hash, &ours->tx_hash))
        return remote_fail(r, REJECT_L1_HEADER, BYTES_LITERAL("the block has no receipt of the transaction in its place"));
    const struct receipt *in_block = &all[ours->index].receipt;
    const u64 before = ours->index ? all[ours->index - 1].receipt.cumulative_gas : 0;
    if (in_block->success != ours->receipt.success || in_block->cumulative_gas != before + ours->receipt.gas_used)
        return remote_fail(r, REJECT_RPC, BYTES_LITERAL("the node tells a transaction's receipt in two ways"));
    return OK;
}

static void tell_difference(struct flight *f, const char *what, u64 there, u64 here)
{
    struct buffer text = buffer_in(&f->r->scratch);
    text_add_z(&text, what);
    text_add(&text, " is ");
    text_add_u64(&text, there);
    text_add(&text, " on the chain and ");
    text_add_u64(&text, here);
    text_add(&text, " in the run here");
    (void)remote_fail(f->r, REJECT_L1_DIFFERS, buffer_bytes(&text));
}

/* EIP-7702 refunds a part of an authorization's price where its account exists. Anvil 1.7.1 also does for an account
 * that does not, once that account was queried. */
static bool refunded_by_anvil(const struct flight *f, u64 here, u64 there)
{
    enum { AUTHORIZATION_REFUND = 25000 - 12500 };
    const struct tx *t = &f->variant[f->included];
    return f->r->info.is_development && here > there && (here - there) % AUTHORIZATION_REFUND == 0 &&
           (here - there) / AUTHORIZATION_REFUND <= t->authorization_count;
}

static bool matches_expected(struct flight *f, const struct ledger_block *b, const struct rpc_receipt *got)
{
    const struct expected_outcome *here = &f->expected;
    const struct receipt *there = &got->receipt;
    const bool same_place = got->index == 0 && hash32_eq(&b->header.parent_hash, &here->parent);
    hash32 logs_there;
    logs_hash(&logs_there, there->log, there->log_count, &f->r->scratch);
    if (here->success != there->success)
        tell_difference(f, "the status", there->success, here->success);
    else if (here->log_count != there->log_count)
        tell_difference(f, "the number of logs", there->log_count, here->log_count);
    else if (!hash32_eq(&here->logs, &logs_there))
        (void)remote_fail(f->r, REJECT_L1_DIFFERS, BYTES_LITERAL("the logs are others on the chain than in the run here"));
    else if (same_place && here->gas_used != there->gas_used &&
             !refunded_by_anvil(f, here->gas_used, there->gas_used))
        tell_difference(f, "the gas used", there->gas_used, here->gas_used);
    else
        return true;
    return false;
}

/* *receipt stays NULL while the block is not (or no longer) part of the chain. */
static enum err take_receipt(struct flight *f, const struct receipt **receipt, bool *as_expected)
{
    struct remote_l1 *r = f->r;
    struct rpc_receipt got;
    struct buffer text = buffer_in(&r->scratch);
    const struct tx *t = &f->variant[f->included];
    const enum err e = rpc_receipt(&r->scratch, &got, f->receipt, &text);
    if (e != OK)
        return remote_fail(r, e, buffer_bytes(&text));
    if (!hash32_eq(&got.tx_hash, &t->hash))
        return remote_fail(r, REJECT_RPC, BYTES_LITERAL("the receipt is of another transaction"));
    *receipt = NULL;
    TRY(remote_sync(r, f->ledger));
    if (got.block_number < f->ledger->first)
        return remote_fail(r, REJECT_L1_REORGANIZED, BYTES_LITERAL("a transaction is in a block before the first that this builder saw"));
    const struct ledger_block *b = ledger_block_at(f->ledger, got.block_number);
    if (!b || !hash32_eq(&b->hash, &got.block_hash))
        return OK;
    TRY(check_receipts(f, b, &got));
    *as_expected = matches_expected(f, b, &got);
    got.receipt.halt = f->expected.halt;
    if (got.receipt.success == f->expected.success)
        got.receipt.output = f->expected.output; /* nodes do not tell it */
    *receipt = ledger_add_own(f->ledger, got.block_number, t, &got.receipt);
    return OK;
}

static enum err keep_receipt(void *context, struct block_run *run, const struct receipt *receipt)
{
    struct flight *f = context;
    struct arena *a = &f->r->scratch;
    (void)run;
    f->expected = (struct expected_outcome){
        .parent = ledger_head(f->ledger)->hash,
        .success = receipt->success,
        .halt = receipt->halt,
        .gas_used = receipt->gas_used,
        .log_count = receipt->log_count,
        .output = arena_copy(a, receipt->output),
    };
    logs_hash(&f->expected.logs, receipt->log, receipt->log_count, a);
    return OK;
}

/* A development node mines when it is asked, several times a second if need be: without this its blocks would have one
 * timestamp, and a rollup's must grow. Nodes that do not know the call need none. */
static enum err set_time(struct remote_l1 *r, u64 timestamp)
{
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_quantity(&p, timestamp);
    struct rpc_call call = {.method = "evm_setNextBlockTimestamp", .params = rpc_params_end(&p)};
    const enum err e = rpc_call_all(r->rpc, &r->scratch, &call, 1);
    return e == OK ? OK : remote_fail_rpc(r, e);
}

static void begin_entry(struct flight *f)
{
    struct outbox *o = f->r->outbox;
    const struct mining *m = f->mining;
    if (!o)
        return;
    const struct ledger_block *head = ledger_head(f->ledger);
    f->kept = outbox_add(o);
    f->kept->purpose = m->purpose;
    f->kept->is_pinned = m->parent != NULL;
    f->kept->parent_number = head->header.number;
    f->kept->parent = head->hash;
    f->kept->expected = f->expected;
    f->kept->expected.output = arena_copy(&o->arena, f->expected.output);
    f->kept->sidecar = outbox_copy_sidecar(o, m->sidecar);
    f->kept->note = m->note ? arena_copy(&o->arena, m->note(m->context)) : bytes_of(NULL, 0);
}

/* Until a block that is part of the chain has it. */
static enum err arrive(struct flight *f, const struct receipt **receipt, bool *as_expected)
{
    for (;;) {
        TRY(wait(f));
        TRY(take_receipt(f, receipt, as_expected));
        if (*receipt)
            return OK;
        f->receipt = (struct json){.node = UINT32_MAX};
        sleep_ms(POLL_LAST_MS);
    }
}

static enum err fly(struct flight *f, const struct receipt **receipt, bool *as_expected, const struct tx *t)
{
    struct remote_l1 *r = f->r;
    TRY(remote_sync(r, f->ledger));
    const struct ledger_block *head = ledger_head(f->ledger);
    if (f->mining->parent && !hash32_eq(f->mining->parent, &head->hash))
        return remote_fail(r, REJECT_L1_MISSED, BYTES_LITERAL("the block went by before the transaction was ready"));
    const struct block_choice choice = remote_choice(r, f->ledger);
    TRY(l1_run(f->ledger, &choice, t, f->mining, keep_receipt, f));
    f->head_number = f->parent_number = head->header.number;
    f->progress_ms = now_ms();
    add_variant(f, t);
    begin_entry(f);
    TRY(keep_variant(f));
    if (r->info.is_development)
        TRY(set_time(r, choice.timestamp));
    TRY(send(f));
    return arrive(f, receipt, as_expected);
}

static struct flight *flight(struct remote_l1 *r, struct ledger *l, const struct mining *mining)
{
    struct flight *f = ARENA_TAKE_ZERO(&r->scratch, struct flight, 1);
    *f = (struct flight){.r = r, .ledger = l, .mining = mining, .receipt = {.node = UINT32_MAX}};
    return f;
}

/* A nonce above the account's: L1 reorged what came before it, so it stays in a mempool until the gap is closed. A
 * bundle is built again; an account's transaction would be executed twice. */
static enum err check_gap(struct flight *f, const struct tx *t)
{
    struct account_leaf leaf;
    TRY(ledger_account(f->ledger, &leaf, ledger_head(f->ledger), &t->sender));
    if (leaf.nonce >= t->nonce)
        return OK;
    const bool is_rebuilt = f->mining->purpose == PURPOSE_BUNDLE || f->mining->purpose == PURPOSE_DELEGATION;
    return is_rebuilt ? remote_fail(f->r, REJECT_L1_MISSED, BYTES_LITERAL("a transaction before it was reorged"))
                      : remote_fail(f->r, REJECT_L1_REORGANIZED, BYTES_LITERAL("a transaction before one that was sent was reorged"));
}

/* Nothing is sent before it was looked for: wait() sends what the node does not know. */
static enum err follow_flight(struct flight *f, const struct receipt **receipt, bool *as_expected,
                              struct outbox_entry *e)
{
    TRY(remote_sync(f->r, f->ledger));
    f->kept = e;
    f->expected = e->expected;
    f->parent_number = e->parent_number;
    f->head_number = f->sent_at = ledger_head(f->ledger)->header.number;
    f->progress_ms = now_ms();
    f->is_late = e->is_pinned && !hash32_eq(&e->parent, &ledger_head(f->ledger)->hash);
    for (size_t i = 0; i < e->count; i++)
        add_variant(f, &e->variant[i]);
    TRY(check_gap(f, &e->variant[0]));
    if (f->r->info.is_development)
        TRY(set_time(f->r, remote_choice(f->r, f->ledger).timestamp));
    return arrive(f, receipt, as_expected);
}

enum err remote_follow(struct remote_l1 *r, struct ledger *l, const struct receipt **receipt, bool *as_expected,
                       struct outbox_entry *e, const struct mining *mining)
{
    const struct arena_mark mark = arena_mark(&r->scratch);
    e->is_claimed = true;
    const enum err result = follow_flight(flight(r, l, mining), receipt, as_expected, e);
    arena_rewind(&r->scratch, mark);
    return result;
}

enum err remote_include(void *context, struct ledger *l, const struct receipt **receipt, bool *as_expected,
                        const struct tx *t, const struct mining *mining)
{
    struct remote_l1 *r = context;
    r->why[0] = 0;
    struct outbox_entry *earlier = r->outbox ? outbox_find(r->outbox, mining->purpose, t) : NULL;
    if (earlier && mining->purpose != PURPOSE_BUNDLE) { /* a slot has asked for its own before */
        const enum err e = remote_follow(r, l, receipt, as_expected, earlier, mining);
        if (e != REJECT_L1_OUTBID)
            return e;
        r->why[0] = 0; /* another transaction used its nonce: it is sent anew */
    }
    const struct arena_mark mark = arena_mark(&r->scratch);
    const enum err e = fly(flight(r, l, mining), receipt, as_expected, t);
    arena_rewind(&r->scratch, mark);
    return e;
}

/* --- after a reorg --- */

/* A node returns the transactions of reorged blocks to its mempool, which may take some time. A blob transaction
 * cannot be sent again: its blobs are not stored. */
static enum err wait_again(struct flight *f)
{
    struct remote_l1 *r = f->r;
    const bool can_send = f->variant[0].type != TX_BLOB;
    for (;; sleep_ms(POLL_LAST_MS / 4)) {
        bool known = false, nonce_taken = false;
        TRY(look(f, &known, &nonce_taken));
        if (json_kind(f->receipt) == JSON_OBJECT)
            return OK;
        if (nonce_taken && is_gone(f, &f->outbid))
            return remote_fail(r, REJECT_L1_OUTBID, BYTES_LITERAL("another transaction took the nonce"));
        if (f->mining->parent && (f->is_late || f->head_number > f->parent_number) && is_gone(f, &f->missed))
            return remote_fail(r, REJECT_L1_MISSED, BYTES_LITERAL("the block went by without the transaction"));
        if (!known && !nonce_taken && (f->has_gap || !can_send) && is_gone(f, &f->missed))
            return remote_fail(r, REJECT_L1_MISSED, BYTES_LITERAL("the node does not have the transaction any more"));
        if (f->head_number >= f->sent_at + REORGED_BLOCKS)
            return remote_fail(r, REJECT_L1_STUCK, BYTES_LITERAL("a transaction of a reorged block is in the mempool, and no block includes it"));
        if (now_ms() - f->progress_ms > r->patience_ms)
            return remote_fail(r, FAULT_TIMEOUT, BYTES_LITERAL("no new L1 block for too long"));
        if (!known && !nonce_taken && !f->has_gap && can_send && !f->missed) {
            const u64 since = f->sent_at;
            r->counts.sent_again++;
            TRY(send(f));
            f->sent_at = since;
        }
    }
}

static enum err follow_reorged_flight(struct flight *f, const struct receipt **receipt, const struct tx *t)
{
    const hash32 *parent = f->mining->parent;
    const struct ledger_block *b = NULL;
    bool ignored;
    add_variant(f, t);
    do {
        TRY(remote_sync(f->r, f->ledger));
        f->head_number = ledger_head(f->ledger)->header.number;
        f->progress_ms = now_ms();
        if (f->sent_at == 0)
            f->sent_at = f->head_number;
        for (u64 n = f->head_number; parent && !b && n >= f->ledger->first && (b = ledger_block_at(f->ledger, n)); n--)
            b = hash32_eq(&b->hash, parent) ? b : NULL;
        f->is_late = parent && !b;
        f->parent_number = b ? b->header.number : 0;
        f->receipt = (struct json){.node = UINT32_MAX};
        TRY(wait_again(f));
        TRY(take_receipt(f, receipt, &ignored));
    } while (!*receipt);
    f->r->why[0] = 0;
    return OK;
}

enum err remote_follow_reorged(void *context, struct ledger *l, const struct receipt **receipt, const struct tx *t,
                               const struct mining *mining)
{
    struct remote_l1 *r = context;
    const struct arena_mark mark = arena_mark(&r->scratch);
    const enum err e = follow_reorged_flight(flight(r, l, mining), receipt, t);
    arena_rewind(&r->scratch, mark);
    return e;
}

/* --- funds --- */

static enum err set_balance(struct remote_l1 *r, const address *at, const u256 *balance)
{
    struct json ignored;
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, BYTES_OF(at->b));
    rpc_add_u256(&p, balance);
    TRY(remote_ask(r, &ignored, "anvil_setBalance", rpc_params_end(&p)));
    return remote_ask(r, &ignored, "evm_mine", bytes_of(NULL, 0)); /* so that a header's state root knows of it */
}

static enum err read_mirrored_account(struct ledger *l, const address *at, u64 *nonce, u256 *balance)
{
    struct account_leaf leaf;
    TRY(ledger_account(l, &leaf, ledger_head(l), at));
    *nonce = leaf.nonce;
    *balance = leaf.balance;
    return OK;
}

static enum err transfer(struct remote_l1 *r, struct ledger *l, const address *at, const u256 *value)
{
    const u256 gwei = u256_from_u64(1000000000);
    address sender;
    u256 ignored;
    const struct receipt *receipt;
    bool as_expected;
    struct arena arena;
    struct tx t = {.type = TX_DYNAMIC_FEE,
                   .has_chain_id = true,
                   .chain_id = r->info.chain_id,
                   .to = *at,
                   .value = *value,
                   .gas_limit = 21000,
                   .max_priority_fee = gwei};
    TRY(secp256k1_address(&sender, &r->funder));
    TRY(read_mirrored_account(l, &sender, &t.nonce, &ignored));
    const u256 *base = &ledger_head(l)->header.base_fee;
    u256_add(&t.max_fee, base, base);
    u256_add(&t.max_fee, &t.max_fee, &gwei);
    arena_init(&arena, r->memory);
    enum err e = tx_sign(&t, &r->funder, &arena);
    if (e == OK)
        e = remote_include(r, l, &receipt, &as_expected, &t,
                           &(struct mining){.purpose = PURPOSE_FUNDS, .key = &r->funder});
    arena_release(&arena);
    if (e == OK && !receipt->success)
        return remote_fail(r, REJECT_L1_CHAIN, BYTES_LITERAL("an account did not take the funds that it was sent"));
    return e;
}

enum err remote_fund(void *context, struct ledger *l, const address *at, const u256 *balance)
{
    struct remote_l1 *r = context;
    u64 nonce;
    u256 has, lacks;
    struct buffer text = buffer_in(&r->scratch);
    TRY(remote_sync(r, l));
    TRY(read_mirrored_account(l, at, &nonce, &has));
    if (!r->has_funder && r->info.is_development)
        return u256_eq(&has, balance) ? OK : set_balance(r, at, balance);
    if (!u256_lt(&has, balance))
        return OK;
    u256_sub(&lacks, balance, &has);
    address funder;
    if (r->has_funder)
        TRY(secp256k1_address(&funder, &r->funder));
    if (r->has_funder && !address_eq(&funder, at))
        return transfer(r, l, at, &lacks);
    address_add(&text, at);
    text_add(&text, " lacks ");
    text_add_u256(&text, &lacks);
    text_add(&text, " wei, and there is no account that funds it");
    return remote_fail(r, REJECT_L1_CHAIN, buffer_bytes(&text));
}
