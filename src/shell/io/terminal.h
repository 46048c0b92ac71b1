/* terminal - a page of text for people: columns, wrapping and a few calm styles.
 *
 * A page is built in memory and written whole. It knows the column it stands at, so padding and wrapping work with
 * styles and with characters of any width. Colors are used only on a terminal, never when NO_COLOR is set and not empty
 * (https://no-color.org) or TERM is dumb; without them the text is the same, so nothing is conveyed by color alone.
 *
 * Untrusted text must go through text_add_safe (codec/text.h) first: a page does not filter.
 * Memory: the arena given to page_open. */
#ifndef IO_TERMINAL_H
#define IO_TERMINAL_H

#include "base/buffer.h"
#include "base/err.h"

enum style { STYLE_PLAIN, STYLE_STRONG, STYLE_QUIET, STYLE_GOOD, STYLE_BAD, STYLE_NOTE, STYLE_COUNT };

struct page {
    struct buffer text;
    bool color;
    u32 width;  /* columns, 60 to 200 */
    u32 column; /* where the next character goes, from 0 */
    enum style style;
};

/* As the file descriptor is: color and width of a terminal, or 100 columns without color. */
struct page page_open(struct arena *arena, int fd);
/* FAULT_IO when the page cannot be written whole. */
enum err page_write(const struct page *p, int fd) MUST_CHECK;

void page_style(struct page *p, enum style style);
void page_add_bytes(struct page *p, struct bytes text); /* may hold line feeds */
void page_add(struct page *p, const char *text);
void page_addf(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* text in a style, then plain again */
void page_say(struct page *p, enum style style, const char *text);
void page_line(struct page *p); /* ends the line */
/* Blanks up to a column; one blank when it is passed already (none at the start of a line). */
void page_to(struct page *p, u32 column);
/* Words from the current column on; further lines begin at column `indent`. Breaks at blanks; a word longer than the
 * line is cut where the line ends. */
void page_wrap(struct page *p, u32 indent, struct bytes text);

/* Columns that text takes. */
u32 text_width(struct bytes text);

#endif
