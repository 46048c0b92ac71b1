/* The view against a model that copies everything at each mark, and roots against naive_trie.h. */
#include "state/state.h"

#include "base/u256.h"
#include "io/memory.h"
#include "state/naive_trie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static u64 dice_state;

static u32 dice(u32 sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (u32)((dice_state >> 16) % sides);
}

/* --- the model: a world is a value --- */

enum { ACCOUNTS = 12, SLOTS = 8, CODES = 4, MARKS = 64 };

struct model_account {
    u64 nonce;
    u64 balance;
    u32 code; /* 0: none */
    bool exists, created, destroyed, touched, warm;
    u64 storage_slot[SLOTS], original[SLOTS], transient[SLOTS];
    bool storage_slot_warm[SLOTS];
};

struct world {
    struct model_account account[ACCOUNTS];
    bool tx_open;
    u32 undone; /* how many journaled calls are still to be undone: counts down on rewind */
};

static address address_of_index(u32 i)
{
    address a = {{0}};
    hash32 h;
    keccak256(&h, &i, sizeof i);
    memcpy(a.b, h.b, 20);
    return a;
}

static u256 key_of_index(u32 i)
{
    return i < SLOTS / 2 ? u256_from_u64(i) : (u256){{i, ~0ull, i * 77, 1ull << 63}};
}

static struct bytes code_of_index(u32 i)
{
    static const u8 code[] = {0x60, 0x01, 0x60, 0x02, 0x01};
    return bytes_of(code, i);
}

static void forget_tx(struct world *w)
{
    for (u32 i = 0; i < ACCOUNTS; i++) {
        struct model_account *a = &w->account[i];
        a->warm = a->touched = a->created = a->destroyed = false;
        for (u32 k = 0; k < SLOTS; k++) {
            a->original[k] = a->storage_slot[k];
            a->transient[k] = 0;
            a->storage_slot_warm[k] = false;
        }
    }
}

static bool model_empty(const struct model_account *a)
{
    return a->nonce == 0 && a->balance == 0 && a->code == 0;
}

static void model_tx_end(struct world *w, bool clears_empty)
{
    for (u32 i = 0; i < ACCOUNTS; i++) {
        struct model_account *a = &w->account[i];
        if (a->destroyed || (clears_empty && a->touched && a->exists && model_empty(a)))
            *a = (struct model_account){0};
    }
    forget_tx(w);
    w->tx_open = false;
}

static void model_root(hash32 *root, const struct world *w)
{
    struct naive_pair *pair = ARENA_TAKE(&arena, struct naive_pair, ACCOUNTS);
    size_t n = 0;
    for (u32 i = 0; i < ACCOUNTS; i++) {
        const struct model_account *a = &w->account[i];
        if (!a->exists)
            continue;
        struct naive_pair *storage_slot = ARENA_TAKE(&arena, struct naive_pair, SLOTS);
        size_t storage_slots = 0;
        for (u32 k = 0; k < SLOTS; k++) {
            if (a->storage_slot[k] == 0)
                continue;
            const u256 key = key_of_index(k);
            const hash32 preimage = u256_to_hash32(&key);
            hash32 hashed;
            struct buffer value = buffer_in(&arena);
            keccak256(&hashed, preimage.b, 32);
            rlp_add_u64(&value, a->storage_slot[k]);
            naive_pair_set(&storage_slot[storage_slots++], BYTES_OF(hashed.b), buffer_bytes(&value));
        }
        hash32 storage_root, code_hash, key;
        const address at = address_of_index(i);
        const struct bytes code = code_of_index(a->code);
        struct buffer leaf = buffer_in(&arena);
        naive_root(&storage_root, &arena, storage_slot, storage_slots);
        keccak256(&code_hash, code.ptr, code.len);
        keccak256(&key, at.b, 20);
        const size_t opened = rlp_open(&leaf);
        rlp_add_u64(&leaf, a->nonce);
        rlp_add_u64(&leaf, a->balance);
        rlp_add_string(&leaf, BYTES_OF(storage_root.b));
        rlp_add_string(&leaf, BYTES_OF(code_hash.b));
        rlp_close(&leaf, opened);
        const struct bytes all = buffer_bytes(&leaf);
        naive_pair_set(&pair[n++], BYTES_OF(key.b), bytes_of(all.ptr + opened - 1, all.len - (opened - 1)));
    }
    naive_root(root, &arena, pair, n);
}

/* --- comparisons --- */

static const struct account *look(struct state *s, u32 i)
{
    const struct account *a;
    const address at = address_of_index(i);
    assert_int_equal(state_account(s, &a, NULL, &at), OK);
    return a;
}

static void assert_account(struct state *s, const struct account *a, const struct model_account *m)
{
    assert_int_equal(a->exists, m->exists);
    assert_int_equal(a->nonce, m->nonce);
    assert_int_equal(a->balance.w[0], m->balance);
    assert_int_equal(a->created, m->created);
    assert_int_equal(a->destroyed, m->destroyed);
    assert_int_equal(a->has_code, m->code != 0);
    struct bytes code;
    hash32 hash;
    assert_int_equal(state_code(s, &code, a), OK);
    assert_true(bytes_eq(code, code_of_index(m->code)));
    keccak256(&hash, code.ptr, code.len);
    assert_memory_equal(hash.b, a->code_hash.b, 32);
}

static void assert_world(struct state *s, const struct world *w)
{
    for (u32 i = 0; i < ACCOUNTS; i++) {
        const struct account *a = look(s, i);
        const struct model_account *m = &w->account[i];
        assert_account(s, a, m);
        for (u32 k = 0; k < SLOTS; k++) {
            const struct storage_slot *storage_slot;
            const u256 key = key_of_index(k);
            u256 transient;
            assert_int_equal(state_storage_slot(s, &storage_slot, NULL, a, &key), OK);
            assert_int_equal(storage_slot->current.w[0], m->storage_slot[k]);
            assert_int_equal(storage_slot->original.w[0], m->original[k]);
            state_transient(s, &transient, a, &key);
            assert_int_equal(transient.w[0], m->transient[k]);
        }
    }
}

/* --- random operations on both --- */

struct run {
    struct state *state;
    struct world world;
    struct { u64 mark; struct world world; } mark[MARKS];
    u32 marks;
    u32 live_calls; /* counts the journaled calls that were not undone */
};

static void undo_call(void *context, u64 word)
{
    struct run *r = context;
    assert_int_equal(r->live_calls, word); /* in reverse order, each once */
    r->live_calls--;
}

static void exist(struct model_account *m)
{
    m->exists = m->touched = true;
}

static void operate(struct run *r)
{
    struct state *s = r->state;
    struct world *w = &r->world;
    const u32 i = dice(ACCOUNTS), k = dice(SLOTS);
    struct model_account *m = &w->account[i];
    const struct account *a = look(s, i);
    const u256 key = key_of_index(k);
    const struct storage_slot *storage_slot;
    const u64 number = dice(3) ? dice(4) : 1 + dice(1u << 20);
    const u256 value = u256_from_u64(number);
    u256 got;
    bool cold;
    switch (dice(18)) {
    case 0:
    case 1: {
        const struct account *again;
        assert_int_equal(state_account(s, &again, &cold, &a->at), OK);
        assert_ptr_equal(again, a);
        assert_int_equal(cold, !m->warm);
        m->warm = true;
        return;
    }
    case 2:
    case 3:
        assert_int_equal(state_storage_slot(s, &storage_slot, &cold, a, &key), OK);
        assert_int_equal(cold, !m->storage_slot_warm[k]);
        assert_int_equal(storage_slot->current.w[0], m->storage_slot[k]);
        assert_int_equal(storage_slot->original.w[0], m->original[k]);
        m->storage_slot_warm[k] = true;
        return;
    case 4:
    case 5:
    case 6:
    case 7:
        look(s, dice(ACCOUNTS)); /* a handle does not mind what was looked at since */
        if (dice(2)) {
            assert_int_equal(state_storage_slot(s, &storage_slot, NULL, a, &key), OK);
        } else {
            assert_int_equal(state_storage_slot(s, &storage_slot, &cold, a, &key), OK);
            m->storage_slot_warm[k] = true;
        }
        state_set_storage_slot(s, a, storage_slot, &value);
        assert_int_equal(storage_slot->current.w[0], number);
        assert_int_equal(storage_slot->original.w[0], m->original[k]);
        if (!m->exists)
            exist(m);
        m->storage_slot[k] = number;
        return;
    case 8:
        state_set_transient(s, a, &key, &value);
        m->transient[k] = number;
        return;
    case 9:
        state_transient(s, &got, a, &key);
        assert_int_equal(got.w[0], m->transient[k]);
        return;
    case 10:
    case 11:
        state_set_balance(s, a, &value);
        exist(m);
        m->balance = number;
        return;
    case 12:
        state_set_nonce(s, a, number);
        exist(m);
        m->nonce = number;
        return;
    case 13:
        m->code = dice(CODES);
        state_set_code(s, a, code_of_index(m->code));
        exist(m);
        return;
    case 14:
        state_create(s, a, number);
        exist(m);
        m->created = w->tx_open;
        m->nonce = number;
        return;
    case 15:
        if (!w->tx_open)
            return;
        state_destroy(s, a);
        m->destroyed = m->touched = true;
        return;
    case 16:
        state_touch(s, a);
        exist(m);
        return;
    default:
        w->undone = ++r->live_calls;
        state_on_rewind(s, undo_call, r, r->live_calls);
        return;
    }
}

static void set_mark(struct run *r)
{
    if (r->marks == MARKS)
        r->marks = 1 + dice(MARKS - 1);
    r->mark[r->marks].mark = state_mark(r->state);
    r->mark[r->marks++].world = r->world;
}

static void rewind_to(struct run *r, u32 i)
{
    state_rewind(r->state, r->mark[i].mark);
    r->world = r->mark[i].world;
    r->marks = i + 1;
    assert_int_equal(r->live_calls, r->world.undone);
    assert_world(r->state, &r->world);
}

static void commit(struct run *r)
{
    hash32 root, want;
    assert_int_equal(state_commit(r->state, &root), OK);
    model_root(&want, &r->world);
    assert_memory_equal(root.b, want.b, 32);
    assert_memory_equal(state_root(r->state)->b, want.b, 32);
    assert_world(r->state, &r->world);
    r->marks = 0;
}

static struct bytes known_code[CODES];
static hash32 known_code_hash[CODES];
static enum err known_codes(void *context, struct bytes *out, const hash32 *hash)
{
    (void)context;
    for (u32 i = 0; i < CODES; i++) {
        if (hash32_eq(hash, &known_code_hash[i])) {
            *out = known_code[i];
            return OK;
        }
    }
    return FAULT_STATE_MISSING;
}

static const struct code_source code_source = {known_codes, NULL};

/* After any operations, marks and rewinds, in and across transactions, the view equals the model; and each commit
 * gives the root of the model, whether the view is used further or another one is opened there. */
static void like_the_model(void **state)
{
    (void)state;
    enum { RUNS = 60, STEPS = 1500 };
    for (u32 run = 0; run < RUNS; run++) {
        struct run *r = ARENA_TAKE_ZERO(&arena, struct run, 1);
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        r->state = state_open(&system_memory, db, &code_source, &trie_empty_root);
        for (u32 step = 0; step < STEPS; step++) {
            const u32 what = dice(100);
            if (what < 4 && !r->world.tx_open) {
                state_tx_begin(r->state);
                forget_tx(&r->world);
                r->world.tx_open = true;
            } else if (what < 8 && r->world.tx_open) {
                const struct state_rules rules = {.clears_empty = run % 4 != 0};
                state_tx_end(r->state, &rules);
                model_tx_end(&r->world, rules.clears_empty);
                assert_world(r->state, &r->world);
            } else if (what < 16) {
                set_mark(r);
            } else if (what < 21 && r->marks) {
                rewind_to(r, dice(3) ? r->marks - 1 : dice(r->marks));
            } else if (what == 21 && !r->world.tx_open) {
                commit(r);
                if (dice(2)) {
                    const hash32 root = *state_root(r->state);
                    state_release(r->state);
                    if (dice(2))
                        trie_collect(db, &root, 1, state_links);
                    r->state = state_open(&system_memory, db, &code_source, &root);
                    forget_tx(&r->world);
                    assert_world(r->state, &r->world);
                }
            } else {
                operate(r);
            }
        }
        if (r->world.tx_open) {
            state_tx_end(r->state, &(struct state_rules){.clears_empty = true});
            model_tx_end(&r->world, true);
        }
        commit(r);
        state_release(r->state);
        trie_db_release(db);
        arena_release(&arena);
    }
}

/* --- single facts --- */

static struct trie_db *db;
static struct state *view;

static int open_view(void **state)
{
    (void)state;
    db = trie_db_open(&system_memory, NULL);
    view = state_open(&system_memory, db, NULL, &trie_empty_root);
    return 0;
}

static int close_view(void **state)
{
    (void)state;
    state_release(view);
    trie_db_release(db);
    arena_release(&arena);
    return 0;
}

static const struct storage_slot *storage_slot_at(const struct account *a, u64 key)
{
    const struct storage_slot *storage_slot;
    const u256 k = u256_from_u64(key);
    assert_int_equal(state_storage_slot(view, &storage_slot, NULL, a, &k), OK);
    return storage_slot;
}

/* An account that was destroyed and created again does not see its former storage; after a rewind it sees all of it. */
static void made_again(void **state)
{
    (void)state;
    const u256 seven = u256_from_u64(7), eight = u256_from_u64(8);
    const struct state_rules rules = {.clears_empty = true};
    hash32 root;
    bool has;
    const struct account *a = look(view, 1);
    state_set_balance(view, a, &seven);
    state_set_storage_slot(view, a, storage_slot_at(a, 1), &seven);
    assert_int_equal(state_commit(view, &root), OK);
    const u64 mark = state_mark(view);
    state_tx_begin(view);
    state_destroy(view, a);
    assert_int_equal(storage_slot_at(a, 1)->current.w[0], 7); /* until the transaction ends */
    state_tx_end(view, &rules);
    assert_false(a->exists);
    assert_int_equal(storage_slot_at(a, 1)->current.w[0], 0);
    assert_int_equal(state_has_storage(view, &has, a), OK);
    assert_false(has);
    state_tx_begin(view);
    state_create(view, a, 1);
    assert_int_equal(storage_slot_at(a, 1)->current.w[0], 0);
    assert_int_equal(storage_slot_at(a, 1)->original.w[0], 0);
    state_set_storage_slot(view, a, storage_slot_at(a, 2), &eight);
    state_tx_end(view, &rules);
    assert_int_equal(state_has_storage(view, &has, a), OK);
    assert_true(has);
    state_rewind(view, mark);
    assert_true(a->exists);
    assert_int_equal(storage_slot_at(a, 1)->current.w[0], 7);
    assert_int_equal(storage_slot_at(a, 2)->current.w[0], 0);
    hash32 again;
    assert_int_equal(state_commit(view, &again), OK);
    assert_memory_equal(root.b, again.b, 32);
}

struct source {
    hash32 hash[64];
    struct bytes rlp[64];
    size_t count, hidden;
};

static enum err keep_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct source *s = context;
    assert_true(s->count < COUNT_OF(s->hash));
    s->hash[s->count] = *hash;
    s->rlp[s->count++] = arena_copy(&arena, rlp);
    return OK;
}

static enum err give_node(void *context, struct bytes *rlp, const hash32 *hash)
{
    const struct source *s = context;
    for (size_t i = 0; i < s->count; i++) {
        if (i != s->hidden && hash32_eq(&s->hash[i], hash)) {
            *rlp = s->rlp[i];
            return OK;
        }
    }
    return FAULT_STATE_MISSING;
}

/* One fixed piece of work: reads, a write, a storage slot that is zeroed, an account that goes, and the root. */
static enum err work(struct state *s, hash32 *root)
{
    const struct account *reader, *writer, *goner;
    const address at[] = {address_of_index(1), address_of_index(2), address_of_index(3)};
    const struct storage_slot *storage_slot;
    const u256 zero = u256_from_u64(0), one = u256_from_u64(1), nine = u256_from_u64(9);
    TRY(state_account(s, &reader, NULL, &at[0]));
    TRY(state_account(s, &writer, NULL, &at[1]));
    TRY(state_account(s, &goner, NULL, &at[2]));
    TRY(state_storage_slot(s, &storage_slot, NULL, reader, &one));
    assert_int_equal(storage_slot->current.w[0], 7);
    TRY(state_storage_slot(s, &storage_slot, NULL, writer, &one));
    state_set_storage_slot(s, writer, storage_slot, &zero);
    state_set_balance(s, writer, &nine);
    state_tx_begin(s);
    state_destroy(s, goner);
    state_tx_end(s, &(struct state_rules){.clears_empty = true});
    return state_commit(s, root);
}

/* With any one node of the witness gone the work ends in FAULT_STATE_MISSING, and a failed commit changes nothing: with
 * the node there, the same view gives the right root. */
static void missing_nodes(void **state)
{
    (void)state;
    struct source *all = ARENA_TAKE_ZERO(&arena, struct source, 1),
                  *witness = ARENA_TAKE_ZERO(&arena, struct source, 1);
    const u256 seven = u256_from_u64(7);
    hash32 before, after, again;
    all->hidden = witness->hidden = SIZE_MAX;
    for (u32 i = 0; i < 6; i++) {
        state_set_balance(view, look(view, i), &seven);
        for (u64 key = 0; key < 4; key++)
            state_set_storage_slot(view, look(view, i), storage_slot_at(look(view, i), key), &seven);
    }
    assert_int_equal(state_commit(view, &before), OK);
    const u32 since = 0;
    assert_int_equal(trie_made_since(db, &before, since, keep_node, all), OK);
    struct account_leaf leaf;
    struct bytes value;
    hash32 key;
    bool found;
    const address at = address_of_index(1);
    keccak256(&key, at.b, 20);
    assert_int_equal(trie_get(db, &found, &value, &before, BYTES_OF(key.b)), OK);
    assert_int_equal(account_leaf_decode(&leaf, value), OK);
    assert_int_equal(trie_made_since(db, &leaf.storage_root, since, keep_node, all), OK); /* the same for all six */

    struct trie_db *full = trie_db_open(&system_memory, &(struct node_source){give_node, all});
    struct state *s = state_open(&system_memory, full, NULL, &before);
    trie_record(full, true);
    assert_int_equal(work(s, &after), OK);
    assert_int_equal(trie_recorded(full, keep_node, witness), OK);
    state_release(s);
    trie_db_release(full);
    assert_in_range(witness->count, 6, all->count - 1);

    for (size_t hidden = 0; hidden <= witness->count; hidden++) {
        witness->hidden = hidden;
        struct trie_db *part = trie_db_open(&system_memory, &(struct node_source){give_node, witness});
        s = state_open(&system_memory, part, NULL, &before);
        const enum err e = work(s, &again);
        assert_int_equal(e, hidden < witness->count ? FAULT_STATE_MISSING : OK);
        if (e != OK && state_mark(s) > 0) { /* it got as far as the commit */
            witness->hidden = SIZE_MAX;
            if (state_commit(s, &again) != OK)
                fail();
        }
        if (e == OK)
            assert_memory_equal(again.b, after.b, 32);
        state_release(s);
        trie_db_release(part);
    }
}

/* What stands in an account's or a storage slot's place and is none is refused, not read as something. */
static void malformed_leaves(void **state)
{
    (void)state;
    const address at = address_of_index(1);
    hash32 key;
    keccak256(&key, at.b, 20);
    static const u8 row[][4] = {{0xc0}, {0x80}, {0xc4, 1, 1, 1}, {0x05}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        hash32 root;
        const struct account *a = NULL;
        const struct trie_change c = {BYTES_OF(key.b), BYTES_OF(row[i])};
        assert_int_equal(trie_update(db, &root, &trie_empty_root, &c, 1), OK);
        struct state *s = state_open(&system_memory, db, NULL, &root);
        assert_int_equal(state_account(s, &a, NULL, &at), REJECT_ACCOUNT);
        assert_null(a);
        state_release(s);
    }
}

int main(void)
{
    arena_init(&arena, &system_memory);
    dice_state = 0x9e3779b97f4a7c15;
    for (u32 i = 0; i < CODES; i++) {
        known_code[i] = code_of_index(i);
        keccak256(&known_code_hash[i], known_code[i].ptr, known_code[i].len);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_the_model),
        cmocka_unit_test_setup_teardown(made_again, open_view, close_view),
        cmocka_unit_test_setup_teardown(missing_nodes, open_view, close_view),
        cmocka_unit_test_setup_teardown(malformed_leaves, open_view, close_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
