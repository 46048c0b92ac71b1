/* rlptest - runs RLP tests.
 *
 *   {"dog": {"in": "dog", "out": "0x83646f67"}}     in: text, a number, "#" and a number of any size, or a list
 *   {"bad": {"in": "INVALID", "out": "0x8100"}}     out must be refused
 *   {"fit": {"in": "VALID", "out": "0xc0"}}         out must be taken
 *
 * What is given as a value must encode to out; what may be taken must come out again when it is read and written
 * item by item. */
#include "codec/rlp.h"
#include "options/commands.h"
#include "conformance/fixture.h"

static const struct bytes no_fork = BYTES_LITERAL("-"); /* RLP is the same in all of them */

enum { DEPTH_MAX = 1024 };

/* Decimal digits as big-endian bytes without leading zeros. */
static bool big_number(struct arena *arena, struct bytes *out, struct bytes digits)
{
    const size_t room = digits.len / 2 + 1; /* a byte holds more than two digits */
    u8 *data = arena_take_zero(arena, room);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
        unsigned carry = (unsigned)(digits.ptr[i] - '0');
        for (size_t k = room; k-- > 0; carry >>= 8) {
            carry += data[k] * 10u;
            data[k] = (u8)carry;
        }
    }
    size_t zeros = 0;
    while (zeros < room && data[zeros] == 0)
        zeros++;
    *out = bytes_of(data + zeros, room - zeros);
    return digits.len > 0;
}

/* The value of a test, as RLP. Recursion: the JSON reader bounds its depth. */
static enum err encode(struct buffer *b, struct json in)
{
    struct bytes text = json_text(in);
    switch (json_kind(in)) {
    case JSON_ARRAY: {
        const size_t opened = rlp_open(b);
        for (struct json_iterator it = json_items(in); json_next(&it);)
            TRY(encode(b, it.value));
        rlp_close(b, opened);
        return OK;
    }
    case JSON_NUMBER:
        if (!big_number(b->arena, &text, text))
            return REJECT_JSON;
        break;
    case JSON_STRING:
        if (text.len && text.ptr[0] == '#' && !big_number(b->arena, &text, bytes_of(text.ptr + 1, text.len - 1)))
            return REJECT_JSON;
        break;
    default:
        return REJECT_JSON;
    }
    rlp_add_string(b, text);
    return OK;
}

/* Reads everything that r holds and writes it again. */
static enum err copy(struct buffer *b, struct rlp_reader *r, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return REJECT_RLP;
    while (!rlp_at_end(r)) {
        struct bytes text;
        struct rlp_reader items;
        if (!rlp_is_list(r)) {
            TRY(rlp_string(r, &text));
            rlp_add_string(b, text);
            continue;
        }
        TRY(rlp_list(r, &items));
        const size_t opened = rlp_open(b);
        TRY(copy(b, &items, depth + 1));
        rlp_close(b, opened);
    }
    return OK;
}

/* One item, and nothing else. */
static enum err copy_item(struct buffer *b, struct bytes rlp)
{
    struct rlp_reader r = rlp_reader(rlp);
    struct bytes item;
    TRY(rlp_item(&r, &item));
    TRY(rlp_end(&r));
    r = rlp_reader(rlp);
    return copy(b, &r, 0);
}

/* What is wrong, or NULL. */
static const char *rlptest_examine(struct arena *arena, struct json in, struct bytes out)
{
    struct buffer again = buffer_in(arena), encoded = buffer_in(arena);
    const enum err e = copy_item(&again, out);
    if (json_text_is(in, "INVALID"))
        return e ? NULL : "was accepted, expected a refusal";
    if (e)
        return "was refused";
    if (!bytes_eq(buffer_bytes(&again), out))
        return "reads and writes as something else";
    if (json_text_is(in, "VALID"))
        return NULL;
    if (encode(&encoded, in))
        return "the value is not understood";
    return bytes_eq(buffer_bytes(&encoded), out) ? NULL : "encodes to something else";
}

static enum err rlptest_run_file(struct fixture_worker *w, struct json root)
{
    for (struct json_iterator it = json_items(root); json_next(&it);) {
        struct json in;
        struct bytes out;
        if (!fixture_wanted(w, no_fork, it.key))
            continue;
        const char *skip = fixture_skip(w, it.key);
        if (skip) {
            fixture_report(w, no_fork, it.key, FIXTURE_SKIPPED, "%s", skip);
            continue;
        }
        in = json_get(it.value, "in");
        if (json_kind(in) == JSON_NONE || json_hex(&w->arena, &out, json_get(it.value, "out")) != OK)
            return json_unexpected(&w->complaint, it.value, "\"in\", and \"out\" in hex");
        const char *wrong = rlptest_examine(&w->arena, in, out);
        fixture_report(w, no_fork, it.key, wrong ? FIXTURE_FAILED : FIXTURE_PASSED, "%s", wrong ? wrong : "passed");
    }
    return OK;
}

int cmd_rlptest(const struct command_line *line)
{
    const struct fixture_command command = {"rlptest", rlptest_run_file};
    return fixture_main(&command, line);
}
