#include "scenario/expand.h"

#include "base/u256.h"
#include "codec/number.h"
#include "codec/text.h"
#include "scenario/schema.h"

enum { VARIABLES_MAX = 256, NESTING_MAX = 32 };

struct variable {
    const char *name, *text;
};

struct expander {
    struct arena *arena;
    struct complaint *complaint;
    struct variable variable[VARIABLES_MAX];
    u32 variables;
    u32 nodes;
    size_t bytes;
};

/* Children of a list or map that is being built. */
struct children {
    const struct yaml *first, **tail;
    u32 count;
};

static enum err refuse_expansion(struct expander *x, struct place place, const char *why)
{
    complain(x->complaint, place, "%s", why);
    return REJECT_SCENARIO;
}

static enum err count_node(struct expander *x, struct place place, size_t bytes)
{
    x->bytes += bytes;
    if (++x->nodes <= YAML_NODES_MAX && x->bytes <= EXPAND_BYTES_MAX)
        return OK;
    complain(x->complaint, place, "loops and variables expand to more than %d values or %zu bytes of text", YAML_NODES_MAX,
             EXPAND_BYTES_MAX);
    return REJECT_SCENARIO;
}

/* --- expressions --- */

struct expression {
    struct expander *x;
    struct place place;
    const char *at, *end;
    u32 depth;
};

static enum err refuse_expression(const struct expression *e, const char *why)
{
    complain(e->x->complaint, e->place, "${..}: %s", why);
    return REJECT_SCENARIO;
}

static void skip_blanks(struct expression *e)
{
    while (e->at < e->end && *e->at == ' ')
        e->at++;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static struct bytes take_word_token(struct expression *e)
{
    const char *from = e->at;
    while (e->at < e->end && is_word_char(*e->at))
        e->at++;
    return bytes_of(from, (size_t)(e->at - from));
}

static const struct variable *find_variable(const struct expander *x, struct bytes name)
{
    for (u32 i = 0; i < x->variables; i++)
        if (bytes_eq(name, bytes_of(x->variable[i].name, strlen(x->variable[i].name))))
            return &x->variable[i];
    return NULL;
}

static enum err use_variable(const struct expression *e, const char **text, struct bytes name)
{
    const struct variable *v = find_variable(e->x, name);
    if (v) {
        *text = v->text;
        return OK;
    }
    const char *known[VARIABLES_MAX];
    char word[64];
    const size_t len = name.len < sizeof word - 1 ? name.len : sizeof word - 1;
    for (u32 i = 0; i < e->x->variables; i++)
        known[i] = e->x->variable[i].name;
    memcpy(word, name.ptr, len);
    word[len] = 0;
    const char *near = nearest_name(word, known, e->x->variables);
    complain(e->x->complaint, e->place, "${..}: unknown variable \"%s\"%s%s%s", word, near ? "; did you mean \"" : "",
             near ? near : "", near ? "\"?" : "");
    return REJECT_SCENARIO;
}

static enum err sum(struct expression *e, u256 *out);

/* 1.5 ether: a unit belongs to the number before it. */
static enum err take_number_token(struct expression *e, u256 *out)
{
    static const char *const unit[] = {"ether", "gwei", "wei"};
    const char *from = e->at;
    take_word_token(e);
    const char *end = e->at;
    skip_blanks(e);
    const char *before = e->at;
    const struct bytes next = take_word_token(e);
    bool is_unit = false;
    for (size_t i = 0; i < COUNT_OF(unit); i++)
        is_unit |= bytes_eq(next, bytes_of(unit[i], strlen(unit[i])));
    if (!is_unit)
        e->at = before;
    const struct bytes text = bytes_of(from, (size_t)((is_unit ? e->at : end) - from));
    return amount_u256(out, text) ? refuse_expression(e, "expected a number below 2^256, such as 42 or 1.5 ether") : OK;
}

static enum err factor(struct expression *e, u256 *out)
{
    skip_blanks(e);
    if (e->at == e->end || (!is_word_char(*e->at) && *e->at != '('))
        return refuse_expression(e, "expected a variable, a number or (");
    if (*e->at == '(') {
        if (++e->depth > NESTING_MAX)
            return refuse_expression(e, "too many parentheses");
        e->at++;
        TRY(sum(e, out));
        if (e->at == e->end || *e->at != ')')
            return refuse_expression(e, "expected )");
        e->at++;
        e->depth--;
        skip_blanks(e);
        return OK;
    }
    if (*e->at >= '0' && *e->at <= '9') {
        TRY(take_number_token(e, out));
        skip_blanks(e);
        return OK;
    }
    const char *text;
    TRY(use_variable(e, &text, take_word_token(e)));
    skip_blanks(e);
    if (amount_u256(out, bytes_of(text, strlen(text))) == OK)
        return OK;
    complain(e->x->complaint, e->place, "${..}: \"%.60s\" is not a number", text);
    return REJECT_SCENARIO;
}

static enum err product(struct expression *e, u256 *out)
{
    TRY(factor(e, out));
    while (e->at < e->end && (*e->at == '*' || *e->at == '/' || *e->at == '%')) {
        const char sign = *e->at++;
        u256 right, quotient, rest;
        TRY(factor(e, &right));
        if (sign == '*') {
            u256 left = *out;
            if (u256_mul_overflows(out, &left, &right))
                return refuse_expression(e, "the product is 2^256 or more");
            continue;
        }
        if (u256_is_zero(&right))
            return refuse_expression(e, "division by 0");
        u256_divmod(&quotient, &rest, out, &right);
        *out = sign == '/' ? quotient : rest;
    }
    return OK;
}

static enum err sum(struct expression *e, u256 *out)
{
    TRY(product(e, out));
    while (e->at < e->end && (*e->at == '+' || *e->at == '-')) {
        const bool adds = *e->at++ == '+';
        u256 right, left = *out;
        TRY(product(e, &right));
        if (adds ? u256_add(out, &left, &right) : u256_sub(out, &left, &right))
            return refuse_expression(e, adds ? "the sum is 2^256 or more" : "the difference is negative");
    }
    return OK;
}

/* The text between the braces. */
static enum err add_expression(struct expander *x, struct buffer *out, struct place place, struct bytes text)
{
    const char *const start = (const char *)text.ptr;
    struct expression e = {.x = x, .place = place, .at = start, .end = start + text.len};
    u256 value;
    skip_blanks(&e);
    const char *from = e.at;
    const struct bytes name = take_word_token(&e);
    skip_blanks(&e);
    if (name.len && e.at == e.end && !(*from >= '0' && *from <= '9')) { /* a variable alone: its text */
        const char *whole;
        TRY(use_variable(&e, &whole, name));
        text_add_z(out, whole);
        return OK;
    }
    e.at = from;
    TRY(sum(&e, &value));
    if (e.at != e.end)
        return refuse_expression(&e, "expected an operator: + - * / or %");
    number_add_u256(out, &value);
    return OK;
}

/* --- texts --- */

static enum err expand_text(struct expander *x, const char **out, size_t *out_len, struct place place,
                            const char *text, size_t len)
{
    *out = text;
    *out_len = len;
    if (!memmem(text, len, "${", 2))
        return OK;
    struct buffer b = buffer_in(x->arena);
    for (size_t i = 0; i < len;) {
        if (len - i >= 3 && memcmp(text + i, "$${", 3) == 0) {
            text_add(&b, "${");
            i += 3;
        } else if (len - i >= 2 && memcmp(text + i, "${", 2) == 0) {
            const char *end = memchr(text + i, '}', len - i);
            if (!end)
                return refuse_expansion(x, place, "${..}: missing }; quote the text inside [] and {}");
            TRY(add_expression(x, &b, place, bytes_of(text + i + 2, (size_t)(end - text) - i - 2)));
            i = (size_t)(end - text) + 1;
        } else {
            buffer_add(&b, text + i++, 1);
        }
        if (b.len > EXPAND_BYTES_MAX)
            return refuse_expansion(x, place, "${..}: the text is too long");
    }
    buffer_add_u8(&b, 0);
    *out = (const char *)b.ptr;
    *out_len = b.len - 1;
    return OK;
}

/* --- the tree --- */

static enum err expand_node(struct expander *x, struct yaml *out, const struct yaml *y);

static enum err add_child(struct expander *x, struct children *to, const struct yaml *y, const char *key)
{
    struct yaml *copy = ARENA_TAKE_ZERO(x->arena, struct yaml, 1);
    TRY(expand_node(x, copy, y));
    copy->key = key;
    copy->key_place = y->key_place;
    *to->tail = copy;
    to->tail = &copy->next;
    to->count++;
    return OK;
}

/* `repeat` or `each`: how often, and the variable's name. */
struct loop {
    const char *name;
    u64 count;           /* repeat */
    const struct yaml *in; /* each; NULL: repeat */
};

static enum err scalar_of(struct expander *x, const char **out, const struct yaml *y, const char *what)
{
    size_t len;
    if (y->kind != YAML_SCALAR || !y->len) {
        complain(x->complaint, y->place, "%s: expected text, found %s", what, yaml_kind_name(y));
        return REJECT_SCENARIO;
    }
    return expand_text(x, out, &len, y->place, y->text, y->len);
}

static enum err check_variable(struct expander *x, const char *name, struct place place)
{
    if (!name_is_valid(name) || strchr(name, '-')) {
        complain(x->complaint, place, "\"%.60s\" is not a variable's name; expected a letter, then letters, digits or _", name);
        return REJECT_SCENARIO;
    }
    if (find_variable(x, bytes_of(name, strlen(name)))) {
        complain(x->complaint, place, "the variable \"%s\" is already defined", name);
        return REJECT_SCENARIO;
    }
    if (x->variables == VARIABLES_MAX)
        return refuse_expansion(x, place, "more than 256 variables");
    return OK;
}

static enum err read_repeat(struct expander *x, struct loop *out, const struct yaml *times, const struct yaml *as)
{
    const char *text;
    u256 count;
    TRY(scalar_of(x, &text, times, "repeat"));
    if (amount_u256(&count, bytes_of(text, strlen(text))) || u256_bit_length(&count) > 16) {
        complain(x->complaint, times->place, "repeat: expected a number below 65536, found \"%.60s\"", text);
        return REJECT_SCENARIO;
    }
    out->count = count.w[0];
    out->name = "i";
    if (as)
        TRY(scalar_of(x, &out->name, as, "as"));
    return check_variable(x, out->name, as ? as->place : times->place);
}

static enum err read_each(struct expander *x, struct loop *out, const struct yaml *each, const struct yaml *in)
{
    TRY(scalar_of(x, &out->name, each, "each"));
    if (!in || in->kind != YAML_LIST)
        return refuse_expansion(x, in ? in->place : each->place, "each: needs \"in\", a list of texts");
    out->in = in;
    return check_variable(x, out->name, each->place);
}

static enum err read_loop(struct expander *x, struct loop *out, const struct yaml *y)
{
    const struct yaml *times = yaml_get(y, "repeat"), *each = yaml_get(y, "each"), *in = yaml_get(y, "in"),
                      *as = yaml_get(y, "as");
    *out = (struct loop){0};
    if (times && each)
        return refuse_expansion(x, each->key_place, "a loop is one of \"repeat\" and \"each\", not both");
    if (each ? as != NULL : in != NULL)
        return refuse_expansion(x, (each ? as : in)->key_place,
                                each ? "\"as\" belongs to \"repeat\"" : "\"in\" belongs to \"each\"");
    return times ? read_repeat(x, out, times, as) : read_each(x, out, each, in);
}

/* Runs body once for each value of the loop's variable. */
static enum err each_turn(struct expander *x, const struct loop *loop, struct place place,
                          enum err (*body)(struct expander *x, struct children *to, const struct yaml *y),
                          struct children *to, const struct yaml *y)
{
    const struct yaml *item = loop->in ? loop->in->first : NULL;
    const u64 count = loop->in ? loop->in->count : loop->count;
    for (u64 i = 1; i <= count; i++, item = item ? item->next : NULL) {
        struct variable v = {.name = loop->name};
        TRY(count_node(x, place, 0));
        if (item) {
            TRY(scalar_of(x, &v.text, item, "in"));
        } else {
            struct buffer number = buffer_in(x->arena);
            number_add_u64(&number, i);
            buffer_add_u8(&number, 0);
            v.text = (const char *)number.ptr;
        }
        x->variable[x->variables++] = v;
        TRY(body(x, to, y));
        x->variables--;
    }
    return OK;
}

static bool is_loop(const struct yaml *y)
{
    return y->kind == YAML_MAP && y->first &&
           (strcmp(y->first->key, "repeat") == 0 || strcmp(y->first->key, "each") == 0);
}

static enum err expand_items(struct expander *x, struct children *to, const struct yaml *list);

static enum err expand_loop(struct expander *x, struct children *to, const struct yaml *y)
{
    static const char *const known[] = {"repeat", "as", "each", "in", "do"};
    struct loop loop;
    const struct yaml *body = yaml_get(y, "do");
    for (const struct yaml *k = y->first; k; k = k->next) {
        bool found = false;
        for (size_t i = 0; i < COUNT_OF(known); i++)
            found |= strcmp(k->key, known[i]) == 0;
        if (!found) {
            complain(x->complaint, k->key_place, "a loop has no key \"%.60s\"; expected %s", k->key,
                     "repeat, as and do, or each, in and do");
            return REJECT_SCENARIO;
        }
    }
    if (!body || body->kind != YAML_LIST)
        return refuse_expansion(x, body ? body->place : y->place, "a loop needs \"do\", a list");
    TRY(read_loop(x, &loop, y));
    return each_turn(x, &loop, y->place, expand_items, to, body);
}

static enum err expand_items(struct expander *x, struct children *to, const struct yaml *list)
{
    for (const struct yaml *y = list->first; y; y = y->next)
        TRY(is_loop(y) ? expand_loop(x, to, y) : add_child(x, to, y, NULL));
    return OK;
}

static enum err add_expanded_entry(struct expander *x, struct children *to, const struct yaml *y)
{
    const char *key;
    size_t len;
    TRY(expand_text(x, &key, &len, y->key_place, y->key, strlen(y->key)));
    for (const struct yaml *k = to->first; k; k = k->next)
        if (strcmp(k->key, key) == 0) {
            complain(x->complaint, y->key_place, "duplicate key \"%.60s\"", key);
            return REJECT_SCENARIO;
        }
    if (to->count == YAML_KEYS_MAX)
        return refuse_expansion(x, y->key_place, "a map has too many keys");
    return add_child(x, to, y, key);
}

/* The value of a repeated entry, without the keys of the loop. */
static struct yaml without_loop(struct expander *x, const struct yaml *y)
{
    static const char *const loop[] = {"repeat", "as", "each", "in"};
    struct yaml value = *y;
    const struct yaml **tail = &value.first;
    value.count = 0;
    value.first = NULL;
    for (const struct yaml *k = y->first; k; k = k->next) {
        bool is_key = false;
        for (size_t i = 0; i < COUNT_OF(loop); i++)
            is_key |= strcmp(k->key, loop[i]) == 0;
        if (is_key)
            continue;
        struct yaml *copy = ARENA_TAKE(x->arena, struct yaml, 1);
        *copy = *k;
        copy->next = NULL;
        *tail = copy;
        tail = &copy->next;
        value.count++;
    }
    return value;
}

static enum err expand_entry(struct expander *x, struct children *to, const struct yaml *y)
{
    struct loop loop;
    if (!is_loop(y) || !strstr(y->key, "${"))
        return add_expanded_entry(x, to, y);
    TRY(read_loop(x, &loop, y));
    const struct yaml value = without_loop(x, y);
    return each_turn(x, &loop, y->place, add_expanded_entry, to, &value);
}

static enum err expand_node(struct expander *x, struct yaml *out, const struct yaml *y)
{
    *out = *y;
    out->next = NULL;
    TRY(count_node(x, y->place, y->len));
    if (y->kind == YAML_SCALAR) {
        TRY(expand_text(x, &out->text, &out->len, y->place, y->text, y->len));
        x->bytes += out->text == y->text ? 0 : out->len;
        return OK;
    }
    struct children to = {.tail = &to.first};
    if (y->kind == YAML_LIST)
        TRY(expand_items(x, &to, y));
    else
        for (const struct yaml *entry = y->first; entry; entry = entry->next)
            TRY(expand_entry(x, &to, entry));
    out->first = to.first;
    out->count = to.count;
    return OK;
}

/* --- the file --- */

static enum err read_let(struct expander *x, const struct yaml *let)
{
    if (let->kind != YAML_MAP)
        return refuse_expansion(x, let->place, "let: expected a map of variables, such as {users: 3}");
    for (const struct yaml *y = let->first; y; y = y->next) {
        struct variable v = {.name = y->key};
        TRY(check_variable(x, y->key, y->key_place));
        TRY(scalar_of(x, &v.text, y, "let"));
        TRY(count_node(x, y->place, strlen(v.text)));
        x->variable[x->variables++] = v;
    }
    return OK;
}

enum err scenario_expand(struct arena *arena, const struct yaml **out, struct complaint *complaint,
                         const struct yaml *root)
{
    struct expander *x = ARENA_TAKE_ZERO(arena, struct expander, 1);
    x->arena = arena;
    x->complaint = complaint;
    const struct yaml *let = yaml_get(root, "let");
    struct yaml *copy = ARENA_TAKE_ZERO(arena, struct yaml, 1);
    if (let)
        TRY(read_let(x, let));
    if (root->kind != YAML_MAP) {
        *out = root;
        return OK;
    }
    struct children to = {.tail = &to.first};
    *copy = *root;
    for (const struct yaml *y = root->first; y; y = y->next)
        if (y != let)
            TRY(expand_entry(x, &to, y));
    copy->first = to.first;
    copy->count = to.count;
    *out = copy;
    return OK;
}
