#include "conformance/fixture_chain.h"

#include "codec/hex.h"
#include "codec/number.h"
#include "ethrpc/genesis_json.h"

#include <stdio.h>
#include <stdlib.h>

/* --- forks and schedules --- */

/* Osaka under another schedule (EIP-7892). Those that mainnet has are known, the others the fixture must give. */
static const struct { const char *name; struct blob_schedule blobs; } blob_fork[] = {
    {"BPO1", {10, 15, 8346193}}, {"BPO2", {14, 21, 11684671}}, {"BPO3", {0}}, {"BPO4", {0}}, {"BPO5", {0}},
};

static bool activation_by_name(struct activation *out, struct bytes name)
{
    char z[40];
    if (name.len >= sizeof z)
        return false;
    memcpy(z, name.ptr, name.len);
    z[name.len] = 0;
    for (size_t i = 0; i < COUNT_OF(blob_fork); i++)
        if (strcmp(z, blob_fork[i].name) == 0) {
            *out = (struct activation){.fork = &fork_table[FORK_OSAKA], .blobs = blob_fork[i].blobs};
            return true;
        }
    const struct fork *fork = fork_by_name(z);
    if (!fork)
        return false;
    const bool prague = fork->id >= FORK_PRAGUE;
    *out = (struct activation){.fork = fork, .blobs = prague ? blob_schedule_prague : blob_schedule_cancun};
    return true;
}

/* "AToBAtTime15k", "AToBAt5": A, then B. */
static bool split_transition(struct bytes network, struct bytes *from, struct bytes *to, bool *by_time, u64 *at)
{
    const char *p = (const char *)network.ptr, *end = p + network.len;
    const char *middle = memmem(p, network.len, "To", 2);
    if (!middle)
        return false;
    const char *when = memmem(middle, (size_t)(end - middle), "At", 2);
    if (!when)
        return false;
    *from = bytes_of(p, (size_t)(middle - p));
    *to = bytes_of(middle + 2, (size_t)(when - middle - 2));
    when += 2;
    *by_time = (size_t)(end - when) > 4 && memcmp(when, "Time", 4) == 0;
    if (*by_time)
        when += 4;
    const bool thousands = end > when && end[-1] == 'k';
    if (number_u64(at, bytes_of(when, (size_t)(end - when) - thousands)) != OK || *at > UINT32_MAX)
        return false;
    *at *= thousands ? 1000 : 1;
    return true;
}

enum err fixture_rules_init(struct fixture_rules *out, struct complaint *complaint, struct bytes network,
                            struct json config, struct json at)
{
    struct bytes name[2] = {network, {0}};
    bool by_time = false;
    u64 start = 0;
    *out = (struct fixture_rules){.chain = {.chain_id = 1, .activation = out->activation, .activation_count = 1}};
    if (split_transition(network, &name[0], &name[1], &by_time, &start))
        out->chain.activation_count = 2;
    for (u32 i = 0; i < out->chain.activation_count; i++) {
        if (!activation_by_name(&out->activation[i], name[i]))
            return json_unexpected(complaint, at, "a network that is known");
        const struct json schedule = json_get_bytes(json_get(config, "blobSchedule"), name[i]);
        TRY(blob_schedule_read(&out->activation[i].blobs, complaint, schedule));
        if (out->activation[i].blobs.update_fraction == 0)
            return json_unexpected(complaint, config, "a config with the blob schedule of this network");
    }
    out->activation[1].by_time = by_time;
    out->activation[1].at = start;
    const struct json id = json_get(config, "chainid");
    if (json_kind(id) != JSON_NONE && json_u64(&out->chain.chain_id, id) != OK)
        return json_unexpected(complaint, id, "a chain id");
    /* mainnet's, which the fixtures use */
    static const address deposit_contract = {{0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5, 0x40, 0x35, 0x6c,
                                              0xbb, 0x83, 0x9c, 0xbe, 0x05, 0x30, 0x3d, 0x77, 0x05, 0xfa}};
    out->chain.deposit_contract = deposit_contract;
    return OK;
}

enum err fixture_code(void *cache, struct bytes *out, const hash32 *code_hash)
{
    const struct code *code = code_cache_get(cache, code_hash);
    if (!code)
        return FAULT_STATE_MISSING;
    *out = code_bytes(code);
    return OK;
}

enum err fixture_keep_code(void *cache, const hash32 *code_hash, struct bytes code)
{
    (void)code_cache_put(cache, code_hash, code);
    return OK;
}

/* --- exceptions --- */

static const struct { const char *name; enum err error; const char *reason; } alias[] = {
#define ALIAS(name, error, reason) {name, error, reason},
#include "conformance/fixture_alias.def"
#undef ALIAS
};

static bool names(struct bytes name, enum err e)
{
    const char *text = err_text(e);
    if (bytes_eq(name, bytes_of(text, strlen(text))))
        return true;
    for (size_t i = 0; i < COUNT_OF(alias); i++)
        if (alias[i].error == e && bytes_eq(name, bytes_of(alias[i].name, strlen(alias[i].name))))
            return true;
    return false;
}

bool fixture_expects(struct bytes expected, enum err e)
{
    const u8 *p = expected.ptr, *end = p + expected.len;
    while (p < end) {
        const u8 *bar = memchr(p, '|', (size_t)(end - p));
        if (!bar)
            bar = end;
        if (names(bytes_of(p, (size_t)(bar - p)), e))
            return true;
        p = bar + 1;
    }
    return false;
}
