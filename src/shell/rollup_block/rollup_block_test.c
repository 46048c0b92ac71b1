/* Nothing that a prover is given is believed: each row hands it one forged thing, and gets a named refusal, no
 * statement. */
#include "rollup_block/rollup_for_tests.h"

#include "base/u256.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "io/deflate.h"
#include "io/file.h"
#include "kzg/kzg_setup.h"
#include "prover/prover.h"
#include "rollup_block/batcher.h"
#include "verify/batch.h"

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
    };
    return cmocka_run_group_tests_name("prover", tests, NULL, NULL);
}
