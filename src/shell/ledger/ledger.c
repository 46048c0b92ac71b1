#include "ledger/ledger.h"

#include "crypto/keccak.h"
#include "ledger/sidecar.h"

struct ledger_code {
    hash32 hash;
    struct bytes code;
};

static struct ledger_code **code_place(const struct ledger *l, const hash32 *hash)
{
    u64 x;
    memcpy(&x, hash->b, sizeof x);
    size_t i = (size_t)x & (l->code_room - 1);
    while (l->code[i] && !hash32_eq(&l->code[i]->hash, hash))
        i = (i + 1) & (l->code_room - 1);
    return &l->code[i];
}

static void grow_codes(struct ledger *l)
{
    struct ledger_code **old = l->code;
    const size_t old_room = l->code_room;
    l->code_room = old_room ? old_room * 2 : 64;
    l->code = ARENA_TAKE_ZERO(&l->arena, struct ledger_code *, l->code_room);
    for (size_t i = 0; i < old_room; i++)
        if (old[i])
            *code_place(l, &old[i]->hash) = old[i];
}

void ledger_add_code(struct ledger *l, struct bytes code)
{
    if (2 * (l->code_count + 1) > l->code_room)
        grow_codes(l);
    hash32 hash;
    keccak256(&hash, code.ptr, code.len);
    struct ledger_code **place = code_place(l, &hash);
    if (*place)
        return;
    *place = ARENA_TAKE(&l->arena, struct ledger_code, 1);
    **place = (struct ledger_code){hash, arena_copy(&l->arena, code)};
    l->code_count++;
}

static enum err ledger_code_by_hash(void *context, struct bytes *out, const hash32 *hash)
{
    const struct ledger *l = context;
    struct ledger_code *const *place = l->code_room ? code_place(l, hash) : NULL;
    if (!place || !*place)
        return FAULT_STATE_MISSING;
    *out = (*place)->code;
    return OK;
}

static enum err hash_by_number(void *context, hash32 *out, u64 number)
{
    const struct ledger *l = context;
    const struct ledger_block *b = ledger_block_at(l, number);
    if (b) {
        *out = b->hash;
        return OK;
    }
    return number < l->first && l->older.hash ? l->older.hash(l->older.context, out, number) : FAULT_STATE_MISSING;
}

void ledger_init(struct ledger *l, const struct memory *memory, const struct chain_rules *rules,
                 struct code_cache *code_cache)
{
    *l = (struct ledger){.memory = memory, .rules = rules, .code_cache = code_cache};
    arena_init(&l->arena, memory);
    machine_init(&l->machine, memory, code_cache);
    l->tries = trie_db_open(memory, NULL);
    l->codes = (struct code_source){ledger_code_by_hash, l};
    l->ancestors = (struct ancestors){hash_by_number, l};
}

void ledger_read_from(struct ledger *l, const struct node_source *nodes, const struct code_source *codes,
                      const struct state_fetch *fetch, const struct ancestors *older)
{
    trie_db_release(l->tries);
    l->tries = trie_db_open(l->memory, nodes);
    l->codes = *codes;
    l->fetch = *fetch;
    l->older = *older;
}

void ledger_release(struct ledger *l)
{
    trie_db_release(l->tries);
    machine_release(&l->machine);
    arena_release(&l->arena);
}

const struct ledger_block *ledger_head(const struct ledger *l)
{
    BUG_UNLESS(l->block.count > 0);
    return &l->block.item[l->block.count - 1];
}

const struct ledger_block *ledger_block_at(const struct ledger *l, u64 number)
{
    return number >= l->first && number - l->first < l->block.count ? &l->block.item[number - l->first] : NULL;
}

enum err ledger_account(struct ledger *l, struct account_leaf *out, const struct ledger_block *b, const address *at)
{
    bool found;
    struct bytes value;
    TRY(state_find(l->tries, &l->fetch, &found, &value, &b->header.state_root, at));
    if (found)
        return account_leaf_decode(out, value);
    *out = (struct account_leaf){.storage_root = trie_empty_root, .code_hash = keccak_of_empty};
    return OK;
}

struct state *ledger_view(struct ledger *l)
{
    struct state *s = state_open(l->memory, l->tries, &l->codes, &ledger_head(l)->header.state_root);
    state_fetch_from(s, &l->fetch);
    return s;
}

struct state *ledger_empty_view(struct ledger *l)
{
    return state_open(l->memory, l->tries, &l->codes, &trie_empty_root);
}

static const struct log *copy_logs(struct arena *arena, const struct log *from, u32 count)
{
    struct log *to = ARENA_TAKE(arena, struct log, count);
    for (u32 i = 0; i < count; i++) {
        to[i] = from[i];
        to[i].data = arena_copy(arena, from[i].data);
    }
    return to;
}

/* Decoded from its copied bytes, so that nothing points elsewhere. */
static void copy_transaction(struct ledger *l, struct tx *tx, struct receipt *receipt, const struct tx *t,
                             const struct receipt *r)
{
    struct buffer envelope = buffer_in(&l->arena);
    tx_encode(&envelope, t);
    BUG_UNLESS(tx_decode(tx, &l->arena, buffer_bytes(&envelope), TX_TYPES_ALL | TX_ADMITS_EIP155) == OK);
    tx->sender = t->sender;
    tx->has_sender = t->has_sender;
    *receipt = *r;
    receipt->log = copy_logs(&l->arena, r->log, r->log_count);
    receipt->output = arena_copy(&l->arena, r->output);
}

static void copy_transactions(struct ledger *l, struct ledger_block *b, const struct block_run *run)
{
    struct tx *tx = ARENA_TAKE(&l->arena, struct tx, run->tx.count);
    struct receipt *receipt = ARENA_TAKE(&l->arena, struct receipt, run->tx.count);
    for (size_t i = 0; i < run->tx.count; i++)
        copy_transaction(l, &tx[i], &receipt[i], run->tx.item[i], run->receipt.item[i]);
    b->tx = tx;
    b->receipt = receipt;
    b->tx_count = (u32)run->tx.count;
}

enum err ledger_each_code(const struct ledger *l,
                          enum err (*each)(void *context, const hash32 *hash, struct bytes code), void *context)
{
    for (size_t i = 0; i < l->code_room; i++)
        if (l->code[i])
            TRY(each(context, &l->code[i]->hash, l->code[i]->code));
    return OK;
}

enum err ledger_restore(struct ledger *l, struct bytes rlp)
{
    struct block block;
    TRY(block_decode(&block, &l->arena, rlp, l->rules));
    if (l->block.count == 0 || block.header.number != ledger_head(l)->header.number + 1 ||
        !hash32_eq(&block.header.parent_hash, &ledger_head(l)->hash))
        return REJECT_BLOCK_UNKNOWN_PARENT;
    for (u32 i = 0; i < block.tx_count; i++)
        TRY(tx_recover(&block.tx[i], false, &l->arena));
    struct receipt *receipt = ARENA_TAKE_ZERO(&l->arena, struct receipt, block.tx_count);
    *LIST_ADD(&l->block, &l->arena) = (struct ledger_block){.header = block.header,
                                                            .hash = block.hash,
                                                            .rlp = rlp,
                                                            .tx = block.tx,
                                                            .receipt = receipt,
                                                            .tx_count = block.tx_count};
    return OK;
}

static enum err keep_code(void *context, const hash32 *hash, struct bytes code)
{
    (void)hash;
    ledger_add_code(context, code);
    return OK;
}

void ledger_append(struct ledger *l, const struct header *h, const struct block_run *run, struct state *s)
{
    if (l->block.count == 0)
        BUG_UNLESS(h->number == 0 && !run);
    else
        BUG_UNLESS(run && h->number == ledger_head(l)->header.number + 1 &&
                   hash32_eq(&h->parent_hash, &ledger_head(l)->hash));
    struct ledger_block b = {.header = *h, .burned = state_burned(s)};
    header_hash(&b.hash, h, &l->arena);
    struct buffer rlp = buffer_in(&l->arena);
    block_encode(&rlp, h, run ? run->tx.item : NULL, run ? (u32)run->tx.count : 0, NULL, 0, NULL, 0);
    b.rlp = buffer_bytes(&rlp);
    if (run)
        copy_transactions(l, &b, run);
    BUG_UNLESS(state_new_codes(s, keep_code, l) == OK);
    *LIST_ADD(&l->block, &l->arena) = b;
}

void ledger_mirror(struct ledger *l, const struct header *h, const hash32 *hash)
{
    if (l->block.count == 0)
        l->first = h->number;
    else
        BUG_UNLESS(h->number == ledger_head(l)->header.number + 1 &&
                   hash32_eq(&h->parent_hash, &ledger_head(l)->hash));
    *LIST_ADD(&l->block, &l->arena) = (struct ledger_block){.header = *h, .hash = *hash};
}

const struct receipt *ledger_add_own(struct ledger *l, u64 number, const struct tx *t, const struct receipt *r)
{
    BUG_UNLESS(ledger_block_at(l, number));
    struct ledger_block *b = &l->block.item[number - l->first];
    struct tx *tx = ARENA_TAKE(&l->arena, struct tx, b->tx_count + 1);
    struct receipt *receipt = ARENA_TAKE(&l->arena, struct receipt, b->tx_count + 1);
    if (b->tx_count) {
        memcpy(tx, b->tx, b->tx_count * sizeof *tx);
        memcpy(receipt, b->receipt, b->tx_count * sizeof *receipt);
    }
    copy_transaction(l, &tx[b->tx_count], &receipt[b->tx_count], t, r);
    b->tx = tx;
    b->receipt = receipt;
    return &receipt[b->tx_count++];
}

void ledger_add_sidecar(struct ledger *l, const struct sidecar *from)
{
    const size_t n = from->blob_count;
    struct sidecar *s = ARENA_TAKE(&l->arena, struct sidecar, 1);
    const struct bytes blobs = arena_copy(&l->arena, bytes_of(from->blob, n * sizeof *from->blob)),
                       commitments = arena_copy(&l->arena, bytes_of(from->commitment, n * sizeof *from->commitment)),
                       proofs = arena_copy(&l->arena, bytes_of(from->proof, n * sizeof *from->proof)),
                       hashes = arena_copy(&l->arena, bytes_of(from->versioned_hash, n * sizeof(hash32)));
    *s = (struct sidecar){
        .blob = (const struct kzg_blob *)blobs.ptr,
        .blob_count = n,
        .commitment = (struct kzg_point *)commitments.ptr,
        .proof = (struct kzg_point *)proofs.ptr,
        .versioned_hash = (hash32 *)hashes.ptr,
    };
    if (from->cell_proof) {
        s->cell_proof = ARENA_TAKE(&l->arena, struct kzg_point, n * KZG_CELLS);
        memcpy(s->cell_proof, from->cell_proof, n * KZG_CELLS * sizeof *s->cell_proof);
    }
    l->block.item[l->block.count - 1].sidecar = s;
}

enum err ledger_prove_cells(struct ledger *l, u64 number, const struct kzg_setup *setup)
{
    const struct ledger_block *b = ledger_block_at(l, number);
    if (!b || !b->sidecar || b->sidecar->cell_proof)
        return OK;
    struct sidecar *s = ARENA_TAKE(&l->arena, struct sidecar, 1);
    *s = *b->sidecar;
    TRY(sidecar_prove_cells(s, &l->arena, setup));
    l->block.item[number - l->first].sidecar = s;
    return OK;
}

void ledger_drop_after(struct ledger *l, u64 number)
{
    BUG_UNLESS(ledger_block_at(l, number));
    l->block.count = (size_t)(number - l->first) + 1;
}
