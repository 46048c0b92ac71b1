#include "io/json.h"

#include "base/buffer.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"
#include "io/file.h"
#include "io/json_scan.h"

/* size: bytes of text, or the count of items or members.
 * link: of a container, the nodes that it takes with all that is in it; of a string with escapes, where its
 * text begins in unescaped. */
struct node {
    u32 at; /* in the source; of a string, its opening quote */
    u32 size;
    u32 link;
    u8 kind;
    bool escaped;
};

struct json_document {
    struct bytes source;
    const struct node *node;
    const u8 *unescaped;
};

#define NO_NODE UINT32_MAX

/* --- building ------------------------------------------------------------------------------------ */

struct open_container {
    u32 node;
    bool object;
};

struct builder {
    struct complaint *complaint;
    const u8 *text;
    u32 text_len;
    const u32 *offset; /* of tokens */
    size_t token_count;
    size_t token; /* the next */
    struct node *node;
    u32 node_count;
    struct buffer unescaped;
    struct open_container open[JSON_DEPTH_MAX];
    u32 depth;
};

static struct place json_location(struct bytes source, size_t at)
{
    struct place place = {1, 1};
    for (size_t i = 0; i < at && i < source.len; i++) {
        if (source.ptr[i] == '\n') {
            place.line++;
            place.column = 1;
        } else {
            place.column += (source.ptr[i] & 0xc0) != 0x80; /* characters, not bytes */
        }
    }
    return place;
}

static enum err refuse_json(struct builder *b, size_t at, const char *why)
{
    complain(b->complaint, json_location(bytes_of(b->text, b->text_len), at), "%s", why);
    return REJECT_JSON;
}

/* "expected WHAT, found X" at the token or the end of the text. */
static enum err refuse_token(struct builder *b, const char *what)
{
    const bool ended = b->token >= b->token_count;
    const size_t at = ended ? b->text_len : b->offset[b->token];
    const struct place place = json_location(bytes_of(b->text, b->text_len), at);
    if (ended) {
        complain(b->complaint, place, "expected %s, found the end of the text", what);
        return REJECT_JSON;
    }
    const struct bytes rest = bytes_of(b->text + at, b->text_len - at);
    const size_t len = utf8_length(rest, NULL);
    complain(b->complaint, place, "expected %s, found '%.*s'", what, (int)len, (const char *)rest.ptr);
    return REJECT_JSON;
}

static bool is_json_blank(u8 c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the token ends: before the next one, without the white space between. The scanner gives every
 * run outside of strings a token of its own, so nothing else can be there. */
static u32 token_end(const struct builder *b)
{
    u32 end = b->token + 1 < b->token_count ? b->offset[b->token + 1] : b->text_len;
    while (is_json_blank(b->text[end - 1]))
        end--;
    return end;
}

static struct node *new_node(struct builder *b, enum json_kind kind, u32 at, u32 size)
{
    struct node *node = &b->node[b->node_count++];
    *node = (struct node){.at = at, .size = size, .kind = (u8)kind};
    return node;
}

static bool is_json_digit(u8 c)
{
    return c >= '0' && c <= '9';
}

static const u8 *past_digits(const u8 *p, const u8 *end)
{
    while (p < end && is_json_digit(*p))
        p++;
    return p;
}

/* number = [ "-" ] ( "0" | digit1-9 *digit ) [ "." 1*digit ] [ ( "e" | "E" ) [ "-" | "+" ] 1*digit ] */
static bool is_number(const u8 *p, const u8 *end)
{
    p += p < end && *p == '-';
    const u8 *digits = p;
    p = past_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return false;
    if (p < end && *p == '.') {
        digits = ++p;
        p = past_digits(p, end);
        if (p == digits)
            return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '-' || *p == '+');
        digits = p;
        p = past_digits(p, end);
        if (p == digits)
            return false;
    }
    return p == end;
}

static bool hex4(const u8 *p, const u8 *end, u32 *out)
{
    if (end - p < 4)
        return false;
    u32 x = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned d = hex_digit(p[i]);
        if (d > 15)
            return false;
        x = x << 4 | d;
    }
    *out = x;
    return true;
}

static u8 *put_utf8(u8 *out, u32 point)
{
    if (point < 0x80) {
        *out++ = (u8)point;
        return out;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const u8 lead[] = {0, 0xc0, 0xe0, 0xf0};
    *out++ = (u8)(lead[more] | point >> (6 * more));
    for (int i = more - 1; i >= 0; i--)
        *out++ = (u8)(0x80 | (point >> (6 * i) & 0x3f));
    return out;
}

/* The character that \uXXXX at *p, or a pair of them, stands for. */
static const char *unescape_unicode(const u8 **p, const u8 *end, u8 **out)
{
    u32 point, low;
    if (!hex4(*p + 2, end, &point))
        return "\\u wants four hex digits";
    *p += 6;
    if (point >= 0xdc00 && point <= 0xdfff)
        return "a low surrogate without a high one";
    if (point >= 0xd800 && point <= 0xdbff) {
        if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u' || !hex4(*p + 2, end, &low) || low < 0xdc00 ||
            low > 0xdfff)
            return "a high surrogate without a low one";
        *p += 6;
        point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
    }
    *out = put_utf8(*out, point);
    return NULL;
}

/* The text of [p, end) without escapes; never longer than with them. */
static enum err unescape(struct builder *b, struct node *node, const u8 *p, const u8 *end)
{
    static const u8 meant[256] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    const size_t begin = b->unescaped.len;
    u8 *out = buffer_extend(&b->unescaped, (size_t)(end - p));
    const u8 *first = out;
    while (p < end) {
        if (*p != '\\') {
            *out++ = *p++;
            continue;
        }
        const u8 *escape = p;
        const char *why = NULL;
        if (p + 1 < end && p[1] == 'u') {
            why = unescape_unicode(&p, end, &out);
        } else if (p + 1 < end && meant[p[1]]) {
            *out++ = meant[p[1]];
            p += 2;
        } else {
            why = "unknown escape in a string";
        }
        if (why)
            return refuse_json(b, (size_t)(escape - b->text), why);
    }
    node->size = (u32)(out - first);
    node->link = (u32)begin;
    node->escaped = true;
    b->unescaped.len = begin + node->size;
    return OK;
}

static bool has_escape(const u8 *p, size_t len)
{
    if (len > 32)
        return memchr(p, '\\', len) != NULL;
    for (size_t i = 0; i < len; i++)
        if (p[i] == '\\')
            return true;
    return false;
}

static enum err add_json_string(struct builder *b)
{
    const u32 at = b->offset[b->token], end = token_end(b);
    if (end - at < 2 || b->text[end - 1] != '"')
        return refuse_json(b, at, "a string does not end where it should");
    struct node *node = new_node(b, JSON_STRING, at, end - at - 2);
    if (UNLIKELY(has_escape(b->text + at + 1, node->size)))
        TRY(unescape(b, node, b->text + at + 1, b->text + end - 1));
    b->token++;
    return OK;
}

static enum err add_word(struct builder *b)
{
    static const struct {
        struct bytes word;
        enum json_kind kind;
    } word[] = {
        {BYTES_LITERAL("true"), JSON_TRUE}, {BYTES_LITERAL("false"), JSON_FALSE}, {BYTES_LITERAL("null"), JSON_NULL}};
    const u32 at = b->offset[b->token], end = token_end(b);
    const struct bytes text = bytes_of(b->text + at, end - at);
    for (size_t i = 0; i < COUNT_OF(word); i++)
        if (bytes_eq(text, word[i].word)) {
            new_node(b, word[i].kind, at, end - at);
            b->token++;
            return OK;
        }
    if (!is_json_digit(text.ptr[0]) && text.ptr[0] != '-')
        return refuse_token(b, "a value");
    if (!is_number(text.ptr, text.ptr + text.len))
        return refuse_json(b, at, "malformed number");
    new_node(b, JSON_NUMBER, at, end - at);
    b->token++;
    return OK;
}

static enum err open_container(struct builder *b, enum json_kind kind)
{
    if (b->depth == JSON_DEPTH_MAX)
        return refuse_json(b, b->offset[b->token], "nested too deep");
    b->open[b->depth++] = (struct open_container){b->node_count, kind == JSON_OBJECT};
    new_node(b, kind, b->offset[b->token], 0);
    b->token++;
    return OK;
}

static void close_container(struct builder *b)
{
    struct node *node = &b->node[b->open[--b->depth].node];
    node->link = b->node_count - (u32)(node - b->node);
    b->token++;
}

/* What is at the next token, 0 at the end. */
static u8 peek_byte(const struct builder *b)
{
    return b->token < b->token_count ? b->text[b->offset[b->token]] : 0;
}

static enum err add_key(struct builder *b)
{
    if (peek_byte(b) != '"')
        return refuse_token(b, "a key");
    TRY(add_json_string(b));
    if (peek_byte(b) != ':')
        return refuse_token(b, "':'");
    b->token++;
    return OK;
}

/* One value, or the opening of one. Sets *opened when members may follow. */
static enum err add_json_value(struct builder *b, bool *opened)
{
    *opened = false;
    switch (peek_byte(b)) {
    case '{':
    case '[': {
        const bool object = peek_byte(b) == '{';
        TRY(open_container(b, object ? JSON_OBJECT : JSON_ARRAY));
        if (peek_byte(b) == (object ? '}' : ']')) {
            close_container(b);
            return OK;
        }
        *opened = true;
        return OK;
    }
    case '"':
        return add_json_string(b);
    case '}':
    case ']':
    case ',':
    case ':':
    case 0:
        return refuse_token(b, "a value");
    default:
        return add_word(b);
    }
}

static enum err build_tree(struct builder *b)
{
    bool opened;
    TRY(add_json_value(b, &opened));
    while (b->depth) {
        struct open_container *top = &b->open[b->depth - 1];
        const u8 close = top->object ? '}' : ']';
        if (!opened) {
            const u8 c = peek_byte(b);
            if (c == close) {
                close_container(b);
                continue;
            }
            if (c != ',')
                return refuse_token(b, top->object ? "',' or '}'" : "',' or ']'");
            b->token++;
        }
        b->node[top->node].size++;
        if (top->object)
            TRY(add_key(b));
        TRY(add_json_value(b, &opened));
    }
    return b->token == b->token_count ? OK : refuse_token(b, "the end of the text");
}

/* --- parsing ------------------------------------------------------------------------------------- */

/* Says what the scanner saw: it looks for the first place that is wrong. */
static enum err refuse_text(struct builder *b)
{
    bool in_string = false;
    size_t opened = 0;
    for (size_t at = 0; at < b->text_len;) {
        const size_t len = utf8_length(bytes_of(b->text + at, b->text_len - at), NULL);
        const u8 c = b->text[at];
        if (len == 0)
            return refuse_json(b, at, "not UTF-8");
        if (in_string && c < 0x20)
            return refuse_json(b, at, "a control character in a string");
        if (in_string && c == '\\' && at + 1 < b->text_len && (u8)(b->text[at + 1] - 0x20) < 0x60) {
            at += 2; /* whatever is escaped does not end the string */
            continue;
        }
        if (c == '"') {
            in_string = !in_string;
            opened = at;
        }
        at += len;
    }
    return in_string ? refuse_json(b, opened, "a string is not closed") : refuse_json(b, 0, "not a JSON text");
}

static u32 count_nodes(const struct builder *b)
{
    static const bool is_mark[256] = {[','] = true, [':'] = true, ['}'] = true, [']'] = true};
    u32 count = 0;
    for (size_t i = 0; i < b->token_count; i++)
        count += !is_mark[b->text[b->offset[i]]];
    return count;
}

static enum err parse(struct arena *arena, struct json *root, struct builder *b)
{
    switch (json_scan(&b->offset, &b->token_count, b->text, b->text_len)) {
    case JSON_SCAN_OK:
        break;
    case JSON_SCAN_EMPTY:
        return refuse_json(b, 0, "expected a value, found nothing");
    case JSON_SCAN_TEXT:
        return refuse_text(b);
    case JSON_SCAN_MEMORY:
        complain(b->complaint, (struct place){0, 0}, "no memory to scan %u bytes", b->text_len);
        return FAULT_MEMORY;
    }
    struct json_document *document = ARENA_TAKE(arena, struct json_document, 1);
    b->node = ARENA_TAKE(arena, struct node, count_nodes(b));
    b->unescaped = buffer_in(arena);
    TRY(build_tree(b));
    *document = (struct json_document){bytes_of(b->text, b->text_len), b->node, b->unescaped.ptr};
    *root = (struct json){document, 0};
    return OK;
}

enum err json_parse(struct arena *arena, struct json *root, struct complaint *complaint, struct bytes source,
                    size_t limit)
{
    if (source.len > limit || source.len >= UINT32_MAX) {
        complain(complaint, (struct place){0, 0}, "larger than the limit of %zu bytes",
                 limit < UINT32_MAX ? limit : UINT32_MAX);
        return REJECT_TOO_LONG;
    }
    struct builder b;
    b.complaint = complaint;
    b.text = source.ptr;
    b.text_len = (u32)source.len;
    b.token = 0;
    b.node_count = 0;
    b.depth = 0;
    const struct arena_mark mark = arena_mark(arena);
    const enum err e = parse(arena, root, &b);
    if (e)
        arena_rewind(arena, mark);
    return e;
}

/* A value takes 16 bytes and what the scanner needs, the text "0," two. Separators within strings count, too. */
static bool has_too_many_values(struct bytes source)
{
    enum { VALUES_MIN = 4096, TEXT_PER_VALUE = 8 };
    size_t count = 0;
    for (size_t i = 0; i < source.len; i++)
        count += source.ptr[i] == ',' || source.ptr[i] == '[' || source.ptr[i] == '{';
    return count > source.len / TEXT_PER_VALUE + VALUES_MIN;
}

enum err json_parse_untrusted(struct arena *arena, struct json *root, struct complaint *complaint,
                              struct bytes source, size_t limit)
{
    if (has_too_many_values(source)) {
        complain(complaint, (struct place){0, 0}, "too many values for %zu bytes", source.len);
        return REJECT_JSON;
    }
    return json_parse(arena, root, complaint, source, limit);
}

enum err json_read_file(struct arena *arena, struct json *root, struct complaint *complaint, const char *path,
                        size_t limit)
{
    struct bytes source;
    const struct arena_mark mark = arena_mark(arena);
    TRY(file_read(arena, &source, complaint, path, limit));
    if (!complaint->raised)
        complaint->file = path;
    const enum err e = json_parse(arena, root, complaint, source, limit);
    if (e)
        arena_rewind(arena, mark);
    return e;
}

/* --- reading ------------------------------------------------------------------------------------- */

static const struct node *node_of(struct json v)
{
    return v.node == NO_NODE ? NULL : &v.document->node[v.node];
}

static const struct json none = {NULL, NO_NODE};

enum json_kind json_kind(struct json v)
{
    const struct node *n = node_of(v);
    return n ? (enum json_kind)n->kind : JSON_NONE;
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const name[] = {
        [JSON_NONE] = "nothing",    [JSON_NULL] = "null",       [JSON_FALSE] = "false",    [JSON_TRUE] = "true",
        [JSON_NUMBER] = "a number", [JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object"};
    return name[kind];
}

struct place json_place(struct json v)
{
    const struct node *n = node_of(v);
    return n ? json_location(v.document->source, n->at) : (struct place){0, 0};
}

static bool is_container(const struct node *n)
{
    return n->kind >= JSON_ARRAY;
}

static u32 node_after(struct json v)
{
    const struct node *n = node_of(v);
    return v.node + (is_container(n) ? n->link : 1);
}

static struct bytes text_of(const struct json_document *d, const struct node *n)
{
    if (n->kind == JSON_STRING)
        return bytes_of(n->escaped ? d->unescaped + n->link : d->source.ptr + n->at + 1, n->size);
    if (n->kind == JSON_NUMBER)
        return bytes_of(d->source.ptr + n->at, n->size);
    return (struct bytes){NULL, 0};
}

struct bytes json_text(struct json v)
{
    const struct node *n = node_of(v);
    return n ? text_of(v.document, n) : (struct bytes){NULL, 0};
}

bool json_text_is(struct json v, const char *text)
{
    return json_kind(v) == JSON_STRING && bytes_eq(json_text(v), bytes_of(text, strlen(text)));
}

/* The end of a container or an escaped string is not kept; it is found again, which is rare. */
struct bytes json_source(struct json v)
{
    const struct node *n = node_of(v);
    if (!n)
        return (struct bytes){NULL, 0};
    const u8 *begin = v.document->source.ptr + n->at, *p = begin;
    if (n->kind == JSON_STRING && !n->escaped)
        return bytes_of(begin, (size_t)n->size + 2);
    if (!is_container(n) && n->kind != JSON_STRING)
        return bytes_of(begin, n->size);
    u32 depth = 0;
    do { /* well-formed, so it ends */
        if (*p == '"')
            for (p++; *p != '"'; p++)
                p += *p == '\\';
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        p++;
    } while (depth);
    return bytes_of(begin, (size_t)(p - begin));
}

u32 json_count(struct json v)
{
    const struct node *n = node_of(v);
    return n && is_container(n) ? n->size : 0;
}

enum err json_u256(u256 *out, struct json v)
{
    const enum json_kind kind = json_kind(v);
    return kind == JSON_NUMBER || kind == JSON_STRING ? number_u256(out, json_text(v)) : REJECT_JSON;
}

enum err json_u64(u64 *out, struct json v)
{
    u256 x;
    TRY(json_u256(&x, v));
    if (!u256_fits_u64(&x))
        return REJECT_NUMBER_RANGE;
    *out = x.w[0];
    return OK;
}

enum err json_bool(bool *out, struct json v)
{
    const enum json_kind kind = json_kind(v);
    if (kind != JSON_TRUE && kind != JSON_FALSE)
        return REJECT_JSON;
    *out = kind == JSON_TRUE;
    return OK;
}

enum err json_hex(struct arena *arena, struct bytes *out, struct json v)
{
    return json_kind(v) == JSON_STRING ? hex_bytes(arena, out, json_text(v)) : REJECT_JSON;
}

enum err json_hex_fixed(u8 *out, size_t len, struct json v)
{
    return json_kind(v) == JSON_STRING ? hex_fixed(out, len, json_text(v)) : REJECT_JSON;
}

struct json_iterator json_items(struct json v)
{
    return (struct json_iterator){.value = {v.document, NO_NODE},
                                  .index = UINT32_MAX, /* 0 after the first step */
                                  .next_ = v.node + 1,
                                  .left_ = json_count(v),
                                  .keyed_ = json_kind(v) == JSON_OBJECT};
}

bool json_next(struct json_iterator *it)
{
    if (it->left_ == 0)
        return false;
    it->left_--;
    it->index++;
    if (it->keyed_)
        it->key = text_of(it->value.document, &it->value.document->node[it->next_++]);
    it->value.node = it->next_;
    it->next_ = node_after(it->value);
    return true;
}

struct json json_get_bytes(struct json v, struct bytes key)
{
    if (json_kind(v) != JSON_OBJECT)
        return none;
    struct json_iterator it = json_items(v);
    while (json_next(&it))
        if (bytes_eq(it.key, key))
            return it.value;
    return none;
}

struct json json_get(struct json v, const char *key)
{
    return json_get_bytes(v, bytes_of(key, strlen(key)));
}

struct json json_at(struct json v, u32 index)
{
    if (json_kind(v) != JSON_ARRAY)
        return none;
    struct json_iterator it = json_items(v);
    while (json_next(&it))
        if (it.index == index)
            return it.value;
    return none;
}

enum err json_unexpected(struct complaint *complaint, struct json v, const char *what)
{
    complain(complaint, json_place(v), "expected %s, found %s", what, json_kind_name(json_kind(v)));
    return REJECT_JSON;
}

enum err json_need(struct json *out, struct complaint *complaint, struct json object, const char *key,
                   enum json_kind kind)
{
    if (json_kind(object) != JSON_OBJECT)
        return json_unexpected(complaint, object, "an object");
    const struct json v = json_get(object, key);
    if (json_kind(v) == JSON_NONE) {
        complain(complaint, json_place(object), "key \"%s\" is missing", key);
        return REJECT_JSON;
    }
    if (json_kind(v) != kind) {
        complain(complaint, json_place(v), "\"%s\": expected %s, found %s", key, json_kind_name(kind),
                 json_kind_name(json_kind(v)));
        return REJECT_JSON;
    }
    *out = v;
    return OK;
}
