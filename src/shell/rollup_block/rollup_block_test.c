/* Nothing that a prover is given is believed: each row hands it one forged thing, and gets a named refusal, no
 * statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/u256.h"
#include "bridge/calldata.h"
#include "bridge/genesis.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "evm/evm.h"
#include "io/deflate.h"
#include "io/file.h"
#include "io/memory.h"
#include "kzg/kzg_setup.h"
#include "prover/prover.h"
#include "rollup_block/batcher.h"
#include "rollup_block/rollup_block.h"
#include "scope/request.h"
#include "scope/selector.h"
#include "signer/secp256k1_sign.h"
#include "signer/tx_sign.h"
#include "verify/batch.h"

enum { L1 = 1, A = 901 };

/* One rollup with one block: ether from L1 to an account, as a handled call. */
struct fixture {
    struct arena arena;
    struct code_cache *codes;
    struct rollup_rules rules;
    struct ledger ledger;
    struct plan plan;
    struct header anchor;
    struct rollup_block block;
    struct settlement_context context;
    struct verify_input honest;
    hash32 statement;
};

static void open_fixture(struct fixture *f)
{
    const address bridge = {{0x11}}, coinbase = {{0xaa}};
    const struct peer_config peer = {.chain_id = L1, .max_gas = 6000000, .default_gas = 1000000};
    const struct genesis g = {
        .timestamp = 1000, .gas_limit = 30000000, .base_fee = {{1000000000}}, .coinbase = coinbase};
    memset(f, 0, sizeof *f);
    arena_init(&f->arena, &system_memory);
    f->codes = code_cache_open(&system_memory, 0);
    rollup_rules_init(&f->rules, A, L1, &bridge, &coinbase, 30000000);
    ledger_init(&f->ledger, &system_memory, &f->rules.chain, f->codes);
    assert_int_equal(genesis_rollup(&f->ledger, &f->rules, &g, &peer, 1), OK);

    plan_init(&f->plan, &f->arena, 2);
    f->plan.chain[0].chain_id = L1;
    f->plan.chain[1].chain_id = A;
    const struct nonce nonce = {.root = {1, L1}, .clock = 1};
    const struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{2}}, .value = {{77}}, .gas_limit = {{50000}}}};
    plan_add_call(&f->plan, &call);
    plan_add_item(&f->plan, 1, ITEM_HANDLE);
    f->plan.chain[1].item.item[0].call = 0;

    f->anchor =
        (struct header){.number = 5, .timestamp = 900, .base_fee = {{7}}, .gas_limit = 1, .field_count = HEADER_PRAGUE};
    struct rollup_block_input in = {
        .ledger = &f->ledger, .rules = &f->rules, .memory = &system_memory, .plan = &f->plan, .chain = 1,
        .timestamp = 1012, .anchor = &f->anchor, .is_forged = true /* there was no simulation */,
    };
    header_hash(&in.anchor_hash, &f->anchor, &f->arena);
    struct buffer why = buffer_in(&f->arena);
    assert_int_equal(rollup_block_build(&f->block, &f->arena, &in, &why), OK);
    f->context = (struct settlement_context){.l1_chain_id = L1, .bridge = bridge, .plan_hash = {{3}}};
    f->honest = (struct verify_input){
        .rules = &f->rules, .context = &f->context, .witness = f->block.witness, .data = f->block.data};
    assert_int_equal(statement_hash(&f->statement, &f->context, &f->block.transition, &f->arena), OK);
}

static void close_fixture(struct fixture *f)
{
    rollup_block_close(&f->block);
    ledger_release(&f->ledger);
    code_cache_release(f->codes);
    arena_release(&f->arena);
}

/* The statement is left alone on failure. */
static enum err verified(hash32 *statement, const struct verify_input *in)
{
    static const hash32 untouched = {{0xee}};
    hash32 s = untouched;
    const enum err e = verify(&s, NULL, &system_memory, in);
    if (e != OK)
        assert_memory_equal(s.b, untouched.b, 32);
    *statement = s;
    return e;
}

/* An honest witness leads to the builder's own statement. */
static void honest(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    assert_int_equal(verified(&s, &f.honest), OK);
    assert_memory_equal(s.b, f.statement.b, 32);
    close_fixture(&f);
}

/* The witness as bytes leads to the same statement; cut anywhere, or with anything after it, it is refused by name. */
static void as_bytes(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    struct buffer encoded = buffer_in(&f.arena);
    witness_encode(&encoded, &f.block.witness);
    struct verify_input in = f.honest;
    assert_int_equal(witness_decode(&in.witness, &f.arena, buffer_bytes(&encoded)), OK);
    assert_int_equal(in.witness.node_count, f.block.witness.node_count);
    assert_int_equal(verified(&s, &in), OK);
    assert_memory_equal(s.b, f.statement.b, 32);

    const struct arena_mark mark = arena_mark(&f.arena);
    for (size_t len = 0; len < encoded.len; len++) {
        u8 *cut = arena_take(&f.arena, len); /* of that size, so that reading past it is seen */
        memcpy(cut, encoded.ptr, len);
        assert_int_equal(witness_decode(&in.witness, &f.arena, bytes_of(cut, len)), REJECT_WITNESS_FORMAT);
        arena_rewind(&f.arena, mark);
    }
    buffer_add_u8(&encoded, 0);
    assert_int_equal(witness_decode(&in.witness, &f.arena, buffer_bytes(&encoded)), REJECT_WITNESS_FORMAT);
    encoded.len--;
    encoded.ptr[0] = WITNESS_VERSION + 1;
    assert_int_equal(witness_decode(&in.witness, &f.arena, buffer_bytes(&encoded)), REJECT_WITNESS_FORMAT);

    struct bytes headers[WITNESS_HEADERS_MAX + 1] = {{0}};
    struct witness many = f.block.witness;
    many.header = headers;
    for (many.header_count = WITNESS_HEADERS_MAX; many.header_count <= COUNT_OF(headers); many.header_count++) {
        struct buffer out = buffer_in(&f.arena);
        witness_encode(&out, &many);
        assert_int_equal(witness_decode(&in.witness, &f.arena, buffer_bytes(&out)),
                         many.header_count <= WITNESS_HEADERS_MAX ? OK : REJECT_WITNESS_FORMAT);
    }
    close_fixture(&f);
}

/* Each node and each code of the witness is needed: without any one of them there is no statement. */
static void missing_piece(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    const struct witness *w = &f.block.witness;
    struct verify_cache *cache = verify_cache_open(&system_memory, 0);
    assert_true(w->node_count > 3 && w->code_count > 2);
    for (size_t i = 0; i < w->node_count + w->code_count; i++) {
        struct verify_input in = f.honest;
        struct bytes *node = ARENA_TAKE(&f.arena, struct bytes, w->node_count),
                     *code = ARENA_TAKE(&f.arena, struct bytes, w->code_count);
        memcpy(node, w->node, sizeof *node * w->node_count);
        memcpy(code, w->code, sizeof *code * w->code_count);
        in.witness.node = node;
        in.witness.code = code;
        if (i < w->node_count)
            node[i] = (struct bytes){0};
        else
            code[i - w->node_count] = (struct bytes){0};
        assert_int_equal(verified(&s, &in), FAULT_STATE_MISSING);
        in.cache = cache; /* that knows all codes from before */
        in.witness = *w;
        assert_int_equal(verified(&s, &in), OK);
        assert_memory_equal(s.b, f.statement.b, 32);
        in.witness.node = node;
        in.witness.code = code;
        assert_int_equal(verified(&s, &in), FAULT_STATE_MISSING);
    }
    verify_cache_close(cache);
    close_fixture(&f);
}

/* A changed byte anywhere in a node makes it another node, so the one that is needed is missing. */
static void forged_node(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    const struct witness *w = &f.block.witness;
    for (size_t i = 0; i < w->node_count; i++) {
        struct verify_input in = f.honest;
        struct bytes *node = ARENA_TAKE(&f.arena, struct bytes, w->node_count);
        memcpy(node, w->node, sizeof *node * w->node_count);
        const struct bytes copy = arena_copy(&f.arena, node[i]);
        ((u8 *)copy.ptr)[copy.len - 1] ^= 1;
        node[i] = copy;
        in.witness.node = node;
        assert_int_equal(verified(&s, &in), FAULT_STATE_MISSING);
    }
    close_fixture(&f);
}

static struct bytes encoded_header(struct fixture *f, const struct header *h)
{
    struct buffer b = buffer_in(&f->arena);
    header_encode(&b, h);
    return buffer_bytes(&b);
}

/* A parent header that is not the settled one gives another statement, which L1 does not ask for; a pre-state that the
 * witness does not have gives none. */
static void forged_parent(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    struct header parent = ledger_head(&f.ledger)->header;
    struct verify_input in = f.honest;
    struct bytes header;
    in.witness.header = &header;

    parent.extra[0] = 1;
    parent.extra_count = 1;
    header = encoded_header(&f, &parent);
    assert_int_equal(verified(&s, &in), OK);
    assert_memory_not_equal(s.b, f.statement.b, 32);

    parent.state_root.b[0] ^= 1;
    header = encoded_header(&f, &parent);
    assert_int_equal(verified(&s, &in), FAULT_STATE_MISSING);

    in.witness.header_count = 0;
    assert_int_equal(verified(&s, &in), REJECT_WITNESS);
    header = BYTES_LITERAL("\xc0");
    in.witness.header_count = 1;
    assert_int_equal(verified(&s, &in), REJECT_WITNESS);
    close_fixture(&f);
}

/* What L1Context told is held against the L1 header. */
static void forged_anchor(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    struct verify_input in = f.honest;
    struct header anchor = f.anchor;
    anchor.timestamp++;
    in.witness.anchor = encoded_header(&f, &anchor);
    assert_int_equal(verified(&s, &in), REJECT_ANCHOR);
    in.witness.anchor = (struct bytes){0};
    assert_int_equal(verified(&s, &in), REJECT_WITNESS);
    close_fixture(&f);
}

/* A batch of more blocks than the verifier takes is refused before any is executed. */
static void too_many_blocks(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    const struct batch_block block[2] = {{.timestamp = 1012}, {.timestamp = 1024}};
    const struct batch batch = {(struct batch_block *)block, 2};
    struct verify_input in = f.honest;
    in.data = (struct published_data){.calldata = batcher_encode(&f.arena, &batch)};
    for (in.blocks_max = 1; in.blocks_max <= 2; in.blocks_max++) {
        assert_int_equal(verified(&s, &in), in.blocks_max == 1 ? REJECT_BATCH_BLOCKS : REJECT_NO_L1_CONTEXT);
    }
    close_fixture(&f);
}

/* Another rollup's rules, another context, other data: other statements, or none. */
static void other_inputs(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);

    struct verify_input in = f.honest;
    struct settlement_context context = f.context;
    context.plan_hash.b[0] ^= 1;
    in.context = &context;
    assert_int_equal(verified(&s, &in), OK);
    assert_memory_not_equal(s.b, f.statement.b, 32);

    in = f.honest;
    struct rollup_rules rules;
    rollup_rules_init(&rules, A + 1, L1, &f.rules.shared_bridge, &f.rules.coinbase, f.rules.gas_limit);
    in.rules = &rules;
    assert_int_not_equal(verified(&s, &in), OK); /* the system transactions name chain A */

    /* every truncation, and every flipped bit of the published data */
    in = f.honest;
    for (size_t len = 0; len < f.block.batch.len; len++) {
        in.data.calldata.len = len;
        assert_int_equal(verified(&s, &in), len ? REJECT_DEFLATE_TRUNCATED : REJECT_BATCH_VERSION);
    }
    u8 *data = (u8 *)arena_copy(&f.arena, f.block.batch).ptr;
    in.data.calldata = bytes_of(data, f.block.batch.len);
    for (size_t i = 0; i < f.block.batch.len; i++) {
        data[i] ^= 0x10;
        if (verified(&s, &in) == OK)
            assert_memory_not_equal(s.b, f.statement.b, 32);
        data[i] ^= 0x10;
    }
    assert_int_equal(verified(&s, &in), OK);
    assert_memory_equal(s.b, f.statement.b, 32);
    close_fixture(&f);
}

/* The same block with its data in a blob that another rollup shares: attested under another statement, the one with
 * the blob's versioned hash. A blob that is not that of its commitment, or without this rollup's frame, is not. */
static void data_in_blobs(void **state)
{
    (void)state;
    struct fixture f;
    struct complaint complaint = {0};
    struct kzg_setup *setup;
    struct bytes text;
    hash32 s, want;
    open_fixture(&f);
    assert_int_equal(
        file_read(&f.arena, &text, &complaint, "node_modules/c-kzg/deps/c-kzg/trusted_setup.txt", 8 << 20), OK);
    assert_int_equal(kzg_setup_open(&setup, &f.arena, text), OK);

    struct packed_batch batch[] = {{.chain_id = A, .batch = f.block.batch},
                                   {.chain_id = A + 1, .batch = f.block.batch}};
    struct kzg_blob *blob;
    size_t blobs;
    assert_int_equal(batcher_pack(&f.arena, batch, 2, DATA_BLOBS_MAX, &blob, &blobs), OK);
    struct data_blob part = {.blob = blob};
    assert_int_equal(kzg_commit(&part.commitment, blob, setup), OK);
    assert_int_equal(kzg_prove_blob(&part.proof, blob, &part.commitment, setup), OK);
    const struct published_data in_blob = {.blob = &part, .blob_count = 1};
    const struct transition transition = rollup_block_transition(&f.block, &in_blob, &f.arena);
    assert_int_equal(statement_hash(&want, &f.context, &transition, &f.arena), OK);
    assert_memory_not_equal(want.b, f.statement.b, 32);
    struct verify_input in = f.honest;
    in.data = in_blob;
    assert_int_equal(verified(&s, &in), OK);
    assert_memory_equal(s.b, want.b, 32);

    blob->b[32 * 4000 + 31] ^= 1;
    assert_int_equal(verified(&s, &in), REJECT_BLOB_PROOF);
    blob->b[32 * 4000 + 31] ^= 1;

    struct kzg_blob *without; /* a good blob, but of the other rollup alone */
    assert_int_equal(batcher_pack(&f.arena, batch + 1, 1, DATA_BLOBS_MAX, &without, &blobs), OK);
    part.blob = without;
    assert_int_equal(verified(&s, &in), REJECT_BLOB_PROOF);
    assert_int_equal(kzg_commit(&part.commitment, without, setup), OK);
    assert_int_equal(kzg_prove_blob(&part.proof, without, &part.commitment, setup), OK);
    assert_int_equal(verified(&s, &in), REJECT_BLOB_WITHOUT_FRAME);
    kzg_setup_close(setup);
    close_fixture(&f);
}

/* --- the rules of the rollup, as a hostile sequencer meets them: each row is a block that no prover attests --- */

struct script {
    struct fixture *f;
    struct bytes envelope[8];
    u32 count;
};

static void add_system(struct script *s, const address *to, struct bytes data)
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

static void add_update(struct script *s)
{
    hash32 hash;
    header_hash(&hash, &s->f->anchor, &s->f->arena);
    add_system(
        s, &l1_context_address,
        calldata_update(&s->f->arena, s->f->anchor.number, &hash, s->f->anchor.timestamp, &s->f->anchor.base_fee));
}

static void add_handle(struct script *s, u64 root_clock, u64 clock)
{
    const struct nonce nonce = {.root = {root_clock, L1}, .clock = clock};
    const struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{2}}, .gas_limit = {{50000}}}};
    add_system(s, &rollup_bridge_address, calldata_handle_scoped_call(&s->f->arena, &call));
}

static void add_fill(struct script *s)
{
    const struct fill fill = {L1, {{9}}, BYTES_LITERAL("\x01\0\0\0\0\0\0\0\x09")};
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

/* An ordinary transaction, by the account that add_funding pays. */
static void add_user_tx(struct script *s, const struct tx *content)
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

static void add_user(struct script *s, const address *to, struct bytes data)
{
    add_user_tx(s, &(struct tx){.gas_limit = 200000, .to = *to, .data = data});
}

/* Ether for the user of add_user, by a handled call. */
static void add_funding(struct script *s, u64 root_clock)
{
    hash32 key = {{0}};
    key.b[31] = 5;
    const struct nonce nonce = {.root = {root_clock, L1}, .clock = root_clock};
    struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                               .request = {.value = {{1000000000000000000}}, .gas_limit = {{50000}}}};
    assert_int_equal(secp256k1_address(&call.request.to, &key), OK);
    add_system(s, &rollup_bridge_address, calldata_handle_scoped_call(&s->f->arena, &call));
}

static void script_no_update(struct script *s)
{
    add_handle(s, 1, 1);
}

static void script_two_updates(struct script *s)
{
    add_update(s);
    add_update(s);
}

static void script_system_to_account(struct script *s)
{
    const address some_account = {{7}};
    add_update(s);
    add_system(s, &some_account, (struct bytes){0});
}

/* scopedCall is no system function: the system sender would be the caller. */
static void script_system_calls_out(struct script *s)
{
    add_update(s);
    add_system(s, &rollup_bridge_address, BYTES_LITERAL("\x75\x29\x49\xed"));
}

static void script_left_over(struct script *s)
{
    add_update(s);
    add_fill(s);
}

static void script_root_order(struct script *s)
{
    add_update(s);
    add_handle(s, 5, 5);
    add_handle(s, 4, 9);
}

static void script_split_by_user(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_user(s, &to, (struct bytes){0});
    add_handle(s, 1, 9);
}

static void script_split_by_root(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle(s, 2, 2);
    add_handle(s, 1, 9);
}

static void script_adjacent(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1);
    add_handle(s, 1, 9);
}

/* For any caller but the bridge the abort precompile is an empty account. */
static void script_user_calls_abort(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_user(s, &abort_precompile_address, BYTES_LITERAL("\x49\x12\xe4\x9a"));
}

/* A user who sends what only the system may: the call reverts, the transaction is an ordinary failed one. */
static void script_user_fills(struct script *s)
{
    const struct fill fill = {L1, {{9}}, BYTES_LITERAL("\x01\0\0\0\0\0\0\0\x09")};
    add_update(s);
    add_funding(s, 1);
    add_user(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

/* scopedCall(L1, from, {to: 2, gasLimit: 21000}), or another function with these arguments */
static void write_scoped_call(u8 data[4 + 8 * 32], const address *from)
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

/* No response was filled: no block holds the transaction. */
static void script_answer_missing(struct script *s)
{
    u8 data[4 + 8 * 32] = {0};
    hash32 key = {{0}};
    address from;
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&from, &key), OK);
    write_scoped_call(data, &from);
    add_update(s);
    add_funding(s, 1);
    add_user(s, &rollup_bridge_address, bytes_of(data, sizeof data));
}

/* A contract of the user's first transaction that calls the bridge with as much gas as the first word of its calldata
 * says, with what follows it and the transaction's value, and does not care whether that fails: a victim's try and
 * catch. It takes no refunds. */
static void add_catcher(struct script *s, address *out)
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
static void add_caught_call(struct script *s, u64 nonce, const address *catcher, u64 gas)
{
    u8 data[32 + 4 + 8 * 32] = {0};
    store_be64(data + 24, gas);
    write_scoped_call(data + 32, catcher);
    add_user_tx(s, &(struct tx){.nonce = nonce, .to = *catcher, .gas_limit = 3000000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

enum { FIRST_CALL_CLOCK = 4 }; /* the funding was handled at 2 and responded to at 3 */

static void add_response_of(struct script *s, const struct scoped_call *call, bool success, size_t returndata)
{
    u8 *response = arena_take_zero(&s->f->arena, 9 + returndata);
    memset(response + 9, 0xff, returndata); /* words of zeros would cost less */
    response[0] = success;
    response[8] = 9; /* its clock */
    struct fill fill = {.chain_id = L1, .response = bytes_of(response, 9 + returndata)};
    request_hash(&fill.request_hash, call);
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

/* The response to the first such call of the block, with returndata of this length. */
static void add_caught_fill(struct script *s, const address *catcher, size_t returndata)
{
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .clock = FIRST_CALL_CLOCK};
    const struct scoped_call call = {.source_chain = A, .target_chain = L1, .from = *catcher,
                                     .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{[19] = 2}}, .gas_limit = {{21000}}}};
    add_response_of(s, &call, true, returndata);
}

enum { TOO_LITTLE_GAS = 150000, GAS_ENOUGH = 2000000, LONG_RESPONSE = 1000 };

/* The attack: the builder fills a response that is long enough for the victim's call to run out of gas while it reads.
 * The victim catches, everything is rolled back, and the builder makes the same call
 * through the same contract again. */
static void script_starved_read(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_fill(s, &catcher, LONG_RESPONSE);
    add_caught_call(s, 1, &catcher, TOO_LITTLE_GAS);
    add_caught_call(s, 2, &catcher, GAS_ENOUGH);
}

/* The same call with the same little gas, and a short response. */
static void script_short_response(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_fill(s, &catcher, 32);
    add_caught_call(s, 1, &catcher, TOO_LITTLE_GAS);
}

/* The long response, and gas for it. */
static void script_long_response(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_fill(s, &catcher, LONG_RESPONSE);
    add_caught_call(s, 1, &catcher, GAS_ENOUGH);
}

/* A call that runs out of gas before it is made is a failure like any other. */
static void script_starved_before_the_call(struct script *s)
{
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_caught_call(s, 1, &catcher, 22500);
}

/* tryScopedCall with one wei, and the response that it failed. */
static struct bytes add_failed_call_with_value(struct script *s, const address *from)
{
    const struct nonce nonce = {
        .root = {FIRST_CALL_CLOCK, A}, .clock = FIRST_CALL_CLOCK, .flags = NONCE_LEAF};
    const struct scoped_call call = {.source_chain = A, .target_chain = L1, .from = *from,
                                     .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{[19] = 2}}, .value = {{1}}, .gas_limit = {{21000}}}};
    u8 data[4 + 8 * 32] = {0};
    write_scoped_call(data, from);
    store_be32(data, SELECTOR_TRY_SCOPED_CALL);
    data[4 + 4 * 32 + 31] = 1;
    add_response_of(s, &call, false, 0);
    return arena_copy(&s->f->arena, BYTES_OF(data));
}

/* A caller that refuses its refund, or lets it run out of gas, and catches. */
static void script_refund_refused(struct script *s)
{
    u8 gas[32] = {0};
    address catcher;
    store_be64(gas + 24, GAS_ENOUGH);
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    const struct bytes call = add_failed_call_with_value(s, &catcher);
    struct buffer data = buffer_in(&s->f->arena);
    buffer_add_bytes(&data, BYTES_OF(gas));
    buffer_add_bytes(&data, call);
    add_user_tx(s, &(struct tx){.nonce = 1, .to = catcher, .gas_limit = 3000000, .value = {{1}},
                                .data = buffer_bytes(&data)});
}

static void script_refund_taken(struct script *s)
{
    hash32 key = {{0}};
    address user;
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&user, &key), OK);
    add_update(s);
    add_funding(s, 1);
    const struct bytes call = add_failed_call_with_value(s, &user);
    add_user_tx(s, &(struct tx){.to = rollup_bridge_address, .gas_limit = 300000, .value = {{1}}, .data = call});
}

/* --- lookups --- */

/* The user's lookup, whose root takes the clock after the funding's. */
static struct scoped_call user_lookup(u64 clock)
{
    hash32 key = {{0}};
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .flags = NONCE_LOOKUP, .clock = clock};
    struct scoped_call call = {.source_chain = A, .target_chain = L1, .nonce = nonce_pack(&nonce),
                               .request = {.to = {{[19] = 2}}, .gas_limit = {{21000}}}};
    key.b[31] = 5;
    assert_int_equal(secp256k1_address(&call.from, &key), OK);
    return call;
}

static void add_lookup_fill(struct script *s, u8 status)
{
    const struct scoped_call call = user_lookup(FIRST_CALL_CLOCK);
    u8 *response = arena_take_zero(&s->f->arena, 9);
    struct fill fill = {.chain_id = L1, .response = bytes_of(response, 9)};
    response[0] = status;
    response[8] = FIRST_CALL_CLOCK;
    request_hash(&fill.request_hash, &call);
    add_system(s, &rollup_bridge_address, calldata_fill_responses_in(&s->f->arena, &fill, 1));
}

static void add_announcement(struct script *s)
{
    add_system(s, &rollup_bridge_address, calldata_announce_root(&s->f->arena, 0));
}

static void add_user_lookup(struct script *s, u64 nonce)
{
    u8 data[4 + 8 * 32] = {0};
    const struct scoped_call call = user_lookup(0);
    write_scoped_call(data, &call.from);
    store_be32(data, SELECTOR_SCOPED_STATIC_CALL);
    add_user_tx(s, &(struct tx){.nonce = nonce, .to = rollup_bridge_address, .gas_limit = 300000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

static void add_closing(struct script *s, size_t count)
{
    const struct scoped_call call = user_lookup(FIRST_CALL_CLOCK);
    hash32 hash;
    request_hash(&hash, &call);
    add_system(s, &rollup_bridge_address, calldata_close_lookups(&s->f->arena, &hash, count));
}

static void add_handled_lookup(struct script *s, u64 root_clock, u64 clock)
{
    const struct nonce nonce = {.root = {root_clock, L1}, .flags = NONCE_LOOKUP, .clock = clock};
    const struct scoped_call call = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&nonce),
                                     .request = {.to = {{2}}, .gas_limit = {{50000}}}};
    add_system(s, &rollup_bridge_address, calldata_handle_scoped_call(&s->f->arena, &call));
}

static void script_lookup(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_lookup_fill(s, 3);
    add_user_lookup(s, 0);
    add_closing(s, 1);
}

static void script_lookup_unannounced(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_lookup_fill(s, 3);
    add_user_lookup(s, 0);
    add_closing(s, 1);
}

static void script_lookup_missing(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user_lookup(s, 0);
    add_closing(s, 0);
}

static void script_lookup_answered_as_a_call(struct script *s)
{
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_lookup_fill(s, 1);
    add_user_lookup(s, 0);
    add_closing(s, 0);
}

/* The transaction catches the abort of a missing answer: a STATICCALL of the precompile is obeyed as well. */
static void script_lookup_missing_and_caught(struct script *s)
{
    u8 data[32 + 4 + 8 * 32] = {0};
    address catcher;
    add_update(s);
    add_funding(s, 1);
    add_catcher(s, &catcher);
    add_announcement(s);
    store_be64(data + 24, 100000);
    write_scoped_call(data + 32, &catcher);
    store_be32(data + 32, SELECTOR_SCOPED_STATIC_CALL);
    add_user_tx(s, &(struct tx){.nonce = 1, .to = catcher, .gas_limit = 300000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
    add_closing(s, 0);
}

static void script_lookup_not_closed(struct script *s)
{
    add_update(s);
    add_lookup_fill(s, 3);
}

static void script_call_closed(struct script *s)
{
    add_update(s);
    add_lookup_fill(s, 1);
    add_closing(s, 1);
}

static void script_announcement_unused(struct script *s)
{
    add_update(s);
    add_announcement(s);
}

static void script_announcement_closed_unused(struct script *s)
{
    add_update(s);
    add_announcement(s);
    add_closing(s, 0);
}

static void script_announced_twice(struct script *s)
{
    add_update(s);
    add_announcement(s);
    add_announcement(s);
}

static void script_announced_for_two(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
    add_user_tx(s, &(struct tx){.nonce = 1, .gas_limit = 200000, .to = to});
    add_closing(s, 0);
}

static void script_announced_and_handled(struct script *s)
{
    add_update(s);
    add_announcement(s);
    add_handle(s, 9, 9);
}

static void script_announced_and_filled_late(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
    add_lookup_fill(s, 3);
    add_closing(s, 1);
}

static void script_announced_and_handled_late(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
    add_handled_lookup(s, 9, 9);
    add_closing(s, 0);
}

/* A block that ends after the transaction. */
static void script_announced_and_not_closed(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_announcement(s);
    add_user(s, &to, (struct bytes){0});
}

static void script_lookups_adjacent(struct script *s)
{
    add_update(s);
    add_handled_lookup(s, 1, 1);
    add_handle(s, 1, 1); /* 2, 3 */
    add_handled_lookup(s, 1, 3);
    add_handled_lookup(s, 1, 3);
}

static void script_lookup_late(struct script *s)
{
    add_update(s);
    add_handle(s, 1, 1); /* 2, 3 */
    add_handled_lookup(s, 1, 2);
}

static void script_lookups_split(struct script *s)
{
    const address to = {{2}};
    add_update(s);
    add_funding(s, 1);
    add_handled_lookup(s, 5, 5);
    add_user(s, &to, (struct bytes){0});
    add_handled_lookup(s, 5, 5);
}

static void script_lookup_of_an_earlier_root(struct script *s)
{
    add_update(s);
    add_handled_lookup(s, 5, 5);
    add_handled_lookup(s, 4, 6);
}

/* While the user's call waits, a lookup that is older than the call. */
static void script_inline_lookup_late(struct script *s)
{
    u8 data[4 + 8 * 32] = {0};
    const struct nonce nonce = {.root = {FIRST_CALL_CLOCK, A}, .clock = FIRST_CALL_CLOCK};
    const struct nonce late = {.flags = NONCE_LOOKUP};
    struct scoped_call call = user_lookup(0);
    const struct scoped_call back = {.source_chain = L1, .target_chain = A, .from = {{1}}, .nonce = nonce_pack(&late),
                                     .request = {.to = {{2}}, .gas_limit = {{21000}}}};
    const hash32 leaf = {{1}};
    struct nested nested = {.inbound = &back, .response_hash = &leaf, .count = 1};
    call.nonce = nonce_pack(&nonce);
    request_hash(&nested.request_hash, &call);
    write_scoped_call(data, &call.from);
    add_update(s);
    add_funding(s, 1);
    add_system(s, &rollup_bridge_address, calldata_fill_nested_calls(&s->f->arena, &nested));
    add_response_of(s, &call, true, 0);
    add_user_tx(s, &(struct tx){.to = rollup_bridge_address, .gas_limit = 1000000,
                                .data = arena_copy(&s->f->arena, BYTES_OF(data))});
}

struct node_list {
    struct arena *arena;
    struct bytes item[4096];
    size_t count;
};

static enum err add_node(void *context, const hash32 *hash, struct bytes rlp)
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

static enum err add_storage_nodes(void *context, struct bytes key, struct bytes value)
{
    const struct walk *w = context;
    hash32 root;
    (void)key;
    return state_links(&root, value) ? trie_made_since(w->f->ledger.tries, &root, 0, add_node, w->list) : OK;
}

static void rollup_rules_hold(void **state)
{
    static const struct { const char *what; void (*write)(struct script *); enum err want; } row[] = {
        {"two handled calls of one root, adjacent", script_adjacent, OK},
        {"no L1Context update first", script_no_update, REJECT_NO_L1_CONTEXT},
        {"two updates", script_two_updates, REJECT_SYSTEM_TARGET},
        {"a system transaction to an account without rights", script_system_to_account, REJECT_SYSTEM_TARGET},
        {"a system transaction that calls out", script_system_calls_out, REJECT_SYSTEM_TARGET},
        {"a response that is not read", script_left_over, REJECT_LEFTOVER},
        {"a root before the last", script_root_order, REJECT_SYSTEM_TX_FAILED},
        {"a user's transaction between two parts of a root", script_split_by_user, REJECT_SCOPE_SPLIT},
        {"another root between two parts of a root", script_split_by_root, REJECT_SYSTEM_TX_FAILED /* RootOrder() */},
        {"the abort precompile called by a user", script_user_calls_abort, OK},
        {"a system function called by a user", script_user_fills, OK},
        {"a call whose answer is missing", script_answer_missing, REJECT_RESPONSE_MISSING},
        {"a call that runs out of gas in a long response, made again", script_starved_read, REJECT_SCOPED_CALL_HALTED},
        {"the same gas and a short response", script_short_response, OK},
        {"a long response and gas for it", script_long_response, OK},
        {"a call that runs out of gas before it is made", script_starved_before_the_call, OK},
        {"a refund refused, and caught", script_refund_refused, REJECT_REFUND_REFUSED},
        {"a refund taken", script_refund_taken, OK},
        {"a lookup", script_lookup, OK},
        {"a lookup without a root", script_lookup_unannounced, REJECT_NOT_ANNOUNCED},
        {"a lookup whose answer is missing", script_lookup_missing, REJECT_RESPONSE_MISSING},
        {"the same, caught", script_lookup_missing_and_caught, REJECT_RESPONSE_MISSING},
        {"a lookup answered as a call", script_lookup_answered_as_a_call, REJECT_RESPONSE_MISSING},
        {"a lookup's answer that is not closed", script_lookup_not_closed, REJECT_LEFTOVER},
        {"a call's answer that is closed", script_call_closed, REJECT_SYSTEM_TX_FAILED /* NotLookup() */},
        {"a root announced for nothing", script_announcement_unused, REJECT_LEFTOVER},
        {"and closed", script_announcement_closed_unused, REJECT_ANNOUNCEMENT},
        {"a root announced twice", script_announced_twice, REJECT_ANNOUNCEMENT},
        {"a root announced for two transactions", script_announced_for_two, REJECT_ANNOUNCEMENT},
        {"a call handled while a root is announced", script_announced_and_handled, REJECT_ANNOUNCEMENT},
        {"a fill after an announced transaction", script_announced_and_filled_late, REJECT_ANNOUNCEMENT},
        {"a lookup handled after an announced transaction", script_announced_and_handled_late, REJECT_ANNOUNCEMENT},
        {"an announced transaction that is not closed", script_announced_and_not_closed, REJECT_LEFTOVER},
        {"lookups and calls of one root, adjacent", script_lookups_adjacent, OK},
        {"a lookup after what its source had not heard of", script_lookup_late,
         REJECT_SYSTEM_TX_FAILED /* LookupLate() */},
        {"a transaction between two lookups of a root", script_lookups_split, REJECT_SCOPE_SPLIT},
        {"a lookup of a root before the last", script_lookup_of_an_earlier_root, REJECT_SYSTEM_TX_FAILED},
        {"an inline lookup that is late", script_inline_lookup_late, REJECT_LOOKUP_LATE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        hash32 s;
        open_fixture(&f);
        struct script script = {.f = &f};
        row[i].write(&script);
        struct batch_block block = {.timestamp = 1012, .envelope = script.envelope, .envelope_count = script.count};
        const struct batch batch = {&block, 1};
        /* every node and code of the genesis is there: whatever the script touches can be read */
        struct verify_input in = f.honest;
        struct node_list all = {.arena = &f.arena};
        assert_int_equal(trie_made_since(f.ledger.tries, &ledger_head(&f.ledger)->header.state_root, 0, add_node, &all),
                         OK);
        assert_int_equal(trie_each(f.ledger.tries, &ledger_head(&f.ledger)->header.state_root, add_storage_nodes,
                                   &(struct walk){&f, &all}),
                         OK);
        in.data.calldata = batcher_encode(&f.arena, &batch);
        in.witness.node = all.item;
        in.witness.node_count = all.count;
        const enum err e = verified(&s, &in);
        if (e != row[i].want)
            fail_msg("%s: %s", row[i].what, err_name(e));
        close_fixture(&f);
    }
}

/* At the greatest depth there is no frame for the abort of a lookup, and none for what comes before it: a revert that
 * does not depend on the builder. */
static void lookups_at_the_greatest_depth(void **state)
{
    static const struct { u32 depth; enum err want; } row[] = {
        {1023, REJECT_NOT_ANNOUNCED},
        {1024, OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        open_fixture(&f);
        const address from = {{0xca}};
        u8 data[4 + 8 * 32] = {0};
        write_scoped_call(data, &from);
        store_be32(data, SELECTOR_SCOPED_STATIC_CALL);
        struct evm_result r;
        const struct block_message m = {
            .from = from,
            .to = rollup_bridge_address,
            .data = BYTES_OF(data),
            .gas = 1000000,
            .depth = row[i].depth,
            .is_static = true,
        };
        assert_int_equal(block_message(&f.block.run, &r, &m), row[i].want);
        if (row[i].want == OK)
            assert_int_equal(r.halt, HALT_REVERT);
        close_fixture(&f);
    }
}

/* At the greatest depth the bridge cannot call the abort precompile, and reverting instead could be caught. */
static void aborts_at_the_greatest_depth(void **state)
{
    static const struct { u32 depth; enum err want; } row[] = {
        {1023, REJECT_RESPONSE_MISSING},
        {1024, REJECT_SCOPED_CALL_HALTED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct fixture f;
        open_fixture(&f);
        const address from = {{0xca}};
        u8 data[4 + 8 * 32] = {0};
        write_scoped_call(data, &from);
        struct evm_result r;
        const struct block_message m = {
            .from = from,
            .to = rollup_bridge_address,
            .data = BYTES_OF(data),
            .gas = 1000000,
            .depth = row[i].depth,
        };
        assert_int_equal(block_message(&f.block.run, &r, &m), row[i].want);
        close_fixture(&f);
    }
}

/* Who is given a whole header, and does not derive it, refuses what the rules do not have. */
static void header_rules(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    const struct ledger_block *parent = ledger_head(&f.ledger);
    const struct chain_rules *rules = &f.rules.chain;
    struct header h = f.block.header;
    assert_int_equal(header_check(&h, &parent->header, &parent->hash, rules), OK);
    h.coinbase.b[0] ^= 1;
    assert_int_equal(header_check(&h, &parent->header, &parent->hash, rules), REJECT_ROLLUP_COINBASE);
    h = f.block.header;
    h.gas_limit--;
    assert_int_equal(header_check(&h, &parent->header, &parent->hash, rules), REJECT_ROLLUP_GAS_LIMIT);
    h = f.block.header;
    h.prevrandao.b[31] = 1;
    assert_int_equal(header_check(&h, &parent->header, &parent->hash, rules), REJECT_ROLLUP_HEADER);
    h = f.block.header;
    h.parent_beacon_root.b[0] = 1;
    assert_int_equal(header_check(&h, &parent->header, &parent->hash, rules), REJECT_ROLLUP_HEADER);
    h = f.block.header;
    h.extra_count = 1;
    assert_int_equal(header_check(&h, &parent->header, &parent->hash, rules), REJECT_ROLLUP_HEADER);
    close_fixture(&f);
}

/* The batch of the fixture's block again, with a third item in the block that says: to whom, how much. */
static struct bytes batch_with_withdrawal(struct fixture *f, bool has_withdrawal)
{
    struct batch batch;
    struct buffer content = buffer_in(&f->arena), data = buffer_in(&f->arena);
    assert_int_equal(batch_decode(&batch, &f->arena, f->block.batch), OK);
    const size_t blocks = rlp_open(&content), block = rlp_open(&content);
    rlp_add_u64(&content, batch.block[0].timestamp);
    rlp_add_strings(&content, batch.block[0].envelope, batch.block[0].envelope_count);
    if (has_withdrawal) {
        const size_t list = rlp_open(&content), withdrawal = rlp_open(&content); /* EIP-4895 */
        const address thief = {{0xbb}};
        rlp_add_u64(&content, 0);
        rlp_add_u64(&content, 0);
        rlp_add_string(&content, BYTES_OF(thief.b));
        rlp_add_u64(&content, 1000000000);
        rlp_close(&content, withdrawal);
        rlp_close(&content, list);
    }
    rlp_close(&content, block);
    rlp_close(&content, blocks);
    buffer_add_u8(&data, BATCH_VERSION);
    deflate_bytes(&data, buffer_bytes(&content));
    return buffer_bytes(&data);
}

/* A withdrawal would mint: a batch has no place for one, and a header that tells of one is no header of a rollup, since
 * the verifier makes it anew. */
static void mint_by_withdrawal(void **state)
{
    (void)state;
    struct fixture f;
    hash32 s;
    open_fixture(&f);
    struct verify_input in = f.honest;
    in.data.calldata = batch_with_withdrawal(&f, false);
    assert_int_equal(verified(&s, &in), OK);
    assert_memory_equal(s.b, f.statement.b, 32);
    in.data.calldata = batch_with_withdrawal(&f, true);
    assert_int_equal(verified(&s, &in), REJECT_BATCH);

    /* the builder claims the block with a withdrawals root of its own */
    struct header h = f.block.header;
    struct transition claimed = f.block.transition;
    h.withdrawals_root.b[0] ^= 1;
    header_hash(&claimed.block_hash, &h, &f.arena);
    assert_int_equal(statement_hash(&s, &f.context, &claimed, &f.arena), OK);
    assert_memory_not_equal(s.b, f.statement.b, 32); /* and that is what no prover signs */
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest), cmocka_unit_test(as_bytes),
        cmocka_unit_test(missing_piece),
        cmocka_unit_test(forged_node),
        cmocka_unit_test(forged_parent),
        cmocka_unit_test(forged_anchor),
        cmocka_unit_test(other_inputs), cmocka_unit_test(too_many_blocks),
        cmocka_unit_test(data_in_blobs),
        cmocka_unit_test(header_rules),
        cmocka_unit_test(mint_by_withdrawal),
        cmocka_unit_test(rollup_rules_hold),
        cmocka_unit_test(aborts_at_the_greatest_depth), cmocka_unit_test(lookups_at_the_greatest_depth),
    };
    return cmocka_run_group_tests_name("prover", tests, NULL, NULL);
}
