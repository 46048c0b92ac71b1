/* A world, a block and its transactions from a seed; and all of it as one line of JSON. */
#include "conformance/difftest.h"

#include "base/u256.h"
#include "chain/system_contracts.h"
#include "codec/hex.h"
#include "codec/json_write.h"
#include "crypto/keccak.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"

#include <stdio.h>

enum { CONTRACTS = 5, SENDERS = 6, AUTHORITIES = 3, SIGNERS = SENDERS + AUTHORITIES + 1 /* one without an account */ };

static const u64 GWEI = 1000000000;
static const address deposit_contract = {{0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5, 0x40, 0x35, 0x6c,
                                          0xbb, 0x83, 0x9c, 0xbe, 0x05, 0x30, 0x3d, 0x77, 0x05, 0xfa}}; /* EIP-6110 */

struct maker {
    struct difftest_case *out;
    struct arena *arena;
    struct dice dice;
    struct program_world world;
    hash32 key[SIGNERS];
    address signer[SIGNERS];
    u64 nonce[SIGNERS]; /* that the next transaction or authorization should have */
    struct activation active;
    u256 base_fee, blob_fee;
    bool is_deep, has_deposits;
};

static u64 below(struct maker *m, u64 n)
{
    return dice_below(&m->dice, n);
}

static bool percent(struct maker *m, u64 p)
{
    return dice_percent(&m->dice, p);
}

/* --- the world --- */

static struct difftest_account *add(struct maker *m, const address *at)
{
    struct difftest_case *c = m->out;
    for (u32 i = 0; i < c->account_count; i++)
        if (address_eq(&c->account[i].at, at))
            return &c->account[i];
    BUG_UNLESS(c->account_count < DIFFTEST_ACCOUNTS_MAX);
    struct difftest_account *a = &c->account[c->account_count++];
    *a = (struct difftest_account){.at = *at};
    return a;
}

static void place(struct maker *m, const address *at)
{
    BUG_UNLESS(m->world.place_count < DIFFTEST_PLACES_MAX);
    m->world.place[m->world.place_count++] = *at;
}

static void add_storage(struct maker *m, struct difftest_account *a)
{
    a->slot_count = (u32)below(m, 5);
    for (u32 i = 0; i < a->slot_count; i++) {
        a->slot[i].key = u256_from_u64(i);
        a->slot[i].value = percent(m, 60) ? u256_from_u64(1 + below(m, 2)) : dice_u256(&m->dice);
        if (u256_is_zero(&a->slot[i].value))
            a->slot[i].value.w[0] = 1;
    }
}

static struct bytes delegation(struct maker *m, const address *to)
{
    u8 *p = ARENA_TAKE(m->arena, u8, 23);
    memcpy(p, "\xef\x01\x00", 3); /* EIP-7702 */
    memcpy(p + 3, to->b, 20);
    return bytes_of(p, 23);
}

static address small_address(u64 x)
{
    const u256 wide = u256_from_u64(x);
    return u256_to_address(&wide);
}

/* Whom to delegate to: mostly a contract. */
static address delegate(struct maker *m)
{
    static const address zero;
    switch (below(m, 12)) {
    case 0: return zero;
    case 1: return small_address(1 + below(m, 17));
    case 2: return m->world.place[below(m, m->world.place_count)];
    default: return m->world.place[below(m, CONTRACTS)];
    }
}

static struct bytes program(struct maker *m, bool first, bool leaf)
{
    m->out->program_count++;
    const enum program_kind kind = first && m->is_deep ? PROGRAM_DEEP
                                   : percent(m, 3)     ? PROGRAM_NOISE
                                   : leaf              ? PROGRAM_LEAF
                                                       : PROGRAM_ANY;
    return difftest_program(m->arena, &m->dice, &m->world, kind, 2 + (u32)below(m, 14));
}

/* Emits deposits, or what only looks like them. */
static struct bytes deposit_program(struct maker *m)
{
    static const u8 field[][2] = {{5, 48}, {8, 32}, {10, 8}, {12, 96}, {16, 8}}; /* offset in words, length */
    static const u8 topic[32] = {0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e,
                                 0x5c, 0xd8, 0x2d, 0x40, 0x49, 0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0,
                                 0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5};
    static const u8 before[] = {0x61, 2, 64, 0x60, 47, 0x5f, 0x39, 0x7f}; /* CODECOPY(0, 47, 576), */
    static const u8 after[] = {0x61, 2, 64, 0x5f, 0xa1, 0x00, 0x00};        /* LOG1(0, 576, topic) */
    u8 *p = ARENA_TAKE_ZERO(m->arena, u8, 47 + 576), *data = p + 47;
    memcpy(p, before, sizeof before);
    memcpy(p + 8, topic, 32);
    memcpy(p + 40, after, sizeof after);
    for (size_t i = 0; i < COUNT_OF(field); i++) {
        store_be64(data + 32 * i + 24, 32u * field[i][0]);
        store_be64(data + 32 * field[i][0] + 24, field[i][1]);
        dice_fill(&m->dice, data + 32 * field[i][0] + 32, field[i][1]);
    }
    if (percent(m, 8)) /* the block is invalid then, mostly */
        data[below(m, 576)] ^= 1;
    return bytes_of(p, 47 + 576);
}

static void make_keys(struct maker *m)
{
    for (u32 i = 0; i < SIGNERS; i++) {
        char name[32];
        const int len = snprintf(name, sizeof name, "difftest %u", i);
        keccak256(&m->key[i], name, (size_t)len);
        BUG_UNLESS(secp256k1_address(&m->signer[i], &m->key[i]) == OK);
    }
    m->world.key = m->key[0];
}

static address contract_address(u64 i)
{
    address a = small_address(i);
    a.b[0] = 0xc0;
    a.b[1] = 0xde;
    return a;
}

static void make_places(struct maker *m)
{
    m->world.contract_count = CONTRACTS;
    for (u64 i = 0; i < CONTRACTS; i++) {
        const address at = contract_address(i);
        place(m, &at);
    }
    for (u32 i = 0; i < SIGNERS; i++)
        place(m, &m->signer[i]);
    place(m, &deposit_contract);
    place(m, &system_contract[SYSTEM_CONTRACT_BEACON_ROOTS].at);
    place(m, &system_contract[SYSTEM_CONTRACT_HISTORY].at);
    address created;
    evm_create_address(&created, &m->world.place[0], 1);
    place(m, &created);
    place(m, &system_contract[SYSTEM_CONTRACT_WITHDRAWALS].at); /* these two last: program.c */
    place(m, &system_contract[SYSTEM_CONTRACT_CONSOLIDATIONS].at);
}

static void make_signers(struct maker *m)
{
    for (u32 i = 0; i < SIGNERS - 1; i++) {
        struct difftest_account *a = add(m, &m->signer[i]);
        const bool authority = i >= SENDERS;
        a->nonce = percent(m, 96) ? below(m, 4) : ~0ull - below(m, 3);
        a->balance = u256_from_u64(percent(m, 95) ? dice_word(&m->dice) : below(m, 1000) * GWEI * 100);
        if (percent(m, 90))
            a->balance.w[1] = 5000; /* above 90,000 ether */
        if (percent(m, authority ? 65 : 10)) {
            const address to = delegate(m);
            a->code = delegation(m, &to);
        } else if (percent(m, 2)) {
            a->code = program(m, false, false); /* EIP-3607 */
        }
        if (authority && percent(m, 30))
            add_storage(m, a);
        m->nonce[i] = a->nonce;
    }
}

static void make_world(struct maker *m)
{
    for (u32 i = 0; i < SYSTEM_CONTRACT_COUNT; i++) {
        struct difftest_account *a = add(m, &system_contract[i].at);
        a->nonce = 1;
        a->code = system_contract[i].code;
    }
    for (u32 i = 0; i < CONTRACTS; i++) {
        struct difftest_account *a = add(m, &m->world.place[i]);
        a->nonce = percent(m, 97) ? 1 : percent(m, 50) ? 0 : ~0ull - below(m, 2);
        a->balance = u256_from_u64(below(m, 3) ? below(m, 1000) : 0);
        a->code = program(m, i == 0, i >= 2 && percent(m, 75));
        add_storage(m, a);
    }
    make_signers(m);
    m->has_deposits = percent(m, 15);
    if (m->has_deposits) {
        struct difftest_account *a = add(m, &deposit_contract);
        a->nonce = 1;
        a->code = deposit_program(m);
    }
    if (percent(m, 10)) { /* where the first contract will create, there is something */
        struct difftest_account *a = add(m, &m->world.place[m->world.place_count - 3]);
        a->balance = u256_from_u64(below(m, 2));
        a->nonce = percent(m, 40);
        if (percent(m, 30))
            a->code = program(m, false, false);
        if (!a->nonce && !a->code.len && u256_is_zero(&a->balance))
            a->balance.w[0] = 1;
    }
    for (u64 i = 1; i <= 10; i += 1 + below(m, 20)) {
        const address at = small_address(i);
        add(m, &at)->balance = u256_from_u64(1);
    }
}

/* --- the block --- */

static void make_block(struct maker *m)
{
    struct header *h = &m->out->parent;
    struct block_choice *b = &m->out->choice;
    *h = (struct header){.field_count = HEADER_PRAGUE,
                         .ommers_hash = empty_ommers_hash,
                         .requests_hash = empty_requests_hash};
    h->number = below(m, 4) ? 1 + below(m, 400) : 20000000 + below(m, 1000000);
    h->timestamp = 1700000000 + below(m, 100000000);
    h->gas_limit = m->is_deep ? 4000000000000 : 30000000 + below(m, 30000000);
    h->gas_used = below(m, h->gas_limit + 1);
    h->base_fee = u256_from_u64(percent(m, 80) ? 7 + below(m, 20 * GWEI) : below(m, 10));
    h->blob_gas_used = below(m, 10) << 17;
    h->excess_blob_gas = percent(m, 85) ? below(m, 60000000) : below(m, 2) ? 0 : below(m, 250000000);
    h->transactions_root = trie_empty_root;
    h->receipts_root = h->withdrawals_root = h->transactions_root;
    *b = (struct block_choice){.timestamp = h->timestamp + 1 + below(m, 30)};
    b->gas_limit = h->gas_limit + below(m, 2000) - 1000;
    b->coinbase = percent(m, 60) ? (address){{0xcb, 1}} : m->world.place[below(m, m->world.place_count)];
    if (percent(m, 5))
        b->coinbase = small_address(1 + below(m, 17));
    dice_fill(&m->dice, b->prevrandao.b, 32);
    dice_fill(&m->dice, b->parent_beacon_root.b, 32);
    b->extra = BYTES_LITERAL("difftest");
    struct withdrawal *w = ARENA_TAKE(m->arena, struct withdrawal, 3);
    b->withdrawal = w;
    b->withdrawal_count = (u32)below(m, 4);
    for (u32 i = 0; i < b->withdrawal_count; i++)
        w[i] = (struct withdrawal){.index = i,
                                   .validator = below(m, 100),
                                   .to = m->world.place[below(m, m->world.place_count)],
                                   .amount_gwei = below(m, 3) ? below(m, 1000) : 0};
    header_next_base_fee(&m->base_fee, h);
    blob_base_fee(&m->blob_fee, header_next_excess_blob_gas(h, &m->active), &m->active.blobs);
}

/* --- transactions --- */

void difftest_sign(struct difftest_tx *t, struct arena *scratch)
{
    BUG_UNLESS(tx_sign(&t->tx, &t->key, scratch) == OK);
}

static void make_access(struct maker *m, struct tx *t)
{
    t->access_count = (u32)below(m, 5);
    struct access *list = ARENA_TAKE(m->arena, struct access, 4);
    for (u32 i = 0; i < t->access_count; i++) {
        hash32 *key = ARENA_TAKE_ZERO(m->arena, hash32, 4);
        list[i].at = percent(m, 10) ? small_address(below(m, 19)) : m->world.place[below(m, m->world.place_count)];
        list[i].key = key;
        list[i].key_count = (u32)below(m, 5);
        for (u32 j = 0; j < list[i].key_count; j++)
            key[j].b[31] = (u8)below(m, 5);
    }
    t->access = list;
}

static void make_authorizations(struct maker *m, struct tx *t, u32 sender)
{
    t->authorization_count = percent(m, 97) ? 1 + (u32)below(m, 3) : 0;
    t->authorization = ARENA_TAKE_ZERO(m->arena, struct authorization, 3);
    for (u32 i = 0; i < t->authorization_count; i++) {
        struct authorization *a = &t->authorization[i];
        const u32 who = percent(m, 75)   ? SENDERS + (u32)below(m, SIGNERS - SENDERS)
                        : percent(m, 30) ? sender
                                         : (u32)below(m, SENDERS);
        a->chain_id = u256_from_u64(below(m, 2));
        a->at = delegate(m);
        a->nonce = m->nonce[who];
        switch (below(m, 25)) {
        case 0: a->chain_id.w[0] = 2; break;
        case 1: a->nonce++; break;
        case 2: a->nonce--; break;
        case 3: a->nonce = ~0ull; break;
        case 4: a->chain_id.w[below(m, 4)] = dice_word(&m->dice); break;
        default: m->nonce[who]++;
        }
        BUG_UNLESS(authorization_sign(a, &m->key[who]) == OK);
        switch (below(m, 30)) {
        case 0: a->y_parity ^= 1; break; /* another signer's */
        case 1: a->y_parity = 27; break;
        case 2: a->s.b[0] |= 0x80; break; /* not low */
        case 3: memset(a->r.b, 0, 32); break;
        case 4: a->y_parity = 255; break;
        case 5: memset(a->s.b, 0, 32); break;
        case 6: dice_fill(&m->dice, a->r.b, 32); break;
        default: break;
        }
    }
}

static void make_blobs(struct maker *m, struct tx *t)
{
    t->blob_hash_count = percent(m, 92) ? 1 + (u32)below(m, 3) : percent(m, 20) ? 0 : 1 + (u32)below(m, 10);
    hash32 *hash = ARENA_TAKE(m->arena, hash32, 12);
    for (u32 i = 0; i < t->blob_hash_count; i++) {
        dice_fill(&m->dice, hash[i].b, 32);
        hash[i].b[0] = percent(m, 98) ? 1 : (u8)below(m, 256);
    }
    t->blob_hash = hash;
    u256_add(&t->max_blob_fee, &m->blob_fee, &(u256){{below(m, 100), 0, 0, 0}});
    if (percent(m, 4) && m->blob_fee.w[0] > 0)
        u256_sub(&t->max_blob_fee, &m->blob_fee, &(u256){{1, 0, 0, 0}});
}

static void make_fees(struct maker *m, struct tx *t)
{
    const u256 more = u256_from_u64(below(m, 3 * GWEI)), one = u256_from_u64(1);
    u256_add(&t->max_fee, &m->base_fee, &more);
    t->max_priority_fee = u256_from_u64(below(m, 2 * GWEI));
    if (u256_lt(&t->max_fee, &t->max_priority_fee))
        t->max_priority_fee = t->max_fee;
    switch (below(m, 50)) {
    case 0: t->max_fee = m->base_fee; break; /* and maybe the tip above it */
    case 1:
        if (!u256_is_zero(&m->base_fee))
            u256_sub(&t->max_fee, &m->base_fee, &one);
        t->max_priority_fee = (u256){{0}};
        break;
    case 2: u256_add(&t->max_priority_fee, &t->max_fee, &one); break;
    case 3: t->max_fee = dice_u256(&m->dice); break;
    default: break;
    }
    if (t->type == TX_LEGACY || t->type == TX_ACCESS_LIST)
        t->max_priority_fee = t->max_fee;
}

static void make_data(struct maker *m, struct tx *t)
{
    if (t->is_creation) {
        m->out->program_count++;
        t->data = difftest_program(m->arena, &m->dice, &m->world, PROGRAM_INIT, (u32)below(m, 6));
        return;
    }
    const size_t len = percent(m, 30) ? 0 : percent(m, 95) ? below(m, 200) : below(m, 20000);
    u8 *p = ARENA_TAKE_ZERO(m->arena, u8, len);
    if (percent(m, 70))
        dice_fill(&m->dice, p, len);
    t->data = bytes_of(p, len);
}

static void make_gas(struct maker *m, struct difftest_tx *d)
{
    struct tx *t = &d->tx;
    const u64 intrinsic = tx_intrinsic_gas(t, m->out->fork), floor = tx_floor_gas(t, m->out->fork);
    const u64 least = intrinsic > floor ? intrinsic : floor;
    if (m->is_deep) {
        t->gas_limit = 300000000000; /* a 64th stays behind at each depth */
        return;
    }
    switch (below(m, 24)) {
    case 0: t->gas_limit = least + below(m, 4) - 2; break;
    case 1: t->gas_limit = intrinsic + below(m, 50); break;
    case 2: t->gas_limit = least + below(m, 3000); break;
    case 3:
        t->gas_limit = (percent(m, 50) ? (1 << 24) - 1 /* EIP-7825 */ : m->out->choice.gas_limit) + below(m, 2);
        if (percent(m, 80)) { /* which may take long: for a transfer only */
            t->to = contract_address(99);
            t->is_creation = false;
        } else {
            t->gas_limit = least + 3000000;
        }
        break;
    default: t->gas_limit = least + 50000 + below(m, percent(m, 85) ? 600000 : 2000000);
    }
    d->cut = percent(m, 25);
}

static void make_tx(struct maker *m, struct difftest_tx *d)
{
    static const u8 types[] = {0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4};
    const u32 sender = percent(m, 88) ? (u32)below(m, SENDERS) : (u32)below(m, SIGNERS);
    *d = (struct difftest_tx){.key = m->key[sender]};
    struct tx *t = &d->tx;
    t->type = types[below(m, sizeof types)];
    t->has_chain_id = t->type != TX_LEGACY || percent(m, 80);
    t->chain_id = t->has_chain_id ? percent(m, 98) ? 1 : 2 : 0;
    t->is_creation = percent(m, t->type >= TX_BLOB ? 1 : 14);
    const u64 to = below(m, 100);
    t->to = to < 75   ? m->world.place[below(m, CONTRACTS)]
            : to < 85 ? m->signer[below(m, SIGNERS)]
            : to < 90 ? small_address(1 + below(m, 18))
                      : m->world.place[below(m, m->world.place_count)];
    if (m->has_deposits && percent(m, 20))
        t->to = deposit_contract;
    if (m->is_deep) { /* nothing but the program that dives may have all that gas */
        t->to = m->world.place[0];
        t->is_creation = false;
    }
    t->value = u256_from_u64(below(m, 3) ? 0 : below(m, 1000));
    if (percent(m, 2))
        t->value = dice_u256(&m->dice);
    make_data(m, t);
    make_fees(m, t);
    if (t->type != TX_LEGACY)
        make_access(m, t);
    if (t->type == TX_BLOB)
        make_blobs(m, t);
    t->nonce = m->nonce[sender];
    switch (below(m, 60)) {
    case 0: t->nonce++; break;
    case 1: t->nonce--; break;
    default: m->nonce[sender]++;
    }
    if (t->type == TX_SET_CODE)
        make_authorizations(m, t, sender);
    make_gas(m, d);
    difftest_sign(d, m->arena);
}

void difftest_case_make(struct difftest_case *out, struct arena *arena, u64 seed)
{
    struct maker m = {.out = out, .arena = arena, .dice = {seed}};
    *out = (struct difftest_case){.seed = seed};
    out->fork = &fork_table[below(&m, 2) ? FORK_OSAKA : FORK_PRAGUE];
    m.world.fork = out->fork->id;
    m.active = (struct activation){.fork = out->fork, .blobs = blob_schedule_prague};
    m.is_deep = out->fork->id == FORK_PRAGUE && below(&m, 100) == 0; /* Osaka caps gas: too little to get that deep */
    make_keys(&m);
    make_places(&m);
    make_world(&m);
    make_block(&m);
    out->tx_count = m.is_deep ? 1 : 1 + (u32)below(&m, DIFFTEST_TXS_MAX);
    for (u32 i = 0; i < out->tx_count; i++)
        make_tx(&m, &out->tx[i]);
}

/* --- JSON --- */

static void write_hash(struct json_writer *w, const char *key, const hash32 *h)
{
    json_write_key(w, key);
    json_write_hex(w, BYTES_OF(h->b));
}

static void write_quantity(struct json_writer *w, const char *key, u64 x)
{
    json_write_key(w, key);
    json_write_quantity(w, x);
}

static void write_block(struct json_writer *w, const struct block_choice *b)
{
    json_write_object(w);
    json_write_key(w, "coinbase");
    json_write_hex(w, BYTES_OF(b->coinbase.b));
    write_quantity(w, "timestamp", b->timestamp);
    write_quantity(w, "gasLimit", b->gas_limit);
    write_hash(w, "prevrandao", &b->prevrandao);
    write_hash(w, "beaconRoot", &b->parent_beacon_root);
    json_write_key(w, "extra");
    json_write_hex(w, b->extra);
    json_write_key(w, "withdrawals");
    json_write_array(w);
    for (u32 i = 0; i < b->withdrawal_count; i++) {
        json_write_object(w);
        write_quantity(w, "index", b->withdrawal[i].index);
        write_quantity(w, "validatorIndex", b->withdrawal[i].validator);
        json_write_key(w, "address");
        json_write_hex(w, BYTES_OF(b->withdrawal[i].to.b));
        write_quantity(w, "amount", b->withdrawal[i].amount_gwei);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void hex_key(struct json_writer *w, struct arena *scratch, struct bytes data)
{
    struct buffer text = buffer_in(scratch);
    hex_add(&text, data);
    json_write_key_bytes(w, buffer_bytes(&text));
}

static void write_account(struct json_writer *w, const struct difftest_account *a, struct arena *scratch)
{
    hex_key(w, scratch, BYTES_OF(a->at.b));
    json_write_object(w);
    write_quantity(w, "nonce", a->nonce);
    json_write_key(w, "balance");
    json_write_quantity_u256(w, &a->balance);
    json_write_key(w, "code");
    json_write_hex(w, a->code);
    json_write_key(w, "storage");
    json_write_object(w);
    for (u32 i = 0; i < a->slot_count; i++) {
        const hash32 key = u256_to_hash32(&a->slot[i].key);
        hex_key(w, scratch, BYTES_OF(key.b));
        json_write_quantity_u256(w, &a->slot[i].value);
    }
    json_write_end(w);
    json_write_end(w);
}

void difftest_case_write(struct buffer *out, const struct difftest_case *c, struct arena *scratch)
{
    struct json_writer w = json_writer(out, 0);
    struct buffer parent = buffer_in(scratch);
    header_encode(&parent, &c->parent);
    json_write_object(&w);
    write_quantity(&w, "seed", c->seed);
    json_write_key(&w, "fork");
    json_write_z(&w, c->fork->name);
    json_write_key(&w, "parent");
    json_write_hex(&w, buffer_bytes(&parent));
    json_write_key(&w, "block");
    write_block(&w, &c->choice);
    json_write_key(&w, "pre");
    json_write_object(&w);
    for (u32 i = 0; i < c->account_count; i++)
        write_account(&w, &c->account[i], scratch);
    json_write_end(&w);
    json_write_key(&w, "txs");
    json_write_array(&w);
    for (u32 i = 0; i < c->tx_count; i++) {
        struct buffer rlp = buffer_in(scratch);
        tx_encode(&rlp, &c->tx[i].tx);
        json_write_hex(&w, buffer_bytes(&rlp));
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
}
