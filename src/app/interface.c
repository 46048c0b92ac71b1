#include "app/interface.h"

#include "base/buffer.h"
#include "crypto/keccak.h"

#include <stdio.h>

struct reading {
    struct arena *arena;
    struct complaint *complaint;
};

static const struct {
    const char *type, *what;
} kinds[] = {
    [MEMBER_CONSTRUCTOR] = {"constructor", "a constructor"},
    [MEMBER_FUNCTION] = {"function", "a function"},
    [MEMBER_EVENT] = {"event", "an event"},
    [MEMBER_ERROR] = {"error", "an error"},
};

static enum err refuse(const struct reading *r, struct json at, const char *why)
{
    complain(r->complaint, json_place(at), "%s", why);
    return REJECT_ARTIFACT;
}

/* A copy that ends with NUL; names and types are short and without control characters. */
static enum err take_word(const struct reading *r, const char **out, struct json v, const char *what)
{
    const struct bytes text = json_text(v);
    if (json_kind(v) == JSON_NONE) {
        *out = "";
        return OK;
    }
    if (json_kind(v) != JSON_STRING || text.len > 256)
        return refuse(r, v, what);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f)
            return refuse(r, v, what);
    char *copy = arena_take(r->arena, text.len + 1);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    *out = copy;
    return OK;
}

/* "(type,type)" */
static enum err add_types(const struct reading *r, struct buffer *b, const struct parameters *p, struct json at)
{
    buffer_add_u8(b, '(');
    for (u32 i = 0; i < p->count; i++) {
        if (i)
            buffer_add_u8(b, ',');
        buffer_add(b, p->item[i].type, strlen(p->item[i].type));
    }
    buffer_add_u8(b, ')');
    return b->len > SIGNATURE_BYTES_MAX ? refuse(r, at, "a signature of more than 4096 characters") : OK;
}

static enum err read_parameters(const struct reading *r, struct parameters *out, struct json list, u32 depth);

/* "tuple[3][]" with its components becomes "(types)[3][]". */
static enum err read_tuple_type(const struct reading *r, struct parameter *p, struct json v, u32 depth)
{
    struct parameters components;
    struct json list = json_get(v, "components");
    if (json_kind(list) != JSON_ARRAY)
        return refuse(r, v, "a tuple without components");
    TRY(read_parameters(r, &components, list, depth + 1));
    struct buffer b = buffer_in(r->arena);
    TRY(add_types(r, &b, &components, v));
    const char *suffix = p->type + strlen("tuple");
    buffer_add(&b, suffix, strlen(suffix) + 1);
    p->type = (const char *)b.ptr;
    p->components = components.item;
    p->component_count = components.count;
    return OK;
}

static enum err read_parameter(const struct reading *r, struct parameter *p, struct json v, u32 depth)
{
    if (json_kind(v) != JSON_OBJECT)
        return refuse(r, v, "expected a parameter, an object");
    TRY(take_word(r, &p->name, json_get(v, "name"), "name: expected a name"));
    TRY(take_word(r, &p->type, json_get(v, "type"), "type: expected a type"));
    p->indexed = json_kind(json_get(v, "indexed")) == JSON_TRUE;
    if (!*p->type)
        return refuse(r, v, "a parameter without a type");
    return strncmp(p->type, "tuple", 5) == 0 ? read_tuple_type(r, p, v, depth) : OK;
}

static enum err read_parameters(const struct reading *r, struct parameters *out, struct json list, u32 depth)
{
    if (json_kind(list) != JSON_ARRAY && json_kind(list) != JSON_NONE)
        return refuse(r, list, "expected a list of parameters");
    if (json_count(list) > PARAMETERS_MAX)
        return refuse(r, list, "more than 256 parameters");
    if (depth > PARAMETER_DEPTH_MAX)
        return refuse(r, list, "tuples nested more than 8 deep");
    struct parameter *p = ARENA_TAKE_ZERO(r->arena, struct parameter, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);)
        TRY(read_parameter(r, &p[it.index], it.value, depth));
    *out = (struct parameters){p, json_count(list)};
    return OK;
}

static enum err read_member(const struct reading *r, struct member *m, struct json v)
{
    TRY(take_word(r, &m->name, json_get(v, "name"), "name: expected a name"));
    TRY(read_parameters(r, &m->inputs, json_get(v, "inputs"), 0));
    TRY(read_parameters(r, &m->outputs, json_get(v, "outputs"), 0));
    m->payable = json_text_is(json_get(v, "stateMutability"), "payable") || json_kind(json_get(v, "payable")) == JSON_TRUE;
    m->anonymous = json_kind(json_get(v, "anonymous")) == JSON_TRUE;
    struct buffer b = buffer_in(r->arena);
    buffer_add(&b, m->name, strlen(m->name));
    TRY(add_types(r, &b, &m->inputs, v));
    keccak256(&m->hash, b.ptr, b.len);
    buffer_add_u8(&b, 0);
    m->signature = (const char *)b.ptr;
    return OK;
}

enum err interface_read(struct arena *arena, struct interface *out, struct complaint *complaint, struct json abi)
{
    const struct reading r = {arena, complaint};
    if (json_kind(abi) != JSON_ARRAY)
        return refuse(&r, abi, "abi: expected a list of functions, events and errors");
    struct member *member = ARENA_TAKE_ZERO(arena, struct member, json_count(abi));
    u32 count = 0;
    for (struct json_iterator it = json_items(abi); json_next(&it);) {
        const struct json type = json_get(it.value, "type");
        u32 kind = 0;
        while (kind < COUNT_OF(kinds) && !json_text_is(type, kinds[kind].type))
            kind++;
        if (json_kind(it.value) != JSON_OBJECT || (json_kind(type) != JSON_STRING && json_kind(type) != JSON_NONE))
            return refuse(&r, it.value, "expected an object with a type, such as function, event or error");
        if (json_kind(type) == JSON_NONE)
            kind = MEMBER_FUNCTION; /* the ABI specification's default */
        if (kind == COUNT_OF(kinds))
            continue; /* fallback, receive, and what a later compiler adds */
        member[count].kind = (enum member_kind)kind;
        TRY(read_member(&r, &member[count++], it.value));
    }
    *out = (struct interface){member, count};
    return OK;
}

/* --- finding ---------------------------------------------------------------------------------- */

/* Without blanks, and with int and uint at their full names. */
static const char *normal(struct arena *arena, const char *name)
{
    struct buffer b = buffer_in(arena);
    for (const char *p = name; *p; p++) {
        if (*p == ' ')
            continue;
        buffer_add_u8(&b, (u8)*p);
        const bool type_ends = p[1] == ',' || p[1] == ')' || p[1] == '[' || p[1] == ' ';
        const bool is_int = b.len >= 4 && memcmp(b.ptr + b.len - 3, "int", 3) == 0;
        if (!type_ends || !is_int)
            continue;
        const u8 before = b.ptr[b.len - 4];
        if (before == '(' || before == ',' ||
            (before == 'u' && b.len >= 5 && (b.ptr[b.len - 5] == '(' || b.ptr[b.len - 5] == ',')))
            buffer_add(&b, "256", 3);
    }
    buffer_add_u8(&b, 0);
    return (const char *)b.ptr;
}

static enum err refuse_unknown(struct arena *arena, struct complaint *c, struct place place, const struct interface *i,
                               enum member_kind kind, const char *name, const char *bare)
{
    const char **names = ARENA_TAKE(arena, const char *, i->count);
    struct buffer all = buffer_in(arena);
    size_t count = 0;
    const char *same = NULL;
    for (u32 k = 0; k < i->count; k++) {
        const struct member *m = &i->member[k];
        if (m->kind != kind)
            continue;
        names[count++] = m->name;
        if (strcmp(m->name, bare) == 0)
            same = m->signature;
        if (all.len < 300) {
            buffer_add(&all, ", ", all.len ? 2 : 0);
            buffer_add(&all, m->name, strlen(m->name));
        }
    }
    const char *near = nearest_name(bare, names, count);
    if (same)
        complain(c, place, "\"%.80s\" is not %s of the contract; it has %.160s", name, kinds[kind].what, same);
    else if (near)
        complain(c, place, "\"%.80s\" is not %s of the contract; did you mean \"%.80s\"?", name, kinds[kind].what, near);
    else if (count)
        complain(c, place, "\"%.80s\" is not %s of the contract; it has %.*s", name, kinds[kind].what, (int)all.len, all.ptr);
    else
        complain(c, place, "\"%.80s\" is not %s of the contract; its ABI has none", name, kinds[kind].what);
    return REJECT_ARTIFACT;
}

enum err interface_find(struct arena *arena, const struct member **out, struct complaint *complaint, struct place place,
                        const struct interface *i, enum member_kind kind, const char *name, u32 argument_count)
{
    if (strlen(name) > SIGNATURE_BYTES_MAX) {
        complain(complaint, place, "a name of more than 4096 characters");
        return REJECT_ARTIFACT;
    }
    const char *wanted = normal(arena, name);
    const size_t bare_len = strcspn(wanted, "(");
    const bool full = wanted[bare_len] == '(';
    char *bare = arena_take(arena, bare_len + 1);
    memcpy(bare, wanted, bare_len);
    bare[bare_len] = 0;

    const struct member *found = NULL, *first = NULL, *second = NULL;
    for (u32 k = 0; k < i->count; k++) {
        const struct member *m = &i->member[k];
        if (m->kind != kind || strcmp(full ? m->signature : m->name, wanted) != 0)
            continue;
        if (!first)
            first = m;
        else if (!second)
            second = m;
        if (m->inputs.count == argument_count)
            found = found ? found : m;
    }
    u32 fitting = 0;
    for (u32 k = 0; k < i->count; k++)
        fitting += i->member[k].kind == kind && strcmp(i->member[k].name, wanted) == 0 &&
                   i->member[k].inputs.count == argument_count;
    if (!first)
        return refuse_unknown(arena, complaint, place, i, kind, name, bare);
    if (second && fitting != 1) {
        complain(complaint, place, "\"%.80s\" is the name of several: write %.120s, %.120s, ... in full", name,
                 first->signature, second->signature);
        return REJECT_ARTIFACT;
    }
    *out = second ? found : first;
    return OK;
}

const struct member *interface_constructor(const struct interface *i)
{
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].kind == MEMBER_CONSTRUCTOR)
            return &i->member[k];
    return NULL;
}

const struct member *interface_by_selector(const struct interface *i, enum member_kind kind, const u8 selector[4])
{
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].kind == kind && memcmp(i->member[k].hash.b, selector, 4) == 0)
            return &i->member[k];
    return NULL;
}

const struct member *interface_by_topic(const struct interface *i, const hash32 *topic)
{
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].kind == MEMBER_EVENT && !i->member[k].anonymous && hash32_eq(&i->member[k].hash, topic))
            return &i->member[k];
    return NULL;
}
