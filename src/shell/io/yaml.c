#include "io/yaml.h"

#include <yaml.h>

/* A map or list that is being filled: where its next child is linked, and the key that waits for its value. */
struct level {
    struct yaml *node;
    const struct yaml **tail;
    const char *key;
    struct place key_place;
};

struct reader {
    struct arena *arena;
    struct complaint *complaint;
    struct bytes text;
    yaml_parser_t parser;
    u32 nodes;
    u32 depth;
    const struct yaml *root;
    struct level level[YAML_DEPTH_MAX];
};

static struct place yaml_location(yaml_mark_t mark)
{
    return (struct place){(u32)mark.line + 1, (u32)mark.column + 1};
}

/* libyaml gives encoding errors a byte offset only. */
static struct place place_of_offset(struct bytes text, size_t offset)
{
    struct place p = {1, 1};
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n')
            p = (struct place){p.line + 1, 1};
        else if ((text.ptr[i] & 0xc0) != 0x80)
            p.column++;
    }
    return p;
}

static enum err refuse_yaml(struct reader *r, struct place place, const char *why)
{
    complain(r->complaint, place, "%s", why);
    return REJECT_YAML;
}

static enum err refuse_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "malformed";
    if (p->error == YAML_READER_ERROR)
        complain(r->complaint, place_of_offset(r->text, p->problem_offset), "not readable as YAML text: %s", problem);
    else if (p->context && p->context_mark.line != p->problem_mark.line)
        complain(r->complaint, yaml_location(p->problem_mark), "not YAML: %s that begins in line %zu, %s", p->context,
                 p->context_mark.line + 1, problem);
    else if (p->context)
        complain(r->complaint, yaml_location(p->problem_mark), "not YAML: %s, %s", p->context, problem);
    else
        complain(r->complaint, yaml_location(p->problem_mark), "not YAML: %s", problem);
    return p->error == YAML_MEMORY_ERROR ? FAULT_MEMORY : REJECT_YAML;
}

static enum err copy_text(struct reader *r, struct place place, const yaml_event_t *event, const char **out)
{
    const size_t len = event->data.scalar.length;
    if (memchr(event->data.scalar.value, 0, len))
        return refuse_yaml(r, place, "text may not contain a NUL character");
    char *text = arena_take(r->arena, len + 1);
    memcpy(text, event->data.scalar.value, len);
    text[len] = 0;
    *out = text;
    return OK;
}

static enum err take_key(struct reader *r, struct level *in, struct place place, const yaml_event_t *event)
{
    const char *key;
    TRY(copy_text(r, place, event, &key));
    for (const struct yaml *y = in->node->first; y; y = y->next)
        if (strcmp(y->key, key) == 0) {
            complain(r->complaint, place, "duplicate key \"%s\"; first used in line %u", key,
                     y->key_place.line);
            return REJECT_YAML;
        }
    if (in->node->count == YAML_KEYS_MAX)
        return refuse_yaml(r, place, "more than 1024 keys in one map");
    in->key = key;
    in->key_place = place;
    return OK;
}

/* Links a new node into the level that is open, or makes it the root. */
static enum err add_yaml_node(struct reader *r, struct place place, enum yaml_kind kind, struct yaml **out)
{
    if (r->nodes++ == YAML_NODES_MAX)
        return refuse_yaml(r, place, "more than 65536 values in one file");
    struct yaml *y = arena_take_zero(r->arena, sizeof *y);
    y->kind = kind;
    y->place = place;
    if (r->depth == 0) {
        r->root = y;
    } else {
        struct level *in = &r->level[r->depth - 1];
        y->key = in->key;
        y->key_place = in->key_place;
        in->key = NULL;
        in->node->count++;
        *in->tail = y;
        in->tail = &y->next;
    }
    *out = y;
    return OK;
}

static bool key_expected(const struct reader *r)
{
    return r->depth && r->level[r->depth - 1].node->kind == YAML_MAP && !r->level[r->depth - 1].key;
}

static enum err take_scalar(struct reader *r, struct place place, const yaml_event_t *event)
{
    if (event->data.scalar.anchor)
        return refuse_yaml(r, place, "anchors (&) are not supported");
    if (event->data.scalar.tag)
        return refuse_yaml(r, place, "tags (!) are not supported");
    if (key_expected(r))
        return take_key(r, &r->level[r->depth - 1], place, event);
    struct yaml *y;
    TRY(add_yaml_node(r, place, YAML_SCALAR, &y));
    TRY(copy_text(r, place, event, &y->text));
    y->len = event->data.scalar.length;
    y->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return OK;
}

static enum err open_level(struct reader *r, struct place place, enum yaml_kind kind, const void *anchor,
                           const void *tag)
{
    if (anchor)
        return refuse_yaml(r, place, "anchors (&) are not supported");
    if (tag)
        return refuse_yaml(r, place, "tags (!) are not supported");
    if (key_expected(r))
        return refuse_yaml(r, place, "a key must be plain text");
    if (r->depth == YAML_DEPTH_MAX)
        return refuse_yaml(r, place, "nested more than 24 deep");
    struct yaml *y;
    TRY(add_yaml_node(r, place, kind, &y));
    r->level[r->depth++] = (struct level){.node = y, .tail = &y->first};
    return OK;
}

static enum err take_event(struct reader *r, const yaml_event_t *event)
{
    const struct place place = yaml_location(event->start_mark);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(r, place, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(r, place, YAML_LIST, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_level(r, place, YAML_MAP, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        return OK;
    case YAML_ALIAS_EVENT:
        return refuse_yaml(r, place, "aliases (*) are not supported; quote text that begins with *");
    case YAML_DOCUMENT_START_EVENT:
        return r->root ? refuse_yaml(r, place, "a second document; one file holds one") : OK;
    default:
        return OK;
    }
}

static enum err read_events(struct reader *r)
{
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event))
            return refuse_syntax(r);
        const bool last = event.type == YAML_STREAM_END_EVENT;
        const enum err e = take_event(r, &event);
        yaml_event_delete(&event);
        if (e || last)
            return e;
    }
}

enum err yaml_read(struct arena *arena, const struct yaml **root, struct complaint *complaint, struct bytes text)
{
    struct reader r = {.arena = arena, .complaint = complaint, .text = text};
    if (text.len > YAML_BYTES_MAX) {
        complain(complaint, (struct place){0, 0}, "has %zu bytes; the limit is %zu", text.len, YAML_BYTES_MAX);
        return REJECT_YAML;
    }
    if (!yaml_parser_initialize(&r.parser))
        return FAULT_MEMORY;
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, text.len ? text.ptr : (const u8 *)"", text.len);
    const enum err e = read_events(&r);
    yaml_parser_delete(&r.parser);
    if (e)
        return e;
    static const struct yaml empty = {.kind = YAML_SCALAR, .place = {1, 1}, .text = ""};
    *root = r.root ? r.root : &empty;
    return OK;
}

const struct yaml *yaml_get(const struct yaml *y, const char *key)
{
    if (y->kind == YAML_MAP)
        for (const struct yaml *v = y->first; v; v = v->next)
            if (strcmp(v->key, key) == 0)
                return v;
    return NULL;
}

const char *yaml_kind_name(const struct yaml *y)
{
    return y->kind == YAML_LIST ? "a list" : y->kind == YAML_MAP ? "a map" : y->len ? "text" : "nothing";
}
