#include "devnet/typed_data.h"

#include "base/list.h"
#include "codec/number.h"
#include "codec/text.h"
#include "crypto/keccak.h"

#include <stdlib.h>

enum { TYPES_MAX = 64, DEPTH_MAX = 64 };

struct typed_data {
    struct arena *arena;
    struct json types;
    struct buffer *why;
    u32 depth;
};

static enum err refuse(struct typed_data *t, struct bytes name, const char *what)
{
    buffer_add(t->why, name.ptr, name.len);
    text_add(t->why, ": ");
    text_add_z(t->why, what);
    return REJECT_JSON;
}

/* --- types --- */

/* "Person[3][]" is of Person. */
static struct bytes base_of(struct bytes type)
{
    size_t len = 0;
    while (len < type.len && type.ptr[len] != '[')
        len++;
    return bytes_of(type.ptr, len);
}

static bool is_struct(const struct typed_data *t, struct bytes type)
{
    return json_kind(json_get_bytes(t->types, type)) == JSON_ARRAY;
}

struct type_names {
    struct bytes name[TYPES_MAX];
    size_t count;
};

/* With all types that it refers to, itself first. */
static enum err collect_types(struct typed_data *t, struct type_names *names, struct bytes type)
{
    for (size_t i = 0; i < names->count; i++)
        if (bytes_eq(names->name[i], type))
            return OK;
    if (names->count == TYPES_MAX)
        return refuse(t, type, "too many types");
    names->name[names->count++] = type;
    struct json_iterator field = json_items(json_get_bytes(t->types, type));
    while (json_next(&field)) {
        const struct bytes base = base_of(json_text(json_get(field.value, "type")));
        if (is_struct(t, base))
            TRY(collect_types(t, names, base)); /* at most TYPES_MAX deep */
    }
    return OK;
}

static int by_name(const void *a, const void *b)
{
    const struct bytes *x = a, *y = b;
    const int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return order ? order : x->len < y->len ? -1 : x->len > y->len;
}

static void add_type(struct typed_data *t, struct buffer *out, struct bytes type)
{
    const char *comma = "";
    buffer_add_bytes(out, type);
    text_add(out, "(");
    struct json_iterator field = json_items(json_get_bytes(t->types, type));
    while (json_next(&field)) {
        text_add_z(out, comma);
        buffer_add_bytes(out, json_text(json_get(field.value, "type")));
        text_add(out, " ");
        buffer_add_bytes(out, json_text(json_get(field.value, "name")));
        comma = ",";
    }
    text_add(out, ")");
}

static enum err hash_type(struct typed_data *t, hash32 *out, struct bytes type)
{
    struct type_names names = {.count = 0};
    struct buffer text = buffer_in(t->arena);
    TRY(collect_types(t, &names, type));
    qsort(names.name + 1, names.count - 1, sizeof names.name[0], by_name);
    for (size_t i = 0; i < names.count; i++)
        add_type(t, &text, names.name[i]);
    keccak256(out, text.ptr, text.len);
    return OK;
}

/* --- values --- */

/* Of "uint160" 160; none: 256. False: not such a type. */
static bool read_size(u64 *out, struct bytes type, const char *prefix, u64 most, u64 step)
{
    const size_t len = strlen(prefix);
    if (type.len < len || memcmp(type.ptr, prefix, len) != 0)
        return false;
    *out = most;
    if (type.len == len)
        return true;
    return number_u64(out, bytes_of(type.ptr + len, type.len - len)) == OK && *out >= step && *out <= most &&
           *out % step == 0;
}

static bool fits_bits(const u256 *x, u64 bits)
{
    return bits >= 256 || u256_bit_length(x) <= bits;
}

static enum err encode_uint(struct typed_data *t, hash32 *out, struct json v, struct bytes name, u64 bits)
{
    u256 x;
    if (json_u256(&x, v) != OK || !fits_bits(&x, bits))
        return refuse(t, name, "expected an unsigned number that fits its type");
    *out = u256_to_hash32(&x);
    return OK;
}

/* Two's complement of 256 bits. */
static enum err encode_int(struct typed_data *t, hash32 *out, struct json v, struct bytes name, u64 bits)
{
    static const char *const wrong = "expected a number that fits its type";
    struct bytes text = json_text(v);
    const bool is_negative = text.len && text.ptr[0] == '-';
    const u256 zero = {0}, one = u256_from_u64(1);
    u256 x, least;
    if (is_negative)
        text = bytes_of(text.ptr + 1, text.len - 1);
    if (number_u256(&x, text) != OK)
        return refuse(t, name, wrong);
    least = x; /* -2^(bits-1) is allowed: one less must fit below it */
    if (is_negative && !u256_is_zero(&x))
        u256_sub(&least, &x, &one);
    if (!fits_bits(&least, bits - 1))
        return refuse(t, name, wrong);
    if (is_negative)
        u256_sub(&x, &zero, &x);
    *out = u256_to_hash32(&x);
    return OK;
}

static enum err encode_bytes_n(struct typed_data *t, hash32 *out, struct json v, struct bytes name, u64 len)
{
    *out = (hash32){{0}};
    return json_hex_fixed(out->b, len, v) == OK ? OK : refuse(t, name, "expected hex of the length of its type");
}

static enum err encode_atom(struct typed_data *t, hash32 *out, struct json v, struct bytes type, struct bytes name)
{
    u64 size;
    bool flag;
    struct bytes data;
    *out = (hash32){{0}};
    if (bytes_eq(type, BYTES_LITERAL("string"))) {
        if (json_kind(v) != JSON_STRING)
            return refuse(t, name, "expected a string");
        data = json_text(v);
        keccak256(out, data.ptr, data.len);
        return OK;
    }
    if (bytes_eq(type, BYTES_LITERAL("bytes"))) {
        if (json_hex(t->arena, &data, v) != OK)
            return refuse(t, name, "expected hex");
        keccak256(out, data.ptr, data.len);
        return OK;
    }
    if (bytes_eq(type, BYTES_LITERAL("address")))
        return json_hex_fixed(out->b + 12, 20, v) == OK ? OK : refuse(t, name, "expected an address");
    if (bytes_eq(type, BYTES_LITERAL("bool"))) {
        if (json_bool(&flag, v) != OK)
            return refuse(t, name, "expected true or false");
        out->b[31] = flag;
        return OK;
    }
    if (read_size(&size, type, "uint", 256, 8))
        return encode_uint(t, out, v, name, size);
    if (read_size(&size, type, "int", 256, 8))
        return encode_int(t, out, v, name, size);
    if (type.len > 5 && read_size(&size, type, "bytes", 32, 1))
        return encode_bytes_n(t, out, v, name, size);
    return refuse(t, name, "unknown type");
}

static enum err hash_struct(struct typed_data *t, hash32 *out, struct json v, struct bytes type);

/* The word of a value; of an array and of a struct it is a hash. */
static enum err encode_typed_value(struct typed_data *t, hash32 *out, struct json v, struct bytes type,
                                   struct bytes name);

/* type ends with "[N]" or "[]", which is the outermost dimension. */
static enum err hash_array(struct typed_data *t, hash32 *out, struct json v, struct bytes type, struct bytes name)
{
    struct buffer words = buffer_in(t->arena);
    size_t open = type.len - 1;
    u64 count;
    while (open > 0 && type.ptr[open] != '[')
        open--;
    const struct bytes length = bytes_of(type.ptr + open + 1, type.len - open - 2);
    if (json_kind(v) != JSON_ARRAY)
        return refuse(t, name, "expected an array");
    if (length.len && (number_u64(&count, length) != OK || count != json_count(v)))
        return refuse(t, name, "expected an array of the length of its type");
    struct json_iterator item = json_items(v);
    while (json_next(&item)) {
        hash32 word;
        TRY(encode_typed_value(t, &word, item.value, bytes_of(type.ptr, open), name));
        buffer_add(&words, word.b, sizeof word.b);
    }
    keccak256(out, words.ptr, words.len);
    return OK;
}

static enum err encode_typed_value(struct typed_data *t, hash32 *out, struct json v, struct bytes type,
                                   struct bytes name)
{
    if (json_kind(v) == JSON_NONE || json_kind(v) == JSON_NULL)
        return refuse(t, name, "missing");
    if (++t->depth > DEPTH_MAX)
        return refuse(t, name, "nested too deep");
    enum err e;
    if (type.len && type.ptr[type.len - 1] == ']')
        e = hash_array(t, out, v, type, name);
    else if (is_struct(t, type))
        e = hash_struct(t, out, v, type);
    else
        e = encode_atom(t, out, v, type, name);
    t->depth--;
    return e;
}

static enum err hash_struct(struct typed_data *t, hash32 *out, struct json v, struct bytes type)
{
    struct buffer words = buffer_in(t->arena);
    hash32 word;
    if (json_kind(v) != JSON_OBJECT)
        return refuse(t, type, "expected an object");
    TRY(hash_type(t, &word, type));
    buffer_add(&words, word.b, sizeof word.b);
    struct json_iterator field = json_items(json_get_bytes(t->types, type));
    while (json_next(&field)) {
        const struct bytes name = json_text(json_get(field.value, "name"));
        TRY(encode_typed_value(t, &word, json_get_bytes(v, name), json_text(json_get(field.value, "type")), name));
        buffer_add(&words, word.b, sizeof word.b);
    }
    keccak256(out, words.ptr, words.len);
    return OK;
}

enum err typed_data_digest(hash32 *out, struct arena *arena, struct json data, struct buffer *why)
{
    struct typed_data t = {.arena = arena, .types = json_get(data, "types"), .why = why};
    const struct bytes domain = BYTES_LITERAL("EIP712Domain"), primary = json_text(json_get(data, "primaryType"));
    u8 message[2 + 32 + 32] = {0x19, 0x01};
    hash32 part;
    if (!is_struct(&t, domain))
        return refuse(&t, domain, "missing in \"types\"");
    if (!is_struct(&t, primary))
        return refuse(&t, BYTES_LITERAL("primaryType"), "not a type of \"types\"");
    TRY(hash_struct(&t, &part, json_get(data, "domain"), domain));
    memcpy(message + 2, part.b, sizeof part.b);
    const bool is_domain = bytes_eq(primary, domain);
    if (!is_domain)
        TRY(hash_struct(&t, &part, json_get(data, "message"), primary));
    memcpy(message + 34, part.b, sizeof part.b);
    keccak256(out, message, is_domain ? 34 : sizeof message);
    return OK;
}
