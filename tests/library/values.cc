/* values - libscope from C++: values known from elsewhere, and errors. The exit status is the number of the failed
 * check. */
#include <scope/scope.h>

#include <cstring>

/* The first account of anvil's mnemonic. */
static bool key_has_its_account()
{
    static const uint8_t secret[32] = {0xac, 0x09, 0x74, 0xbe, 0xc3, 0x9a, 0x17, 0xe3, 0x6b, 0xa4, 0xa6,
                                       0xb4, 0xd2, 0x38, 0xff, 0x94, 0x4b, 0xac, 0xb4, 0x78, 0xcb, 0xed,
                                       0x5e, 0xfc, 0xae, 0x78, 0x4d, 0x7b, 0xf4, 0xf2, 0xff, 0x80};
    static const uint8_t account[20] = {0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce,
                                        0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff, 0xb9, 0x22, 0x66};
    scope_hash key;
    scope_address at;
    std::memcpy(key.b, secret, sizeof secret);
    return scope_key_address(&at, &key) == SCOPE_OK && std::memcmp(at.b, account, sizeof account) == 0;
}

/* status:1 || clock:8 || returndata */
static bool response_has_its_layout()
{
    static const uint8_t encoded[11] = {1, 0, 0, 0, 0, 0, 0, 0, 7, 0xaa, 0xbb};
    scope_response r;
    uint8_t back[sizeof encoded];
    if (scope_response_decode(&r, {encoded, sizeof encoded}) != SCOPE_OK)
        return false;
    return r.success && r.clock == 7 && r.returndata.len == 2 && r.returndata.ptr == encoded + 9 &&
           scope_response_encode(nullptr, 0, &r) == sizeof encoded &&
           scope_response_encode(back, sizeof back, &r) == sizeof encoded &&
           std::memcmp(back, encoded, sizeof encoded) == 0;
}

/* rootClock:8 || rootChainId:8 || flags:4 || depth:4 || clock:8, big endian: the words from the last */
static bool nonce_has_its_layout()
{
    const scope_nonce n = {5, 901, 1, 2, 9};
    scope_nonce back;
    scope_u256 packed;
    scope_nonce_pack(&packed, &n);
    scope_nonce_unpack(&back, &packed);
    return packed.w[3] == 5 && packed.w[2] == 901 && packed.w[1] == (1ull << 32 | 2) && packed.w[0] == 9 &&
           back.root_clock == 5 && back.root_chain == 901 && back.flags == 1 && back.depth == 2 && back.clock == 9;
}

static bool errors_have_names()
{
    static const uint8_t cut[8] = {1};
    scope_response r;
    const scope_err e = scope_response_decode(&r, {cut, sizeof cut});
    return std::strcmp(scope_err_name(e), "REJECT_RESPONSE") == 0 && scope_err_of("REJECT_RESPONSE") == e &&
           scope_err_kind(e) == SCOPE_ERR_REJECT && scope_err_kind(SCOPE_OK) == SCOPE_ERR_NONE &&
           std::strcmp(scope_err_name(123456), "UNKNOWN") == 0 && scope_err_of("NONE") == -1;
}

static bool files_that_are_missing_are_named()
{
    const scope_hash key = {{1}};
    scope_prover *prover = nullptr;
    scope_derivation *derivation = nullptr;
    scope_derivation_config config = {};
    char why[600];
    config.rollups_path = "/nowhere/rollups.json";
    config.l1_path = "/nowhere/l1.json";
    const scope_err e = scope_prover_open_file(&prover, "/nowhere/config", &key, why, sizeof why);
    const bool is_named = e == scope_err_of("REJECT_PATH") && std::strstr(why, "/nowhere/config") && !prover;
    const scope_err other = scope_derivation_open(&derivation, &config);
    const bool other_is_named =
        other != SCOPE_OK && std::strstr(scope_derivation_error(derivation), "/nowhere/rollups.json");
    scope_derivation_close(derivation);
    return is_named && other_is_named;
}

int main()
{
    return !key_has_its_account()                ? 1
           : !response_has_its_layout()          ? 2
           : !nonce_has_its_layout()             ? 3
           : !errors_have_names()                ? 4
           : !files_that_are_missing_are_named() ? 5
           : std::strcmp(scope_version(), SCOPE_VERSION) != 0 ? 6 : 0;
}
