#include "scenario/interface.h"

#include "codec/text.h"

struct reading {
    struct arena *arena;
    struct complaint *complaint;
};

static const struct {
    const char *type, *what;
} items[] = {
    [ABI_ITEM_FUNCTION] = {"function", "a function"},
    [ABI_ITEM_EVENT] = {"event", "an event"},
    [ABI_ITEM_ERROR] = {"error", "an error"},
    [ABI_ITEM_CONSTRUCTOR] = {"constructor", "a constructor"},
};

static enum err refuse_interface(const struct reading *r, struct json at, const char *why)
{
    complain(r->complaint, json_place(at), "%s", why);
    return REJECT_ARTIFACT;
}

static const char *interface_text(struct arena *arena, struct bytes text)
{
    char *z = arena_take(arena, text.len + 1);
    if (text.len)
        memcpy(z, text.ptr, text.len);
    z[text.len] = 0;
    return z;
}

/* Names are short and without blanks; compilers leave some empty. */
static enum err take_name(const struct reading *r, struct bytes *out, struct json v)
{
    const struct bytes text = json_text(v);
    if (json_kind(v) != JSON_NONE && (json_kind(v) != JSON_STRING || text.len > 256))
        return refuse_interface(r, v, "name: expected a name");
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f)
            return refuse_interface(r, v, "name: expected a name");
    *out = text;
    return OK;
}

static enum err read_tuple(const struct reading *r, struct abi_type *out, struct json list, struct json owner,
                           u32 depth);

static enum err read_parameter(const struct reading *r, struct abi_type *out, struct json v, u32 depth)
{
    struct abi_type components = {0};
    struct bytes name;
    if (json_kind(v) != JSON_OBJECT)
        return refuse_interface(r, v, "expected a parameter, an object");
    const struct json type = json_get(v, "type"), list = json_get(v, "components");
    TRY(take_name(r, &name, json_get(v, "name")));
    if (json_kind(type) != JSON_STRING)
        return refuse_interface(r, v, "a parameter without a type");
    if (json_text(type).len >= 5 && memcmp(json_text(type).ptr, "tuple", 5) == 0 && json_count(list) == 0)
        return refuse_interface(r, v, "a tuple without components");
    if (json_kind(list) != JSON_NONE)
        TRY(read_tuple(r, &components, list, v, depth + 1));
    struct buffer why = buffer_in(r->arena);
    if (abi_parse_type_of(r->arena, out, json_text(type), components.item, components.count, &why)) {
        complain(r->complaint, json_place(type), "type: %.*s", (int)why.len, why.ptr);
        return REJECT_ARTIFACT;
    }
    out->name = name;
    out->indexed = json_kind(json_get(v, "indexed")) == JSON_TRUE;
    return OK;
}

static enum err read_tuple(const struct reading *r, struct abi_type *out, struct json list, struct json owner,
                           u32 depth)
{
    if (json_kind(list) != JSON_ARRAY && json_kind(list) != JSON_NONE)
        return refuse_interface(r, list, "expected a list of parameters");
    if (json_count(list) > PARAMETERS_MAX)
        return refuse_interface(r, list, "more than 256 parameters");
    if (depth > PARAMETER_DEPTH_MAX)
        return refuse_interface(r, list, "tuples nested more than 8 deep");
    struct abi_type *component = ARENA_TAKE_ZERO(r->arena, struct abi_type, json_count(list));
    for (struct json_iterator it = json_items(list); json_next(&it);)
        TRY(read_parameter(r, &component[it.index], it.value, depth));
    struct buffer why = buffer_in(r->arena);
    if (abi_tuple_of(out, component, json_count(list), &why)) {
        complain(r->complaint, json_place(owner), "%.*s", (int)why.len, why.ptr);
        return REJECT_ARTIFACT;
    }
    return OK;
}

static void finish_member(struct arena *arena, struct member *m)
{
    struct buffer text = buffer_in(arena);
    abi_add_signature(&text, &m->abi);
    m->text = interface_text(arena, buffer_bytes(&text));
    m->name = interface_text(arena, m->abi.name);
}

static enum err read_member(const struct reading *r, struct member *m, struct json v)
{
    TRY(take_name(r, &m->abi.name, json_get(v, "name")));
    TRY(read_tuple(r, &m->abi.inputs, json_get(v, "inputs"), v, 0));
    TRY(read_tuple(r, &m->abi.outputs, json_get(v, "outputs"), v, 0));
    m->abi.has_outputs = true;
    m->abi.anonymous = json_kind(json_get(v, "anonymous")) == JSON_TRUE;
    m->payable =
        json_text_is(json_get(v, "stateMutability"), "payable") || json_kind(json_get(v, "payable")) == JSON_TRUE;
    abi_signature_hash(&m->abi, r->arena);
    finish_member(r->arena, m);
    return OK;
}

enum err interface_read(struct arena *arena, struct interface *out, struct complaint *complaint, struct json abi)
{
    const struct reading r = {arena, complaint};
    if (json_kind(abi) != JSON_ARRAY)
        return refuse_interface(&r, abi, "abi: expected a list of functions, events and errors");
    if (json_count(abi) > INTERFACE_MEMBERS_MAX)
        return refuse_interface(&r, abi, "abi: more than 4096 entries");
    struct member *member = ARENA_TAKE_ZERO(arena, struct member, json_count(abi));
    u32 count = 0;
    for (struct json_iterator it = json_items(abi); json_next(&it);) {
        const struct json type = json_get(it.value, "type");
        u32 item = 0;
        while (item < COUNT_OF(items) && !json_text_is(type, items[item].type))
            item++;
        if (json_kind(it.value) != JSON_OBJECT || (json_kind(type) != JSON_STRING && json_kind(type) != JSON_NONE))
            return refuse_interface(&r, it.value, "expected an object with a type, such as function, event or error");
        if (json_kind(type) == JSON_NONE)
            item = ABI_ITEM_FUNCTION; /* the ABI specification's default */
        if (item == COUNT_OF(items))
            continue; /* fallback, receive, and what a later compiler adds */
        member[count].abi.item = (enum abi_item)item;
        TRY(read_member(&r, &member[count++], it.value));
    }
    *out = (struct interface){member, count};
    return OK;
}

enum err interface_parse(struct arena *arena, struct member *out, struct complaint *complaint, struct place place,
                         const char *text)
{
    struct member m = {.payable = true}; /* unknown, so allowed */
    struct buffer why = buffer_in(arena);
    if (abi_parse_signature(arena, &m.abi, bytes_of(text, strlen(text)), &why)) {
        complain(complaint, place, "%.*s", (int)why.len, why.ptr);
        return REJECT_ARTIFACT;
    }
    finish_member(arena, &m);
    *out = m;
    return OK;
}

/* --- finding ---------------------------------------------------------------------------------- */

static enum err refuse_unknown_item(struct arena *arena, struct complaint *c, struct place place,
                                    const struct interface *i, enum abi_item item, const char *name, const char *bare)
{
    const char **names = ARENA_TAKE(arena, const char *, i->count);
    struct buffer all = buffer_in(arena);
    size_t count = 0;
    const char *same = NULL;
    for (u32 k = 0; k < i->count; k++) {
        const struct member *m = &i->member[k];
        if (m->abi.item != item)
            continue;
        names[count++] = m->name;
        if (strcmp(m->name, bare) == 0)
            same = m->text;
        if (all.len < 300) {
            buffer_add(&all, ", ", all.len ? 2 : 0);
            buffer_add(&all, m->name, strlen(m->name));
        }
    }
    const char *near = nearest_name(bare, names, count);
    if (same)
        complain(c, place, "\"%.80s\" is not %s of the contract; it has %.160s", name, items[item].what, same);
    else if (near)
        complain(c, place, "\"%.80s\" is not %s of the contract; did you mean \"%.80s\"?", name, items[item].what,
                 near);
    else if (count)
        complain(c, place, "\"%.80s\" is not %s of the contract; it has %.*s", name, items[item].what, (int)all.len,
                 all.ptr);
    else
        complain(c, place, "\"%.80s\" is not %s of the contract; its ABI has none", name, items[item].what);
    return REJECT_ARTIFACT;
}

static enum err find_by_text(struct arena *arena, const struct member **out, struct complaint *c, struct place place,
                             const struct interface *i, enum abi_item item, const char *name)
{
    struct member wanted;
    TRY(interface_parse(arena, &wanted, c, place, name));
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].abi.item == item && strcmp(i->member[k].text, wanted.text) == 0) {
            *out = &i->member[k];
            return OK;
        }
    return refuse_unknown_item(arena, c, place, i, item, name, wanted.name);
}

enum err interface_find(struct arena *arena, const struct member **out, struct complaint *complaint, struct place place,
                        const struct interface *i, enum abi_item item, const char *name, u32 argument_count)
{
    if (strchr(name, '('))
        return find_by_text(arena, out, complaint, place, i, item, name);
    const struct member *first = NULL, *second = NULL, *fitting = NULL;
    bool several_fit = false;
    for (u32 k = 0; k < i->count; k++) {
        const struct member *m = &i->member[k];
        if (m->abi.item != item || strcmp(m->name, name) != 0)
            continue;
        if (first && !second)
            second = m;
        if (!first)
            first = m;
        if (m->abi.inputs.count == argument_count) {
            several_fit = several_fit || fitting;
            fitting = m;
        }
    }
    if (!first)
        return refuse_unknown_item(arena, complaint, place, i, item, name, name);
    if (second && (several_fit || !fitting)) {
        complain(complaint, place, "\"%.80s\" is ambiguous: write %.120s, %.120s, ... in full", name, first->text,
                 second->text);
        return REJECT_ARTIFACT;
    }
    *out = second ? fitting : first;
    return OK;
}

const struct member *interface_constructor(const struct interface *i)
{
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].abi.item == ABI_ITEM_CONSTRUCTOR)
            return &i->member[k];
    return NULL;
}

const struct member *interface_by_selector(const struct interface *i, enum abi_item item, const u8 selector[4])
{
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].abi.item == item && memcmp(i->member[k].abi.hash.b, selector, 4) == 0)
            return &i->member[k];
    return NULL;
}

const struct member *interface_by_topic(const struct interface *i, const hash32 *topic)
{
    for (u32 k = 0; k < i->count; k++)
        if (i->member[k].abi.item == ABI_ITEM_EVENT && !i->member[k].abi.anonymous &&
            hash32_eq(&i->member[k].abi.hash, topic))
            return &i->member[k];
    return NULL;
}
