#include "cli/call_cause.h"

#include "cli/call_text.h"
#include "codec/text.h"

enum { SELECTOR_TEXT = 10 /* 0x and 8 digits */ };

struct blamed {
    struct json frame;
    u32 depth;
};

static bool frame_has_failed(struct json frame)
{
    return json_kind(json_get(frame, "error")) == JSON_STRING;
}

static bool is_stopped(struct json frame)
{
    return json_text_is(json_get(frame, "error"), "stopped by the builder");
}

static struct json last_call(struct json frame)
{
    struct json last = JSON_NOTHING;
    for (struct json_iterator i = json_items(json_get(frame, "calls")); json_next(&i);)
        last = i.value;
    return last;
}

/* Where the builder stopped: the frames around it did not end. */
static struct blamed stopped_at(struct json trace)
{
    struct blamed at = {trace, 0};
    while (is_stopped(at.frame)) {
        const struct json inner = last_call(at.frame);
        if (!frame_has_failed(inner))
            break;
        at = (struct blamed){inner, at.depth + 1};
    }
    return at;
}

static struct bytes output_of(struct json frame)
{
    const struct json output = json_get(frame, "output");
    const struct bytes text = json_kind(output) == JSON_STRING ? json_text(output) : (struct bytes){0};
    return text.len > 2 ? bytes_of(text.ptr + 2, text.len - 2) : (struct bytes){0};
}

/* Revert data is passed on, also by bridges, with what they add. */
static bool is_passed_on(struct json inner, struct bytes outer)
{
    const struct bytes data = output_of(inner);
    if (outer.len == 0)
        return data.len == 0;
    return data.len >= SELECTOR_TEXT - 2 && memmem(outer.ptr, outer.len, data.ptr, data.len) != NULL;
}

static void find_origin(struct blamed *found, struct json frame, u32 depth, struct bytes output)
{
    for (struct json_iterator i = json_items(json_get(frame, "calls")); json_next(&i);) {
        if (frame_has_failed(i.value) && !is_stopped(i.value) && is_passed_on(i.value, output) &&
            depth + 1 >= found->depth)
            *found = (struct blamed){i.value, depth + 1};
        find_origin(found, i.value, depth + 1, output);
    }
}

/* With REJECT_REVERT_AROUND_CALL the call itself may have succeeded: to blame is the frame that then reverted. */
static struct json blame(struct json answer, struct json trace)
{
    struct blamed at = stopped_at(trace);
    const bool is_around =
        json_text_is(json_get(json_get(answer, "error"), "reason"), "REJECT_REVERT_AROUND_CALL");
    if (!is_around && json_text_is(json_get(at.frame, "error"), "execution reverted"))
        find_origin(&at, at.frame, at.depth, output_of(at.frame));
    return at.frame;
}

void call_cause(struct buffer *b, struct json answer)
{
    const struct json trace = json_get(answer, "trace");
    if (json_kind(trace) != JSON_OBJECT || !frame_has_failed(trace))
        return;
    text_add(b, "because ");
    call_text_frame(b, blame(answer, trace));
}
