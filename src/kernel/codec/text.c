#include "codec/text.h"

#include "codec/hex.h"
#include "codec/number.h"

void text_add_bytes(struct buffer *b, struct bytes text)
{
    if (b)
        buffer_add_bytes(b, text);
}

void text_add_z(struct buffer *b, const char *text)
{
    size_t len = 0;
    while (text[len])
        len++;
    text_add_bytes(b, bytes_of(text, len));
}

void text_add_u64(struct buffer *b, u64 x)
{
    if (b)
        number_add_u64(b, x);
}

void text_add_u256(struct buffer *b, const u256 *x)
{
    if (b)
        number_add_u256(b, x);
}

void text_add_hex(struct buffer *b, struct bytes data)
{
    if (b)
        hex_add(b, data);
}

void text_add_hex_cut(struct buffer *b, struct bytes data, size_t max)
{
    text_add_hex(b, bytes_of(data.ptr, data.len < max ? data.len : max));
    if (data.len > max) {
        text_add(b, "... (");
        text_add_u64(b, data.len);
        text_add(b, " bytes)");
    }
}

size_t utf8_length(struct bytes text, u32 *point)
{
    /* by the first byte: length, bits that it holds, and the least point that needs this length */
    static const struct {
        u8 mask, lead, bits;
        u32 least;
    } form[] = {
        {0x80, 0x00, 0x7f, 0}, {0xe0, 0xc0, 0x1f, 0x80}, {0xf0, 0xe0, 0x0f, 0x800}, {0xf8, 0xf0, 0x07, 0x10000}};
    if (text.len == 0)
        return 0;
    for (size_t len = 1; len <= 4; len++) {
        if ((text.ptr[0] & form[len - 1].mask) != form[len - 1].lead)
            continue;
        if (text.len < len)
            return 0;
        u32 x = text.ptr[0] & form[len - 1].bits;
        for (size_t i = 1; i < len; i++) {
            if ((text.ptr[i] & 0xc0) != 0x80)
                return 0;
            x = x << 6 | (text.ptr[i] & 0x3f);
        }
        if (x < form[len - 1].least || x > 0x10ffff || (x >= 0xd800 && x <= 0xdfff))
            return 0;
        if (point)
            *point = x;
        return len;
    }
    return 0;
}

/* Characters that act on a terminal or on the text around them instead of being seen: C0 and C1
 * controls, line and paragraph separators, direction marks and overrides (Unicode Bidi_Control),
 * zero-width characters, byte order mark, tags. */
static bool steers(u32 point)
{
    static const struct {
        u32 first, last;
    } range[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},   {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    for (size_t i = 0; i < COUNT_OF(range); i++)
        if (point >= range[i].first && point <= range[i].last)
            return true;
    return false;
}

static void add_escaped_bytes(struct buffer *b, const u8 *p, size_t len)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        const u8 escape[4] = {'\\', 'x', (u8)digit[p[i] >> 4], (u8)digit[p[i] & 15]};
        buffer_add(b, escape, 4);
    }
}

static void add_safe(struct buffer *b, struct bytes text, size_t max, bool quoted)
{
    size_t at = 0;
    while (at < text.len) {
        u32 point = 0;
        const u8 *p = text.ptr + at;
        const size_t len = utf8_length(bytes_of(p, text.len - at), &point);
        if (at + (len ? len : 1) > max)
            break;
        if (len == 0 || steers(point))
            add_escaped_bytes(b, p, len ? len : 1);
        else if (quoted && (*p == '"' || *p == '\\'))
            buffer_add(b, (const u8[2]){'\\', *p}, 2);
        else
            buffer_add(b, p, len);
        at += len ? len : 1;
    }
    if (at < text.len)
        text_add(b, "...");
}

void text_add_safe(struct buffer *b, struct bytes text, size_t max)
{
    if (b)
        add_safe(b, text, max, false);
}

void text_add_quoted(struct buffer *b, struct bytes text, size_t max)
{
    if (!b)
        return;
    buffer_add_u8(b, '"');
    add_safe(b, text, max, true);
    buffer_add_u8(b, '"');
}
