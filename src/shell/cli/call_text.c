#include "cli/call_text.h"

#include "codec/text.h"

enum { DATA_MAX = 80, DEPTH_SHOWN_MAX = 64 };

void call_text_member(struct buffer *b, struct json object, const char *key)
{
    text_add_safe(b, json_text(json_get(object, key)), CALL_TEXT_MAX);
}

/* Calldata and returndata, cut. */
static void add_traced_data(struct buffer *b, struct json v)
{
    text_add_safe(b, json_text(v), DATA_MAX);
}

void call_text_quantity(struct buffer *b, struct json object, const char *key)
{
    u256 x;
    if (json_u256(&x, json_get(object, key)) == OK)
        text_add_u256(b, &x);
    else
        text_add(b, "?");
}

bool call_text_flag(struct json frame, const char *key)
{
    return json_kind(json_get(frame, key)) == JSON_TRUE;
}

/* "7002  call 0x.. 0xa6f2ae3a  1 wei  27601 gas  -> 0x..04" */
void call_text_frame(struct buffer *b, struct json frame)
{
    const struct json value = json_get(frame, "value"), output = json_get(frame, "output");
    u256 wei = {0};
    text_add_safe(b, json_source(json_get(frame, "chainId")), CALL_TEXT_MAX);
    text_add(b, "  ");
    call_text_member(b, frame, "type");
    text_add(b, " ");
    call_text_member(b, frame, "to");
    text_add(b, " ");
    add_traced_data(b, json_get(frame, "input"));
    if (json_kind(value) == JSON_STRING && json_u256(&wei, value) == OK && !u256_is_zero(&wei)) {
        text_add(b, "  ");
        text_add_u256(b, &wei);
        text_add(b, " wei");
    }
    text_add(b, "  ");
    call_text_quantity(b, frame, "gasUsed");
    text_add_z(b, call_text_flag(frame, "undone") ? " gas  undone" : " gas");
    if (json_kind(output) == JSON_STRING) {
        text_add(b, "  -> ");
        add_traced_data(b, output);
    }
    if (json_kind(json_get(frame, "error")) == JSON_STRING) {
        text_add(b, "  FAILED: ");
        const bool has_reason = json_kind(json_get(frame, "revertReason")) == JSON_STRING;
        call_text_member(b, frame, has_reason ? "revertReason" : "error");
    }
    text_add(b, "\n");
}

void call_text_tree(struct buffer *b, struct json frame, u32 depth)
{
    for (u32 i = 0; i < depth && i < DEPTH_SHOWN_MAX; i++)
        text_add(b, "  ");
    call_text_frame(b, frame);
    for (struct json_iterator i = json_items(json_get(frame, "calls")); json_next(&i);)
        call_text_tree(b, i.value, depth + 1);
}

void call_text_outcome(struct buffer *b, struct json answer)
{
    const struct json bundle = json_get(answer, "bundle"), error = json_get(answer, "error");
    call_text_member(b, answer, "kind");
    text_add(b, " ");
    call_text_member(b, answer, "hash");
    text_add(b, ": ");
    call_text_member(b, answer, "status");
    if (json_kind(bundle) == JSON_OBJECT) {
        text_add(b, " by bundle ");
        call_text_member(b, bundle, "hash");
        text_add(b, " in block ");
        call_text_quantity(b, bundle, "blockNumber");
        text_add(b, " of L1");
    }
    text_add_z(b, call_text_flag(answer, "reverted") ? ", reverted" : "");
    if (json_kind(error) == JSON_OBJECT) {
        text_add(b, ", ");
        call_text_member(b, error, "reason");
        text_add(b, ": ");
        call_text_member(b, error, "message");
    }
    text_add(b, "\n");
}
