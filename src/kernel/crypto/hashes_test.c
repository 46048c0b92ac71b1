/* SHA-256, RIPEMD-160 and BLAKE2b's F. Expected digests: viem's sha256 and ripemd160 (npm), the examples of the
 * designers of RIPEMD-160, and RFC 7693 appendix A. */
#include "crypto/blake2f.h"
#include "crypto/ripemd160.h"
#include "crypto/sha256.h"

#include "crypto/test_hex.h"

static u8 message[1000];

/* The lengths lie around the places where the padding takes another block (55, 119). */
static void digests(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *sha256, *ripemd160;
    } row[] = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
        {1, "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a", "f291ba5015df348c80853fa5bb0f7946f5c9e1b3"},
        {55, "81afe5b788dc2ce138ff83d9b20164db75a94d75d2b2432eea4a0ef605088c72", "8ce4447e6a334c0d0fd3e0497000d5517b290c6b"},
        {56, "2aba54f0ac632420a2b502431408866e40e1d5e430df4cd822642c78ab2eb9c1", "02bbf2b0a77eb8de66c498f16384e495975a36c0"},
        {63, "733d3d4ee79ee67145bf73da13588f6f235d37414fc64b14a2f00f1762792f5e", "487308a77bcebfff3ec6a8961aeec6cb37674388"},
        {64, "79322907b3e9d013d7dc2c2f256674dbf733045cde01df3539271c6f5605feb8", "fdd721c94769fc21316ecff699e63a77ef64fab4"},
        {65, "d85c007c6eb440f085afa2b84f6f2bce4658b240e9f62cb1364bf0485a57e720", "4f5953456c001a29a93a01b13edfd89a40613606"},
        {119, "6c87eedf096b345de205b702e5223b73b447a3207791ded3ea007ba15ed6736e", "24df45a68bf7057239f2b9b0523d1da9cd13f088"},
        {120, "42500cf6a1e3936d6b9e0bcfe296d654b63255e525487d3634d0b15fde591c4d", "57cb6d761e1c48de60fea795121dbf972f262e5d"},
        {1000, "6b0df76627243d095b0c4400cb658b7e804dd03461cc03aee8fc8fe0bcada168", "622470226d6a7769ad615d58cdd5297d479a7323"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const hash32 want = unhex32(row[i].sha256);
        u8 want20[20], got20[20];
        unhex(want20, 20, row[i].ripemd160);
        hash32 got;
        fill_message(message, row[i].len);
        sha256(&got, message, row[i].len);
        assert_memory_equal(&got, &want, 32);
        ripemd160(got20, message, row[i].len);
        assert_memory_equal(got20, want20, 20);
    }
}

static void examples_of_the_designers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } row[] = {
        {"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
        {"a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"},
        {"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "b0e20b6e3116640286ed3a87a5713079b21f5189"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u8 want[20], got[20];
        unhex(want, 20, row[i].want);
        ripemd160(got, row[i].text, strlen(row[i].text));
        assert_memory_equal(got, want, 20);
    }
}

/* BLAKE2b-512 of "abc" is one call of F with 12 rounds. */
static void blake2b_of_abc(void **state)
{
    (void)state;
    u64 h[8] = {0x6a09e667f3bcc908 ^ 0x01010040, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                0x510e527fade682d1,              0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    const u64 m[16] = {0x636261};
    u8 want[64], got[64];
    unhex(want, 64, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    blake2f(h, 12, m, (const u64[2]){3, 0}, true);
    for (unsigned i = 0; i < 64; i++)
        got[i] = (u8)(h[i / 8] >> 8 * (i % 8));
    assert_memory_equal(got, want, 64);
}

/* Rounds go on where the permutations repeat: the state after 25 rounds depends on all of them. No rounds mix nothing.
 */
static void rounds(void **state)
{
    (void)state;
    const u64 m[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, offset[2] = {0, 0};
    u64 none[8] = {0}, seen[26][8];
    blake2f(none, 0, m, offset, false);
    assert_int_equal(none[0], 0x6a09e667f3bcc908); /* h ^ v ^ iv, v still h */
    for (unsigned r = 0; r <= 25; r++) {
        memset(seen[r], 0, sizeof seen[r]);
        blake2f(seen[r], r, m, offset, false);
        for (unsigned before = 0; before < r; before++)
            assert_memory_not_equal(seen[r], seen[before], 64);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),
        cmocka_unit_test(examples_of_the_designers),
        cmocka_unit_test(blake2b_of_abc),
        cmocka_unit_test(rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
