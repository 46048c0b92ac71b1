/* The protocol's values, without a chain: against the specification authors' formulas (tests/vectors/draft.json), and
 * against viem (tests/vectors/protocol.json). The contracts are held to the same files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "codec/hex.h"
#include "crypto/keccak.h"
#include "io/vector.h"
#include "scope/request.h"
#include "scope/response.h"
#include "scope/selector.h"
#include "scope/settlement.h"

static struct arena arena;
static struct json draft, protocol;

static int open_vectors(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    draft = vector_open(&arena, "tests/vectors/draft.json");
    protocol = vector_open(&arena, "tests/vectors/protocol.json");
    return 0;
}

static int close_vectors(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* The authors' vectors have one with chain ids of 256 bits; a chain here has 64. So the two words are compared where
 * they fit, and put in where they do not: the rest of the layout is held to that vector too. */
static void put_chain(u8 *word, struct json v, const char *key)
{
    const u256 id = vector_u256(v, key);
    u8 want[32];
    u256_to_be(want, &id);
    if (u256_fits_u64(&id))
        assert_memory_equal(word, want, sizeof want);
    memcpy(word, want, sizeof want);
}

static u64 low_u64(struct json v, const char *key)
{
    return vector_u256(v, key).w[0];
}

static void check_requests(struct json list)
{
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        const struct scoped_call call = {
            .source_chain = low_u64(it.value, "sourceChainId"),
            .target_chain = low_u64(it.value, "targetChainId"),
            .from = vector_address(it.value, "from"),
            .nonce = vector_u256(it.value, "nonce"),
            .request = {
                .to = vector_address(it.value, "to"),
                .value = vector_u256(it.value, "value"),
                .gas_limit = vector_u256(it.value, "gasLimit"),
                .data = vector_bytes(&arena, it.value, "data"),
            },
        };
        u8 packed[REQUEST_PACKED_BYTES];
        hash32 hash;
        request_pack(packed, &call);
        put_chain(packed, it.value, "sourceChainId");
        put_chain(packed + 32, it.value, "targetChainId");
        keccak256(&hash, packed, sizeof packed);
        assert_hash(&hash, it.value, "requestHash");
    }
}

static void requests(void **state)
{
    (void)state;
    check_requests(json_get(draft, "requests"));
    check_requests(json_get(protocol, "requests"));
}

/* The draft's rolling hashes: its leaf of a request is the request hash, of a response the hash of the response alone.
 */
static void draft_rolling(void **state)
{
    (void)state;
    struct json_iterator it = json_items(json_get(draft, "rolling"));
    u32 responses = 0;
    while (json_next(&it)) {
        struct mailbox m = {0};
        hash32 leaf = vector_hash(it.value, "item");
        if (json_text_is(json_get(it.value, "kind"), "response")) {
            const struct bytes response = vector_bytes(&arena, it.value, "response");
            keccak256(&leaf, response.ptr, response.len);
            assert_hash(&leaf, it.value, "item");
            responses++;
        }
        m.lane[REQUESTS_IN] = vector_hash(it.value, "prev");
        mailbox_fold(&m, REQUESTS_IN, &leaf);
        assert_hash(&m.lane[REQUESTS_IN], it.value, "next");
    }
    assert_int_not_equal(responses, 0);
}

static void nonces(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "nonces");
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        const struct nonce n = {
            .root = {vector_u64(it.value, "rootClock"), vector_u64(it.value, "rootChainId")},
            .flags = (u32)vector_u64(it.value, "flags"),
            .depth = (u32)vector_u64(it.value, "depth"),
            .clock = vector_u64(it.value, "clock"),
        };
        const u256 packed = nonce_pack(&n), want = vector_u256(it.value, "nonce");
        assert_true(u256_eq(&packed, &want));
        const struct nonce back = nonce_unpack(&want);
        assert_int_equal(root_cmp(&back.root, &n.root), 0);
        assert_int_equal(back.flags, n.flags);
        assert_int_equal(back.depth, n.depth);
        assert_int_equal(back.clock, n.clock);
    }
}

static void responses(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "responses");
    struct json_iterator it = json_items(list);
    struct mailbox m = {0};
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        const struct response r = {
            .success = vector_u64(it.value, "status") & 1,
            .is_lookup = vector_u64(it.value, "status") & 2,
            .is_attempt = vector_u64(it.value, "status") & 4,
            .clock = vector_u64(it.value, "clock"),
            .returndata = vector_bytes(&arena, it.value, "returndata"),
        };
        struct buffer encoded = buffer_in(&arena);
        response_encode(&encoded, &r);
        assert_bytes(buffer_bytes(&encoded), vector_bytes(&arena, it.value, "response"));
        struct response back;
        assert_int_equal(response_decode(&back, buffer_bytes(&encoded)), OK);
        assert_int_equal(back.success, r.success);
        assert_int_equal(back.is_lookup, r.is_lookup);
        assert_int_equal(back.is_attempt, r.is_attempt);
        assert_int_equal(back.clock, r.clock);
        assert_bytes(back.returndata, r.returndata);
        const hash32 request = vector_hash(it.value, "requestHash");
        hash32 leaf;
        response_hash(&leaf, &request, buffer_bytes(&encoded));
        assert_hash(&leaf, it.value, "responseHash");
        mailbox_fold(&m, RESPONSES_OUT, &leaf);
        assert_hash(&m.lane[RESPONSES_OUT], it.value, "lane");
    }
}

static void malformed_responses(void **state)
{
    (void)state;
    static const char *const row[] = {"", "01", "0100000000000000", "05000000000000000000", "ff0000000000000001aa"};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct bytes encoded;
        struct response r;
        assert_int_equal(hex_bytes(&arena, &encoded, bytes_of(row[i], strlen(row[i]))), OK);
        assert_int_equal(response_decode(&r, encoded), REJECT_RESPONSE);
    }
}

static void data_hashes(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "daHashes");
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        hash32 hash;
        const struct json blobs = json_get(it.value, "blobHashes");
        hash32 *const blob = malloc(json_count(blobs) * sizeof *blob); /* so that reading one too many is seen */
        size_t count = 0;
        struct json_iterator b = json_items(blobs);
        while (json_next(&b))
            assert_int_equal(json_hex_fixed(blob[count++].b, 32, b.value), OK);
        da_hash(&hash, vector_u64(it.value, "chainId"), vector_u64(it.value, "firstBlock"),
                vector_u64(it.value, "lastBlock"), blob, count, vector_bytes(&arena, it.value, "data"), &arena);
        assert_hash(&hash, it.value, "daHash");
        free(blob);
    }
}

/* A root's name is its clock first, its chain where clocks are equal: as a number of 16 bytes. */
static void root_order(void **state)
{
    static const struct { struct root here, there; int want;
    } row[] = {
        {{.clock = 5, .chain = 1}, {.clock = 5, .chain = 1}, 0},
        {{.clock = 4, .chain = 9}, {.clock = 5, .chain = 1}, -1},
        {{.clock = 6, .chain = 1}, {.clock = 5, .chain = 9}, 1},
        {{.clock = 5, .chain = 1}, {.clock = 5, .chain = 2}, -1},
        {{.clock = 5, .chain = 3}, {.clock = 5, .chain = 2}, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++)
        assert_int_equal(root_cmp(&row[i].here, &row[i].there), row[i].want);
}

/* Each counter faces the other one, and each by itself. */
static void value_counters(void **state)
{
    static const struct { u64 here_out, here_in, there_out, there_in; enum err want; } row[] = {
        {1, 2, 2, 1, OK},
        {1, 2, 2, 3, REJECT_VALUE_MISMATCH},
        {1, 2, 3, 1, REJECT_VALUE_MISMATCH},
        {1, 2, 1, 2, REJECT_VALUE_MISMATCH},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct mailbox here = {.value_out = u256_from_u64(row[i].here_out),
                                     .value_in = u256_from_u64(row[i].here_in)};
        const struct mailbox there = {.value_out = u256_from_u64(row[i].there_out),
                                      .value_in = u256_from_u64(row[i].there_in)};
        assert_int_equal(mailbox_settle(&here, &there), row[i].want);
    }
}

static void statements(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "statements");
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        struct json v = it.value;
        struct mailbox mailbox[8] = {0};
        size_t count = 0;
        struct json_iterator m = json_items(json_get(v, "mailboxes"));
        while (json_next(&m))
            mailbox[count++] = (struct mailbox){
                .peer_chain = vector_u64(m.value, "peerChainId"),
                .lane = {
                    [REQUESTS_OUT] = vector_hash(m.value, "requestsOut"),
                    [REQUESTS_IN] = vector_hash(m.value, "requestsIn"),
                    [RESPONSES_OUT] = vector_hash(m.value, "responsesOut"),
                    [RESPONSES_IN] = vector_hash(m.value, "responsesIn"),
                },
                .value_out = vector_u256(m.value, "valueOut"),
                .value_in = vector_u256(m.value, "valueIn"),
            };
        const struct transition t = {
            .chain_id = vector_u64(v, "chainId"),
            .rules_hash = vector_hash(v, "rulesHash"),
            .parent_block_hash = vector_hash(v, "parentBlockHash"),
            .pre_state_root = vector_hash(v, "preStateRoot"),
            .block_hash = vector_hash(v, "blockHash"),
            .state_root = vector_hash(v, "stateRoot"),
            .first_block = vector_u64(v, "firstBlock"),
            .last_block = vector_u64(v, "lastBlock"),
            .last_timestamp = vector_u64(v, "lastTimestamp"),
            .da_hash = vector_hash(v, "daHash"),
            .anchor_number = vector_u64(v, "anchorNumber"),
            .anchor_hash = vector_hash(v, "anchorHash"),
            .forced_hash = vector_hash(v, "forcedHash"),
            .mailbox = mailbox,
            .mailbox_count = count,
        };
        const struct settlement_context c = {
            .l1_chain_id = vector_u64(v, "l1ChainId"),
            .bridge = vector_address(v, "bridge"),
            .l1_block_number = vector_u64(v, "l1BlockNumber"),
            .l1_parent_hash = vector_hash(v, "l1ParentHash"),
            .submitter = vector_address(v, "submitter"),
            .plan_hash = vector_hash(v, "planHash"),
        };
        hash32 hash;
        assert_int_equal(transition_hash(&hash, &t, &arena), OK);
        assert_hash(&hash, v, "transitionHash");
        assert_int_equal(statement_hash(&hash, &c, &t, &arena), OK);
        assert_hash(&hash, v, "statement");
    }
}

/* Peers ascend strictly, and none is the chain itself or 0. */
static void mailbox_order(void **state)
{
    static const struct { u64 peer[3]; size_t count; enum err want; } row[] = {
        {{0}, 0, OK},
        {{1, 2, 8}, 3, OK},
        {{2, 1}, 2, REJECT_MAILBOX_ORDER},
        {{1, 1}, 2, REJECT_MAILBOX_ORDER},
        {{0, 1}, 2, REJECT_MAILBOX_ORDER},
        {{1, 7}, 2, REJECT_MAILBOX_ORDER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct mailbox m[3] = {0};
        for (size_t j = 0; j < row[i].count; j++)
            m[j].peer_chain = row[i].peer[j];
        const struct transition t = {.chain_id = 7, .mailbox = m, .mailbox_count = row[i].count};
        hash32 h;
        assert_int_equal(transition_hash(&h, &t, &arena), row[i].want);
    }
}

/* The destination may do only what the source asked for, in the order it asked; likewise answers. */
static void settlement(void **state)
{
    enum { NO_CHAIN = 0xff };
    static const struct {
        const char *tamper;
        u8 asked[4], handled[4], answered[4], read[4];
        u64 sent, received;
        enum err want;
    } row[] = {
        {"nothing", {1, 2, 3}, {1, 2, 3}, {4, 5, 6}, {4, 5, 6}, 9, 9, OK},
        {"skip a call", {1, 2, 3}, {1, 3}, {4, 5, 6}, {4, 5, 6}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"swap calls", {1, 2, 3}, {2, 1, 3}, {4, 5, 6}, {4, 5, 6}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"edit a call", {1, 2, 3}, {1, 9, 3}, {4, 5, 6}, {4, 5, 6}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"repeat a call", {1, 2}, {1, 2, 2}, {4, 5}, {4, 5}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"swap answers", {1, 2}, {1, 2}, {4, 5}, {5, 4}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"edit an answer", {1}, {1}, {4}, {5}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"lose an answer", {1}, {1}, {4}, {0}, 9, 9, REJECT_MAILBOX_MISMATCH},
        {"mint", {1}, {1}, {4}, {4}, 9, 10, REJECT_VALUE_MISMATCH},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct mailbox here = {.peer_chain = 2, .value_out = u256_from_u64(row[i].sent)};
        struct mailbox there = {.peer_chain = 1, .value_in = u256_from_u64(row[i].received)};
        struct { const u8 *items; struct mailbox *m; enum lane lane; } lane[] = {
            {row[i].asked, &here, REQUESTS_OUT}, {row[i].handled, &there, REQUESTS_IN},
            {row[i].answered, &there, RESPONSES_OUT}, {row[i].read, &here, RESPONSES_IN},
        };
        for (size_t l = 0; l < COUNT_OF(lane); l++)
            for (size_t j = 0; j < 4 && lane[l].items[j]; j++) {
                const hash32 leaf = {{lane[l].items[j]}};
                mailbox_fold(lane[l].m, lane[l].lane, &leaf);
            }
        const struct settlement_side side[] = {{1, &here, 1}, {2, &there, 1}};
        u64 a = NO_CHAIN, b = NO_CHAIN;
        if (settlement_check(side, 2, &a, &b) != row[i].want)
            fail_msg("%s", row[i].tamper);
        if (row[i].want != OK) {
            assert_int_equal(a, 1);
            assert_int_equal(b, 2);
        }
    }
}

/* Every chain that is named must be there, and must name back. */
static void settlement_presence(void **state)
{
    (void)state;
    const struct mailbox to_2 = {.peer_chain = 2}, to_3 = {.peer_chain = 3};
    const struct settlement_side absent[] = {{1, &to_2, 1}}, unpaired[] = {{1, &to_2, 1}, {2, &to_3, 1}, {3, &to_2, 1}},
                                 other_side[] = {{1, NULL, 0}, {2, &(struct mailbox){.peer_chain = 1}, 1}},
                                 empty[] = {{1, NULL, 0}};
    u64 here, there;
    assert_int_equal(settlement_check(absent, 1, &here, &there), REJECT_ABSENT);
    assert_int_equal(there, 2);
    assert_int_equal(settlement_check(unpaired, 3, &here, &there), REJECT_UNPAIRED);
    assert_int_equal(here, 1);
    assert_int_equal(settlement_check(other_side, 2, &here, &there), REJECT_UNPAIRED);
    assert_int_equal(here, 2);
    assert_int_equal(settlement_check(empty, 1, &here, &there), OK);
}

static void selectors(void **state)
{
    static const struct { u32 value; const char *signature; } row[] = {
#define SELECTOR(name, value, signature) {value, signature},
#include "scope/selector.def"
#undef SELECTOR
    };
    (void)state;
    hash32 h;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        keccak256(&h, row[i].signature, strlen(row[i].signature));
        if (load_be32(h.b) != row[i].value)
            fail_msg("%s is %08x", row[i].signature, load_be32(h.b));
    }
    /* the specification's own */
    const struct json given = json_get(draft, "selectors");
    struct json_iterator it = json_items(given);
    u32 ours = 0;
    while (json_next(&it))
        for (size_t i = 0; i < COUNT_OF(row); i++)
            if (bytes_eq(it.key, bytes_of(row[i].signature, strlen(row[i].signature)))) {
                u8 want[4];
                assert_int_equal(json_hex_fixed(want, 4, it.value), OK);
                assert_int_equal(load_be32(want), row[i].value);
                ours++;
            }
    assert_int_equal(ours, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(draft_rolling),
        cmocka_unit_test(nonces),
        cmocka_unit_test(responses),
        cmocka_unit_test(malformed_responses),
        cmocka_unit_test(data_hashes),
        cmocka_unit_test(root_order),
        cmocka_unit_test(value_counters),
        cmocka_unit_test(statements),
        cmocka_unit_test(mailbox_order),
        cmocka_unit_test(settlement),
        cmocka_unit_test(settlement_presence),
        cmocka_unit_test(selectors),
    };
    return cmocka_run_group_tests_name("scope", tests, open_vectors, close_vectors);
}
