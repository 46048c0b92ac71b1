#include "codec/abi.h"
#include "codec/abi_path.h"
#include "codec/abi_value.h"
#include "codec/number.h"
#include "codec/text.h"

/* Where an event's parameter is indexed and does not fit a topic, the text is a hash, not a string. */
static void add_scalar(struct buffer *b, const struct abi_type *type, struct bytes text, size_t cut)
{
    if (type->kind == ABI_STRING && !type->indexed) {
        text_add_quoted(b, text, cut);
    } else if (type->kind == ABI_BYTES && text.len > 2 && (text.len - 2) / 2 > cut) {
        text_add_bytes(b, bytes_of(text.ptr, 2 + 2 * cut));
        text_add(b, "... (");
        text_add_u64(b, (text.len - 2) / 2);
        text_add(b, " bytes)");
    } else {
        text_add_bytes(b, text); /* digits and letters of ours */
    }
}

void abi_add_value(struct buffer *b, const struct abi_type *type, const struct abi_value *value, size_t cut)
{
    if (!value->list) {
        add_scalar(b, type, value->text, cut);
        return;
    }
    const bool tuple = type->kind == ABI_TUPLE;
    text_add_bytes(b, tuple ? BYTES_LITERAL("(") : BYTES_LITERAL("["));
    for (u32 i = 0; i < value->count; i++) {
        if (i)
            text_add(b, ", ");
        if (tuple && value->item[i].name.len) {
            text_add_safe(b, value->item[i].name, ABI_QUOTE_MAX);
            text_add(b, ": ");
        }
        abi_add_value(b, abi_item_type(type, i), &value->item[i], cut);
    }
    text_add_bytes(b, tuple ? BYTES_LITERAL(")") : BYTES_LITERAL("]"));
}

static bool all_named(const struct abi_type *type)
{
    for (u32 i = 0; i < type->count; i++)
        if (type->item[i].name.len == 0)
            return false;
    return type->count > 0;
}

void abi_write_value(struct json_writer *w, const struct abi_type *type, const struct abi_value *value)
{
    if (!value->list) {
        if (type->kind == ABI_BOOL)
            json_write_bool(w, value->text.len == 4);
        else
            json_write_string(w, value->text);
        return;
    }
    const bool object = type->kind == ABI_TUPLE && all_named(type);
    if (object)
        json_write_object(w);
    else
        json_write_array(w);
    for (u32 i = 0; i < value->count; i++) {
        if (object)
            json_write_key_bytes(w, value->item[i].name);
        abi_write_value(w, abi_item_type(type, i), &value->item[i]);
    }
    json_write_end(w);
}

/* Solidity documentation, "Panic via assert and Error via require" */
static const struct {
    u8 code;
    struct bytes meaning;
} panic[] = {
    {0x00, BYTES_LITERAL("generic")},
    {0x01, BYTES_LITERAL("assertion failed")},
    {0x11, BYTES_LITERAL("arithmetic overflow or underflow")},
    {0x12, BYTES_LITERAL("division by zero")},
    {0x21, BYTES_LITERAL("value is not of the enum")},
    {0x22, BYTES_LITERAL("storage byte array is encoded wrongly")},
    {0x31, BYTES_LITERAL("pop of an empty array")},
    {0x32, BYTES_LITERAL("index out of bounds")},
    {0x41, BYTES_LITERAL("too much memory allocated")},
    {0x51, BYTES_LITERAL("call of a function variable that is zero")},
};

struct bytes abi_panic_meaning(const u256 *code)
{
    for (size_t i = 0; i < COUNT_OF(panic); i++)
        if (u256_fits_u64(code) && code->w[0] == panic[i].code)
            return panic[i].meaning;
    return (struct bytes){NULL, 0};
}
