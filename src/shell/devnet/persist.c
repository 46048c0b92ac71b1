/* What a devnet persists beside its chains.
 *
 *   position   rlp([ version, rollups, genesis timestamp, [time ahead, time behind, next timestamp],
 *                    [slots, settlements, settled at], snapshots, [impersonated, ..], [head's hash, ..] ])
 *   rows       'p' ordinal -> rlp([ chain, hash, is operation, envelope or work ])      pending, in order of arrival
 *              's' hash    -> rlp([ chain, sender, is operation, error or "", reason, block, bundle, its block,
 *                                   [call, ..] ])                                        settled or rejected
 *              'v' id      -> rlp([ time ahead, time behind, [head, ..] ])                evm_snapshot
 *              'r' 't' 'b'                                                               persist_scopes.c
 *
 * A settled row counts while its block is canonical: evm_revert leaves rows behind. A pending row counts unless an
 * outcome of its hash does. */
#include "base/u256.h"
#include "builder/session_chains.h"
#include "builder/session_persist.h"
#include "codec/rlp.h"
#include "devnet/devnet.h"
#include "devnet/row_key.h"
#include "node/mempool.h"

#include <stdio.h>
#include <unistd.h>

enum { POSITION_VERSION = 2, EXIT_STORE_FAILED = 3 };

/* --- the position --- */

static void add_offset(struct buffer *out, i64 offset)
{
    rlp_add_u64(out, offset > 0 ? (u64)offset : 0);
    rlp_add_u64(out, offset < 0 ? (u64)-offset : 0);
}

static enum err read_offset(struct rlp_reader *r, i64 *out)
{
    u64 ahead, behind;
    TRY(rlp_u64(r, &ahead));
    TRY(rlp_u64(r, &behind));
    if (ahead > INT64_MAX || behind > INT64_MAX)
        return REJECT_STORE_CORRUPT;
    *out = (i64)ahead - (i64)behind;
    return OK;
}

static void write_devnet_position(struct buffer *out, const struct devnet *d)
{
    const size_t all = rlp_open(out);
    rlp_add_u64(out, POSITION_VERSION);
    rlp_add_u64(out, d->chain_count - 1);
    rlp_add_u64(out, d->genesis_timestamp);
    const size_t time = rlp_open(out);
    add_offset(out, d->time_offset);
    rlp_add_u64(out, d->next_timestamp);
    rlp_close(out, time);
    const size_t counts = rlp_open(out);
    rlp_add_u64(out, d->slots);
    rlp_add_u64(out, d->settlements);
    rlp_add_u64(out, d->settled_at);
    rlp_close(out, counts);
    rlp_add_u64(out, d->saved_count);
    const size_t impersonated = rlp_open(out);
    for (u32 i = 0; i < d->impersonated_count; i++)
        rlp_add_string(out, BYTES_OF(d->impersonated[i].b));
    rlp_close(out, impersonated);
    const size_t heads = rlp_open(out);
    for (size_t i = 0; i < d->chain_count; i++)
        rlp_add_string(out, BYTES_OF(ledger_head(session_ledger_at(d->session, i))->hash.b));
    rlp_close(out, heads);
    rlp_close(out, all);
}

static enum err read_heads(struct devnet *d, struct rlp_reader *from)
{
    struct rlp_reader heads;
    hash32 head;
    TRY(rlp_list(from, &heads));
    for (size_t i = 0; d->session && i < session_chain_count(d->session); i++) {
        TRY(rlp_fixed(&heads, head.b, sizeof head.b));
        if (!hash32_eq(&head, &ledger_head(session_ledger_at(d->session, i))->hash))
            return REJECT_STORE_CORRUPT;
    }
    return d->session ? rlp_end(&heads) : OK;
}

static enum err read_impersonated(struct devnet *d, struct rlp_reader *from)
{
    struct rlp_reader list;
    TRY(rlp_list(from, &list));
    for (d->impersonated_count = 0; !rlp_at_end(&list); d->impersonated_count++) {
        if (d->impersonated_count == IMPERSONATED_MAX)
            return REJECT_STORE_CORRUPT;
        TRY(rlp_fixed(&list, d->impersonated[d->impersonated_count].b, sizeof d->impersonated[0].b));
    }
    return OK;
}

/* Before the session is open the heads are not compared. */
static enum err read_devnet_position(struct devnet *d, u64 *rollups)
{
    struct rlp_reader r = rlp_reader(store_position(d->store)), list;
    u64 version, saved;
    TRY(rlp_list(&r, &r));
    TRY(rlp_u64(&r, &version));
    TRY(rlp_u64(&r, rollups));
    TRY(rlp_u64(&r, &d->genesis_timestamp));
    if (version != POSITION_VERSION || *rollups == 0 || *rollups > DEVNET_ROLLUPS_MAX)
        return REJECT_STORE_CORRUPT;
    TRY(rlp_list(&r, &list));
    TRY(read_offset(&list, &d->time_offset));
    TRY(rlp_u64(&list, &d->next_timestamp));
    TRY(rlp_end(&list));
    TRY(rlp_list(&r, &list));
    TRY(rlp_u64(&list, &d->slots));
    TRY(rlp_u64(&list, &d->settlements));
    TRY(rlp_u64(&list, &d->settled_at));
    TRY(rlp_end(&list));
    TRY(rlp_u64(&r, &saved));
    if (saved > SAVED_MAX)
        return REJECT_STORE_CORRUPT;
    d->saved_count = saved;
    TRY(read_impersonated(d, &r));
    TRY(read_heads(d, &r));
    return rlp_end(&r);
}

/* --- opening --- */

static enum err fail_folder(const struct devnet *d, struct complaint *complaint, enum err e, const char *what)
{
    complaint->file = d->folder;
    complain(complaint, (struct place){0}, "%s", what);
    return e;
}

enum err devnet_open_store(struct devnet *d, struct complaint *complaint, struct devnet_config *config)
{
    const struct store_config c = {.folder = config->folder, .is_shared = true, .memory = d->memory};
    u64 rollups = 0;
    if (!config->folder)
        return OK;
    d->folder = config->folder;
    TRY(store_open(&d->store, complaint, &c));
    if (store_position(d->store).len == 0)
        return OK;
    if (read_devnet_position(d, &rollups) != OK)
        return fail_folder(d, complaint, REJECT_STORE_MISMATCH, "not the folder of a scope up, or of another version");
    if (config->rollup_count && config->rollup_count != rollups) {
        complaint->file = config->folder;
        complain(complaint, (struct place){0}, "it has %u rollups, and --rollups asks for %u", (unsigned)rollups,
                 (unsigned)config->rollup_count);
        return REJECT_STORE_MISMATCH;
    }
    config->rollup_count = (u32)rollups;
    return OK;
}

static enum err read_saved(struct devnet *d, u64 id)
{
    const struct row_key k = number_key('v', id);
    struct saved *s = ARENA_TAKE_ZERO(&d->arena, struct saved, 1);
    struct bytes value;
    bool found;
    TRY(store_read_row(d->store, &d->slot_arena, &found, &value, key_bytes(&k)));
    if (!found)
        return REJECT_STORE_CORRUPT;
    struct rlp_reader r = rlp_reader(value), heads;
    TRY(rlp_list(&r, &r));
    TRY(read_offset(&r, &s->time_offset));
    TRY(rlp_list(&r, &heads));
    for (size_t i = 0; i < session_chain_count(d->session); i++)
        TRY(rlp_u64(&heads, &s->head[i]));
    d->saved[id - 1] = s;
    return rlp_end(&heads);
}

enum err devnet_restore(struct devnet *d, struct complaint *complaint)
{
    u64 rollups;
    if (!d->store || store_position(d->store).len == 0)
        return OK;
    TRY(store_restore(d->store, complaint, d->session));
    enum err e = read_devnet_position(d, &rollups);
    for (u64 id = 1; e == OK && id <= d->saved_count; id++)
        e = read_saved(d, id);
    if (e != OK)
        return fail_folder(d, complaint, REJECT_STORE_CORRUPT, "its position is not that of its chains");
    return OK;
}

/* --- outcomes --- */

static void add_call(struct buffer *out, const struct status_call *c)
{
    const size_t call = rlp_open(out);
    rlp_add_u64(out, c->source_chain);
    rlp_add_u64(out, c->target_chain);
    rlp_add_string(out, BYTES_OF(c->from.b));
    rlp_add_string(out, BYTES_OF(c->to.b));
    rlp_add_u256(out, &c->value);
    rlp_add_string(out, BYTES_OF(c->request_hash.b));
    rlp_add_u256(out, &c->nonce);
    rlp_add_u64(out, c->gas_used);
    rlp_add_u64(out, c->success);
    rlp_add_u64(out, (u64)(c->parent + 1));
    rlp_close(out, call);
}

static enum err read_call(struct rlp_reader *from, struct status_call *c)
{
    struct rlp_reader r;
    u64 success, parent;
    TRY(rlp_list(from, &r));
    TRY(rlp_u64(&r, &c->source_chain));
    TRY(rlp_u64(&r, &c->target_chain));
    TRY(rlp_fixed(&r, c->from.b, sizeof c->from.b));
    TRY(rlp_fixed(&r, c->to.b, sizeof c->to.b));
    TRY(rlp_u256(&r, &c->value));
    TRY(rlp_fixed(&r, c->request_hash.b, sizeof c->request_hash.b));
    TRY(rlp_u256(&r, &c->nonce));
    TRY(rlp_u64(&r, &c->gas_used));
    TRY(rlp_u64(&r, &success));
    TRY(rlp_u64(&r, &parent));
    if (success > 1 || parent > INT32_MAX)
        return REJECT_STORE_CORRUPT;
    c->success = success == 1;
    c->parent = (i32)parent - 1;
    return rlp_end(&r);
}

/* Errors by name: their numbers are not those of another version. */
static void write_outcome(struct buffer *out, const struct status *s)
{
    const char *name = s->stage == STAGE_REJECTED ? err_name(s->error) : "", *reason = s->reason ? s->reason : "";
    const size_t all = rlp_open(out);
    rlp_add_u64(out, s->chain_id);
    rlp_add_string(out, BYTES_OF(s->sender.b));
    rlp_add_u64(out, s->is_operation);
    rlp_add_string(out, bytes_of(name, strlen(name)));
    rlp_add_string(out, bytes_of(reason, strlen(reason)));
    rlp_add_u64(out, s->block_number);
    rlp_add_string(out, BYTES_OF(s->bundle.b));
    rlp_add_u64(out, s->bundle_block);
    const size_t calls = rlp_open(out);
    for (u32 i = 0; i < s->call_count; i++)
        add_call(out, &s->call[i]);
    rlp_close(out, calls);
    rlp_close(out, all);
}

static enum err error_named(enum err *out, struct bytes name)
{
    for (enum err e = OK + 1; e < ERR_COUNT; e++)
        if (bytes_eq(name, bytes_of(err_name(e), strlen(err_name(e))))) {
            *out = e;
            return OK;
        }
    return REJECT_STORE_CORRUPT;
}

static enum err read_calls(struct arena *arena, struct status *s, struct rlp_reader *from)
{
    struct rlp_reader list, ignored;
    TRY(rlp_list(from, &list));
    for (struct rlp_reader rest = list; !rlp_at_end(&rest); s->call_count++)
        TRY(rlp_list(&rest, &ignored));
    s->call = ARENA_TAKE_ZERO(arena, struct status_call, s->call_count);
    for (u32 i = 0; i < s->call_count; i++)
        TRY(read_call(&list, &s->call[i]));
    return OK;
}

static enum err read_outcome(struct arena *arena, struct status *s, struct bytes row)
{
    struct rlp_reader r = rlp_reader(row);
    struct bytes name, reason;
    u64 is_operation;
    TRY(rlp_list(&r, &r));
    TRY(rlp_u64(&r, &s->chain_id));
    TRY(rlp_fixed(&r, s->sender.b, sizeof s->sender.b));
    TRY(rlp_u64(&r, &is_operation));
    TRY(rlp_string(&r, &name));
    TRY(rlp_string(&r, &reason));
    TRY(rlp_u64(&r, &s->block_number));
    TRY(rlp_fixed(&r, s->bundle.b, sizeof s->bundle.b));
    TRY(rlp_u64(&r, &s->bundle_block));
    s->is_operation = is_operation == 1;
    s->stage = name.len ? STAGE_REJECTED : STAGE_SETTLED;
    if (name.len)
        TRY(error_named(&s->error, name));
    s->reason = arena_take(arena, reason.len + 1);
    if (reason.len)
        memcpy(s->reason, reason.ptr, reason.len);
    s->reason[reason.len] = 0;
    TRY(read_calls(arena, s, &r));
    return rlp_end(&r);
}

/* A transaction's block, or an operation's bundle, is canonical. */
static bool is_still_true(struct devnet *d, const struct status *s)
{
    if (s->stage == STAGE_REJECTED)
        return true;
    for (size_t i = 0; i < d->chain_count; i++) {
        if (d->chain[i].id != s->chain_id)
            continue;
        struct snapshot *at = snapshot_take(&d->chain[i].chain);
        const struct tx_place *p = snapshot_find_tx(at, s->is_operation ? &s->bundle : &s->hash);
        snapshot_drop(at);
        return p != NULL;
    }
    return false;
}

enum err devnet_stored_status(struct devnet *d, struct arena *arena, bool *found, struct status *out,
                              const hash32 *hash)
{
    const struct row_key k = hash_key('s', hash);
    struct bytes row;
    *found = false;
    if (!d->store)
        return OK;
    TRY(store_read_row(d->store, arena, found, &row, key_bytes(&k)));
    if (!*found)
        return OK;
    *out = (struct status){.hash = *hash};
    TRY(read_outcome(arena, out, row));
    *found = is_still_true(d, out);
    return OK;
}

void devnet_store_forget(struct devnet *d, const struct status *s)
{
    if (!d->store || !s->ordinal)
        return;
    const struct row_key k = number_key('p', s->ordinal);
    store_delete_row(d->store, key_bytes(&k));
}

void devnet_store_outcome(struct devnet *d, const struct status *s)
{
    if (!d->store)
        return;
    const struct row_key k = hash_key('s', &s->hash);
    struct buffer row = buffer_in(&d->slot_arena);
    write_outcome(&row, s);
    store_put_row(d->store, key_bytes(&k), buffer_bytes(&row));
    devnet_store_calls(d, s);
    devnet_store_forget(d, s);
}

void devnet_store_saved(struct devnet *d, u64 id)
{
    if (!d->store)
        return;
    const struct row_key k = number_key('v', id);
    struct buffer row = buffer_in(&d->slot_arena);
    const size_t all = rlp_open(&row);
    add_offset(&row, d->saved[id - 1]->time_offset);
    const size_t heads = rlp_open(&row);
    for (size_t i = 0; i < d->chain_count; i++)
        rlp_add_u64(&row, d->saved[id - 1]->head[i]);
    rlp_close(&row, heads);
    rlp_close(&row, all);
    store_put_row(d->store, key_bytes(&k), buffer_bytes(&row));
}

/* --- what is pending --- */

static void write_pending(struct buffer *out, u64 chain_id, const hash32 *hash, bool is_operation, struct bytes what)
{
    const size_t all = rlp_open(out);
    rlp_add_u64(out, chain_id);
    rlp_add_string(out, BYTES_OF(hash->b));
    rlp_add_u64(out, is_operation);
    rlp_add_string(out, what);
    rlp_close(out, all);
}

enum err devnet_store_sent(struct devnet *d, struct complaint *complaint, const struct sent *sent)
{
    struct arena scratch;
    struct store_row row[4];
    size_t count = 2;
    arena_init(&scratch, d->memory);
    struct buffer envelope = buffer_in(&scratch), pending = buffer_in(&scratch), outcome = buffer_in(&scratch);
    const struct row_key key[] = {number_key('p', sent->ordinal), hash_key('s', &sent->tx->hash),
                                  number_key('p', sent->replaced.ordinal), hash_key('s', &sent->replaced.hash)};
    tx_encode(&envelope, sent->tx);
    write_pending(&pending, sent->chain_id, &sent->tx->hash, false, buffer_bytes(&envelope));
    row[0] = (struct store_row){key_bytes(&key[0]), buffer_bytes(&pending)};
    row[1] = (struct store_row){.key = key_bytes(&key[1])}; /* of the same transaction, when it was rejected */
    if (sent->replaces && sent->replaced.ordinal)
        row[count++] = (struct store_row){.key = key_bytes(&key[2])};
    if (sent->replaces) {
        write_outcome(&outcome, &sent->replaced);
        row[count++] = (struct store_row){key_bytes(&key[3]), buffer_bytes(&outcome)};
    }
    const enum err e = store_write_rows(d->store, complaint, row, count);
    arena_release(&scratch);
    return e;
}

void devnet_store_operation(struct devnet *d, struct status *s, u64 work)
{
    if (!d->store)
        return;
    struct buffer persisted = buffer_in(&d->slot_arena), row = buffer_in(&d->slot_arena);
    session_persist_work(&persisted, d->session, work);
    s->ordinal = ++d->last_ordinal;
    const struct row_key key = number_key('p', s->ordinal), outcome = hash_key('s', &s->hash);
    write_pending(&row, s->chain_id, &s->hash, true, buffer_bytes(&persisted));
    store_put_row(d->store, key_bytes(&key), buffer_bytes(&row));
    store_delete_row(d->store, key_bytes(&outcome));
}

struct pending {
    u64 ordinal, chain_id;
    hash32 hash;
    bool is_operation;
    struct bytes what;
};

static enum err read_pending(struct pending *p, struct arena *arena, struct bytes key, struct bytes row)
{
    struct rlp_reader r = rlp_reader(row);
    u64 is_operation;
    if (key.len != 9)
        return REJECT_STORE_CORRUPT;
    p->ordinal = load_be64(key.ptr + 1);
    TRY(rlp_list(&r, &r));
    TRY(rlp_u64(&r, &p->chain_id));
    TRY(rlp_fixed(&r, p->hash.b, sizeof p->hash.b));
    TRY(rlp_u64(&r, &is_operation));
    TRY(rlp_string(&r, &p->what));
    p->is_operation = is_operation == 1;
    p->what = arena_copy(arena, p->what);
    return rlp_end(&r);
}

static struct status *restore_status(struct devnet *d, const struct pending *p, const address *sender)
{
    statuses_forget(d->statuses, &p->hash);
    struct status *s = statuses_add(d->statuses, &p->hash);
    s->chain_id = p->chain_id;
    s->sender = *sender;
    s->is_operation = p->is_operation;
    s->ordinal = p->ordinal;
    return s;
}

static enum err restore_operation(struct devnet *d, const struct pending *p)
{
    struct work_report report;
    u64 work;
    TRY(session_resume_work(d->session, &work, p->what));
    TRY(session_status(d->session, &report, work));
    if (d->taken_count == TAKEN_MAX)
        return REJECT_STORE_CORRUPT;
    d->taken[d->taken_count++] =
        (struct taken){.chain = 0, .hash = p->hash, .work = work, .sender = report.sender};
    struct status *s = restore_status(d, p, &report.sender);
    s->is_taken = true;
    s->work = work;
    return OK;
}

static void reject_pending(struct devnet *d, struct status *s, enum err e, const char *reason)
{
    statuses_reject(d->statuses, s, e, reason);
    devnet_store_outcome(d, s);
}

static enum err restore_transaction(struct devnet *d, struct devnet_chain *c, const struct pending *p)
{
    struct tx t;
    struct account_leaf account;
    TRY(tx_decode(&t, &d->slot_arena, p->what, TX_TYPES_ETHEREUM | TX_ADMITS_EIP155));
    TRY(tx_recover(&t, true, &d->slot_arena));
    TRY(ledger_account(c->ledger, &account, ledger_head(c->ledger), &t.sender));
    struct status *s = restore_status(d, p, &t.sender);
    if (t.nonce < account.nonce) {
        reject_pending(d, s, REJECT_TX_NONCE_LOW, "another transaction took its nonce");
        return OK;
    }
    const char *refused = mempool_add(c->node.pool, &t);
    if (refused)
        reject_pending(d, s, REJECT_TX_NONCE_LOW, refused);
    return OK;
}

static enum err restore_one(void *context, struct bytes key, struct bytes row)
{
    struct devnet *d = context;
    struct pending p;
    struct status ignored;
    bool has_outcome = false;
    TRY(read_pending(&p, &d->slot_arena, key, row));
    d->last_ordinal = p.ordinal;
    TRY(devnet_stored_status(d, &d->slot_arena, &has_outcome, &ignored, &p.hash));
    if (has_outcome) {
        store_delete_row(d->store, key);
        return OK;
    }
    if (p.is_operation)
        return restore_operation(d, &p);
    for (size_t i = 0; i < d->chain_count; i++)
        if (d->chain[i].id == p.chain_id)
            return restore_transaction(d, &d->chain[i], &p);
    return REJECT_STORE_CORRUPT;
}

enum err devnet_restore_pending(struct devnet *d, struct complaint *complaint)
{
    const struct bytes table = bytes_of("p", 1);
    if (!d->store)
        return OK;
    const enum err e = store_each_row(d->store, complaint, table, restore_one, d);
    if (e != OK)
        return fail_folder(d, complaint, REJECT_STORE_CORRUPT, "a pending transaction or operation cannot be read");
    devnet_commit(d);
    devnet_wake(d);
    return OK;
}

/* --- the commit --- */

void devnet_commit(struct devnet *d)
{
    struct complaint complaint = {0};
    struct arena scratch;
    if (!d->store)
        return;
    arena_init(&scratch, d->memory);
    struct buffer position = buffer_in(&scratch);
    write_devnet_position(&position, d);
    if (store_has_put(d->store) || !bytes_eq(buffer_bytes(&position), buffer_bytes(&d->position))) {
        const enum err e = store_commit(d->store, &complaint, d->session, buffer_bytes(&position));
        if (e != OK) {
            fprintf(stderr, "scope up: %s: %s: %s\n", err_name(e), complaint.file ? complaint.file : "the store",
                    complaint.text);
            _exit(EXIT_STORE_FAILED);
        }
        arena_rewind(&d->position_arena, (struct arena_mark){0});
        d->position = buffer_in(&d->position_arena);
        buffer_add(&d->position, position.ptr, position.len);
    }
    arena_release(&scratch);
}
