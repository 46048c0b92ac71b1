/* Expected: affine formulas and ECDSA in Python's integers. 622 cases of Wycheproof are in the fixtures. */
#include "crypto/p256.h"

#include "crypto/test_hex.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

static const struct {
    const char *name, *digest, *r, *s, *x, *y;
    enum err want;
} row[] = {
    {"good",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", OK},
    {"n - s signs, too",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "347b1190301679c216455cb432191d0ecd4329b9f9c38a1aea8703b65b933699",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", OK},
    {"another digest",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a7",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_SIGNATURE},
    {"another r",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d182",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_SIGNATURE},
    {"another s",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb9",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_SIGNATURE},
    {"another key",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "51e44ad3653024f32922cd9b29bbe18d17cf101d6e97e6ac92b13f075b1b8910",
     "7ef8852309c8614c7b27b9560d09a9947ba5291db02e8735f931c5e026b46681", REJECT_SIGNATURE},
    {"the opposite key",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "85179604b42d25105237e603c3cc9e9ba4114dc235e1264cc206de1ab9593aba", REJECT_SIGNATURE},
    {"r is 0",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_FIELD},
    {"s is 0",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_FIELD},
    {"r is n",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_FIELD},
    {"s is n",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_FIELD},
    {"r + n",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_FIELD},
    {"x is p",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_FIELD},
    {"y is p",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", REJECT_FIELD},
    {"key beside the curve",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c544", REJECT_POINT},
    {"key (0, 0)",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "0000000000000000000000000000000000000000000000000000000000000000", REJECT_POINT},
    {"digest 0",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "6be0ffb2dbf5ddfb5b2a9ef37d323984b405e05853fe9ed637866f0f708d4c21",
     "92c49c011cd7af3a4a818c741a6e0551851067b691c066d89196e5037a2e25cf",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", OK},
    {"digest n",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
     "2a2cf8818ce1ef14c3d544e3d83e7146cbd20395e26752e73a82acaf07d740b0",
     "d5933c6e724335f73e6016f7bb6a5820efd89b21b390a2b04afaf049878ee150",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", OK},
    {"digest 2^256 - 1",
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "00ef12d5b6c575669b086eb7527f8eb5b8e9ddc59e8eba192577f87083407f90",
     "c3ad1a1f4b3f2c231a48807f6a7b9628694689e0d45b324a50961c9029dba08d",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", OK},
    {"digest n + 1",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
     "e9f8c392642b5a401c7ceeff28f0091a7d662852e5af78472e079bc3015111f8",
     "935c019152942d310def2ee8d85e8c66fe0281f0c5bbf88d2414f6ae49cc8feb",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", OK},
    {"key G",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "3dff4447636cb7e55dd61d5d30ced468af71625278bb59a8f3b39aa34509977d",
     "198f76b0274fbf54e608f6104ae2b2d76099274bc7687a86e7913986a81a55d4",
     "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5", OK},
    {"key -G",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "1f8aef73e942c748a8c60679d0479ed8c40f3aa597d72d00cc782e4eb90174ca",
     "37e40bf02ef196be2856bb21c558a2c69c30a2d5ee2404c4ebe53659eefd37bf",
     "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
     "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a", OK},
    {"key 2G",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "74f794484c795a4c32bc036fb25f8a19a1df6b32036c65bdcd0ace10bd546282",
     "4ed1badb21010099cd1790313fe2e1b1d92c8555f30861f07175cbd7aaccaefc",
     "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978",
     "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1", OK},
    {"key 15 G",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "01befab0f325c5c4c3ff8df4585327a46000a4c3a5e6542e4814c0951177feb6",
     "311d7048889b00c9ee49b30e8261201fca524ea6598f5bc3cb1bb9718c04c6d3",
     "f0454dc6971abae7adfb378999888265ae03af92de3a0ef163668c63e59b9d5f",
     "b5b93ee3592e2d1f4e6594e51f9643e62a3b21ce75b5fa3f47e59cde0d034f36", OK},
    {"key G / 2",
     "781f9c58d6645fa9e8a8529f035efa259b08923d10c67fd994b2b8fda02f34a6",
     "2975e0a45b5bb13e50752be31539eab8cbc28610bf18e73508d9fef1b4f85377",
     "f556f1e2297b532209d7a9ce2979e2ddaddb7c6874d4802061fd09558a52db78",
     "2afa386b3f2bdcdb83f4d83f8fa3874d7b74dcb454bd644fdd6bf3d1f2da8db6",
     "8de7b41d3557a9cc9d4ac90ef7ad299a51759b030e1472b36b952a7686908d63", OK},
    {"the sum is infinite",
     "3f6a40d592ab3815652b0b72ec79c8168ac0cede32d808d2f289cd3a7302cf19",
     "07564931edcf6109ea6d5547ae96619356363b4be779c4703b7dae0495918695",
     "b2d87d5e29c0e596b2109307abd8952c9b16f809fdb17f5447997b6bdb3d1151",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_SIGNATURE},
    {"both multiples are equal",
     "92117d225f7caf17ce867bab186d702c3af12ec187d5eb99aa63c90dd34e8bd3",
     "e7f4c4edb44473440954982fbf1914072b5dcb3e578b8b17ec905d354af6d181",
     "cb84ee6ecfe9863ee9baa34bcde6e2f0efa3d0f3ad54146a0932c70ca0cfeeb8",
     "a8c7357fefa197e46d4483a78452cd5c74c99edcb9f7017acffc9ea53a15e99c",
     "7ae869fa4bd2daf0adc819fc3c3361645beeb23eca1ed9b33df921e546a6c545", REJECT_SIGNATURE},
    {"e = r under the key G",
     "a339785e612e2dcbff39efc23ceef841207dcfdad0155d251f04b823832ee425",
     "a339785e612e2dcbff39efc23ceef841207dcfdad0155d251f04b823832ee425",
     "227e6fc50062d182582e15468daca6729dec062bb9536fb369b665a166cae895",
     "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5", OK},
    {"x of the sum lies between n and p",
     "bf865af733f91af16f2441a8ed13ffba6cd0e88f68682347be0c226d5c2c92cb",
     "0000000000000000000000000000000000000000000000000000000000000003",
     "46cce0ed37f3991a96f388506545895f9aa8b541ade36da3745c8480256160ab",
     "e2ec521b5eeb8fcef4c41a1ce0c8f2118fd50b9b4b39c3e067f0c76389587ffa",
     "40e5d1ee1968c51bdc415cd758ad87281252035bdf336e0d49fa56c9dc11d49a", OK},
};

static enum err verify(size_t i)
{
    const hash32 digest = unhex32(row[i].digest), r = unhex32(row[i].r), s = unhex32(row[i].s),
                 x = unhex32(row[i].x), y = unhex32(row[i].y);
    return p256_verify(&digest, &r, &s, &x, &y);
}

static void verifications(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const enum err got = verify(i);
        if (got != row[i].want)
            fail_msg("%s: %s", row[i].name, err_name(got));
        assert_int_equal(ERR_peek_error(), 0); /* nothing is left for the next who asks libcrypto */
    }
}

/* libcrypto's heap: how many requests are granted before the one that is refused, and whether those after it are
 * refused, too. */
static size_t granted = SIZE_MAX;
static bool for_good, refused;

static bool is_granted(void)
{
    if (granted == SIZE_MAX)
        return true;
    if (granted == 0) {
        refused = true;
        granted = for_good ? 0 : SIZE_MAX;
        return false;
    }
    granted--;
    return true;
}

static void *take(size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return is_granted() ? malloc(len) : NULL;
}

static void *resize(void *p, size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return is_granted() ? realloc(p, len) : NULL;
}

static void give_back(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

/* Whichever request for memory is refused, the answer is the right one or FAULT_CRYPTO. The address sanitizer sees
 * that all is given back. */
static void without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(row); i++) {
        const size_t at = i / 2;
        unsigned faults = 0;
        for_good = i & 1;
        refused = true;
        for (size_t limit = 0; refused; limit++) {
            refused = false;
            granted = limit;
            const enum err got = verify(at);
            granted = SIZE_MAX;
            ERR_clear_error();
            if (got != row[at].want && got != FAULT_CRYPTO)
                fail_msg("%s with %zu requests granted: %s", row[at].name, limit, err_name(got));
            faults += got == FAULT_CRYPTO;
        }
        assert_true(faults > 5);
    }
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(take, resize, give_back))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifications),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
