/* The scoped calls of a run as a drawing: chains as lanes, each call an arrow to the chain that handles it, its
 * response an arrow back below what it caused.
 *
 *     west                 east
 *      |--- order(5) ------>|          a call; red: it failed. Dotted: a lookup
 *      |<-- () -------------|
 *
 * All text is the report's, which is safe to print, and is escaped for XML. */
#include "codec/text.h"
#include "play/report.h"

enum {
    LANE_WIDTH = 260, HEAD_HEIGHT = 46, TITLE_HEIGHT = 34, ROW_HEIGHT = 30, MARGIN = 16, LABEL_MAX = 40,
};

#define INK "#1b2330"
#define QUIET "#5a6478"
#define BAD "#b3261e"
#define GOOD "#1a6b3c"
#define MIDDLE "text-anchor=\"middle\" fill=\""
#define STRONG "font-weight=\"700\" fill=\""

struct drawing {
    const struct report *report;
    struct buffer *out;
    u32 y;
};

/* --- text --- */

static void add_escaped(struct buffer *b, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        switch (text.ptr[i]) {
        case '<': text_add(b, "&lt;"); break;
        case '>': text_add(b, "&gt;"); break;
        case '&': text_add(b, "&amp;"); break;
        case '"': text_add(b, "&quot;"); break;
        default: buffer_add_u8(b, text.ptr[i]);
        }
}

/* Cut between characters of UTF-8. */
static void add_cut(struct buffer *b, struct bytes text, size_t max)
{
    size_t end = text.len;
    if (text.len > max)
        for (end = max; end && (text.ptr[end] & 0xc0) == 0x80;)
            end--;
    add_escaped(b, bytes_of(text.ptr, end));
    if (end < text.len)
        text_add(b, "\xe2\x80\xa6");
}

/* order(5), or the first bytes of what is not decoded. */
static struct bytes drawn_data(struct arena *arena, const struct report_data *d)
{
    struct buffer b = buffer_in(arena);
    if (!d->function) {
        text_add_hex_cut(&b, d->raw, 8);
        return buffer_bytes(&b);
    }
    text_add_z(&b, d->function);
    text_add(&b, "(");
    for (u32 i = 0; i < d->argument_count; i++) {
        if (i)
            text_add(&b, ", ");
        text_add_bytes(&b, d->argument[i].text);
    }
    text_add(&b, ")");
    return buffer_bytes(&b);
}

/* --- shapes --- */

static void add_text_at(struct drawing *d, u32 x, u32 y, const char *attributes, struct bytes text, size_t max)
{
    struct buffer *b = d->out;
    text_add(b, "<text x=\"");
    text_add_u64(b, x);
    text_add(b, "\" y=\"");
    text_add_u64(b, y);
    text_add(b, "\" ");
    text_add_z(b, attributes);
    text_add(b, ">");
    add_cut(b, text, max);
    text_add(b, "</text>\n");
}

static void add_point(struct buffer *b, const char *x_name, u32 x, const char *y_name, u32 y)
{
    text_add(b, " ");
    text_add_z(b, x_name);
    text_add(b, "=\"");
    text_add_u64(b, x);
    text_add(b, "\" ");
    text_add_z(b, y_name);
    text_add(b, "=\"");
    text_add_u64(b, y);
    text_add(b, "\"");
}

static void add_arrow(struct drawing *d, u32 from, u32 to, const char *color, const char *dashes)
{
    struct buffer *b = d->out;
    const u32 tip = from < to ? to - 6 : to + 6;
    text_add(b, "<line");
    add_point(b, "x1", from, "y1", d->y);
    add_point(b, "x2", to, "y2", d->y);
    text_add(b, " stroke=\"");
    text_add_z(b, color);
    text_add(b, "\"");
    text_add_z(b, dashes);
    text_add(b, "/>\n<path d=\"M");
    text_add_u64(b, to);
    text_add(b, " ");
    text_add_u64(b, d->y);
    text_add(b, "L");
    text_add_u64(b, tip);
    text_add(b, " ");
    text_add_u64(b, d->y - 4);
    text_add(b, "L");
    text_add_u64(b, tip);
    text_add(b, " ");
    text_add_u64(b, d->y + 4);
    text_add(b, "z\" fill=\"");
    text_add_z(b, color);
    text_add(b, "\"/>\n");
}

/* --- calls --- */

static u32 lane_of(const struct report *r, const char *chain)
{
    u32 i = 0;
    while (i + 1 < r->chain_count && strcmp(r->chain[i].name, chain) != 0)
        i++;
    return MARGIN + LANE_WIDTH * i + LANE_WIDTH / 2;
}

static void add_call_arrow(struct drawing *d, const struct report_call *c, struct arena *arena)
{
    const u32 from = lane_of(d->report, c->from.chain), to = lane_of(d->report, c->to.chain);
    struct buffer label = buffer_in(arena);
    text_add_bytes(&label, c->to.name);
    text_add(&label, ".");
    text_add_bytes(&label, drawn_data(arena, &c->request));
    d->y += ROW_HEIGHT;
    add_text_at(d, (from + to) / 2, d->y - 6, MIDDLE INK "\"", buffer_bytes(&label), LABEL_MAX);
    add_arrow(d, from, to, c->success ? INK : BAD, c->is_lookup ? " stroke-dasharray=\"2 4\"" : "");
}

static void add_response_arrow(struct drawing *d, const struct report_call *c, struct arena *arena)
{
    const u32 from = lane_of(d->report, c->to.chain), to = lane_of(d->report, c->from.chain);
    struct buffer label = buffer_in(arena);
    text_add_bytes(&label, drawn_data(arena, &c->response));
    text_add(&label, "  ");
    text_add_u64(&label, c->gas_used);
    text_add(&label, " gas");
    d->y += ROW_HEIGHT;
    add_text_at(d, (from + to) / 2, d->y - 6,
                c->success ? MIDDLE QUIET "\"" : MIDDLE BAD "\"", buffer_bytes(&label), LABEL_MAX);
    add_arrow(d, from, to, c->success ? QUIET : BAD, " stroke-dasharray=\"6 4\"");
}

/* Calls come in the order in which they were made; those inside of one follow it with a greater depth. */
static u32 add_drawn_calls(struct drawing *d, const struct report_work *w, u32 first, struct arena *arena)
{
    const struct report_call *c = &w->call[first];
    u32 next = first + 1;
    add_call_arrow(d, c, arena);
    while (next < w->call_count && w->call[next].depth > c->depth)
        next = add_drawn_calls(d, w, next, arena);
    add_response_arrow(d, c, arena);
    return next;
}

static void add_work(struct drawing *d, const struct report_work *w, struct arena *arena)
{
    struct buffer title = buffer_in(arena);
    text_add_z(&title, w->label);
    text_add(&title, ": ");
    text_add_z(&title, w->status);
    if (w->reason.len) {
        text_add(&title, ", ");
        text_add_bytes(&title, w->reason);
    }
    d->y += TITLE_HEIGHT;
    add_text_at(d, MARGIN + 6, d->y, w->good ? STRONG GOOD "\"" : STRONG BAD "\"", buffer_bytes(&title),
                LABEL_MAX * d->report->chain_count);
    for (u32 i = 0; i < w->call_count;)
        i = add_drawn_calls(d, w, i, arena);
}

/* --- the drawing --- */

static void add_lanes(struct buffer *b, const struct report *r, u32 height)
{
    struct drawing d = {r, b, 0};
    for (u32 i = 0; i < r->chain_count; i++) {
        const u32 middle = MARGIN + LANE_WIDTH * i + LANE_WIDTH / 2;
        text_add_z(b, i % 2 ? "<rect fill=\"#f7eefa\" rx=\"10\"" : "<rect fill=\"#e9f2fc\" rx=\"10\"");
        add_point(b, "x", MARGIN + LANE_WIDTH * i + 4, "y", 6);
        add_point(b, "width", LANE_WIDTH - 8, "height", height - 12);
        text_add(b, "/>\n<line stroke=\"" QUIET "\" stroke-dasharray=\"2 5\"");
        add_point(b, "x1", middle, "y1", HEAD_HEIGHT);
        add_point(b, "x2", middle, "y2", height - 14);
        text_add(b, "/>\n");
        add_text_at(&d, middle, 30, "text-anchor=\"middle\" font-weight=\"700\" fill=\"" INK "\"",
                    bytes_of(r->chain[i].name, strlen(r->chain[i].name)), LABEL_MAX);
    }
}

void report_write_svg(struct buffer *out, const struct report *r)
{
    struct buffer body = buffer_in(out->arena);
    struct drawing d = {r, &body, HEAD_HEIGHT};
    for (size_t i = 0; i < r->item.count; i++) {
        const struct report_item *item = &r->item.item[i];
        for (u32 w = 0; item->kind == REPORT_SLOT && w < item->slot.work_count; w++)
            add_work(&d, &item->slot.work[w], out->arena);
    }
    const u32 width = 2 * MARGIN + LANE_WIDTH * r->chain_count, height = d.y + ROW_HEIGHT;
    text_add(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
    add_point(out, "width", width, "height", height);
    text_add(out, " font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"12\">\n<title>");
    add_escaped(out, bytes_of(r->title, strlen(r->title)));
    text_add(out, "</title>\n<rect fill=\"#ffffff\"");
    add_point(out, "width", width, "height", height);
    text_add(out, "/>\n");
    add_lanes(out, r, height);
    buffer_add(out, body.ptr, body.len);
    text_add(out, "</svg>\n");
}
