#include "codec/abi_type.h"

#include "codec/text.h"
#include "crypto/keccak.h"

struct parser {
    struct arena *arena;
    struct buffer *why;
    struct bytes text; /* all of it */
    size_t at;
    u32 depth;
    u32 types_left;
    const struct abi_type *components; /* what the word "tuple" stands for; NULL: a parenthesis follows it */
    u32 component_count;
};

static enum err refuse_type(const struct parser *p, size_t at, struct bytes what)
{
    text_add_bytes(p->why, what);
    text_add(p->why, " at character ");
    text_add_u64(p->why, at + 1);
    text_add(p->why, " of ");
    text_add_quoted(p->why, p->text, 120);
    return REJECT_ABI;
}
#define REFUSE(p, what) refuse_type((p), (p)->at, BYTES_LITERAL(what))

static bool is_blank(u8 c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(u8 c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(u8 c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static u8 peek_token(struct parser *p)
{
    while (p->at < p->text.len && is_blank(p->text.ptr[p->at]))
        p->at++;
    return p->at < p->text.len ? p->text.ptr[p->at] : 0;
}

static bool take_token(struct parser *p, u8 c)
{
    if (peek_token(p) != c)
        return false;
    p->at++;
    return true;
}

/* The next identifier, not taken; empty when there is none. */
static struct bytes peek_word(struct parser *p)
{
    const u8 c = peek_token(p);
    size_t end = p->at;
    if (is_word(c) && !is_digit(c))
        while (end < p->text.len && is_word(p->text.ptr[end]))
            end++;
    return bytes_of(p->text.ptr + p->at, end - p->at);
}

#define IS(word, literal) bytes_eq((word), BYTES_LITERAL(literal))

static bool take_word(struct parser *p, struct bytes word)
{
    const struct bytes next = peek_word(p);
    if (!bytes_eq(next, word))
        return false;
    p->at += next.len;
    return true;
}
#define TAKE_WORD(p, literal) take_word((p), BYTES_LITERAL(literal))

/* Decimal digits without a leading zero; 0 when malformed or above max. */
static u32 type_number_of(struct bytes digits, u32 max)
{
    u32 x = 0;
    if (digits.len == 0 || digits.len > 9 || digits.ptr[0] == '0')
        return 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!is_digit(digits.ptr[i]))
            return 0;
        x = x * 10 + (u32)(digits.ptr[i] - '0');
    }
    return x <= max ? x : 0;
}

static bool take_prefix(struct bytes *word, struct bytes prefix)
{
    if (word->len < prefix.len || memcmp(word->ptr, prefix.ptr, prefix.len) != 0)
        return false;
    *word = bytes_of(word->ptr + prefix.len, word->len - prefix.len);
    return true;
}

static struct abi_type simple(enum abi_kind kind, u32 size)
{
    return (struct abi_type){
        .kind = kind, .size = size, .dynamic = kind == ABI_BYTES || kind == ABI_STRING, .words = 1};
}

/* The types that are one word of text. */
static bool elementary(struct abi_type *out, struct bytes word)
{
    static const struct {
        struct bytes name;
        enum abi_kind kind;
        u32 size;
    } row[] = {
        {BYTES_LITERAL("address"), ABI_ADDRESS, 0},
        {BYTES_LITERAL("bool"), ABI_BOOL, 0},
        {BYTES_LITERAL("bytes"), ABI_BYTES, 0},
        {BYTES_LITERAL("string"), ABI_STRING, 0},
        {BYTES_LITERAL("uint"), ABI_UINT, 256},
        {BYTES_LITERAL("int"), ABI_INT, 256},
        {BYTES_LITERAL("function"), ABI_FUNCTION, 24},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (bytes_eq(word, row[i].name)) {
            *out = simple(row[i].kind, row[i].size);
            return true;
        }
    const bool is_uint = take_prefix(&word, BYTES_LITERAL("uint"));
    const bool is_int = !is_uint && take_prefix(&word, BYTES_LITERAL("int"));
    const bool is_bytes = !is_uint && !is_int && take_prefix(&word, BYTES_LITERAL("bytes"));
    if (!is_uint && !is_int && !is_bytes)
        return false;
    const u32 size = type_number_of(word, is_bytes ? 32 : 256);
    if (size == 0 || (!is_bytes && size % 8 != 0))
        return false;
    *out = simple(is_bytes ? ABI_FIXED_BYTES : is_uint ? ABI_UINT : ABI_INT, size);
    return true;
}

enum err abi_tuple_of(struct abi_type *out, const struct abi_type *components, u32 count, struct buffer *why)
{
    struct abi_type tuple = {.kind = ABI_TUPLE, .count = count, .item = components};
    u64 words = 0;
    for (u32 i = 0; i < count; i++) {
        tuple.dynamic = tuple.dynamic || components[i].dynamic;
        words += components[i].words;
        if (tuple.height <= components[i].height)
            tuple.height = components[i].height + 1;
    }
    if (tuple.height > ABI_TYPE_DEPTH_MAX) {
        text_add(why, "types nested too deep");
        return REJECT_ABI;
    }
    if (words > ABI_WORDS_MAX) {
        text_add(why, "a type of more than 2 MiB");
        return REJECT_ABI;
    }
    tuple.words = tuple.dynamic ? 1 : (u32)words;
    *out = tuple;
    return OK;
}

static enum err parse_parameters(struct parser *p, struct abi_type *out, bool event);

/* "(..)", "tuple(..)", "tuple" with components given, or an elementary type. */
static enum err parse_base(struct parser *p, struct abi_type *out)
{
    const size_t begin = p->at;
    const struct bytes word = peek_word(p);
    if (IS(word, "tuple")) {
        p->at += word.len;
        if (p->components) {
            TRY(abi_tuple_of(out, p->components, p->component_count, p->why));
            return out->count ? OK : refuse_type(p, begin, BYTES_LITERAL("an empty tuple"));
        }
        if (peek_token(p) != '(')
            return REFUSE(p, "expected '('");
    }
    if (peek_token(p) == '(') {
        TRY(parse_parameters(p, out, false));
        return out->count ? OK : refuse_type(p, begin, BYTES_LITERAL("an empty tuple"));
    }
    if (word.len == 0)
        return REFUSE(p, "expected a type");
    if (!elementary(out, word)) {
        text_add(p->why, "unknown type ");
        text_add_quoted(p->why, word, 60);
        return refuse_type(p, p->at, BYTES_LITERAL(""));
    }
    p->at += word.len;
    if (out->kind == ABI_ADDRESS)
        (void)TAKE_WORD(p, "payable");
    return OK;
}

/* What is in [ ]: nothing, or a length. */
static enum err parse_suffix(struct parser *p, struct abi_type *type)
{
    peek_token(p);
    const size_t begin = p->at;
    size_t end = begin;
    while (end < p->text.len && is_digit(p->text.ptr[end]))
        end++;
    const u32 length = type_number_of(bytes_of(p->text.ptr + begin, end - begin), ABI_WORDS_MAX);
    if (end > begin && length == 0)
        return refuse_type(p, begin, BYTES_LITERAL("an array length must be from 1 to 65536"));
    p->at = end;
    if (!take_token(p, ']'))
        return REFUSE(p, "expected ']'");
    if (p->types_left == 0)
        return refuse_type(p, begin, BYTES_LITERAL("too many types"));
    p->types_left--;
    struct abi_type *item = ARENA_TAKE(p->arena, struct abi_type, 1);
    *item = *type;
    *type = (struct abi_type){
        .kind = length ? ABI_FIXED_ARRAY : ABI_ARRAY, .count = length, .item = item, .height = item->height + 1};
    if (type->height > ABI_TYPE_DEPTH_MAX)
        return refuse_type(p, begin, BYTES_LITERAL("types nested too deep"));
    type->dynamic = !length || item->dynamic;
    const u64 words = type->dynamic ? 1 : (u64)length * item->words;
    if (words > ABI_WORDS_MAX)
        return refuse_type(p, begin, BYTES_LITERAL("a type of more than 2 MiB"));
    type->words = (u32)words;
    return OK;
}

static enum err parse_type(struct parser *p, struct abi_type *out)
{
    if (p->depth == ABI_TYPE_DEPTH_MAX)
        return REFUSE(p, "types nested too deep");
    if (p->types_left == 0)
        return REFUSE(p, "too many types");
    p->types_left--;
    p->depth++;
    TRY(parse_base(p, out));
    while (take_token(p, '['))
        TRY(parse_suffix(p, out));
    p->depth--;
    return OK;
}

/* A type, the words that Solidity allows behind it, and a name. */
static enum err parse_parameter(struct parser *p, struct abi_type *out, bool event)
{
    TRY(parse_type(p, out));
    for (;;) {
        const size_t begin = p->at;
        const struct bytes word = peek_word(p);
        if (IS(word, "indexed")) {
            if (!event)
                return refuse_type(p, begin, BYTES_LITERAL("only parameters of events are indexed"));
            out->indexed = true;
        } else if (!IS(word, "memory") && !IS(word, "calldata") && !IS(word, "storage")) {
            out->name = word;
            p->at += word.len;
            return OK;
        }
        p->at += word.len;
    }
}

struct list {
    struct abi_type type;
    struct list *next;
};

/* "(" [ parameter { "," parameter } ] ")" as a tuple */
static enum err parse_parameters(struct parser *p, struct abi_type *out, bool event)
{
    struct list *first = NULL, **last = &first;
    u32 count = 0;
    if (!take_token(p, '('))
        return REFUSE(p, "expected '('");
    if (!take_token(p, ')')) {
        do {
            struct list *entry = ARENA_TAKE_ZERO(p->arena, struct list, 1);
            TRY(parse_parameter(p, &entry->type, event));
            *last = entry;
            last = &entry->next;
            count++;
        } while (take_token(p, ','));
        if (!take_token(p, ')'))
            return REFUSE(p, "expected ',' or ')'");
    }
    struct abi_type *components = ARENA_TAKE(p->arena, struct abi_type, count);
    for (u32 i = 0; first; first = first->next)
        components[i++] = first->type;
    return abi_tuple_of(out, components, count, p->why);
}

static struct parser parser(struct arena *arena, struct bytes text, struct buffer *why)
{
    return (struct parser){.arena = arena, .why = why, .text = text, .types_left = ABI_TYPES_MAX};
}

static enum err parse_whole_type(struct parser *p, struct abi_type *out)
{
    struct abi_type type;
    TRY(parse_type(p, &type));
    if (peek_token(p) != 0 || p->at < p->text.len)
        return REFUSE(p, "expected the end");
    *out = type;
    return OK;
}

enum err abi_parse_type(struct arena *arena, struct abi_type *out, struct bytes text, struct buffer *why)
{
    struct parser p = parser(arena, text, why);
    return parse_whole_type(&p, out);
}

enum err abi_parse_type_of(struct arena *arena, struct abi_type *out, struct bytes text,
                           const struct abi_type *components, u32 count, struct buffer *why)
{
    static const struct abi_type nothing;
    struct parser p = parser(arena, text, why);
    p.components = count ? components : &nothing;
    p.component_count = count;
    return parse_whole_type(&p, out);
}

/* What may stand between parameters and "returns", and says nothing about the ABI. */
static bool take_modifier(struct parser *p)
{
    return TAKE_WORD(p, "external") || TAKE_WORD(p, "public") || TAKE_WORD(p, "internal") || TAKE_WORD(p, "private") ||
           TAKE_WORD(p, "view") || TAKE_WORD(p, "pure") || TAKE_WORD(p, "payable") || TAKE_WORD(p, "nonpayable") ||
           TAKE_WORD(p, "virtual") || TAKE_WORD(p, "override");
}

static enum err parse_name(struct parser *p, struct abi_signature *s)
{
    static const struct {
        struct bytes word;
        enum abi_item item;
    } row[] = {{BYTES_LITERAL("function"), ABI_ITEM_FUNCTION},
               {BYTES_LITERAL("event"), ABI_ITEM_EVENT},
               {BYTES_LITERAL("error"), ABI_ITEM_ERROR}};
    struct bytes word = peek_word(p);
    p->at += word.len;
    if (!IS(word, "error") || peek_token(p) != '(') /* a function may be called error */
        for (size_t i = 0; i < COUNT_OF(row); i++)
            if (bytes_eq(word, row[i].word)) {
                s->item = row[i].item;
                word = peek_word(p);
                p->at += word.len;
                break;
            }
    if (word.len == 0)
        return REFUSE(p, "expected a name");
    if (IS(word, "constructor"))
        s->item = ABI_ITEM_CONSTRUCTOR;
    s->name = word;
    return OK;
}

enum err abi_parse_signature(struct arena *arena, struct abi_signature *out, struct bytes text, struct buffer *why)
{
    struct parser p = parser(arena, text, why);
    struct abi_signature s = {.outputs.kind = ABI_TUPLE};
    TRY(parse_name(&p, &s));
    TRY(parse_parameters(&p, &s.inputs, s.item == ABI_ITEM_EVENT));
    if (s.item == ABI_ITEM_EVENT)
        s.anonymous = TAKE_WORD(&p, "anonymous");
    if (s.item == ABI_ITEM_FUNCTION || s.item == ABI_ITEM_CONSTRUCTOR)
        while (take_modifier(&p))
            ;
    if (s.item == ABI_ITEM_FUNCTION && (TAKE_WORD(&p, "returns") || peek_token(&p) == '(')) {
        s.has_outputs = true;
        TRY(parse_parameters(&p, &s.outputs, false));
    }
    (void)take_token(&p, ';');
    if (peek_token(&p) != 0 || p.at < p.text.len)
        return REFUSE(&p, "expected the end");
    abi_signature_hash(&s, arena);
    *out = s;
    return OK;
}

void abi_signature_hash(struct abi_signature *signature, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer canonical = buffer_in(scratch);
    abi_add_signature(&canonical, signature);
    keccak256(&signature->hash, canonical.ptr, canonical.len);
    arena_rewind(scratch, mark);
}

void abi_add_type(struct buffer *b, const struct abi_type *type)
{
    static const struct bytes name[] = {
        [ABI_UINT] = BYTES_LITERAL("uint"),
        [ABI_INT] = BYTES_LITERAL("int"),
        [ABI_ADDRESS] = BYTES_LITERAL("address"),
        [ABI_BOOL] = BYTES_LITERAL("bool"),
        [ABI_FIXED_BYTES] = BYTES_LITERAL("bytes"), [ABI_FUNCTION] = BYTES_LITERAL("function"),
        [ABI_BYTES] = BYTES_LITERAL("bytes"),
        [ABI_STRING] = BYTES_LITERAL("string"),
    };
    switch (type->kind) {
    case ABI_TUPLE:
        text_add(b, "(");
        for (u32 i = 0; i < type->count; i++) {
            if (i)
                text_add(b, ",");
            abi_add_type(b, &type->item[i]);
        }
        text_add(b, ")");
        break;
    case ABI_ARRAY:
    case ABI_FIXED_ARRAY:
        abi_add_type(b, type->item);
        text_add(b, "[");
        if (type->kind == ABI_FIXED_ARRAY)
            text_add_u64(b, type->count);
        text_add(b, "]");
        break;
    default:
        text_add_bytes(b, name[type->kind]);
        if (type->kind == ABI_UINT || type->kind == ABI_INT || type->kind == ABI_FIXED_BYTES)
            text_add_u64(b, type->size);
    }
}

void abi_add_signature(struct buffer *b, const struct abi_signature *signature)
{
    text_add_bytes(b, signature->name);
    abi_add_type(b, &signature->inputs);
}
