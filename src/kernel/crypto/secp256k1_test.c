/* Expected signatures and addresses: viem's sign and privateKeyToAddress (npm), digests of "", "scope" and 200 times
 * "x". */
#include "crypto/secp256k1.h"

#include "crypto/test_hex.h"
#include "signer/secp256k1_sign.h"

static const struct {
    const char *key, *digest, *r, *s;
    u8 y_parity;
    const char *signer;
} row[] = {
    {"0000000000000000000000000000000000000000000000000000000000000001",
     "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
     "03925438bf9bdfed9cb8d9d9467f8fc624f389846f0db71f4f5c84b483077da6",
     "2ca68cb1027ace392bc6a84fe0ba29288aa07942f571f56201dd33c009ee3886", 1,
     "7e5f4552091a69125d5dfcb7b8c2659029395bdf"},
    {"0000000000000000000000000000000000000000000000000000000000000001",
     "6760d0b4f6c19fc4031286d0fcd3500c810a2471efb89cb7e125b719f63fa2f4",
     "7b2049f4cf963358b33093aeb5bbda7d4c9befac56ee9a097cbfa7796c6198a2",
     "3c02e355062fd7e29b4f2d58ef1096ce0e962cc6066d6a405875e7f3dcc05a44", 1,
     "7e5f4552091a69125d5dfcb7b8c2659029395bdf"},
    {"0000000000000000000000000000000000000000000000000000000000000001",
     "3c3800defb6a25a70a2737e0716eeb5d270559ad3cad8f6abddac58802d7158e",
     "7169ecab03fe8ae27fdce74a1e1b5df11ab87e35615d84368d4ccdeb98cc7871",
     "3820a99945024c0d0407632b1c494170d74f2547e5699b948386d6e48e9d38ba", 0,
     "7e5f4552091a69125d5dfcb7b8c2659029395bdf"},
    {"0000000000000000000000000000000000000000000000000000000000000002",
     "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
     "23f71224a161ea7c281e422f140dfd6378ac16c9159dcc5b0a7723ec46522ee0",
     "4a8c34cd56b3e2896176b3004d9dd196d577dfca98c5524e59f1727f2e18bc19", 0,
     "2b5ad5c4795c026514f8317c7a215e218dccd6cf"},
    {"0000000000000000000000000000000000000000000000000000000000000002",
     "6760d0b4f6c19fc4031286d0fcd3500c810a2471efb89cb7e125b719f63fa2f4",
     "bec0d100f1c11a38afd9f373ad5c860170e61615f6df919b75464fec60903f88",
     "6c127f38e51674bdf53fafbf02434af8311db5aa745ed6fcdd88f6025b08bd18", 0,
     "2b5ad5c4795c026514f8317c7a215e218dccd6cf"},
    {"0000000000000000000000000000000000000000000000000000000000000002",
     "3c3800defb6a25a70a2737e0716eeb5d270559ad3cad8f6abddac58802d7158e",
     "2f0143b2de97357bccfcf28637576c5245482e36b99c50d455b78c8abc4885c1",
     "5c8b024491a6a26b70040368cb6213c80296c0530745a722c3c92841941ca137", 1,
     "2b5ad5c4795c026514f8317c7a215e218dccd6cf"},
    {"ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
     "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
     "f9a45c11d904141226963b371ccbc2128a29d146ce3c0d43326414711e3e153d",
     "536804917f10c70c5d0cd7b730b559d95eb812d1d783f6dd534e5854f01b3e55", 0,
     "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"},
    {"ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
     "6760d0b4f6c19fc4031286d0fcd3500c810a2471efb89cb7e125b719f63fa2f4",
     "35254618067b335c085bc903c22d720e82a37e10bf45ff786b563a7515486316",
     "28f029e621582483cdc469ece2dc5b3f871f7c28095b651367beffa052a01cce", 1,
     "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"},
    {"ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
     "3c3800defb6a25a70a2737e0716eeb5d270559ad3cad8f6abddac58802d7158e",
     "a7b14bb7a4a9fd7f9d4c693edfac958a56123d57e24fb638284a7ce193c5203c",
     "36c22b27739ab426150ae214393ba7845d94d2cd79d31f945bd0c0133d1be8fc", 0,
     "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"},
    {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
     "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
     "1f4365919f49f7e9b8018b7526c78769cd31a28fc0cf8dc91e6a20a099c07498",
     "480cb8d4ba4ee0d2446bea06ff815bf7ce05665b00248c491d70b2039d91222c", 1,
     "80c0dbf239224071c59dd8970ab9d542e3414ab2"},
    {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
     "6760d0b4f6c19fc4031286d0fcd3500c810a2471efb89cb7e125b719f63fa2f4",
     "322b7c0dcf0133442c987edc868300ae148948f40e1e62016bf3668a90b6c632",
     "66df78739b3796c2013851c53c0985b6e2b23822f8d247987cf6d67274675b22", 0,
     "80c0dbf239224071c59dd8970ab9d542e3414ab2"},
    {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
     "3c3800defb6a25a70a2737e0716eeb5d270559ad3cad8f6abddac58802d7158e",
     "0e8975e4236417f1070ad212ef35fa1750d05dd945c5213bc132156376fed682",
     "5c324350df6ea6e62c11bfb3a141c135100e01cd48e508573fefc5fd6cd23a81", 0,
     "80c0dbf239224071c59dd8970ab9d542e3414ab2"},
};

/* A signature is the one of RFC 6979 with low s, and recovers to the address of its key. */
static void sign_and_recover(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const hash32 key = unhex32(row[i].key), digest = unhex32(row[i].digest), r = unhex32(row[i].r),
                     s = unhex32(row[i].s);
        address want, got;
        unhex(want.b, 20, row[i].signer);
        struct signature sig;
        assert_int_equal(secp256k1_sign(&sig, &digest, &key), OK);
        assert_memory_equal(&sig.r, &r, 32);
        assert_memory_equal(&sig.s, &s, 32);
        assert_int_equal(sig.y_parity, row[i].y_parity);
        assert_true(secp256k1_is_low_s(&sig.s));
        assert_int_equal(secp256k1_recover(&got, &digest, &sig), OK);
        assert_memory_equal(&got, &want, 20);
        assert_int_equal(secp256k1_address(&got, &key), OK);
        assert_memory_equal(&got, &want, 20);
    }
}

static hash32 minus(const char *x, const hash32 *y)
{
    hash32 r = unhex32(x);
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        const int d = r.b[i] - y->b[i] - borrow;
        borrow = d < 0;
        r.b[i] = (u8)d;
    }
    return r;
}

#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

/* n - s with the other parity is a signature by the same key: it recovers, and its s is high (EIP-2). */
static void the_other_s(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const hash32 digest = unhex32(row[i].digest), s = unhex32(row[i].s);
        struct signature sig = {.r = unhex32(row[i].r), .s = minus(ORDER, &s), .y_parity = row[i].y_parity ^ 1};
        address want, got;
        unhex(want.b, 20, row[i].signer);
        assert_int_equal(secp256k1_recover(&got, &digest, &sig), OK);
        assert_memory_equal(&got, &want, 20);
        assert_false(secp256k1_is_low_s(&sig.s));
    }
}

/* What no key can have signed is rejected, and the output is unchanged. */
static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *why, *r, *s;
        u8 y_parity;
    } bad[] = {
        {"r is 0", "0000000000000000000000000000000000000000000000000000000000000000", NULL, 0},
        {"s is 0", NULL, "0000000000000000000000000000000000000000000000000000000000000000", 0},
        {"r is n", ORDER, NULL, 0},
        {"s is n", NULL, ORDER, 0},
        {"s is 2^256 - 1", NULL, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0},
        {"no point has x = 5", "0000000000000000000000000000000000000000000000000000000000000005", NULL, 0},
        {"parity is 2", NULL, NULL, 2},
        {"parity is 27", NULL, NULL, 27},
    };
    const hash32 digest = unhex32(row[0].digest);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct signature sig = {.r = unhex32(bad[i].r ? bad[i].r : row[0].r),
                                      .s = unhex32(bad[i].s ? bad[i].s : row[0].s),
                                      .y_parity = bad[i].y_parity};
        address out = {{0x77}};
        assert_int_equal(secp256k1_recover(&out, &digest, &sig), REJECT_SIGNATURE);
        assert_int_equal(out.b[0], 0x77);
    }
    static const char *const bad_key[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        ORDER,
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (size_t i = 0; i < COUNT_OF(bad_key); i++) {
        const hash32 key = unhex32(bad_key[i]);
        struct signature sig = {.y_parity = 0x77};
        address out = {{0x77}};
        assert_int_equal(secp256k1_sign(&sig, &digest, &key), REJECT_KEY);
        assert_int_equal(sig.y_parity, 0x77);
        assert_int_equal(secp256k1_address(&out, &key), REJECT_KEY);
        assert_int_equal(out.b[0], 0x77);
    }
}

/* n / 2 rounded down is the largest low s. */
static void low_s(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        bool low;
    } edge[] = {
        {"0000000000000000000000000000000000000000000000000000000000000001", true},
        {"7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", true},
        {"7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1", false},
        {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", false},
    };
    for (size_t i = 0; i < COUNT_OF(edge); i++) {
        const hash32 s = unhex32(edge[i].s);
        assert_int_equal(secp256k1_is_low_s(&s), edge[i].low);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_and_recover),
        cmocka_unit_test(the_other_s),
        cmocka_unit_test(refusals),
        cmocka_unit_test(low_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
