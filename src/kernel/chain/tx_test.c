/* Envelopes, hashes, signers: tests/vectors/tx.json, made by viem and agreed by @ethereumjs/tx. What official fixtures
 * refuse is run by `scope txtest`; here are the types that they do not know. */
#include "chain/tx.h"

#include "base/u256.h"
#include "codec/hex.h"
#include "codec/rlp.h"
#include "evm/fork.h"
#include "io/json.h"
#include "io/memory.h"
#include "signer/tx_sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct json vectors;

static u64 number(struct json object, const char *key)
{
    u64 x = 0;
    if (json_kind(json_get(object, key)) != JSON_NONE)
        assert_int_equal(json_u64(&x, json_get(object, key)), OK);
    return x;
}

static u256 wide(struct json object, const char *key)
{
    u256 x = {{0}};
    if (json_kind(json_get(object, key)) != JSON_NONE)
        assert_int_equal(json_u256(&x, json_get(object, key)), OK);
    return x;
}

static struct bytes bytes_at(struct json object, const char *key)
{
    struct bytes out = {0};
    if (json_kind(json_get(object, key)) != JSON_NONE)
        assert_int_equal(json_hex(&arena, &out, json_get(object, key)), OK);
    return out;
}

static hash32 hash_at(struct json object, const char *key)
{
    hash32 h;
    assert_int_equal(json_hex_fixed(h.b, sizeof h.b, json_get(object, key)), OK);
    return h;
}

static address address_at(struct json object, const char *key)
{
    address a;
    assert_int_equal(json_hex_fixed(a.b, sizeof a.b, json_get(object, key)), OK);
    return a;
}

static void assert_encodes(const struct tx *t, struct bytes want)
{
    struct buffer b = buffer_in(&arena);
    tx_encode(&b, t);
    assert_int_equal(b.len, want.len);
    assert_memory_equal(b.ptr, want.ptr, want.len);
}

static enum tx_type type_of(struct json fields)
{
    static const struct {
        const char *name; enum tx_type type;
    } row[] = {
        {"legacy", TX_LEGACY}, {"eip2930", TX_ACCESS_LIST}, {"eip1559", TX_DYNAMIC_FEE},
        {"eip4844", TX_BLOB},  {"eip7702", TX_SET_CODE},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (json_text_is(json_get(fields, "type"), row[i].name))
            return row[i].type;
    fail_msg("unknown type");
    return TX_LEGACY;
}

static void read_lists(struct tx *t, struct json fields)
{
    const struct json list = json_get(fields, "accessList"), blobs = json_get(fields, "blobVersionedHashes");
    struct access *access = ARENA_TAKE_ZERO(&arena, struct access, json_count(list));
    hash32 *hash = ARENA_TAKE_ZERO(&arena, hash32, json_count(blobs));
    t->access = access;
    t->access_count = json_count(list);
    for (struct json_iterator it = json_items(list); json_next(&it); access++) {
        const struct json keys = json_get(it.value, "storageKeys");
        hash32 *key = ARENA_TAKE_ZERO(&arena, hash32, json_count(keys));
        *access = (struct access){address_at(it.value, "address"), key, json_count(keys)};
        for (struct json_iterator k = json_items(keys); json_next(&k); key++)
            assert_int_equal(json_hex_fixed(key->b, sizeof key->b, k.value), OK);
    }
    t->blob_hash = hash;
    t->blob_hash_count = json_count(blobs);
    for (struct json_iterator it = json_items(blobs); json_next(&it); hash++)
        assert_int_equal(json_hex_fixed(hash->b, sizeof hash->b, it.value), OK);
}

/* The transaction from its fields, unsigned; authorizations are signed here with their keys. */
static struct tx from_fields(struct json row)
{
    const struct json f = json_get(row, "tx"), authorizations = json_get(row, "authorizations");
    struct tx t = {.type = type_of(f)};
    t.has_chain_id = json_kind(json_get(f, "chainId")) != JSON_NONE;
    t.chain_id = number(f, "chainId");
    t.nonce = number(f, "nonce");
    t.gas_limit = number(f, "gas");
    t.max_fee = wide(f, t.type <= TX_ACCESS_LIST ? "gasPrice" : "maxFeePerGas");
    t.max_priority_fee = wide(f, t.type <= TX_ACCESS_LIST ? "gasPrice" : "maxPriorityFeePerGas");
    t.max_blob_fee = wide(f, "maxFeePerBlobGas");
    t.value = wide(f, "value");
    t.data = bytes_at(f, "data");
    t.is_creation = json_kind(json_get(f, "to")) == JSON_NONE;
    if (!t.is_creation)
        t.to = address_at(f, "to");
    read_lists(&t, f);
    t.authorization_count = json_count(authorizations);
    t.authorization = ARENA_TAKE_ZERO(&arena, struct authorization, t.authorization_count);
    struct authorization *a = t.authorization;
    for (struct json_iterator it = json_items(authorizations); json_next(&it); a++) {
        const hash32 key = hash_at(it.value, "key");
        *a = (struct authorization){.chain_id = wide(it.value, "chainId"),
                                    .at = address_at(it.value, "address"),
                                    .nonce = number(it.value, "nonce")};
        assert_int_equal(authorization_sign(a, &key), OK);
    }
    return t;
}

/* Fields and a key give the envelope that viem gives, byte for byte (RFC 6979 makes signatures equal, too). */
static void signs_as_viem(void **state)
{
    (void)state;
    u32 count = 0;
    for (struct json_iterator it = json_items(json_get(vectors, "transactions")); json_next(&it); count++) {
        struct tx t = from_fields(it.value);
        const hash32 key = hash_at(it.value, "key"), want_digest = hash_at(it.value, "signing_hash"),
                     want_hash = hash_at(it.value, "hash");
        const address sender = address_at(it.value, "sender");
        hash32 digest;
        tx_signing_hash(&digest, &t, &arena);
        assert_memory_equal(&digest, &want_digest, 32);
        assert_int_equal(tx_sign(&t, &key, &arena), OK);
        assert_memory_equal(&t.hash, &want_hash, 32);
        assert_memory_equal(&t.sender, &sender, 20);
        assert_encodes(&t, bytes_at(it.value, "serialized"));
    }
    assert_int_equal(count, 13);
}

/* What viem wrote is read, hashes to the same, names its signer and every authority, and is written back the same. */
static void reads_viem(void **state)
{
    (void)state;
    for (struct json_iterator it = json_items(json_get(vectors, "transactions")); json_next(&it);) {
        const struct bytes envelope = bytes_at(it.value, "serialized");
        const hash32 hash = hash_at(it.value, "hash");
        const address sender = address_at(it.value, "sender");
        struct tx t;
        assert_int_equal(tx_decode(&t, &arena, envelope, TX_TYPES_ALL | TX_ADMITS_EIP155), OK);
        assert_int_equal(t.type, type_of(json_get(it.value, "tx")));
        assert_memory_equal(&t.hash, &hash, 32);
        assert_false(t.has_sender);
        assert_int_equal(tx_recover(&t, true, &arena), OK);
        assert_memory_equal(&t.sender, &sender, 20);
        assert_encodes(&t, envelope);
        u32 i = 0;
        for (struct json_iterator a = json_items(json_get(it.value, "authorizations")); json_next(&a); i++) {
            const address authority = address_at(a.value, "authority");
            const hash32 want = hash_at(a.value, "hash");
            hash32 digest;
            authorization_signing_hash(&digest, &t.authorization[i]);
            assert_memory_equal(&digest, &want, 32);
            authorization_recover(&t.authorization[i]);
            assert_int_equal(t.authorization[i].signer_is, SIGNER_FOUND);
            assert_memory_equal(&t.authorization[i].signer, &authority, 20);
        }
        assert_int_equal(i, t.authorization_count);
    }
}

/* As an item of a block: legacy is a list, the others are strings; both read back. */
static void travels_in_blocks(void **state)
{
    (void)state;
    for (struct json_iterator it = json_items(json_get(vectors, "transactions")); json_next(&it);) {
        const struct bytes envelope = bytes_at(it.value, "serialized");
        struct tx t, back;
        assert_int_equal(tx_decode(&t, &arena, envelope, TX_TYPES_ALL | TX_ADMITS_EIP155), OK);
        struct buffer got = buffer_in(&arena), want = buffer_in(&arena);
        tx_encode_item(&got, &t);
        if (t.type == TX_LEGACY)
            buffer_add_bytes(&want, envelope);
        else
            rlp_add_string(&want, envelope);
        assert_int_equal(got.len, want.len);
        assert_memory_equal(got.ptr, want.ptr, want.len);
        assert_int_equal(tx_decode_item(&back, &arena, buffer_bytes(&got), TX_TYPES_ALL | TX_ADMITS_EIP155), OK);
        assert_memory_equal(&back.hash, &t.hash, 32);
    }
}

static void system_transactions(void **state)
{
    (void)state;
    for (struct json_iterator it = json_items(json_get(vectors, "system")); json_next(&it);) {
        const struct bytes envelope = bytes_at(it.value, "serialized"), data = bytes_at(it.value, "data");
        const hash32 hash = hash_at(it.value, "hash");
        const address to = address_at(it.value, "to");
        struct tx t;
        assert_int_equal(tx_decode(&t, &arena, envelope, TX_TYPES_ETHEREUM), REJECT_TX_TYPE_NOT_SUPPORTED);
        assert_int_equal(tx_decode(&t, &arena, envelope, TX_TYPES_ALL), OK);
        assert_int_equal(t.chain_id, number(it.value, "chainId"));
        assert_int_equal(t.block_number, number(it.value, "blockNumber"));
        assert_int_equal(t.index, number(it.value, "index"));
        assert_int_equal(t.gas_limit, number(it.value, "gasLimit"));
        assert_memory_equal(&t.to, &to, 20);
        assert_true(bytes_eq(t.data, data));
        assert_memory_equal(&t.hash, &hash, 32);
        assert_true(t.has_sender);
        assert_memory_equal(&t.sender, &system_sender, 20);
        assert_encodes(&t, envelope);
    }
}

/* RLP from a text: hex digits are strings, brackets lists, "-" the empty string. */
static const char *add_rlp(struct buffer *b, const char *p)
{
    while (*p && *p != ']') {
        if (*p == '[') {
            const size_t list = rlp_open(b);
            p = add_rlp(b, p + 1);
            rlp_close(b, list);
            assert_int_equal(*p, ']');
            p++;
        } else if (*p == '-') {
            rlp_add_string(b, (struct bytes){0});
            p++;
        } else if (*p == ' ') {
            p++;
        } else {
            struct bytes item;
            const size_t len = strspn(p, "0123456789abcdef");
            assert_int_equal(hex_bytes(&arena, &item, bytes_of(p, len)), OK);
            rlp_add_string(b, item);
            p += len;
        }
    }
    return p;
}

#define TO "00000000000000000000000000000000000000aa"
#define WORD "0100000000000000000000000000000000000000000000000000000000000001"
#define HUGE33 "01" WORD
#define U64_OVER "010000000000000000"

/* One thing is wrong with each. */
static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *what; unsigned type; const char *rlp; enum err want;
    } row[] = {
        {"blob: as it should be", 3, "[01 07 01 02 5208 " TO " - - [] 01 [" WORD "] - 01 01]", OK},
        {"blob: with its sidecar", 3, "[[01 07 01 02 5208 " TO " - - [] 01 [" WORD "] - 01 01] [] [] []]",
         REJECT_TX_BLOB_FULL},
        {"blob: hash of 31 bytes", 3, "[01 07 01 02 5208 " TO " - - [] 01 [" TO "] - 01 01]", REJECT_TX_FIELD_SIZE},
        {"blob: hashes not a list", 3, "[01 07 01 02 5208 " TO " - - [] 01 " WORD " - 01 01]",
         REJECT_TX_RLP_INVALID_FIELD},
        {"blob: fee above 2^256", 3, "[01 07 01 02 5208 " TO " - - [] " HUGE33 " [" WORD "] - 01 01]",
         REJECT_TX_FIELD_SIZE},
        {"blob: a field short", 3, "[01 07 01 02 5208 " TO " - - [] 01 [" WORD "] - 01]",
         REJECT_TX_RLP_TOO_FEW_ELEMENTS},
        {"blob: a field long", 3, "[01 07 01 02 5208 " TO " - - [] 01 [" WORD "] - 01 01 01]",
         REJECT_TX_RLP_TOO_MANY_ELEMENTS},
        {"blob: parity 2", 3, "[01 07 01 02 5208 " TO " - - [] 01 [" WORD "] 02 01 01]",
         REJECT_TX_INVALID_SIGNATURE_VRS},
        {"blob: parity of 33 bytes", 3, "[01 07 01 02 5208 " TO " - - [] 01 [" WORD "] " HUGE33 " 01 01]",
         REJECT_TX_INVALID_SIGNATURE_VRS},
        {"blob: chain id above 2^64", 3, "[" U64_OVER " 07 01 02 5208 " TO " - - [] 01 [" WORD "] - 01 01]",
         REJECT_TX_INVALID_CHAINID},
        {"set code: as it should be", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - 01 01 01]] - 01 01]", OK},
        {"set code: no authorization is for execution to refuse", 4, "[01 07 01 02 5208 " TO " - - [] [] - 01 01]", OK},
        {"set code: parity 255 travels", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - ff 01 01]] - 01 01]", OK},
        {"set code: parity 256", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - 0100 01 01]] - 01 01]",
         REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: nonce above 2^64", 4,
         "[01 07 01 02 5208 " TO " - - [] [[01 " TO " " U64_OVER " 01 01 01]] - 01 01]",
         REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: chain id above 2^256", 4,
         "[01 07 01 02 5208 " TO " - - [] [[" HUGE33 " " TO " - 01 01 01]] - 01 01]", REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: r above 2^256", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - 01 " HUGE33 " 01]] - 01 01]",
         REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: s with leading zeros", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - 01 01 0001]] - 01 01]",
         REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: address of 32 bytes", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " WORD " - 01 01 01]] - 01 01]",
         REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: authorization a field short", 4, "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - 01 01]] - 01 01]",
         REJECT_TX_AUTHORIZATION_FORMAT},
        {"set code: authorization a field long", 4,
         "[01 07 01 02 5208 " TO " - - [] [[01 " TO " - 01 01 01 01]] - 01 01]", REJECT_TX_AUTHORIZATION_FORMAT},
        {"system: as it should be", 0x7e, "[01 05 - " TO " 5208 -]", OK},
        {"system: creation", 0x7e, "[01 05 - - 5208 -]", REJECT_TX_ADDRESS_TOO_SHORT},
        {"system: block number above 2^64", 0x7e, "[01 " U64_OVER " - " TO " 5208 -]", REJECT_TX_FIELD_SIZE},
        {"system: index with leading zeros", 0x7e, "[01 05 0001 " TO " 5208 -]", REJECT_TX_RLP_LEADING_ZEROS},
        {"system: signed", 0x7e, "[01 05 - " TO " 5208 - 01 01 01]", REJECT_TX_RLP_TOO_MANY_ELEMENTS},
        {"access list: entry a field short", 1, "[01 07 01 5208 " TO " - - [[" TO "]] - 01 01]",
         REJECT_TX_RLP_TOO_FEW_ELEMENTS},
        {"access list: entry a field long", 1, "[01 07 01 5208 " TO " - - [[" TO " [] -]] - 01 01]",
         REJECT_TX_RLP_TOO_MANY_ELEMENTS},
        {"access list: keys not a list", 1, "[01 07 01 5208 " TO " - - [[" TO " -]] - 01 01]",
         REJECT_TX_RLP_INVALID_FIELD},
        {"access list: entry not a list", 1, "[01 07 01 5208 " TO " - - [" TO "] - 01 01]",
         REJECT_TX_RLP_INVALID_FIELD},
        {"type 5", 5, "[01]", REJECT_TX_TYPE_NOT_SUPPORTED},
        {"type 0x7f", 0x7f, "[01]", REJECT_TX_TYPE_NOT_SUPPORTED},
        {"a string in place of the list", 2, "01", REJECT_TX_RLP_ERROR_SIZE},
        {"two lists", 0x7e, "[01 05 - " TO " 5208 -][]", REJECT_TX_RLP_ERROR_SIZE},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct buffer b = buffer_in(&arena);
        struct tx t;
        buffer_add_u8(&b, (u8)row[i].type);
        add_rlp(&b, row[i].rlp);
        const enum err got = tx_decode(&t, &arena, buffer_bytes(&b), TX_TYPES_ALL | TX_ADMITS_EIP155);
        if (got != row[i].want)
            fail_msg("%s: %s", row[i].what, err_name(got));
        if (got == OK)
            assert_encodes(&t, buffer_bytes(&b));
    }
}

/* No prefix of an envelope is one, nor is an envelope with a byte more; nothing outside of the bytes is read
 * (sanitizers watch). */
static void truncated(void **state)
{
    (void)state;
    for (struct json_iterator it = json_items(json_get(vectors, "transactions")); json_next(&it);) {
        const struct bytes envelope = bytes_at(it.value, "serialized");
        struct tx t;
        for (size_t len = 0; len < envelope.len; len++) {
            const struct arena_mark mark = arena_mark(&arena);
            const struct bytes part = arena_copy(&arena, bytes_of(envelope.ptr, len));
            assert_true(err_is_reject(tx_decode(&t, &arena, part, TX_TYPES_ALL | TX_ADMITS_EIP155)));
            arena_rewind(&arena, mark);
        }
        struct buffer longer = buffer_in(&arena);
        buffer_add_bytes(&longer, envelope);
        buffer_add_u8(&longer, 0);
        assert_true(err_is_reject(tx_decode(&t, &arena, buffer_bytes(&longer), TX_TYPES_ALL | TX_ADMITS_EIP155)));
    }
}

/* EIP-2, EIP-7702: which signatures recover to an address, and which do not. */
static void signatures(void **state)
{
    (void)state;
    static const hash32 order = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}};
    const hash32 key = {{[31] = 1}}, zero = {{0}};
    struct tx t = {.type = TX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = 1, .gas_limit = 21000};
    assert_int_equal(tx_sign(&t, &zero, &arena), REJECT_KEY);
    assert_int_equal(tx_sign(&t, &key, &arena), OK);
    const struct signature good = t.signature;

    /* n - s with the other parity is the same signer, and too high from Homestead on */
    u256 s = u256_from_hash32(&good.s);
    const u256 n = u256_from_hash32(&order);
    u256_sub(&s, &n, &s);
    struct signature high = good;
    high.s = u256_to_hash32(&s);
    high.y_parity ^= 1;
    const struct { struct signature signature; bool low_s; enum err want; } row[] = {
        {good, true, OK},
        {high, false, OK},
        {high, true, REJECT_TX_INVALID_SIGNATURE_VRS},
        {{zero, good.s, 0}, true, REJECT_TX_INVALID_SIGNATURE_VRS},
        {{good.r, zero, 0}, true, REJECT_TX_INVALID_SIGNATURE_VRS},
        {{order, good.s, 0}, true, REJECT_TX_INVALID_SIGNATURE_VRS},
        {{good.r, order, 0}, false, REJECT_TX_INVALID_SIGNATURE_VRS},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct tx copy = t;
        copy.signature = row[i].signature;
        copy.has_sender = false;
        memset(&copy.sender, 0, sizeof copy.sender);
        assert_int_equal(tx_recover(&copy, row[i].low_s, &arena), row[i].want);
        assert_int_equal(copy.has_sender, row[i].want == OK);
        if (row[i].want == OK)
            assert_memory_equal(&copy.sender, &t.sender, 20);
    }

    struct authorization a = {.chain_id = {{1, 0, 0, 0}}, .nonce = 3};
    assert_int_equal(authorization_sign(&a, &key), OK);
    const struct authorization signed_by_key = a;
    s = u256_from_hash32(&a.s);
    u256_sub(&s, &n, &s);
    for (int way = 0; way < 4; way++) {
        a = signed_by_key;
        a.signer_is = SIGNER_UNKNOWN;
        switch (way) {
        case 1: a.s = u256_to_hash32(&s); a.y_parity ^= 1; break; /* EIP-7702: s <= n / 2 */
        case 2: a.y_parity = 2; break;
        case 3: a.r = zero; break;
        default: break;
        }
        authorization_recover(&a);
        assert_int_equal(a.signer_is, way == 0 ? SIGNER_FOUND : SIGNER_NONE);
    }
}

/* EIP-2028, 3860, 2930, 7702, 7623: intrinsic gas and floor, added up by hand. */
static void gas(void **state)
{
    (void)state;
    static const u8 data[] = {0, 0, 0, 1, 2}; /* 3 zero bytes, 2 others */
    static const hash32 key[3];
    static const struct access list[] = {{.key = key, .key_count = 3}, {.key_count = 0}};
    struct authorization authorization[2];
    memset(authorization, 0, sizeof authorization);
    const struct { const char *what; struct tx tx; enum fork_id fork; u64 intrinsic, floor;
    } row[] = {
        {"empty", {0}, FORK_FRONTIER, 21000, 0},
        {"empty, Prague", {0}, FORK_PRAGUE, 21000, 21000},
        {"data", {.data = BYTES_OF(data)}, FORK_FRONTIER, 21000 + 3 * 4 + 2 * 68, 0},
        {"data, EIP-2028", {.data = BYTES_OF(data)}, FORK_ISTANBUL, 21000 + 3 * 4 + 2 * 16, 0},
        {"data, EIP-7623", {.data = BYTES_OF(data)}, FORK_PRAGUE, 21000 + 3 * 4 + 2 * 16, 21000 + 10 * (3 + 2 * 4)},
        {"creation, Frontier", {.is_creation = true}, FORK_FRONTIER, 21000, 0},
        {"creation, EIP-2", {.is_creation = true}, FORK_HOMESTEAD, 53000, 0},
        {"creation, EIP-3860",
         {.is_creation = true, .data = BYTES_OF(data)},
         FORK_SHANGHAI,
         53000 + 3 * 4 + 2 * 16 + 2,
         0},
        {"access list", {.access = list, .access_count = 2}, FORK_BERLIN, 21000 + 2 * 2400 + 3 * 1900, 0},
        {"authorizations",
         {.authorization = authorization, .authorization_count = 2},
         FORK_PRAGUE,
         21000 + 2 * 25000,
         21000},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        assert_int_equal(tx_intrinsic_gas(&row[i].tx, &fork_table[row[i].fork]), row[i].intrinsic);
        assert_int_equal(tx_floor_gas(&row[i].tx, &fork_table[row[i].fork]), row[i].floor);
    }
}

/* However full the buffer is, an item is behind what was there, and stays when more is taken of the arena. */
static void items_in_full_buffers(void **state)
{
    (void)state;
    u8 data[60];
    memset(data, 0x5a, sizeof data);
    const struct tx t = {.type = TX_DYNAMIC_FEE, .chain_id = 1, .data = BYTES_OF(data)};
    struct buffer envelope = buffer_in(&arena), item = buffer_in(&arena);
    tx_encode(&envelope, &t);
    rlp_add_string(&item, buffer_bytes(&envelope));
    for (size_t before = 0; before < 600; before++) {
        struct arena own;
        arena_init(&own, &system_memory);
        struct buffer out = buffer_in(&own);
        memset(buffer_extend(&out, before), 0xee, before);
        tx_encode_item(&out, &t);
        memset(arena_take(&own, 4096), 0, 4096);
        assert_int_equal(out.len, before + item.len);
        for (size_t i = 0; i < before; i++)
            assert_int_equal(out.ptr[i], 0xee);
        assert_memory_equal(out.ptr + before, item.ptr, item.len);
        arena_release(&own);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_viem),       cmocka_unit_test(reads_viem), cmocka_unit_test(travels_in_blocks),
        cmocka_unit_test(system_transactions), cmocka_unit_test(malformed),  cmocka_unit_test(truncated),
        cmocka_unit_test(signatures),          cmocka_unit_test(gas),
        cmocka_unit_test(items_in_full_buffers),
    };
    struct complaint complaint = {0};
    arena_init(&arena, &system_memory);
    if (json_read_file(&arena, &vectors, &complaint, "tests/vectors/tx.json", 1 << 20) != OK) {
        fprintf(stderr, "%s: %s\n", "tests/vectors/tx.json", complaint.text);
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
