#include "codec/json_write.h"

#include "base/err.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"

static bool in_object(const struct json_writer *w)
{
    const u64 word = w->depth < 64 ? w->objects : w->deeper[w->depth / 64 - 1];
    return w->depth && (word >> w->depth % 64 & 1);
}

/* The word with the bit of the open container. */
static u64 *word_of_depth(struct json_writer *w)
{
    if (w->depth < 64)
        return &w->objects;
    const u32 at = w->depth / 64 - 1;
    if (at == w->deeper_room) {
        const u32 room = w->deeper_room ? 2 * w->deeper_room : 4;
        u64 *grown = ARENA_TAKE_ZERO(w->out->arena, u64, room);
        if (w->deeper_room)
            memcpy(grown, w->deeper, w->deeper_room * sizeof *grown);
        w->deeper = grown;
        w->deeper_room = room;
    }
    return &w->deeper[at];
}

static void add_char(struct json_writer *w, char c)
{
    buffer_add_u8(w->out, (u8)c);
}

static void new_line(struct json_writer *w)
{
    if (!w->indent)
        return;
    const size_t blanks = (size_t)w->indent * w->depth;
    u8 *p = buffer_extend(w->out, 1 + blanks);
    *p = '\n';
    memset(p + 1, ' ', blanks);
}

/* Before a member of an array or a key. */
static void separate(struct json_writer *w)
{
    if (w->filled)
        add_char(w, ',');
    w->filled = true;
    new_line(w);
}

static void before_value(struct json_writer *w)
{
    if (in_object(w)) {
        BUG_UNLESS(w->keyed); /* a value in an object has a key */
        w->keyed = false;
    } else if (w->depth) {
        separate(w);
    } else {
        BUG_UNLESS(!w->filled); /* a document is one value */
        w->filled = true;
    }
}

static void open(struct json_writer *w, bool object)
{
    before_value(w);
    w->depth++;
    u64 *word = word_of_depth(w);
    *word = (*word & ~((u64)1 << w->depth % 64)) | (u64)object << w->depth % 64;
    w->filled = false;
    add_char(w, object ? '{' : '[');
}

void json_write_object(struct json_writer *w)
{
    open(w, true);
}

void json_write_array(struct json_writer *w)
{
    open(w, false);
}

void json_write_end(struct json_writer *w)
{
    BUG_UNLESS(w->depth > 0 && !w->keyed);
    const char close = in_object(w) ? '}' : ']';
    w->depth--;
    if (w->filled)
        new_line(w);
    add_char(w, close);
    w->filled = true; /* what it was in holds it now */
}

void json_write_finish(struct json_writer *w)
{
    BUG_UNLESS(w->depth == 0 && w->filled);
    add_char(w, '\n');
    w->filled = false;
}

/* RFC 8259 section 7: the quote, the backslash and control characters are escaped. DEL and the separators
 * U+2028 and U+2029 are too: harmless in JSON, they are not in a terminal or a script. */
static void add_character(struct buffer *out, u32 point, const u8 *p, size_t len)
{
    static const char short_form[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    static const char digit[] = "0123456789abcdef";
    if (point == '"' || point == '\\') {
        buffer_add(out, (const u8[2]){'\\', (u8)point}, 2);
    } else if (point < 0x20 && short_form[point]) {
        buffer_add(out, (const u8[2]){'\\', (u8)short_form[point]}, 2);
    } else if (point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029) {
        const u8 escape[6] = {'\\',
                              'u',
                              (u8)digit[point >> 12],
                              (u8)digit[point >> 8 & 15],
                              (u8)digit[point >> 4 & 15],
                              (u8)digit[point & 15]};
        buffer_add(out, escape, 6);
    } else {
        buffer_add(out, p, len);
    }
}

static bool is_plain(u8 c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void add_string(struct buffer *out, struct bytes text)
{
    buffer_add_u8(out, '"');
    for (size_t at = 0; at < text.len;) {
        size_t plain = at;
        while (plain < text.len && is_plain(text.ptr[plain]))
            plain++;
        buffer_add(out, text.ptr + at, plain - at);
        at = plain;
        if (at == text.len)
            break;
        u32 point = 0;
        const size_t len = utf8_length(bytes_of(text.ptr + at, text.len - at), &point);
        if (len)
            add_character(out, point, text.ptr + at, len);
        else
            buffer_add_bytes(out, BYTES_LITERAL("\xef\xbf\xbd")); /* U+FFFD */
        at += len ? len : 1;
    }
    buffer_add_u8(out, '"');
}

void json_write_key_bytes(struct json_writer *w, struct bytes key)
{
    BUG_UNLESS(in_object(w) && !w->keyed);
    separate(w);
    add_string(w->out, key);
    add_char(w, ':');
    if (w->indent)
        add_char(w, ' ');
    w->keyed = true;
}

static struct bytes of_z(const char *text)
{
    size_t len = 0;
    while (text[len])
        len++;
    return bytes_of(text, len);
}

void json_write_key(struct json_writer *w, const char *key)
{
    json_write_key_bytes(w, of_z(key));
}

void json_write_string(struct json_writer *w, struct bytes text)
{
    before_value(w);
    add_string(w->out, text);
}

void json_write_z(struct json_writer *w, const char *text)
{
    json_write_string(w, of_z(text));
}

void json_write_null(struct json_writer *w)
{
    before_value(w);
    buffer_add_bytes(w->out, BYTES_LITERAL("null"));
}

void json_write_bool(struct json_writer *w, bool x)
{
    before_value(w);
    buffer_add_bytes(w->out, x ? BYTES_LITERAL("true") : BYTES_LITERAL("false"));
}

void json_write_u64(struct json_writer *w, u64 x)
{
    before_value(w);
    number_add_u64(w->out, x);
}

void json_write_i64(struct json_writer *w, i64 x)
{
    before_value(w);
    if (x < 0)
        buffer_add_u8(w->out, '-');
    number_add_u64(w->out, x < 0 ? 0 - (u64)x : (u64)x);
}

void json_write_ratio(struct json_writer *w, u64 part, u64 whole)
{
    u128 rest = whole ? (u128)part % whole * 10 : 0;
    before_value(w);
    number_add_u64(w->out, whole ? part / whole : 0);
    if (rest)
        buffer_add_u8(w->out, '.');
    for (int i = 0; i < 9 && rest; i++, rest = rest % whole * 10)
        buffer_add_u8(w->out, (u8)('0' + (u8)(rest / whole)));
}

void json_write_thousandths(struct json_writer *w, u64 x)
{
    before_value(w);
    number_add_u64(w->out, x / 1000);
    const u64 rest = x % 1000;
    const u8 fraction[4] = {'.', (u8)('0' + rest / 100), (u8)('0' + rest / 10 % 10), (u8)('0' + rest % 10)};
    if (rest)
        buffer_add(w->out, fraction, rest % 10 ? 4 : rest % 100 ? 3 : 2);
}

void json_write_u256(struct json_writer *w, const u256 *x)
{
    before_value(w);
    add_char(w, '"');
    number_add_u256(w->out, x);
    add_char(w, '"');
}

void json_write_quantity_u256(struct json_writer *w, const u256 *x)
{
    before_value(w);
    add_char(w, '"');
    quantity_add_u256(w->out, x);
    add_char(w, '"');
}

void json_write_quantity(struct json_writer *w, u64 x)
{
    const u256 wide = u256_from_u64(x);
    json_write_quantity_u256(w, &wide);
}

void json_write_hex(struct json_writer *w, struct bytes data)
{
    before_value(w);
    add_char(w, '"');
    hex_add(w->out, data);
    add_char(w, '"');
}

void json_write_address(struct json_writer *w, const address *a)
{
    before_value(w);
    add_char(w, '"');
    address_add(w->out, a);
    add_char(w, '"');
}
