#include "scenario/schema.h"

#include "base/u256.h"
#include "codec/number.h"

#include <stdio.h>

enum { NAME_MAX_BYTES = 40, FIELDS_MAX = 32 };

struct context {
    struct arena *arena;
    struct complaint *complaint;
};

static enum err refuse_kind(const struct context *c, const struct yaml *y, const char *what, const char *expected)
{
    complain(c->complaint, y->place, "%s: expected %s, found %s", what, expected, yaml_kind_name(y));
    return REJECT_SCENARIO;
}

bool name_is_valid(const char *text)
{
    size_t len = 0;
    for (const char *p = text; *p; p++, len++) {
        const bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
        const bool inner = (*p >= '0' && *p <= '9') || *p == '_' || *p == '-';
        if (!letter && !(inner && len))
            return false;
    }
    return len > 0 && len <= NAME_MAX_BYTES;
}

static enum err refuse_name(const struct context *c, struct place place, const char *what, const char *text)
{
    complain(c->complaint, place,
             "%s: \"%.60s\" is not a name; expected a letter, then letters, digits, _ or -, at most 40 in all", what, text);
    return REJECT_SCENARIO;
}

static enum err read_word(const struct context *c, struct word *out, const struct field *f, const struct yaml *y)
{
    if (y->kind != YAML_SCALAR || y->len == 0)
        return refuse_kind(c, y, f->name, f->shape == SHAPE_NAME ? "a name" : "text");
    if (f->shape == SHAPE_NAME && !name_is_valid(y->text))
        return refuse_name(c, y->place, f->name, y->text);
    *out = (struct word){y->text, y->place};
    return OK;
}

static enum err read_number_field(const struct context *c, struct number *out, const struct field *f,
                                  const struct yaml *y)
{
    if (y->kind != YAML_SCALAR)
        return refuse_kind(c, y, f->name, "a number");
    u256 value;
    const enum err e = amount_u256(&value, bytes_of(y->text, y->len));
    if (e) {
        complain(c->complaint, y->place, "%s: expected a number%s, found \"%.60s\"", f->name,
                 e == REJECT_NUMBER_RANGE ? " below 2^256" : ", such as 42, 0x2a, 1.5 ether or 30 gwei", y->text);
        return REJECT_SCENARIO;
    }
    if (f->shape == SHAPE_COUNT && !u256_fits_u64(&value)) {
        complain(c->complaint, y->place, "%s: expected a number below 2^64, found \"%.60s\"", f->name, y->text);
        return REJECT_SCENARIO;
    }
    *out = (struct number){value, y->place, true};
    return OK;
}

static enum err read_choice_field(const struct context *c, struct number *out, const struct field *f,
                                  const struct yaml *y)
{
    char all[200];
    size_t used = 0;
    for (u32 i = 0; f->choices[i]; i++) {
        if (y->kind == YAML_SCALAR && strcmp(y->text, f->choices[i]) == 0) {
            *out = (struct number){u256_from_u64(i), y->place, true};
            return OK;
        }
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", !i ? "" : f->choices[i + 1] ? ", " : " or ",
                                 f->choices[i]);
    }
    if (y->kind != YAML_SCALAR)
        return refuse_kind(c, y, f->name, all);
    complain(c->complaint, y->place, "%s: expected %s, found \"%.60s\"", f->name, all, y->text);
    return REJECT_SCENARIO;
}

static enum err read_record(const struct context *c, void *out, const struct schema *s, const struct yaml *y);

static enum err read_many(const struct context *c, struct many *out, const struct field *f, const struct yaml *y)
{
    const bool named = f->shape == SHAPE_NAMED;
    const struct schema *s = f->record;
    if (y->kind != (named ? YAML_MAP : YAML_LIST) && !(y->kind == YAML_SCALAR && !y->len && !y->quoted))
        return refuse_kind(c, y, f->name, named ? "a map of names" : "a list");
    if (y->count > s->items_max) {
        complain(c->complaint, y->place, "%s: has %u entries; the limit is %u", f->name, y->count, s->items_max);
        return REJECT_SCENARIO;
    }
    u8 *items = arena_take_zero(c->arena, s->size * (y->count + 1));
    u32 i = 0;
    for (const struct yaml *v = y->first; v; v = v->next, i++) {
        struct head *head = (struct head *)(items + s->size * i);
        if (named && !name_is_valid(v->key))
            return refuse_name(c, v->key_place, f->name, v->key);
        TRY(read_record(c, head, s, v));
        if (named) {
            head->name = v->key;
            head->place = v->key_place;
        }
    }
    *out = (struct many){items, y->count, y->place};
    return OK;
}

static enum err read_schema_field(const struct context *c, u8 *out, const struct field *f, const struct yaml *y)
{
    void *at = out + f->offset;
    switch (f->shape) {
    case SHAPE_TEXT:
    case SHAPE_NAME:
        return read_word(c, at, f, y);
    case SHAPE_AMOUNT:
    case SHAPE_COUNT:
        return read_number_field(c, at, f, y);
    case SHAPE_CHOICE:
        return read_choice_field(c, at, f, y);
    case SHAPE_NODE:
        *(const struct yaml **)at = y;
        return OK;
    case SHAPE_RECORD:
        return read_record(c, at, f->record, y);
    case SHAPE_LIST:
    case SHAPE_NAMED:
        return read_many(c, at, f, y);
    }
    BUG("a field without a shape");
}

/* "deploy, attach, send or read" */
static void list_verbs(char *out, size_t size, const struct schema *s)
{
    size_t used = 0;
    for (u32 i = 0; i < s->count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", !i ? "" : i + 1 < s->count ? ", " : " or ",
                                 s->variants[i].verb);
}

static enum err find_variant(const struct context *c, u32 *out, const struct schema *s, const struct yaml *y)
{
    if (s->variants[0].verb == NULL) {
        *out = 0;
        return OK;
    }
    const struct yaml *verb = NULL;
    const char *names[FIELDS_MAX];
    for (u32 i = 0; i < s->count; i++) {
        names[i] = s->variants[i].verb;
        const struct yaml *v = yaml_get(y, names[i]);
        if (v && verb) {
            const bool before =
                v->key_place.line < verb->key_place.line ||
                (v->key_place.line == verb->key_place.line && v->key_place.column < verb->key_place.column);
            complain(c->complaint, before ? verb->key_place : v->key_place,
                     "%s is one of \"%s\" and \"%s\", not both", s->what, before ? v->key : verb->key,
                     before ? verb->key : v->key);
            return REJECT_SCENARIO;
        }
        if (v) {
            verb = v;
            *out = i;
        }
    }
    if (verb)
        return OK;
    char all[200];
    list_verbs(all, sizeof all, s);
    const char *near = y->first ? nearest_name(y->first->key, names, s->count) : NULL;
    complain(c->complaint, y->place, "%s needs one key of %s%s%s%s", s->what, all, near ? "; did you mean \"" : "",
             near ? near : "", near ? "\"?" : "");
    return REJECT_SCENARIO;
}

static const struct field *find_field(const struct variant *v, const char *name)
{
    for (u32 i = 0; i < v->count; i++)
        if (strcmp(v->fields[i].name, name) == 0)
            return &v->fields[i];
    return NULL;
}

static enum err refuse_unknown_field(const struct context *c, const struct variant *v, const struct yaml *y)
{
    const char *names[FIELDS_MAX];
    char all[300];
    size_t used = 0;
    for (u32 i = 0; i < v->count; i++) {
        names[i] = v->fields[i].name;
        if (used < sizeof all)
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = nearest_name(y->key, names, v->count);
    if (near)
        complain(c->complaint, y->key_place, "%s has no key \"%.60s\"; did you mean \"%s\"?", v->what, y->key, near);
    else
        complain(c->complaint, y->key_place, "%s has no key \"%.60s\"; expected one of %s", v->what, y->key, all);
    return REJECT_SCENARIO;
}

static enum err read_record(const struct context *c, void *out, const struct schema *s, const struct yaml *y)
{
    static const struct yaml nothing = {.kind = YAML_MAP};
    const bool empty = y->kind == YAML_SCALAR && !y->len && !y->quoted; /* `alice:` alone is a map without entries */
    if (y->kind != YAML_MAP && !empty)
        return refuse_kind(c, y, s->what, "a map");
    struct yaml map = empty ? nothing : *y;
    map.place = y->place;
    struct head *head = out;
    TRY(find_variant(c, &head->variant, s, &map));
    const struct variant *v = &s->variants[head->variant];
    head->place = map.place;
    for (const struct yaml *entry = map.first; entry; entry = entry->next) {
        const struct field *f = find_field(v, entry->key);
        if (!f)
            return refuse_unknown_field(c, v, entry);
        TRY(read_schema_field(c, out, f, entry));
    }
    for (u32 i = 0; i < v->count; i++)
        if (v->fields[i].presence == REQUIRED && !yaml_get(&map, v->fields[i].name)) {
            complain(c->complaint, y->key ? y->key_place : y->place, "%s needs \"%s\"", v->what, v->fields[i].name);
            return REJECT_SCENARIO;
        }
    return OK;
}

enum err schema_read(void *out, struct arena *arena, struct complaint *complaint, const struct schema *schema,
                     const struct yaml *from)
{
    const struct context c = {arena, complaint};
    return read_record(&c, out, schema, from);
}
