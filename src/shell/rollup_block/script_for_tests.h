/* script_for_tests - blocks as a hostile sequencer makes them, transaction by transaction, and what verify says. */
#ifndef ROLLUP_BLOCK_SCRIPT_FOR_TESTS_H
#define ROLLUP_BLOCK_SCRIPT_FOR_TESTS_H

#include "bridge/calldata.h"
#include "evm/evm.h"
#include "rollup_block/batcher.h"
#include "rollup_block/rollup_for_tests.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"
#include "verify/batch.h"

struct script {
    struct fixture *f;
    struct bytes envelope[8];
    u32 count;
};

static inline void add_system(struct script *s, const address *to, struct bytes data)
{
    const struct tx t = {.type = TX_SYSTEM,
                         .has_chain_id = true,
                         .chain_id = A,
                         .block_number = 1,
                         .index = s->count,
                         .to = *to,
                         .gas_limit = 3000000,
                         .data = data};
    struct buffer b = buffer_in(&s->f->arena);
    tx_encode(&b, &t);
    s->envelope[s->count++] = buffer_bytes(&b);
}

static inline void add_update(struct script *s)
{
    hash32 hash;
    header_hash(&hash, &s->f->anchor, &s->f->arena);
    add_system(
        s, &l1_context_address,
        calldata_update(&s->f->arena, s->f->anchor.number, &hash, s->f->anchor.timestamp, &s->f->anchor.base_fee));
}

static inline void add_handle_from(struct script *s, u64 source, u32 flags, u64 root_clock, u64 clock)
{
    const struct nonce nonce = {.root = {root_clock, L1}, .flags = flags, .clock = clock};
    const struct scoped_call call = {.source_chain = source, .target_chain = A, .from = {{1}},
                                     .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{2}}, .gas_limit = {{50000}}}};
    add_system(s, &rollup_bridge_address, calldata_handle_scoped_call(&s->f->arena, &call));
}

static inline void add_handle(struct script *s, u64 root_clock, u64 clock)
{
    add_handle_from(s, L1, 0, root_clock, clock);
}

static inline void add_fill(struct script *s)
{
    const struct fill fill = {L1, {{9}}, BYTES_LITERAL("\x01\0\0\0\0\0\0\0\x09")};
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

/* An ordinary transaction, by the account that add_funding pays. */
static inline void add_user_tx(struct script *s, const struct tx *content)
{
    hash32 key = {{0}};
    key.b[31] = 5;
    struct tx t = *content;
    t.type = TX_DYNAMIC_FEE;
    t.has_chain_id = true;
    t.chain_id = A;
    t.max_fee = u256_from_u64(2000000000);
    assert_int_equal(tx_sign(&t, &key, &s->f->arena), OK);
    struct buffer b = buffer_in(&s->f->arena);
    tx_encode(&b, &t);
    s->envelope[s->count++] = buffer_bytes(&b);
}

static inline void add_user(struct script *s, const address *to, struct bytes data)
{
    add_user_tx(s, &(struct tx){.gas_limit = 200000, .to = *to, .data = data});
}

/* Ether for the user of add_user, by a handled call. */
static inline void add_funding(struct script *s, u64 root_clock)
{
    hash32 key = {{0}};
    key.b[31] = 5;
    const struct nonce nonce = {.root = {root_clock, L1}, .clock = root_clock};
    struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                               .request = {.value = {{1000000000000000000}}, .gas_limit = {{50000}}}};
    assert_int_equal(secp256k1_address(&call.request.to, &key), OK);
    add_system(s, &rollup_bridge_address, calldata_handle_scoped_call(&s->f->arena, &call));
}

/* scopedCall(L1, from, {to: 2, gasLimit: 21000}), or another function with these arguments */
static inline void write_scoped_call(u8 data[4 + 8 * 32], const address *from)
{
    u8 *word = data + 4;
    store_be32(data, 0x752949ed);
    word[31] = L1;
    memcpy(word + 32 + 12, from, sizeof *from);
    word[2 * 32 + 31] = 0x60;              /* the request begins behind the head */
    word[3 * 32 + 31] = 2;                 /* to */
    store_be64(word + 5 * 32 + 24, 21000); /* gasLimit, after no value */
    word[6 * 32 + 31] = 0x80;              /* data: none */
}

/* A contract of the user's first transaction that calls the bridge with as much gas as the first word of its calldata
 * says, with what follows it and the transaction's value, and does not care whether that fails: a victim's try and
 * catch. It takes no refunds. */
static inline void add_catcher(struct script *s, address *out)
{
    u8 code[] = {0x60, 0x2f, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3, /* deploys what follows */
                 0x60, 0x20, 0x36, 0x03, 0x60, 0x20, 0x5f, 0x37, 0x5f, 0x5f, 0x60, 0x20, 0x36, 0x03, 0x5f, 0x34, 0x73,
                 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x5f, 0x35, 0xf1, 0x50, 0x00};
    hash32 key = {{0}};
    address user;
    key.b[31] = 5;
    memcpy(code + 26, rollup_bridge_address.b, sizeof rollup_bridge_address.b);
    code[1] = sizeof code - 9;
    assert_int_equal(secp256k1_address(&user, &key), OK);
    evm_create_address(out, &user, 0);
    const struct bytes init = arena_copy(&s->f->arena, BYTES_OF(code));
    add_user_tx(s, &(struct tx){.is_creation = true, .gas_limit = 300000, .data = init});
}

/* scopedCall(L1, from, {to: 2, gasLimit: 21000}), made by the catcher with this much gas. */
static inline void add_caught_call(struct script *s, u64 nonce, const address *catcher, u64 gas)
{
    u8 data[32 + 4 + 8 * 32] = {0};
    store_be64(data + 24, gas);
    write_scoped_call(data + 32, catcher);
    add_user_tx(s, &(struct tx){.nonce = nonce, .to = *catcher, .gas_limit = 3000000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

enum { FIRST_CALL_CLOCK = 4 }; /* the funding was handled at 2 and responded to at 3 */

static inline void add_response_of(struct script *s, const struct scoped_call *call, bool success, size_t returndata)
{
    u8 *response = arena_take_zero(&s->f->arena, 9 + returndata);
    memset(response + 9, 0xff, returndata); /* words of zeros would cost less */
    response[0] = success;
    response[8] = 9; /* its clock */
    struct fill fill = {.chain_id = L1, .response = bytes_of(response, 9 + returndata)};
    request_hash(&fill.request_hash, call);
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

struct node_list {
    struct arena *arena;
    struct bytes item[4096];
    size_t count;
};

static inline enum err add_node(void *context, const hash32 *hash, struct bytes rlp)
{
    struct node_list *l = context;
    (void)hash;
    assert_true(l->count < COUNT_OF(l->item));
    l->item[l->count++] = arena_copy(l->arena, rlp);
    return OK;
}

struct walk {
    struct fixture *f;
    struct node_list *list;
};

static inline enum err add_storage_nodes(void *context, struct bytes key, struct bytes value)
{
    const struct walk *w = context;
    hash32 root;
    (void)key;
    return state_links(&root, value) ? trie_made_since(w->f->ledger.tries, &root, 0, add_node, w->list) : OK;
}

struct script_row {
    const char *what;
    void (*write)(struct script *);
    enum err want;
};

/* The script as a block of its fixture's rollup. */
static inline enum err verify_script(struct script *script)
{
    struct fixture *f = script->f;
    hash32 s;
    struct batch_block block = {.timestamp = 1012, .envelope = script->envelope, .envelope_count = script->count};
    const struct batch batch = {&block, 1};
    /* every node and code of the genesis is there: whatever the script touches can be read */
    struct verify_input in = f->honest;
    struct node_list all = {.arena = &f->arena};
    const hash32 *state_root = &ledger_head(&f->ledger)->header.state_root;
    assert_int_equal(trie_made_since(f->ledger.tries, state_root, 0, add_node, &all), OK);
    assert_int_equal(trie_each(f->ledger.tries, state_root, add_storage_nodes, &(struct walk){f, &all}), OK);
    in.data.calldata = batcher_encode(&f->arena, &batch);
    in.witness.node = all.item;
    in.witness.node_count = all.count;
    return verified(&s, &in);
}

/* Each script is a block, and verify says what is wanted of it. */
static inline void verify_scripts(const struct script_row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        open_fixture(&f);
        struct script script = {.f = &f};
        row[i].write(&script);
        const enum err e = verify_script(&script);
        if (e != row[i].want)
            fail_msg("%s: %s", row[i].what, err_name(e));
        close_fixture(&f);
    }
}

#endif
