#include "io/terminal.h"

#include "codec/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { WIDTH_MIN = 60, WIDTH_MAX = 200, WIDTH_ELSEWHERE = 100 };

static const char *const style_code[STYLE_COUNT] = {
    [STYLE_PLAIN] = "\033[0m",  [STYLE_STRONG] = "\033[1m", [STYLE_QUIET] = "\033[2m",
    [STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[31m",   [STYLE_NOTE] = "\033[36m",
};

static u32 terminal_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_ELSEWHERE;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

struct page page_open(struct arena *arena, int fd)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    const bool terminal = isatty(fd);
    return (struct page){
        .text = buffer_in(arena),
        .color = terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0),
        .width = terminal ? terminal_width(fd) : WIDTH_ELSEWHERE,
    };
}

enum err page_write(const struct page *p, int fd)
{
    for (size_t at = 0; at < p->text.len;) {
        const ssize_t n = write(fd, p->text.ptr + at, p->text.len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FAULT_IO;
        at += (size_t)n;
    }
    return OK;
}

/* Of the character at text, *len bytes long; what is not UTF-8 counts as one column a byte. */
static u32 character_width(struct bytes text, size_t *len)
{
    u32 point = 0;
    *len = utf8_length(text, &point);
    if (*len == 0) {
        *len = 1;
        return 1;
    }
    const int columns = point < 0x80 ? 1 : wcwidth((wchar_t)point);
    return columns < 0 ? 1 : (u32)columns;
}

u32 text_width(struct bytes text)
{
    u32 columns = 0;
    for (size_t len; text.len; text = bytes_of(text.ptr + len, text.len - len))
        columns += character_width(text, &len);
    return columns;
}

void page_style(struct page *p, enum style style)
{
    if (style == p->style)
        return;
    if (p->color) {
        if (p->style != STYLE_PLAIN)
            text_add_z(&p->text, style_code[STYLE_PLAIN]);
        if (style != STYLE_PLAIN)
            text_add_z(&p->text, style_code[style]);
    }
    p->style = style;
}

void page_add_bytes(struct page *p, struct bytes text)
{
    for (size_t len; text.len; text = bytes_of(text.ptr + len, text.len - len)) {
        const u32 columns = character_width(text, &len);
        buffer_add(&p->text, text.ptr, len);
        p->column = *text.ptr == '\n' ? 0 : p->column + columns;
    }
}

void page_add(struct page *p, const char *text)
{
    page_add_bytes(p, bytes_of(text, strlen(text)));
}

void page_addf(struct page *p, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    BUG_UNLESS(len >= 0);
    char *text = arena_take(p->text.arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    page_add_bytes(p, bytes_of(text, (size_t)len));
}

void page_say(struct page *p, enum style style, const char *text)
{
    page_style(p, style);
    page_add(p, text);
    page_style(p, STYLE_PLAIN);
}

void page_line(struct page *p)
{
    buffer_add_u8(&p->text, '\n');
    p->column = 0;
}

void page_to(struct page *p, u32 column)
{
    if (p->column >= column && p->column > 0) {
        buffer_add_u8(&p->text, ' ');
        p->column++;
    }
    for (; p->column < column; p->column++)
        buffer_add_u8(&p->text, ' ');
}

/* The bytes of text that fit so many columns; at least one character. */
static size_t fitting(struct bytes text, u32 columns)
{
    size_t at = 0;
    for (u32 used = 0; at < text.len;) {
        size_t len;
        used += character_width(bytes_of(text.ptr + at, text.len - at), &len);
        if (used > columns && at)
            break;
        at += len;
    }
    return at;
}

static void next_line(struct page *p, u32 indent)
{
    page_line(p);
    page_to(p, indent);
}

void page_wrap(struct page *p, u32 indent, struct bytes text)
{
    bool first = true;
    while (text.len) {
        size_t word = 0;
        while (word < text.len && text.ptr[word] != ' ')
            word++;
        const u32 columns = text_width(bytes_of(text.ptr, word));
        if (!first && p->column + 1 + columns > p->width)
            next_line(p, indent);
        else if (!first)
            page_add(p, " ");
        for (size_t at = 0; at < word;) {
            const u32 room = p->width > p->column ? p->width - p->column : 0;
            const struct bytes rest = bytes_of(text.ptr + at, word - at);
            if (room == 0 && p->column > indent) {
                next_line(p, indent);
                continue;
            }
            const size_t piece = fitting(rest, room ? room : 1);
            page_add_bytes(p, bytes_of(rest.ptr, piece));
            at += piece;
            if (at < word)
                next_line(p, indent);
        }
        while (word < text.len && text.ptr[word] == ' ')
            word++;
        text = bytes_of(text.ptr + word, text.len - word);
        first = false;
    }
}
