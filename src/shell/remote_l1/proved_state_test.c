/* State of an L1 that is not ours: a view over anvil's proofs says what anvil says; and whatever a node bends on the
 * way is noticed by name. Anvil and the liar before it: tests/client/rpc_liar.mjs. */
#include "remote_l1/proved_state.h"

#include "base/u256.h"
#include "codec/hex.h"
#include "ethrpc/rpc_types.h"
#include "io/memory.h"
#include "io/peer_for_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static struct peer server;

static int start_server(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    return !peer_start(&server, "tests/client/rpc_liar.mjs");
}

static int stop_server(void **state)
{
    (void)state;
    arena_release(&arena);
    return !peer_stop(&server);
}

static struct rpc_client *client_for(const char *path)
{
    char url[64];
    struct rpc_client *c;
    snprintf(url, sizeof url, "http://127.0.0.1:%s/%s", server.port, path);
    assert_int_equal(rpc_open(&c, &system_memory, url), OK);
    return c;
}

static struct json ask(struct rpc_client *c, const char *method, const char *params)
{
    struct json result;
    const enum err e = rpc_call_one(c, &arena, &result, method, bytes_of(params, strlen(params)));
    if (e != OK)
        print_message("%s: %s\n", method, rpc_why(c));
    assert_int_equal(e, OK);
    return result;
}

#define THING "0x00000000000000000000000000000000000c0de5"
#define RICH "0x0000000000000000000000000000000000001234"
#define ABSENT "0x00000000000000000000000000000000000000aa"
#define SLOT "0x0000000000000000000000000000000000000000000000000000000000000007"
#define ZERO_SLOT "0x0000000000000000000000000000000000000000000000000000000000000008"
#define WORD "0x00000000000000000000000000000000000000000000000000000000deadbeef"

/* A contract with a slot, an account with a balance, and a block that has both. */
static void prepare(void)
{
    struct rpc_client *c = client_for("honest");
    ask(c, "anvil_setCode", "[\"" THING "\",\"0x60075460005260206000f3\"]");
    ask(c, "anvil_setStorageAt", "[\"" THING "\",\"" SLOT "\",\"" WORD "\"]");
    ask(c, "anvil_setBalance", "[\"" RICH "\",\"0x123456789abcdef0\"]");
    ask(c, "anvil_mine", "[\"0x1\"]");
    rpc_close(c);
}

static address address_of(const char *text)
{
    address a;
    assert_int_equal(hex_fixed(a.b, sizeof a.b, bytes_of(text, strlen(text))), OK);
    return a;
}

static u256 word_of(const char *text)
{
    u8 be[32];
    assert_int_equal(hex_fixed(be, sizeof be, bytes_of(text, strlen(text))), OK);
    return u256_from_be(be);
}

struct seat {
    struct rpc_client *rpc;
    struct proved_state *l1;
    struct trie_db *tries;
    struct code_source codes;
    struct state *view;
};

static enum err pin_head(struct rpc_client *rpc, struct header *h, hash32 *hash, struct buffer *why)
{
    return rpc_header(&arena, h, hash, ask(rpc, "eth_getBlockByNumber", "[\"latest\",false]"), why);
}

/* A view of the head by way of `path`. The header comes by the honest way: it is not what is tested here. */
static void sit(struct seat *s, const char *path)
{
    struct rpc_client *honest = client_for("honest");
    struct buffer why = buffer_in(&arena);
    struct header h;
    hash32 hash;
    assert_int_equal(pin_head(honest, &h, &hash, &why), OK);
    rpc_close(honest);
    s->rpc = client_for(path);
    s->l1 = proved_state_open(&system_memory, s->rpc);
    proved_state_pin(s->l1, &h.state_root, &hash);
    const struct node_source nodes = proved_state_nodes(s->l1);
    const struct state_fetch fetch = proved_state_fetch(s->l1);
    s->tries = trie_db_open(&system_memory, &nodes);
    s->codes = proved_state_codes(s->l1);
    s->view = state_open(&system_memory, s->tries, &s->codes, &h.state_root);
    state_fetch_from(s->view, &fetch);
}

static void rise(struct seat *s)
{
    state_release(s->view);
    trie_db_release(s->tries);
    proved_state_close(s->l1);
    rpc_close(s->rpc);
}

/* Balances, nonces, codes and slots are what anvil itself says they are, absent ones included. */
static void test_view_is_what_the_node_says(void **state)
{
    (void)state;
    static const char *const who[] = {THING, RICH, ABSENT, "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
                                      "0x0000f90827f1c53a10cb7a02335b175320002935"};
    static const char *const keys[] = {SLOT, ZERO_SLOT,
                                       "0x0000000000000000000000000000000000000000000000000000000000000000"};
    struct seat s;
    prepare();
    sit(&s, "honest");
    for (size_t i = 0; i < COUNT_OF(who); i++) {
        const address at = address_of(who[i]);
        const struct account *a;
        struct bytes code, want_code;
        char params[256];
        u256 want;
        u64 want_nonce;
        assert_int_equal(state_account(s.view, &a, NULL, &at), OK);
        assert_int_equal(state_code(s.view, &code, a), OK);
        snprintf(params, sizeof params, "[\"%s\",\"latest\"]", who[i]);
        assert_int_equal(json_u256(&want, ask(s.rpc, "eth_getBalance", params)), OK);
        assert_true(u256_eq(&want, &a->balance));
        assert_int_equal(json_u64(&want_nonce, ask(s.rpc, "eth_getTransactionCount", params)), OK);
        assert_int_equal(want_nonce, a->nonce);
        assert_int_equal(json_hex(&arena, &want_code, ask(s.rpc, "eth_getCode", params)), OK);
        assert_true(bytes_eq(want_code, code));
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            const u256 key = word_of(keys[k]);
            const struct storage_slot *slot;
            assert_int_equal(state_storage_slot(s.view, &slot, NULL, a, &key), OK);
            snprintf(params, sizeof params, "[\"%s\",\"%s\",\"latest\"]", who[i], keys[k]);
            assert_int_equal(json_u256(&want, ask(s.rpc, "eth_getStorageAt", params)), OK);
            assert_true(u256_eq(&want, &slot->current));
        }
    }
    assert_int_equal(proved_state_account_count(s.l1), COUNT_OF(who));
    rise(&s);
}

/* At the next block, one round brings all that was looked at before. */
static void test_next_block_takes_one_round(void **state)
{
    (void)state;
    struct seat s;
    struct header h;
    hash32 hash;
    struct buffer why = buffer_in(&arena);
    const address thing = address_of(THING), rich = address_of(RICH);
    const u256 key = word_of(SLOT);
    prepare();
    sit(&s, "honest");
    const struct account *a;
    const struct storage_slot *slot;
    assert_int_equal(state_account(s.view, &a, NULL, &rich), OK);
    assert_int_equal(state_account(s.view, &a, NULL, &thing), OK);
    assert_int_equal(state_storage_slot(s.view, &slot, NULL, a, &key), OK);
    state_release(s.view);
    ask(s.rpc, "anvil_setStorageAt", "[\"" THING "\",\"" SLOT "\",\"" SLOT "\"]");
    ask(s.rpc, "anvil_mine", "[\"0x1\"]");
    assert_int_equal(pin_head(s.rpc, &h, &hash, &why), OK);
    proved_state_pin(s.l1, &h.state_root, &hash);
    const struct state_fetch fetch = proved_state_fetch(s.l1);
    s.view = state_open(&system_memory, s.tries, &s.codes, &h.state_root);
    state_fetch_from(s.view, &fetch);
    const u64 before = proved_state_counts(s.l1).rounds;
    struct bytes code;
    assert_int_equal(state_account(s.view, &a, NULL, &rich), OK);
    assert_int_equal(state_account(s.view, &a, NULL, &thing), OK);
    assert_int_equal(state_code(s.view, &code, a), OK);
    assert_int_equal(state_storage_slot(s.view, &slot, NULL, a, &key), OK);
    assert_true(u256_eq(&slot->current, &key));
    assert_int_equal(code.len, 11);
    assert_int_equal(proved_state_counts(s.l1).rounds, before + 1);
    rise(&s);
}

/* A state that was not pinned is not requested: its block is not known. */
static void test_only_pinned_states(void **state)
{
    (void)state;
    struct seat s;
    sit(&s, "honest");
    const address at = address_of(RICH);
    const struct state_fetch fetch = proved_state_fetch(s.l1);
    const hash32 root = {{1}};
    bool found;
    struct bytes value;
    assert_int_equal(state_find(s.tries, &fetch, &found, &value, &root, &at), FAULT_STATE_MISSING);
    assert_int_equal(state_find(s.tries, NULL, &found, &value, state_root(s.view), &at), FAULT_STATE_MISSING);
    rise(&s);
}

/* What is bent on the way is noticed where it is read, and by name. A code comes with its account. */
static void test_lies(void **state)
{
    (void)state;
    static const struct { const char *lie; enum err account, slot; } row[] = {
        {"account", REJECT_PROOF, OK},   {"short", REJECT_PROOF, OK},   {"other", REJECT_PROOF, OK},
        {"slot", OK, REJECT_PROOF},      {"code", REJECT_L1_CODE, OK},  {"empty", REJECT_L1_CODE, OK},
        {"ids", REJECT_RPC, OK},         {"twice", REJECT_RPC, OK},     {"missing", REJECT_RPC, OK},
        {"version", REJECT_RPC, OK},     {"both", REJECT_RPC, OK},      {"html", REJECT_RPC, OK},
        {"honest", OK, OK},
    };
    prepare();
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct seat s;
        const struct account *a;
        const struct storage_slot *slot;
        const address at = address_of(THING);
        const u256 key = word_of(SLOT);
        sit(&s, row[i].lie);
        const enum err e = state_account(s.view, &a, NULL, &at);
        if (e != row[i].account)
            print_message("%s: %s: %s\n", row[i].lie, err_name(e), proved_state_why(s.l1));
        assert_int_equal(e, row[i].account);
        if (e == OK)
            assert_int_equal(state_storage_slot(s.view, &slot, NULL, a, &key), row[i].slot);
        if (e != OK || row[i].slot != OK)
            assert_true(strlen(proved_state_why(s.l1)) > 20);
        rise(&s);
    }
}

/* A header that is not what its hash says. */
static void test_header(void **state)
{
    (void)state;
    struct buffer why = buffer_in(&arena);
    struct header h;
    hash32 hash;
    struct rpc_client *c = client_for("header");
    assert_int_equal(pin_head(c, &h, &hash, &why), REJECT_L1_HEADER);
    assert_true(why.len > 20);
    rpc_close(c);
    c = client_for("honest");
    assert_int_equal(pin_head(c, &h, &hash, &why), OK);
    assert_int_equal(h.field_count, HEADER_PRAGUE);
    struct json result;
    assert_int_equal(rpc_call_one(c, &arena, &result, "eth_noSuchMethod", bytes_of(NULL, 0)), REJECT_RPC_REFUSED);
    assert_non_null(strstr(rpc_why(c), "eth_noSuchMethod"));
    rpc_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view_is_what_the_node_says), cmocka_unit_test(test_next_block_takes_one_round),
        cmocka_unit_test(test_only_pinned_states),         cmocka_unit_test(test_lies),
        cmocka_unit_test(test_header),
    };
    return cmocka_run_group_tests_name("l1 state", tests, start_server, stop_server);
}
