/* Expected digests: viem's keccak256 (npm). */
#include "crypto/keccak.h"

#include "crypto/test_hex.h"

static u8 message[1100];

/* One message, whole. The lengths lie around lanes (8 bytes) and blocks (136). */
static void digests(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *want;
    } row[] = {
        {0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
        {1, "5fe7f977e71dba2ea1a68e21057beebb9be2ac30c6410aa38d4f3fbe41dcffd2"},
        {7, "1ceda151e21262ae35aed0f8e3ad898e7ccd45ff03d25508e25e5701bc31c989"},
        {8, "66d6ac686bbe637cb6cf3e4deb8a1bb6aec0163cbbbd2c22747069455e660457"},
        {9, "c53f0080e65849581b3d6565207057d911e42e70134a6aefa8270a86ba8f0a38"},
        {31, "f2edf8e57f5f8acb78dac9a80285ed8d829840361fdc4d99698e7ab6685d82ea"},
        {32, "75ddc22689ac5cfab91ff4f11af7f47658c89f63dcb005c00824017d8081c7e8"},
        {33, "c6054684b0825b997510f120321a58f8488803992923926fcda6db5405ec35c9"},
        {64, "d432c602ee561dfffe10aa1a7df28751b7990fcb5ba7a66055452fd680beb44c"},
        {127, "360624fdc6aaf93c47d59120537140e83f396adf69a00f1f5a2d0be944be6ad0"},
        {128, "341903dfc532312b44e06a38076b6339ff973201b69d4ba6bbde1158906e8413"},
        {134, "8884d266ac61dea6a59234e679bb56fd1bf116a05634f2e8de1b7224302bc122"},
        {135, "8ab570337c9a3a773c3605160ca58e3f0546d92d217c908669cc4f35a31933bc"},
        {136, "16b30a6be318a7acbcba7a2194789f628abf68dfbbf55a4d840f22f6a4d29efd"},
        {137, "6a7e8293441d51be41bf4994995b35981f90c07866c7fd0465f405e2b7a8f8dd"},
        {143, "44155d1cbe1b42fdc2d7da57823137461f4589a7e86cfe5e429c55cb55a258ae"},
        {144, "fe052a68a78768cd738644a394394460e6bc3dfa6fbf82581c63531d1bcda736"},
        {271, "bb02bca6be57f42d131406260c6f1a81fd9922af8bd1c96d78f454b19ae10add"},
        {272, "443464c0c3ac8036d14a6f8647fc93b592d514adefbe88683cbbda3b4b2c4553"},
        {273, "73d5960773e36742ead7c872d84d535f35e75b9517ccb1023491276013f88890"},
        {1000, "5cab097db1a529f5b1a15428cc494df950671bc3824340aad89941fa68e151bc"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const hash32 want = unhex32(row[i].want);
        hash32 got;
        fill_message(message, row[i].len);
        keccak256(&got, message, row[i].len);
        assert_memory_equal(&got, &want, 32);
    }
    hash32 empty;
    keccak256(&empty, NULL, 0);
    assert_memory_equal(&empty, &keccak_of_empty, 32);
}

/* Every length from 0 to 1000: h' = keccak256(h || message), and only the last h is compared. */
static void every_length(void **state)
{
    (void)state;
    const hash32 want = unhex32("7f2e9534b4a880d502050c7d3027fd5f31dfae6028413f4f71f126e9bfd9137d");
    hash32 h = {{0}};
    for (size_t len = 0; len <= 1000; len++) {
        memcpy(message, h.b, 32);
        fill_message(message + 32, len);
        keccak256(&h, message, 32 + len);
    }
    assert_memory_equal(&h, &want, 32);
}

/* However a message is cut into pieces, the digest is the same. */
static void pieces(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 600; len += 1 + len / 40) {
        fill_message(message, len);
        hash32 want, got;
        keccak256(&want, message, len);
        for (size_t piece = 1; piece <= len + 1; piece += 1 + piece / 3) {
            struct keccak k;
            keccak_init(&k);
            for (size_t at = 0; at < len; at += piece)
                keccak_add(&k, message + at, len - at < piece ? len - at : piece);
            keccak_add(&k, NULL, 0);
            keccak_end(&k, &got);
            assert_memory_equal(&got, &want, 32);
        }
    }
}

/* Many at once are what they are one by one, for every number of messages, mixed lengths, and every width. */
static void many(void **state)
{
    (void)state;
    enum { MOST = 37 };
    static const size_t step[] = {0, 1, 5, 17, 31};
    fill_message(message, sizeof message);
    for (size_t s = 0; s < COUNT_OF(step); s++) {
        for (size_t c = 0; c <= 4 * MOST + 3; c++) {
            static const unsigned width[4] = {1, 4, 7, 8};
            const size_t count = c / 4;
            struct bytes in[MOST];
            hash32 got[MOST + 1];
            memset(got, 0xee, sizeof got);
            for (size_t i = 0; i < count; i++)
                in[i] = bytes_of(message + i, (32 + i * step[s] * (1 + i % 3)) % 1000);
            keccak256_many_at_most(got, in, count, width[c % 4]);
            for (size_t i = 0; i < count; i++) {
                hash32 want;
                keccak256(&want, in[i].ptr, in[i].len);
                assert_memory_equal(&got[i], &want, 32);
            }
            assert_int_equal(got[count].b[0], 0xee); /* nothing is written past the end */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),
        cmocka_unit_test(every_length),
        cmocka_unit_test(pieces),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
