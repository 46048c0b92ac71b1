#include "scenario/binder_private.h"

#include "base/u256.h"
#include "codec/hex.h"
#include "codec/text.h"

#include <stdio.h>

/* --- values ------------------------------------------------------------------------------------- */

/* {to, function, args} where bytes are expected. */
static enum err call_bytes(struct binder *b, struct abi_value *out, const struct yaml *y, u32 chain)
{
    const struct yaml *to = yaml_get(y, "to"), *function = yaml_get(y, "function"), *args = yaml_get(y, "args");
    const u32 known = !!to + !!function + !!args;
    if (!to || !function || known != y->count || function->kind != YAML_SCALAR) {
        complain(b->complaint, y->place, "expected bytes, 0x.., or the bytes of a call, {to, function, args}");
        return REJECT_SCENARIO;
    }
    const struct scenario_call call = {.to = to, .function = {function->text, function->place}, .args = args};
    struct target target;
    struct bound_call bound;
    TRY(binder_target(b, &target, to, chain));
    TRY(binder_call(b, &bound, &call, y->place, target.chain == NO_CHAIN ? chain : target.chain));
    struct buffer text = buffer_in(b->arena);
    hex_add(&text, bound.data);
    out->text = buffer_bytes(&text);
    return OK;
}

/* $chain.id */
static bool use_chain_id(struct binder *b, struct abi_value *out, const struct yaml *y)
{
    const size_t len = y->len;
    if (len < 5 || memcmp(y->text + len - 3, ".id", 3) != 0)
        return false;
    for (u32 i = 0; i < b->scenario->chain_count; i++) {
        const struct scenario_chain *c = &b->scenario->chain[i];
        if (strlen(c->head.name) != len - 4 || memcmp(c->head.name, y->text + 1, len - 4) != 0)
            continue;
        struct buffer text = buffer_in(b->arena);
        text_add_u64(&text, c->id.value.w[0]);
        out->text = buffer_bytes(&text);
        return true;
    }
    return false;
}

static enum err use_result(struct binder *b, struct abi_value *out, const struct abi_type *type, const struct yaml *y)
{
    if ((type->kind == ABI_UINT || type->kind == ABI_INT) && use_chain_id(b, out, y))
        return OK;
    const struct abi_type *found;
    TRY(binder_result(b, &found, out, bytes_of(y->text + 1, y->len - 1), y->place));
    const bool numbers =
        (found->kind == ABI_UINT || found->kind == ABI_INT) && (type->kind == ABI_UINT || type->kind == ABI_INT);
    if (numbers || bytes_eq(binder_type_text(b, found), binder_type_text(b, type)))
        return OK;
    complain(b->complaint, y->place, "\"%.60s\" is a result of type %.*s; expected %.*s", y->text,
             (int)binder_type_text(b, found).len, binder_type_text(b, found).ptr, (int)binder_type_text(b, type).len,
             binder_type_text(b, type).ptr);
    return REJECT_SCENARIO;
}

static enum err list_value(struct binder *b, struct abi_value *out, const struct abi_type *type, const struct yaml *y,
                           u32 chain)
{
    struct abi_value *item = ARENA_TAKE_ZERO(b->arena, struct abi_value, y->count);
    u32 i = 0;
    for (const struct yaml *v = y->first; v; v = v->next, i++) {
        const struct abi_type *item_type = type->item;
        if (type->kind == ABI_TUPLE) {
            item_type = i < type->count ? &type->item[i] : NULL;
            if (v->key) {
                item_type = NULL;
                for (u32 k = 0; k < type->count; k++)
                    if (bytes_eq(type->item[k].name, bytes_of(v->key, strlen(v->key))))
                        item_type = &type->item[k];
            }
        }
        if (item_type)
            TRY(binder_value(b, &item[i], item_type, v, chain));
        else /* one too many, or of an unknown name: the encoder says so */
            item[i] = (struct abi_value){.text = BYTES_LITERAL("")};
        if (v->key)
            item[i].name = bytes_of(v->key, strlen(v->key));
    }
    *out = (struct abi_value){.list = true, .count = y->count, .item = item};
    return OK;
}

enum err binder_value(struct binder *b, struct abi_value *out, const struct abi_type *type, const struct yaml *y,
                      u32 chain)
{
    const bool is_list = type->kind == ABI_TUPLE || type->kind == ABI_ARRAY || type->kind == ABI_FIXED_ARRAY;
    *out = (struct abi_value){0};
    if (is_list && (y->kind == YAML_LIST || (y->kind == YAML_MAP && type->kind == ABI_TUPLE)))
        return list_value(b, out, type, y, chain);
    if (y->kind == YAML_MAP && type->kind == ABI_BYTES)
        return call_bytes(b, out, y, chain);
    if (y->kind != YAML_SCALAR) {
        complain(b->complaint, y->place, "expected a value of type %.*s, found %s", (int)binder_type_text(b, type).len,
                 binder_type_text(b, type).ptr, yaml_kind_name(y));
        return REJECT_SCENARIO;
    }
    if (type->kind == ABI_ADDRESS) {
        struct target target;
        TRY(binder_target(b, &target, y, chain));
        struct buffer text = buffer_in(b->arena);
        hex_add(&text, BYTES_OF(target.at.b));
        out->text = buffer_bytes(&text);
        return OK;
    }
    if (y->text[0] == '$' && type->kind != ABI_STRING)
        return use_result(b, out, type, y);
    out->text = bytes_of(y->text, y->len);
    return OK;
}

/* The arguments, as a list; an absent node is an empty one. */
static enum err arguments_value(struct binder *b, struct abi_value *out, const struct abi_type *inputs,
                                const struct yaml *args, u32 chain)
{
    *out = (struct abi_value){.list = true};
    if (!args || (args->kind == YAML_SCALAR && args->len == 0 && !args->quoted))
        return OK;
    if (args->kind == YAML_SCALAR) {
        complain(b->complaint, args->place, "args: expected a list, found text");
        return REJECT_SCENARIO;
    }
    return list_value(b, out, inputs, args, chain);
}

/* The node of the first argument that does not encode: where a message about it points. */
static struct place failing_argument(struct binder *b, const struct abi_type *inputs, const struct abi_value *values,
                                     const struct yaml *args, struct place place)
{
    if (!args || args->count != inputs->count || args->kind != YAML_LIST)
        return args ? args->place : place;
    u32 i = 0;
    for (const struct yaml *v = args->first; v; v = v->next, i++) {
        struct buffer ignored = buffer_in(b->arena);
        struct abi_type one;
        const struct abi_value value = {.list = true, .count = 1, .item = &values->item[i]};
        if (abi_tuple_of(&one, &inputs->item[i], 1, NULL) || abi_encode(&ignored, &one, &value, NULL))
            return v->place;
    }
    return args->place;
}

static enum err add_arguments(struct binder *b, struct buffer *out, const struct abi_type *inputs, const char *what,
                              const struct yaml *args, struct place place, u32 chain)
{
    struct abi_value values;
    struct buffer why = buffer_in(b->arena);
    TRY(arguments_value(b, &values, inputs, args, chain));
    if (abi_encode(out, inputs, &values, &why) == OK)
        return OK;
    complain(b->complaint, failing_argument(b, inputs, &values, args, place), "%.160s: %.*s", what, (int)why.len,
             why.ptr);
    return REJECT_SCENARIO;
}

enum err binder_encode_value(struct binder *b, struct bytes *out, const struct abi_type *type, const struct yaml *y,
                             const char *what, u32 chain)
{
    struct abi_value value;
    struct abi_type one;
    struct buffer why = buffer_in(b->arena), data = buffer_in(b->arena);
    TRY(binder_value(b, &value, type, y, chain));
    const struct abi_value list = {.list = true, .count = 1, .item = &value};
    if (abi_tuple_of(&one, type, 1, &why) || abi_encode(&data, &one, &list, &why)) {
        /* there is one: the encoder's "argument 1: " would only confuse */
        const u8 *colon = memmem(why.ptr, why.len, ": ", 2);
        const size_t skip = colon ? (size_t)(colon + 2 - why.ptr) : 0;
        complain(b->complaint, y->place, "%s: %.*s", what, (int)(why.len - skip), why.ptr + skip);
        return REJECT_SCENARIO;
    }
    *out = buffer_bytes(&data);
    return OK;
}

enum err binder_number(struct binder *b, u256 *out, const struct yaml *y, const char *what)
{
    static const struct abi_type number = {.kind = ABI_UINT, .size = 256, .words = 1};
    struct bytes word;
    TRY(binder_encode_value(b, &word, &number, y, what, NO_CHAIN));
    *out = u256_from_be(word.ptr);
    return OK;
}

/* --- calls -------------------------------------------------------------------------------------- */

static enum err find_function(struct binder *b, const struct member **out, const struct target *target,
                              const struct scenario_call *c)
{
    const u32 count = c->args && c->args->kind != YAML_SCALAR ? c->args->count : 0;
    if (target->interface && target->interface->count)
        return interface_find(b->arena, out, b->complaint, c->function.place, target->interface, ABI_ITEM_FUNCTION,
                              c->function.text, count);
    if (!strchr(c->function.text, '(')) {
        complain(b->complaint, c->function.place,
                 "unknown contract interface; write the function as name(types)");
        return REJECT_SCENARIO;
    }
    struct member *m = arena_take(b->arena, sizeof *m);
    TRY(interface_parse(b->arena, m, b->complaint, c->function.place, c->function.text));
    *out = m;
    return OK;
}

enum err binder_call(struct binder *b, struct bound_call *out, const struct scenario_call *c, struct place place,
                     u32 chain)
{
    struct bound_call call = {.value = c->value.value};
    TRY(binder_target(b, &call.target, c->to, chain));
    if (call.target.chain == NO_CHAIN)
        call.target.chain = chain;
    if (call.target.chain == NO_CHAIN) {
        complain(b->complaint, c->to->place, "to: ambiguous chain; add \"chain\"");
        return REJECT_SCENARIO;
    }
    if (chain != NO_CHAIN && chain != call.target.chain) {
        complain(b->complaint, c->to->place, "to: the contract is on \"%s\", the call on \"%s\"",
                 b->scenario->chain[call.target.chain].head.name, b->scenario->chain[chain].head.name);
        return REJECT_SCENARIO;
    }
    if (c->function.text) {
        struct buffer data = buffer_in(b->arena);
        TRY(find_function(b, &call.function, &call.target, c));
        if (!call.function->payable && !u256_is_zero(&call.value)) {
            complain(b->complaint, c->value.place, "value: %s is not payable", call.function->text);
            return REJECT_SCENARIO;
        }
        buffer_add(&data, call.function->abi.hash.b, 4);
        TRY(add_arguments(b, &data, &call.function->abi.inputs, call.function->text, c->args, place,
                          call.target.chain));
        call.data = buffer_bytes(&data);
    }
    if (c->data && (c->data->kind != YAML_SCALAR ||
                    hex_bytes(b->arena, &call.data, bytes_of(c->data->text, c->data->len)))) {
        complain(b->complaint, c->data->place, "data: expected 0x and an even number of hexadecimal digits");
        return REJECT_SCENARIO;
    }
    *out = call;
    return OK;
}

/* --- deployments -------------------------------------------------------------------------------- */

const char *binder_path(const struct binder *b, const char *text)
{
    struct buffer path = buffer_in(b->arena);
    if (text[0] != '/' && strncmp(text, "scope:", 6) != 0)
        buffer_add(&path, b->folder, strlen(b->folder));
    buffer_add(&path, text, strlen(text) + 1);
    return (const char *)path.ptr;
}

enum err binder_artifact(struct binder *b, struct artifact *out, const struct scenario_contract *c,
                         enum artifact_need need)
{
    struct complaint inner = {0};
    const enum err e =
        artifact_load(&b->store, out, &inner, binder_path(b, c->artifact.text), c->contract.text, need);
    if (e == OK || e == FAULT_MEMORY)
        return e;
    char text[sizeof inner.text + 300];
    inner.file = c->artifact.text;
    complaint_print(text, sizeof text, &inner);
    complain(b->complaint, c->artifact.place, "artifact: %s", text);
    return REJECT_ARTIFACT;
}

enum err binder_init_code(struct binder *b, struct bytes *out, const struct artifact *a,
                          const struct scenario_contract *c, u32 chain)
{
    static const struct abi_type nothing = {.kind = ABI_TUPLE};
    struct buffer code = buffer_in(b->arena);
    buffer_add_bytes(&code, a->creation_code);
    if (a->interface.count == 0 && c->args && c->args->kind == YAML_SCALAR && c->args->len) {
        struct bytes args;
        if (hex_bytes(b->arena, &args, bytes_of(c->args->text, c->args->len))) {
            complain(b->complaint, c->args->place,
                     "args: without an ABI, expected bytes, 0x and an even number of digits");
            return REJECT_SCENARIO;
        }
        buffer_add_bytes(&code, args);
        *out = buffer_bytes(&code);
        return OK;
    }
    const struct member *constructor = interface_constructor(&a->interface);
    if (constructor && !constructor->payable && !u256_is_zero(&c->value.value)) {
        complain(b->complaint, c->value.place, "value: the constructor is not payable");
        return REJECT_SCENARIO;
    }
    char what[80];
    snprintf(what, sizeof what, "constructor of %.60s", a->name);
    TRY(add_arguments(b, &code, constructor ? &constructor->abi.inputs : &nothing, what, c->args, c->name.place,
                      chain));
    *out = buffer_bytes(&code);
    return OK;
}
