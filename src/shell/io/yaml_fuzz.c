/* yaml: what is taken is within the bounds, each node at a place of the text and found under its key, and written
 * again, all in quotes and brackets, reads as the same tree; what is refused has a complaint with a place in the text.
 */
#include "io/yaml.h"

#include "codec/text.h"
#include "io/memory.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct checker {
    struct buffer *out; /* the tree, written again */
    u32 lines;          /* of the text, at most */
    u32 nodes;
};

static void write_text(struct buffer *out, const char *text, size_t len)
{
    struct bytes left = bytes_of(text, len);
    buffer_add_u8(out, '"');
    while (left.len) {
        u32 point;
        const size_t one = utf8_length(left, &point);
        BUG_UNLESS(one > 0); /* whatever the encoding of the file: UTF-8 comes out */
        char escape[11];
        snprintf(escape, sizeof escape, "\\U%08X", point);
        if (point >= ' ' && point < 0x7f && point != '"' && point != '\\')
            buffer_add_u8(out, (u8)point);
        else
            buffer_add(out, escape, 10);
        left = bytes_of(left.ptr + one, left.len - one);
    }
    buffer_add_u8(out, '"');
}

static bool is_in_text(const struct checker *c, struct place p)
{
    return p.line >= 1 && p.column >= 1 && p.line <= c->lines;
}

static void check_node(struct checker *c, const struct yaml *y, unsigned depth)
{
    BUG_UNLESS(depth <= YAML_DEPTH_MAX && ++c->nodes <= YAML_NODES_MAX && is_in_text(c, y->place));
    if (y->kind == YAML_SCALAR) {
        BUG_UNLESS(y->count == 0 && !y->first && strlen(y->text) == y->len);
        write_text(c->out, y->text, y->len);
        return;
    }
    const bool map = y->kind == YAML_MAP;
    u32 count = 0;
    buffer_add_u8(c->out, map ? '{' : '[');
    for (const struct yaml *child = y->first; child; child = child->next) {
        if (count++)
            buffer_add_u8(c->out, ',');
        BUG_UNLESS(map == (child->key != NULL));
        if (map) {
            BUG_UNLESS(yaml_get(y, child->key) == child && is_in_text(c, child->key_place)); /* so no key comes twice */
            buffer_add(c->out, "? ", 2);
            write_text(c->out, child->key, strlen(child->key));
            buffer_add(c->out, " : ", 3);
        }
        check_node(c, child, depth + 1);
    }
    buffer_add_u8(c->out, map ? '}' : ']');
    BUG_UNLESS(count == y->count && (!map || count <= YAML_KEYS_MAX));
}

static bool same(const struct yaml *here, const struct yaml *there)
{
    if (here->kind != there->kind || here->count != there->count || !here->key != !there->key)
        return false;
    if (here->key && strcmp(here->key, there->key) != 0)
        return false;
    if (here->kind == YAML_SCALAR)
        return here->len == there->len && memcmp(here->text, there->text, here->len) == 0;
    for (here = here->first, there = there->first; here; here = here->next, there = there->next)
        if (!same(here, there))
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    const struct yaml *root = NULL, *back;
    struct complaint c = {.file = "f"};
    u32 lines = 2; /* YAML also breaks lines at U+0085, U+2028 and U+2029: their last bytes */
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
    const enum err e = yaml_read(&arena, &root, &c, bytes_of(data, size));
    struct buffer out = buffer_in(&arena);
    struct checker checker = {.out = &out, .lines = lines};
    BUG_UNLESS((e == OK) == (root != NULL) && (e == OK) == !c.raised);
    if (e) {
        BUG_UNLESS(e == REJECT_YAML && c.text[0] && is_in_text(&checker, c.place));
    } else {
        check_node(&checker, root, 0);
        if (out.len <= YAML_BYTES_MAX) {
            BUG_UNLESS(yaml_read(&arena, &back, &c, buffer_bytes(&out)) == OK);
            BUG_UNLESS(same(root, back));
        }
    }
    arena_release(&arena);
    return 0;
}
