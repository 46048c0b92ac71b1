#include "codec/abi.h"
#include "codec/abi_path.h"
#include "codec/abi_value.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"

struct encoder {
    struct abi_writer writer;
    struct buffer *why;
};

/* PLACE: "VALUE" WHAT TYPE */
static enum err refuse_value(struct encoder *e, const struct abi_path *path, const struct abi_value *value,
                             struct bytes what)
{
    abi_add_place(e->why, path, "argument");
    text_add_quoted(e->why, value->text, ABI_QUOTE_MAX);
    text_add_bytes(e->why, what);
    abi_add_type(e->why, path->type);
    return REJECT_ABI;
}
#define REFUSE(e, path, value, what) refuse_value((e), (path), (value), BYTES_LITERAL(what))

/* Does x, or -x, fit the type? */
static bool fits(const struct abi_type *type, const u256 *x, bool negative)
{
    if (type->kind == ABI_UINT)
        return !negative && u256_bit_length(x) <= type->size;
    if (u256_bit_length(x) < type->size)
        return true;
    u256 least = {{0}}; /* 2^(size - 1), the magnitude of the least value */
    least.w[(type->size - 1) / 64] = (u64)1 << (type->size - 1) % 64;
    return negative && u256_eq(x, &least);
}

static enum err encode_number(struct encoder *e, const struct abi_path *path, const struct abi_value *value)
{
    struct bytes digits = value->text;
    const bool minus = digits.len && digits.ptr[0] == '-';
    if (minus)
        digits = bytes_of(digits.ptr + 1, digits.len - 1);
    u256 x;
    const enum err error = amount_u256(&x, digits);
    if (error == REJECT_NUMBER)
        return REFUSE(e, path, value, " is not a number for ");
    const bool negative = minus && !(error == OK && u256_is_zero(&x));
    if (error || !fits(path->type, &x, negative)) {
        abi_add_place(e->why, path, "argument");
        text_add_safe(e->why, value->text, ABI_QUOTE_MAX);
        text_add(e->why, " does not fit ");
        abi_add_type(e->why, path->type);
        return REJECT_ABI;
    }
    if (negative)
        u256_sub(&x, &(u256){{0}}, &x);
    abi_add_u256(&e->writer, &x);
    return OK;
}

static enum err encode_fixed_bytes(struct encoder *e, const struct abi_path *path, const struct abi_value *value)
{
    u8 word[ABI_WORD] = {0};
    const struct bytes text = value->text;
    if (text.len < 2 || text.ptr[0] != '0' || text.ptr[1] != 'x')
        return REFUSE(e, path, value, " does not begin with 0x, for ");
    if (hex_fixed(word, path->type->size, text)) {
        abi_add_place(e->why, path, "argument");
        text_add_quoted(e->why, text, ABI_QUOTE_MAX);
        text_add(e->why, " is not exactly ");
        text_add_u64(e->why, path->type->size);
        text_add(e->why, " bytes of hex for ");
        abi_add_type(e->why, path->type);
        return REJECT_ABI;
    }
    abi_add_word(&e->writer, word);
    return OK;
}

static enum err encode_bytes(struct encoder *e, const struct abi_path *path, const struct abi_value *value)
{
    const struct bytes text = value->text;
    if (text.len < 2 || text.ptr[0] != '0' || text.ptr[1] != 'x')
        return REFUSE(e, path, value, " does not begin with 0x, for ");
    const size_t len = (text.len - 2) / 2;
    if (text.len % 2 || hex_fixed(abi_extend_bytes(&e->writer, len), len, text))
        return REFUSE(e, path, value, " is not an even number of hex digits, for ");
    return OK;
}

static enum err encode_scalar(struct encoder *e, const struct abi_path *path, const struct abi_value *value)
{
    address a;
    switch (path->type->kind) {
    case ABI_UINT:
    case ABI_INT:
        return encode_number(e, path, value);
    case ABI_ADDRESS: {
        const enum err error = address_read(&a, value->text);
        if (error == REJECT_CHECKSUM)
            return REFUSE(e, path, value, " has the wrong checksum (EIP-55) for ");
        if (error || value->text.len != 42)
            return REFUSE(e, path, value, " is not 0x and 40 hex digits, for ");
        abi_add_address(&e->writer, &a);
        return OK;
    }
    case ABI_BOOL:
        if (!bytes_eq(value->text, BYTES_LITERAL("true")) && !bytes_eq(value->text, BYTES_LITERAL("false")))
            return REFUSE(e, path, value, " is neither true nor false, for ");
        abi_add_bool(&e->writer, value->text.len == 4);
        return OK;
    case ABI_FIXED_BYTES:
    case ABI_FUNCTION:
        return encode_fixed_bytes(e, path, value);
    case ABI_BYTES:
        return encode_bytes(e, path, value);
    case ABI_STRING:
        abi_add_bytes(&e->writer, value->text);
        return OK;
    default:
        BUG("a type that is no scalar");
    }
}

static u32 head_words(const struct abi_type *type)
{
    u32 words = type->kind == ABI_FIXED_ARRAY ? type->count * type->item->words : 0;
    if (type->kind == ABI_TUPLE)
        for (u32 i = 0; i < type->count; i++)
            words += type->item[i].words;
    return words;
}

/* The item for a tuple's component: by its name when the list has names, else by its place. */
static const struct abi_value *abi_value_of(const struct abi_value *list, const struct abi_type *type, u32 index)
{
    if (type->kind != ABI_TUPLE || list->count == 0 || list->item[0].name.len == 0)
        return &list->item[index];
    for (u32 i = 0; i < list->count; i++)
        if (bytes_eq(list->item[i].name, type->item[index].name))
            return &list->item[i];
    return NULL;
}

static enum err encode_value(struct encoder *e, const struct abi_path *path, const struct abi_value *value);

static enum err encode_items(struct encoder *e, const struct abi_path *parent, const struct abi_type *type,
                             const struct abi_value *list)
{
    for (u32 i = 0; i < list->count; i++) {
        const struct abi_path path = {parent, abi_item_type(type, i), i};
        const struct abi_value *value = abi_value_of(list, type, i);
        if (!value) {
            abi_add_place(e->why, &path, "argument");
            text_add(e->why, "there is no item of this name");
            return REJECT_ABI;
        }
        TRY(encode_value(e, &path, value));
    }
    return OK;
}

static enum err refuse_count(struct encoder *e, const struct abi_path *path, u32 found)
{
    const struct abi_type *type = path->type;
    abi_add_place(e->why, path, "argument");
    abi_add_type(e->why, type);
    text_add(e->why, " wants ");
    text_add_u64(e->why, type->count);
    text_add(e->why, " items, found ");
    text_add_u64(e->why, found);
    return REJECT_ABI;
}

static enum err encode_list(struct encoder *e, const struct abi_path *path, const struct abi_value *value)
{
    const struct abi_type *type = path->type;
    if (type->kind == ABI_ARRAY) {
        if ((u64)value->count * type->item->words > UINT32_MAX)
            return refuse_count(e, path, value->count);
        abi_open_array(&e->writer, value->count, type->item->words);
    } else {
        if (value->count != type->count)
            return refuse_count(e, path, value->count);
        if (!type->dynamic) /* in place, among the heads of what it is in */
            return encode_items(e, path, type, value);
        abi_open_tuple(&e->writer, head_words(type));
    }
    TRY(encode_items(e, path, type, value));
    abi_close(&e->writer);
    return OK;
}

static enum err encode_value(struct encoder *e, const struct abi_path *path, const struct abi_value *value)
{
    const bool wants_list = path->type->height > 0 || path->type->kind >= ABI_FIXED_ARRAY;
    if (wants_list == value->list)
        return wants_list ? encode_list(e, path, value) : encode_scalar(e, path, value);
    if (wants_list)
        return REFUSE(e, path, value, " is not a list, for ");
    abi_add_place(e->why, path, "argument");
    text_add(e->why, "expected one value of ");
    abi_add_type(e->why, path->type);
    text_add(e->why, ", found a list of ");
    text_add_u64(e->why, value->count);
    return REJECT_ABI;
}

static enum err encode_arguments(struct encoder *e, const struct abi_type *tuple, const struct abi_value *arguments)
{
    if (!arguments->list || arguments->count != tuple->count) {
        text_add(e->why, "expected ");
        text_add_u64(e->why, tuple->count);
        text_add_z(e->why, tuple->count == 1 ? " argument " : " arguments ");
        abi_add_type(e->why, tuple);
        text_add(e->why, ", found ");
        text_add_u64(e->why, arguments->list ? arguments->count : 1);
        return REJECT_ABI;
    }
    abi_open(&e->writer, head_words(tuple));
    TRY(encode_items(e, NULL, tuple, arguments));
    abi_close(&e->writer);
    return OK;
}

enum err abi_encode(struct buffer *out, const struct abi_type *tuple, const struct abi_value *arguments,
                    struct buffer *why)
{
    const size_t before = out->len;
    struct encoder e = {.why = why};
    e.writer = abi_writer(out);
    const enum err error = encode_arguments(&e, tuple, arguments);
    if (error)
        out->len = before;
    return error;
}
