/* json: what is taken, written again by json_write, reads as the same tree; what is refused has a complaint with a
 * place in the text. */
#include "io/json.h"

#include "codec/json_write.h"
#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct json_writer *w, struct json v)
{
    const bool object = json_kind(v) == JSON_OBJECT;
    switch (json_kind(v)) {
    case JSON_NULL:
        json_write_null(w);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_write_bool(w, json_kind(v) == JSON_TRUE);
        break;
    case JSON_STRING:
        json_write_string(w, json_text(v));
        break;
    case JSON_NUMBER: { /* the writer has no such numbers; their text is compared */
        json_write_string(w, json_text(v));
        break;
    }
    case JSON_ARRAY:
    case JSON_OBJECT:
        if (object)
            json_write_object(w);
        else
            json_write_array(w);
        for (struct json_iterator it = json_items(v); json_next(&it);) {
            if (object)
                json_write_key_bytes(w, it.key);
            write_value(w, it.value);
        }
        json_write_end(w);
        break;
    case JSON_NONE:
        BUG("a value that is not there");
    }
}

static bool same(struct json here, struct json there)
{
    const enum json_kind kind = json_kind(here), other = json_kind(there);
    if (kind != other && !(kind == JSON_NUMBER && other == JSON_STRING))
        return false;
    if (!bytes_eq(json_text(here), json_text(there)) || json_count(here) != json_count(there))
        return false;
    struct json_iterator h = json_items(here), t = json_items(there);
    while (json_next(&h)) {
        if (!json_next(&t) || !bytes_eq(h.key, t.key) || !same(h.value, t.value))
            return false;
        BUG_UNLESS(json_kind(json_get_bytes(here, h.key)) != JSON_NONE || json_kind(here) == JSON_ARRAY);
    }
    return true;
}

static unsigned depth_of(struct json v)
{
    unsigned depth = 0;
    for (struct json_iterator it = json_items(v); json_next(&it);) {
        const unsigned below = depth_of(it.value);
        if (below > depth)
            depth = below;
    }
    return depth + 1;
}

/* The source of a value is a text of its own that reads as the value. */
static void check_source(struct arena *arena, struct json v)
{
    struct json again;
    struct complaint c = {.file = "source"};
    BUG_UNLESS(json_parse(arena, &again, &c, json_source(v), SIZE_MAX) == OK && same(v, again));
    const struct place place = json_place(v);
    BUG_UNLESS(place.line > 0 && place.column > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct json root, again;
    struct complaint c = {.file = "fuzz"};
    const enum err e = json_parse(&arena, &root, &c, bytes_of(data, size), SIZE_MAX);
    BUG_UNLESS((e == OK) != c.raised);
    BUG_UNLESS(e == OK || (c.place.line > 0 && c.place.column > 0 && c.text[0]));
    if (e == OK && depth_of(root) < 50) {
        struct buffer out = buffer_in(&arena);
        struct json_writer w = json_writer(&out, size % 4);
        write_value(&w, root);
        json_write_finish(&w);
        BUG_UNLESS(json_parse(&arena, &again, &c, buffer_bytes(&out), SIZE_MAX) == OK && same(root, again));
        check_source(&arena, root);
        for (struct json_iterator it = json_items(root); json_next(&it);)
            check_source(&arena, it.value);
    }
    arena_release(&arena);
    return 0;
}
