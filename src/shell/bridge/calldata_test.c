/* What the builder says to the contracts, and what users and provers sign: against viem (tests/vectors/protocol.json).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/calldata.h"
#include "bridge/events.h"
#include "crypto/keccak.h"
#include "io/vector.h"
#include "prover/prover.h"

static struct arena arena;
static struct json protocol;

static int open_vectors(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    protocol = vector_open(&arena, "tests/vectors/protocol.json");
    return 0;
}

static int close_vectors(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct scoped_call inbound_of(struct json v, u64 target)
{
    const struct json r = json_get(v, "request");
    return (struct scoped_call){
        .source_chain = vector_u64(v, "sourceChainId"),
        .target_chain = target,
        .from = vector_address(v, "from"),
        .nonce = vector_u256(v, "nonce"),
        .request = {vector_address(r, "to"), vector_u256(r, "value"), vector_u256(r, "gasLimit"),
                    vector_bytes(&arena, r, "data")},
    };
}

static struct signed_operation *operation_of(struct json o)
{
    struct signed_operation *out = ARENA_TAKE_ZERO(&arena, struct signed_operation, 1);
    const struct json calls = json_get(o, "calls");
    struct operation_call *call = ARENA_TAKE(&arena, struct operation_call, json_count(calls));
    struct json_iterator it = json_items(calls);
    for (size_t i = 0; json_next(&it); i++)
        call[i] = (struct operation_call){vector_address(it.value, "to"), vector_u256(it.value, "value"),
                                          vector_bytes(&arena, it.value, "data")};
    out->nonce = vector_u256(o, "nonce");
    out->deadline = vector_u64(o, "deadline");
    out->gas_limit = vector_u64(o, "gasLimit");
    out->submitter = vector_address(o, "submitter");
    out->call = call;
    out->call_count = json_count(calls);
    return out;
}

static void read_nested(struct nested *out, struct json v)
{
    const struct json list = json_get(v, "inbound"), leaves = json_get(v, "responseHashes");
    struct scoped_call *inbound = ARENA_TAKE(&arena, struct scoped_call, json_count(list));
    hash32 *leaf = ARENA_TAKE(&arena, hash32, json_count(leaves));
    for (u32 i = 0; i < json_count(list); i++) {
        inbound[i] = inbound_of(json_at(list, i), 1);
        assert_int_equal(json_hex_fixed(leaf[i].b, 32, json_at(leaves, i)), OK);
    }
    *out = (struct nested){vector_hash(v, "requestHash"), inbound, leaf, json_count(list)};
}

static void read_step(struct step *out, struct json v)
{
    const struct json inbound = json_at(json_get(v, "inbound"), 0), operation = json_at(json_get(v, "operation"), 0);
    *out = (struct step){.floor = vector_u64(v, "floor")};
    assert_int_equal(json_bool(&out->announces, json_get(v, "announces")), OK);
    if (json_kind(inbound) != JSON_NONE) {
        struct scoped_call *call = ARENA_TAKE(&arena, struct scoped_call, 1);
        *call = inbound_of(inbound, 1);
        out->inbound = call;
    }
    if (json_kind(operation) != JSON_NONE) {
        struct signed_operation *o = operation_of(json_get(operation, "operation"));
        o->account = vector_address(operation, "account");
        assert_int_equal(json_hex_fixed(o->signature, 65, json_get(operation, "signature")), OK);
        out->operation = o;
    }
}

static void read_plan(struct l1_plan *out, struct json v)
{
    const struct json p = json_get(v, "preconditions"), f = json_get(v, "fills"), n = json_get(v, "nested"),
                      s = json_get(v, "steps");
    struct precondition *precondition = ARENA_TAKE(&arena, struct precondition, json_count(p));
    struct fill *fill = ARENA_TAKE(&arena, struct fill, json_count(f));
    struct nested *nested = ARENA_TAKE(&arena, struct nested, json_count(n));
    struct step *step = ARENA_TAKE(&arena, struct step, json_count(s));
    for (u32 i = 0; i < json_count(p); i++)
        precondition[i] =
            (struct precondition){vector_address(json_at(p, i), "target"), vector_bytes(&arena, json_at(p, i), "data"),
                                  vector_hash(json_at(p, i), "resultHash")};
    for (u32 i = 0; i < json_count(f); i++)
        fill[i] = (struct fill){vector_u64(json_at(f, i), "chainId"), vector_hash(json_at(f, i), "requestHash"),
                                vector_bytes(&arena, json_at(f, i), "response")};
    for (u32 i = 0; i < json_count(n); i++)
        read_nested(&nested[i], json_at(n, i));
    for (u32 i = 0; i < json_count(s); i++)
        read_step(&step[i], json_at(s, i));
    *out =
        (struct l1_plan){precondition, json_count(p), fill, json_count(f), nested, json_count(n), step, json_count(s)};
}

static void plans(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "plans");
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        struct l1_plan plan;
        hash32 hash;
        read_plan(&plan, it.value);
        plan_hash(&hash, &plan, &arena);
        assert_hash(&hash, it.value, "planHash");
    }
}

/* The digest, and the signature by the key that the generator derives from its seed: here it is recovered. */
static void operations(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "operations");
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        struct signed_operation *o = operation_of(json_get(it.value, "operation"));
        o->account = vector_address(it.value, "account");
        const address bridge = vector_address(it.value, "bridge");
        hash32 digest;
        operation_hash(&digest, o, vector_u64(it.value, "chainId"), &bridge, &arena);
        assert_hash(&digest, it.value, "operationHash");
        u8 rsv[65];
        struct signature s;
        address signer;
        assert_int_equal(json_hex_fixed(rsv, sizeof rsv, json_get(it.value, "signature")), OK);
        memcpy(s.r.b, rsv, 32);
        memcpy(s.s.b, rsv + 32, 32);
        s.y_parity = rsv[64] - 27;
        assert_int_equal(secp256k1_recover(&signer, &digest, &s), OK);
        assert_memory_equal(signer.b, o->account.b, 20);
    }
}

/* A prover's signature is deterministic (RFC 6979), so the whole item must be viem's. */
static void attestations(void **state)
{
    (void)state;
    struct json list = json_get(protocol, "attestations");
    struct json_iterator it = json_items(list);
    assert_int_not_equal(json_count(list), 0);
    while (json_next(&it)) {
        struct json v = it.value;
        const hash32 key = vector_hash(v, "privateKey"), statement = vector_hash(v, "statement");
        const struct quorum q = {
            .l1_chain_id = vector_u64(v, "l1ChainId"),
            .verifier = vector_address(v, "verifier"),
            .program_id = vector_hash(v, "programId"),
            .proof_system_id = vector_hash(v, "proofSystemId"),
            .prover_set_epoch = vector_u64(v, "proverSetEpoch"),
            .deadline = vector_u64(v, "deadline"),
        };
        struct attestation a;
        assert_int_equal(attestation_sign(&a, &key, &q, vector_u64(v, "chainId"), &statement), OK);
        struct buffer proof = buffer_in(&arena);
        quorum_proof(&proof, &a, 1);
        assert_bytes(buffer_bytes(&proof), vector_bytes(&arena, v, "item"));
    }
}

/* Each topic is the hash of its signature; those of the specification are the specification's (draft.json). */
static void topics(void **state)
{
    (void)state;
    static const char *const signature[EVENT_COUNT] = {
#define EVENT(name, text, ...) [EVENT_##name] = text,
#include "bridge/events.def"
#undef EVENT
    };
    for (enum event e = 0; e < EVENT_COUNT; e++) {
        hash32 h;
        keccak256(&h, signature[e], strlen(signature[e]));
        if (!hash32_eq(&h, &event_topic[e]))
            fail_msg("%s", signature[e]);
    }
    const struct json given = json_get(vector_open(&arena, "tests/vectors/draft.json"), "topics");
    assert_hash(&event_topic[EVENT_SCOPED_CALL], given, signature[EVENT_SCOPED_CALL]);
    assert_hash(&scoped_call_topic, given, signature[EVENT_SCOPED_CALL]);
    assert_hash(&event_topic[EVENT_SCOPED_CALL_EXECUTED], given, signature[EVENT_SCOPED_CALL_EXECUTED]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans),
        cmocka_unit_test(operations),
        cmocka_unit_test(attestations),
        cmocka_unit_test(topics),
    };
    return cmocka_run_group_tests_name("calldata", tests, open_vectors, close_vectors);
}
