#include "codec/abi.h"
#include "codec/abi_path.h"
#include "codec/abi_value.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"

/* of a word: the longest is a uint256, 78 digits */
enum { WORD_TEXT_MAX = 80 };

struct decoder {
    struct arena *arena;
    struct buffer *why;
    size_t left; /* bytes of arena that may still be taken */
};

static enum err spend(struct decoder *d, size_t size)
{
    if (size > d->left) {
        text_add(d->why, "the values are longer than the limit");
        return REJECT_TOO_LONG;
    }
    d->left -= size;
    return OK;
}

static enum err refuse_data(struct decoder *d, const struct abi_path *path, struct bytes what)
{
    abi_add_place(d->why, path, "value");
    text_add_bytes(d->why, what);
    text_add(d->why, ", for ");
    abi_add_type(d->why, path->type);
    return REJECT_ABI;
}

/* Are the bits that the type does not have as they must be? */
static bool is_clean(const struct abi_type *type, const u256 *x)
{
    u256 inverse;
    switch (type->kind) {
    case ABI_UINT:
        return u256_bit_length(x) <= type->size;
    case ABI_INT:
        inverse = (u256){{~x->w[0], ~x->w[1], ~x->w[2], ~x->w[3]}};
        return u256_bit_length(x->w[3] >> 63 ? &inverse : x) < type->size;
    case ABI_ADDRESS:
        return u256_bit_length(x) <= 160;
    case ABI_BOOL:
        return u256_bit_length(x) <= 1;
    default:
        BUG("a type without bits");
    }
}

static void add_abi_number(struct buffer *b, const struct abi_type *type, const u256 *x)
{
    u256 magnitude = *x;
    if (type->kind == ABI_INT && x->w[3] >> 63) {
        text_add(b, "-");
        u256_sub(&magnitude, &(u256){{0}}, x);
    }
    number_add_u256(b, &magnitude);
}

/* A word as text; false when its padding is not clean. */
static bool word_text(struct buffer *b, const struct abi_type *type, const u8 word[ABI_WORD])
{
    if (type->kind == ABI_FIXED_BYTES || type->kind == ABI_FUNCTION) {
        for (u32 i = type->size; i < ABI_WORD; i++)
            if (word[i] != 0)
                return false;
        hex_add(b, bytes_of(word, type->size));
        return true;
    }
    const u256 x = u256_from_be(word);
    if (!is_clean(type, &x))
        return false;
    const address a = u256_to_address(&x);
    if (type->kind == ABI_ADDRESS)
        address_add(b, &a);
    else if (type->kind == ABI_BOOL)
        text_add_bytes(b, x.w[0] ? BYTES_LITERAL("true") : BYTES_LITERAL("false"));
    else
        add_abi_number(b, type, &x);
    return true;
}

static enum err decode_word(struct decoder *d, struct abi_value *out, const struct abi_path *path, struct abi_reader *r)
{
    u8 word[ABI_WORD];
    TRY(spend(d, WORD_TEXT_MAX));
    if (abi_word(r, word))
        return refuse_data(d, path, BYTES_LITERAL("the data ends"));
    struct buffer text = {.arena = d->arena, .ptr = arena_take(d->arena, WORD_TEXT_MAX), .room = WORD_TEXT_MAX};
    if (!word_text(&text, path->type, word))
        return refuse_data(d, path, BYTES_LITERAL("the padding of a value is not clean"));
    out->text = buffer_bytes(&text);
    return OK;
}

static enum err decode_bytes(struct decoder *d, struct abi_value *out, const struct abi_path *path,
                             struct abi_reader *r)
{
    struct bytes data;
    if (abi_bytes(r, &data))
        return refuse_data(d, path, BYTES_LITERAL("an offset or a length leads outside of the data"));
    const bool is_text = path->type->kind == ABI_STRING;
    const size_t len = is_text ? data.len : 2 + 2 * data.len;
    TRY(spend(d, len + 16));
    u8 *text = arena_take(d->arena, len);
    if (is_text) {
        if (len)
            memcpy(text, data.ptr, len);
    } else {
        text[0] = '0';
        text[1] = 'x';
        hex_write(text + 2, data.ptr, data.len);
    }
    out->text = bytes_of(text, len);
    return OK;
}

static enum err decode_value(struct decoder *d, struct abi_value *out, const struct abi_path *path,
                             struct abi_reader *r);

static enum err decode_items(struct decoder *d, struct abi_value *out, const struct abi_path *parent,
                             const struct abi_type *type, u32 count, struct abi_reader *r)
{
    TRY(spend(d, sizeof(struct abi_value) * (size_t)count + 16));
    struct abi_value *item = ARENA_TAKE_ZERO(d->arena, struct abi_value, count);
    for (u32 i = 0; i < count; i++) {
        const struct abi_path path = {parent, abi_item_type(type, i), i};
        item[i].name = path.type->name;
        TRY(decode_value(d, &item[i], &path, r));
    }
    out->list = true;
    out->count = count;
    out->item = item;
    return OK;
}

static enum err decode_list(struct decoder *d, struct abi_value *out, const struct abi_path *path, struct abi_reader *r)
{
    const struct abi_type *type = path->type;
    struct abi_reader items;
    u32 count = type->count;
    if (!type->dynamic)
        return decode_items(d, out, path, type, count, r);
    const enum err e = type->kind == ABI_ARRAY ? abi_array(r, &items, &count, type->item->words) : abi_tuple(r, &items);
    if (e)
        return refuse_data(d, path, BYTES_LITERAL("an offset or a length leads outside of the data"));
    return decode_items(d, out, path, type, count, &items);
}

static enum err decode_value(struct decoder *d, struct abi_value *out, const struct abi_path *path,
                             struct abi_reader *r)
{
    switch (path->type->kind) {
    case ABI_BYTES:
    case ABI_STRING:
        return decode_bytes(d, out, path, r);
    case ABI_ARRAY:
    case ABI_FIXED_ARRAY:
    case ABI_TUPLE:
        return decode_list(d, out, path, r);
    default:
        return decode_word(d, out, path, r);
    }
}

enum err abi_decode(struct arena *arena, struct abi_value *out, const struct abi_type *tuple, struct bytes data,
                    size_t limit, struct buffer *why)
{
    struct decoder d = {arena, why, limit};
    struct abi_reader r = abi_reader(data);
    struct abi_value value = {0};
    const enum err e = decode_items(&d, &value, NULL, tuple, tuple->count, &r);
    if (e == OK)
        *out = value;
    return e;
}

static bool fits_topic(const struct abi_type *type)
{
    return type->kind < ABI_BYTES;
}

enum err abi_decode_event(struct arena *arena, struct abi_value *out, const struct abi_signature *event,
                          const hash32 *topics, u32 topic_count, struct bytes data, size_t limit, struct buffer *why)
{
    static const struct abi_type hash_type = {.kind = ABI_FIXED_BYTES, .size = 32, .words = 1};
    const struct abi_type *tuple = &event->inputs;
    struct decoder d = {arena, why, limit};
    struct abi_reader r = abi_reader(data), topic;
    u32 indexed = 0;
    for (u32 i = 0; i < tuple->count; i++)
        indexed += tuple->item[i].indexed;
    const u32 own = event->anonymous ? 0 : 1;
    if (topic_count != own + indexed || (own && !hash32_eq(&topics[0], &event->hash))) {
        text_add(why, "the topics are not those of ");
        abi_add_signature(why, event);
        return REJECT_ABI;
    }
    topic = abi_reader(bytes_of(topics + own, (size_t)indexed * ABI_WORD));
    TRY(spend(&d, sizeof(struct abi_value) * (size_t)tuple->count + 16));
    struct abi_value *item = ARENA_TAKE_ZERO(arena, struct abi_value, tuple->count);
    for (u32 i = 0; i < tuple->count; i++) {
        const struct abi_type *type = &tuple->item[i];
        const struct abi_path path = {NULL, type->indexed && !fits_topic(type) ? &hash_type : type, i};
        item[i].name = type->name;
        TRY(decode_value(&d, &item[i], &path, type->indexed ? &topic : &r));
    }
    *out = (struct abi_value){.list = true, .count = tuple->count, .item = item};
    return OK;
}
