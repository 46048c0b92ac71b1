#include "prover/remote.h"

#include "codec/text.h"
#include "io/json.h"

enum { ANSWER_BYTES_MAX = 16384, WHY_BYTES_MAX = 200 };

const char *remote_outcome_name(enum remote_outcome o)
{
    static const char *const name[REMOTE_OUTCOME_COUNT] = {
        [REMOTE_OK] = "ok",
        [REMOTE_NOT_WAITED] = "not waited for",
        [REMOTE_DEAD] = "dead",
        [REMOTE_SLOW] = "slow",
        [REMOTE_REFUSED] = "refused",
        [REMOTE_GARBAGE] = "garbage",
        [REMOTE_WRONG_STATEMENT] = "wrong statement",
        [REMOTE_WRONG_SIGNER] = "wrong signer",
        [REMOTE_REPEATED] = "repeated",
    };
    return name[o];
}

/* All questions to all provers: exchange q * url_count + p. */
struct asking {
    struct arena *arena;
    const struct remote_provers *provers;
    const struct quorum *quorum;
    const struct remote_question *question;
    size_t question_count;
    struct attestation *attestation;
    struct remote_report *report;
    size_t *good; /* per question: attestations so far */
};

static enum remote_outcome because(struct asking *a, struct remote_report *r, enum remote_outcome outcome,
                                   const char *why, struct bytes theirs)
{
    struct buffer text = buffer_in(a->arena);
    text_add_z(&text, why);
    if (theirs.len)
        text_add_quoted(&text, theirs, WHY_BYTES_MAX);
    buffer_add_u8(&text, 0);
    r->why = (const char *)text.ptr;
    return outcome;
}

/* {"error", "message"}: a refusal has a name of ours, or it is garbage. */
static enum remote_outcome read_refusal(struct asking *a, struct remote_report *r, struct json root, u32 status)
{
    const struct bytes name = json_text(json_get(root, "error"));
    if (status < 400 || name.len == 0)
        return because(a, r, REMOTE_GARBAGE, "neither an attestation nor a refusal: ", json_source(root));
    return because(a, r, REMOTE_REFUSED, "", name);
}

static enum err read_attestation(struct attestation *out, struct json root)
{
    struct attestation a;
    TRY(json_hex_fixed(a.attester.b, sizeof a.attester.b, json_get(root, "attester")));
    TRY(json_hex_fixed(a.statement.b, sizeof a.statement.b, json_get(root, "statement")));
    TRY(json_u64(&a.deadline, json_get(root, "deadline")));
    TRY(json_hex_fixed(a.signature, sizeof a.signature, json_get(root, "signature")));
    *out = a;
    return OK;
}

static bool is_in_set(const struct remote_provers *p, const address *attester)
{
    for (size_t i = 0; i < p->attester_count; i++)
        if (address_eq(&p->attester[i], attester))
            return true;
    return false;
}

static enum remote_outcome judge_attestation(struct asking *a, struct remote_report *r, const struct attestation *got,
                                             size_t q)
{
    const struct remote_question *asked = &a->question[q];
    struct attestation *have = &a->attestation[q * a->provers->threshold];
    const struct bytes nothing = {0};
    if (!hash32_eq(&got->statement, &asked->statement))
        return because(a, r, REMOTE_WRONG_STATEMENT, "it came to another statement than the builder", nothing);
    if (got->deadline != a->quorum->deadline)
        return because(a, r, REMOTE_WRONG_STATEMENT, "it signed another deadline than it was asked for", nothing);
    if (!is_in_set(a->provers, &got->attester))
        return because(a, r, REMOTE_WRONG_SIGNER, "its attester is not in the set of provers", nothing);
    if (attestation_check(got, a->quorum, asked->chain_id) != OK)
        return because(a, r, REMOTE_WRONG_SIGNER, "the signature is not its attester's", nothing);
    for (size_t i = 0; i < a->good[q]; i++)
        if (address_eq(&have[i].attester, &got->attester))
            return because(a, r, REMOTE_REPEATED, "its attester had signed already", nothing);
    if (a->good[q] < a->provers->threshold)
        have[a->good[q]++] = *got;
    return REMOTE_OK;
}

static enum remote_outcome judge(struct asking *a, struct remote_report *r, const struct http_answer *answer, size_t q)
{
    struct complaint complaint = {.file = r->place};
    struct json root;
    struct attestation got;
    r->elapsed_us = answer->elapsed_us;
    if (answer->error == FAULT_TIMEOUT)
        return because(a, r, REMOTE_SLOW, answer->why, (struct bytes){0});
    if (answer->error == REJECT_TOO_LONG)
        return because(a, r, REMOTE_GARBAGE, answer->why, (struct bytes){0});
    if (answer->error)
        return because(a, r, REMOTE_DEAD, answer->why, (struct bytes){0});
    if (json_parse(a->arena, &root, &complaint, answer->body, ANSWER_BYTES_MAX) != OK ||
        json_kind(root) != JSON_OBJECT)
        return because(a, r, REMOTE_GARBAGE, "not a JSON object: ", answer->body);
    if (answer->status != 200)
        return read_refusal(a, r, root, answer->status);
    if (read_attestation(&got, root) != OK)
        return because(a, r, REMOTE_GARBAGE, "not an attestation: ", answer->body);
    return judge_attestation(a, r, &got, q);
}

static bool on_answer(void *context, size_t index, const struct http_answer *answer)
{
    struct asking *a = context;
    struct remote_report *r = &a->report[index];
    r->outcome = judge(a, r, answer, index / a->provers->url_count);
    for (size_t q = 0; q < a->question_count; q++)
        if (a->good[q] < a->provers->threshold)
            return false;
    return true;
}

static const char *prove_url(struct arena *arena, const char *url)
{
    struct buffer text = buffer_in(arena);
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    text_add_bytes(&text, bytes_of(url, len));
    text_add(&text, "/prove");
    buffer_add_u8(&text, 0);
    return (const char *)text.ptr;
}

static void make_requests(struct asking *a, struct http_request *request)
{
    for (size_t q = 0; q < a->question_count; q++)
        for (size_t p = 0; p < a->provers->url_count; p++) {
            const size_t i = q * a->provers->url_count + p;
            const char *place = a->provers->url[p];
            request[i] = (struct http_request){
                .url = prove_url(a->arena, place),
                .body = a->question[q].request,
                .body_type = "application/octet-stream",
                .accept = "application/json",
                .timeout_ms = a->provers->timeout_ms,
                .limit = ANSWER_BYTES_MAX,
            };
            if (http_place(a->arena, &place, place) != OK)
                place = "URL";
            a->report[i] = (struct remote_report){
                .place = place,
                .chain_id = a->question[q].chain_id,
                .outcome = REMOTE_NOT_WAITED,
                .why = "enough others had answered",
            };
        }
}

enum err remote_attest(struct http_client *client, struct arena *arena, struct attestation *attestation,
                       struct remote_report *report, const struct remote_provers *provers, const struct quorum *quorum,
                       const struct remote_question *question, size_t question_count)
{
    const size_t count = question_count * provers->url_count;
    struct asking a = {.arena = arena, .provers = provers, .quorum = quorum, .question = question,
                       .question_count = question_count, .attestation = attestation, .report = report};
    a.good = ARENA_TAKE_ZERO(arena, size_t, question_count);
    struct http_request *request = ARENA_TAKE(arena, struct http_request, count);
    struct http_answer *answer = ARENA_TAKE(arena, struct http_answer, count);
    make_requests(&a, request);
    http_ask_all(client, arena, answer, request, count, on_answer, &a);
    for (size_t q = 0; q < question_count; q++)
        if (a.good[q] < provers->threshold)
            return FAULT_NO_QUORUM;
    return OK;
}
