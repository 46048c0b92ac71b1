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

static const u8 error_selector[4] = {0x08, 0xc3, 0x79, 0xa0}; /* Error(string) */
static const u8 panic_selector[4] = {0x4e, 0x48, 0x7b, 0x71}; /* Panic(uint256) */

enum { REVERT_TEXT_MAX = 512, REVERT_LIMIT = 256 * 1024 };

static bool add_panic(struct buffer *b, struct bytes arguments)
{
    struct abi_reader r = abi_reader(arguments);
    u256 code;
    if (abi_u256(&r, &code))
        return false;
    text_add(b, "Panic(");
    quantity_add_u256(b, &code);
    for (size_t i = 0; i < COUNT_OF(panic); i++)
        if (u256_fits_u64(&code) && code.w[0] == panic[i].code) {
            text_add(b, ": ");
            text_add_bytes(b, panic[i].meaning);
        }
    text_add(b, ")");
    return true;
}

static bool add_error_text(struct buffer *b, struct bytes arguments)
{
    struct abi_reader r = abi_reader(arguments);
    struct bytes text;
    if (abi_bytes(&r, &text))
        return false;
    text_add(b, "Error(");
    text_add_quoted(b, text, REVERT_TEXT_MAX);
    text_add(b, ")");
    return true;
}

static bool add_custom(struct buffer *b, struct arena *scratch, struct bytes arguments,
                       const struct abi_signature *error)
{
    struct abi_value values;
    if (abi_decode(scratch, &values, &error->inputs, arguments, REVERT_LIMIT, NULL))
        return false;
    text_add_safe(b, error->name, ABI_QUOTE_MAX);
    abi_add_value(b, &error->inputs, &values, REVERT_TEXT_MAX);
    return true;
}

static bool add_known_revert(struct buffer *b, struct arena *scratch, struct bytes data,
                             const struct abi_signature *errors, size_t error_count)
{
    if (data.len < 4)
        return false;
    const struct bytes arguments = bytes_of(data.ptr + 4, data.len - 4);
    if (memcmp(data.ptr, error_selector, 4) == 0 && add_error_text(b, arguments))
        return true;
    if (memcmp(data.ptr, panic_selector, 4) == 0 && add_panic(b, arguments))
        return true;
    for (size_t i = 0; i < error_count; i++)
        if (memcmp(data.ptr, errors[i].hash.b, 4) == 0 && add_custom(b, scratch, arguments, &errors[i]))
            return true;
    return false;
}

void abi_add_revert(struct buffer *b, struct arena *scratch, struct bytes data, const struct abi_signature *errors,
                    size_t error_count)
{
    if (data.len == 0)
        text_add(b, "no revert data");
    else if (!add_known_revert(b, scratch, data, errors, error_count))
        text_add_hex_cut(b, data, REVERT_TEXT_MAX);
}
