#include "prover/discovery.h"

#include "codec/text.h"
#include "io/json.h"

enum { INTRODUCTION_BYTES_MAX = 65536, QUOTED_BYTES_MAX = 80 };

static const char *root_url(struct arena *arena, const char *url)
{
    struct buffer text = buffer_in(arena);
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    text_add_bytes(&text, bytes_of(url, len));
    text_add(&text, "/");
    buffer_add_u8(&text, 0);
    return (const char *)text.ptr;
}

static enum err refuse_prover(struct buffer *why, const char *place, const char *sentence)
{
    text_add(why, "prover ");
    text_add_z(why, place);
    text_add_z(why, sentence);
    return REJECT_PROVER;
}

static bool is_hash(struct json v, const hash32 *want)
{
    hash32 got;
    return json_hex_fixed(got.b, sizeof got.b, v) == OK && hash32_eq(&got, want);
}

static bool is_same_address(struct json v, const address *want)
{
    address got;
    return json_hex_fixed(got.b, sizeof got.b, v) == OK && address_eq(&got, want);
}

static bool is_u64(struct json v, u64 want)
{
    u64 got;
    return json_u64(&got, v) == OK && got == want;
}

/* It may know other rollups, too. */
static bool knows_rollup(struct json rollups, const struct rollup_rules *rules)
{
    hash32 hash;
    rollup_rules_hash(&hash, rules);
    for (struct json_iterator it = json_items(rollups); json_next(&it);)
        if (is_u64(json_get(it.value, "chainId"), rules->chain.chain_id))
            return is_hash(json_get(it.value, "rulesHash"), &hash);
    return false;
}

static enum err believes(struct buffer *why, const char *place, struct json said, const struct discovery_want *want)
{
    const struct quorum *q = want->quorum;
    if (!is_u64(json_get(said, "l1ChainId"), q->l1_chain_id))
        return refuse_prover(why, place, ": it is configured for another L1");
    if (!is_same_address(json_get(said, "quorumVerifier"), &q->verifier))
        return refuse_prover(why, place, ": it is configured for another QuorumVerifier than will be deployed: scope rules");
    if (!is_hash(json_get(said, "programId"), &q->program_id))
        return refuse_prover(why, place, ": it executes another program than this one stands for: scope guest id");
    if (!is_u64(json_get(said, "proverSetEpoch"), q->prover_set_epoch))
        return refuse_prover(why, place, ": it is configured for another epoch of the provers' set");
    for (size_t i = 0; i < want->rollup_count; i++)
        if (!knows_rollup(json_get(said, "rollups"), want->rules[i])) {
            (void)refuse_prover(why, place, ": it does not know rollup ");
            text_add_u64(why, want->rules[i]->chain.chain_id);
            text_add(why, ", or other rules of it");
            return REJECT_PROVER;
        }
    return OK;
}

enum err discovery_read(struct arena *arena, address *attester, struct buffer *why, const char *place, u32 status,
                        struct bytes body, const struct discovery_want *want)
{
    struct complaint complaint = {.file = place};
    struct json said;
    address a;
    if (status != 200 || json_parse(arena, &said, &complaint, body, INTRODUCTION_BYTES_MAX) != OK ||
        json_hex_fixed(a.b, sizeof a.b, json_get(said, "attester")) != OK) {
        (void)refuse_prover(why, place, " does not say who it is: ");
        text_add_quoted(why, body, QUOTED_BYTES_MAX);
        return REJECT_PROVER;
    }
    TRY(believes(why, place, said, want));
    *attester = a;
    return OK;
}

static enum err read_answer(struct arena *arena, address *attester, struct buffer *why, const char *place,
                            const struct http_answer *answer, const struct discovery_want *want)
{
    if (answer->error) {
        text_add(why, "prover ");
        text_add_z(why, answer->why);
        return answer->error;
    }
    return discovery_read(arena, attester, why, place, answer->status, answer->body, want);
}

enum err discover_provers(struct http_client *client, struct arena *arena, address *attester, struct buffer *why,
                          const char *const *url, size_t count, const struct discovery_want *want, u32 timeout_ms)
{
    struct http_request *request = ARENA_TAKE_ZERO(arena, struct http_request, count);
    struct http_answer *answer = ARENA_TAKE_ZERO(arena, struct http_answer, count);
    for (size_t i = 0; i < count; i++)
        request[i] = (struct http_request){
            .url = root_url(arena, url[i]), .timeout_ms = timeout_ms, .limit = INTRODUCTION_BYTES_MAX};
    http_ask_all(client, arena, answer, request, count, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        const char *place;
        TRY(http_place(arena, &place, url[i]));
        TRY(read_answer(arena, &attester[i], why, place, &answer[i], want));
        for (size_t j = 0; j < i; j++)
            if (address_eq(&attester[i], &attester[j]))
                return refuse_prover(why, place, ": another prover has the same key");
    }
    return OK;
}
