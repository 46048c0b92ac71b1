#include "options/options.h"

#include "codec/number.h"
#include "io/file.h"
#include "io/http_client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define MANY     UINT32_MAX
#define IN(name) (1u << COMMAND_##name)

const char *const group_title[GROUP_COUNT] = {
#define COMMAND(...)
#define GROUP(id, title) [GROUP_##id] = title,
#include "options/commands.def"
#undef GROUP
#undef COMMAND
};

const struct command_row command_table[COMMAND_COUNT] = {
#define GROUP(...)
#define COMMAND(name, group, argument, type, least, most, summary, about, met, not_met) \
    {#name, GROUP_##group, argument, VALUE_##type, least, most, summary, about, met, not_met},
#include "options/commands.def"
#undef COMMAND
#undef GROUP
};
_Static_assert(COMMAND_COUNT <= 32, "option_row.commands is a set of 32 bits");

const struct option_row option_table[OPTION_COUNT] = {
#define OPTION(id, name, letter, type, metavariable, by_default, least, most, times, commands, sentence) \
    {name, letter, VALUE_##type, metavariable, by_default, least, most, times, commands, sentence},
#define REQUIRED(...)
#define NEEDS(...)
#define EXCLUDES(...)
#define ONE_OF(...)
#define WRITES(...)
#define SINGLE(...)
#include "options/options.def"
#undef OPTION
#undef REQUIRED
#undef NEEDS
#undef EXCLUDES
#undef ONE_OF
#undef WRITES
#undef SINGLE
};

const struct option_rule option_rule[] = {
#define OPTION(...)
#define REQUIRED(commands, option)        {RULE_REQUIRED, commands, OPTION_##option, OPTION_##option},
#define NEEDS(commands, option, other)    {RULE_NEEDS, commands, OPTION_##option, OPTION_##other},
#define EXCLUDES(commands, option, other) {RULE_EXCLUDES, commands, OPTION_##option, OPTION_##other},
#define ONE_OF(commands, option, other)   {RULE_ONE_OF, commands, OPTION_##option, OPTION_##other},
#define WRITES(commands, option)          {RULE_WRITES, commands, OPTION_##option, OPTION_##option},
#define SINGLE(commands, option)          {RULE_SINGLE, commands, OPTION_##option, OPTION_##option},
#include "options/options.def"
#undef OPTION
#undef REQUIRED
#undef NEEDS
#undef EXCLUDES
#undef ONE_OF
#undef WRITES
#undef SINGLE
};
const size_t option_rule_count = COUNT_OF(option_rule);

bool command_has_option(enum command_id command, enum option_id option)
{
    return option_table[option].commands >> command & 1;
}

enum command_id command_find(const char *name)
{
    enum command_id i = 0;
    while (i < COMMAND_COUNT && strcmp(name, command_table[i].name) != 0)
        i++;
    return i;
}

struct bytes choice_word(const char *words, unsigned index)
{
    for (; index; index--) {
        words = strchr(words, '|');
        if (!words)
            return (struct bytes){0};
        words++;
    }
    const char *end = strchr(words, '|');
    return bytes_of(words, end ? (size_t)(end - words) : strlen(words));
}

/* --- values --- */

struct line_parser {
    enum command_id command;
    struct arena *arena;
    struct complaint *complaint;
    struct given_value *given;
    size_t given_count;
    const char **argument;
    size_t argument_count;
    bool asks_help;
};

static bool refuse_line(struct line_parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse_line(struct line_parser *p, const char *format, ...)
{
    char text[sizeof p->complaint->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    complain(p->complaint, (struct place){0, 0}, "%s", text);
    return false;
}

static bool read_option_choice(u64 *out, const char *words, const char *text)
{
    for (unsigned i = 0;; i++) {
        const struct bytes word = choice_word(words, i);
        if (!word.ptr)
            return false;
        if (bytes_eq(word, bytes_of(text, strlen(text)))) {
            *out = i;
            return true;
        }
    }
}

static bool read_decimal(u64 *out, const char *text)
{
    return *text >= '0' && *text <= '9' && text[strspn(text, "0123456789")] == 0 &&
           number_u64(out, bytes_of(text, strlen(text))) == OK;
}

static bool read_signed_number(u64 *out, const struct option_row *row, const char *text)
{
    u64 size;
    const bool negative = *text == '-';
    if (!read_decimal(&size, text + negative) || size > INT64_MAX)
        return false;
    const i64 value = negative ? -(i64)size : (i64)size;
    *out = (u64)value;
    return value >= row->least && (value < 0 || (u64)value <= row->most);
}

/* ADDRESS:PORT; an IPv6 address stands in brackets. Whether the address is one, the socket will say. */
static bool is_listen(const char *text)
{
    u64 port;
    const char *colon = strrchr(text, ':');
    return colon && colon != text && read_decimal(&port, colon + 1) && port <= UINT16_MAX &&
           (*text == '[' ? colon[-1] == ']' : !memchr(text, ':', (size_t)(colon - text)));
}

static bool is_url(struct arena *arena, const char *text)
{
    const char *ignored;
    return http_place(arena, &ignored, text) == OK;
}

/* false: not a value of this type. */
static bool read_value(struct arena *arena, u64 *number, const struct option_row *row, const char *text)
{
    *number = 0;
    switch (row->type) {
    case VALUE_NUMBER:
        return read_decimal(number, text) && *number <= row->most && (row->least <= 0 || *number >= (u64)row->least);
    case VALUE_SIGNED: return read_signed_number(number, row, text);
    case VALUE_CHOICE: return read_option_choice(number, row->metavariable, text);
    case VALUE_NAME: *number = command_find(text); return *number < COMMAND_COUNT;
    case VALUE_URL: return is_url(arena, text);
    case VALUE_LISTEN: return is_listen(text);
    default: return *text != 0;
    }
}

/* "a", "b" or "c" */
static void describe_choice(char *out, size_t size, const char *words)
{
    size_t len = 0;
    for (unsigned i = 0; choice_word(words, i).ptr; i++) {
        const struct bytes word = choice_word(words, i);
        const char *before = i == 0 ? "" : choice_word(words, i + 1).ptr ? ", " : " or ";
        len += (size_t)snprintf(out + len, size - len, "%s\"%.*s\"", before, (int)word.len, (const char *)word.ptr);
    }
}

static void describe_expected(char *out, size_t size, const struct option_row *row)
{
    switch (row->type) {
    case VALUE_NUMBER:
        if (row->most == UINT64_MAX)
            snprintf(out, size, "a number from %" PRIi64 " to 2^64 - 1", row->least);
        else
            snprintf(out, size, "a number from %" PRIi64 " to %" PRIu64, row->least, row->most);
        break;
    case VALUE_SIGNED: snprintf(out, size, "a number from %" PRIi64 " to %" PRIu64, row->least, row->most); break;
    case VALUE_CHOICE: describe_choice(out, size, row->metavariable); break;
    case VALUE_NAME: snprintf(out, size, "a command of scope"); break;
    case VALUE_URL: snprintf(out, size, "a URL like http://127.0.0.1:8545 or https://host/path"); break;
    case VALUE_LISTEN: snprintf(out, size, "ADDRESS:PORT, like 127.0.0.1:8600, with a port from 0 to 65535"); break;
    default: snprintf(out, size, "%s", row->metavariable); break;
    }
}

/* --- words --- */

static size_t times_given(const struct line_parser *p, enum option_id option)
{
    size_t n = 0;
    for (size_t i = 0; i < p->given_count; i++)
        n += p->given[i].option == option;
    return n;
}

/* spelled: as the user wrote it, "-t" or "--threads". */
static bool add_option_value(struct line_parser *p, enum option_id option, const char *spelled, const char *text)
{
    const struct option_row *row = &option_table[option];
    struct given_value v = {.option = option, .text = text};
    char expected[160];
    if (times_given(p, option) == row->times)
        return row->times == 1 ? refuse_line(p, "option \"%s\" is given more than once", spelled)
                               : refuse_line(p, "option \"%s\" is given more than %u times", spelled, row->times);
    if (row->type != VALUE_FLAG && !read_value(p->arena, &v.number, row, text)) {
        describe_expected(expected, sizeof expected, row);
        return row->type == VALUE_URL /* it may hold a secret */
                   ? refuse_line(p, "option \"%s\": expected %s", spelled, expected)
                   : refuse_line(p, "option \"%s\": expected %s, not \"%.100s\"", spelled, expected, text);
    }
    p->given[p->given_count++] = v;
    return true;
}

static bool refuse_unknown_option(struct line_parser *p, const char *spelled, size_t len)
{
    const char *name[OPTION_COUNT + 1];
    size_t count = 0;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(len < 60 ? len : 60), spelled);
    name[count++] = "help";
    for (enum option_id i = 0; i < OPTION_COUNT; i++)
        if (command_has_option(p->command, i))
            name[count++] = option_table[i].name;
    const char *near = word[1] == '-' ? nearest_name(word + 2, name, count) : NULL;
    return near ? refuse_line(p, "unknown option \"%s\"; did you mean \"--%s\"?", word, near)
                : refuse_line(p, "unknown option \"%s\"", word);
}

/* A value that begins with a dash is most likely the next option. */
static bool is_value(const struct option_row *row, const char *word)
{
    return word && (word[0] != '-' || word[1] == 0 || (row->type == VALUE_SIGNED && word[1] >= '0' && word[1] <= '9'));
}

/* One option; *i is at its word, and moves on to the value if that is a word of its own. */
static bool take_option(struct line_parser *p, char *const *word, size_t count, size_t *i)
{
    const char *spelled = word[*i], *value = NULL;
    const bool is_long = spelled[1] == '-';
    const char *equals = is_long ? strchr(spelled, '=') : NULL;
    const size_t len = equals ? (size_t)(equals - spelled) : is_long ? strlen(spelled) : 2;
    char name[64];
    enum option_id o = 0;
    for (; o < OPTION_COUNT; o++) {
        const struct option_row *row = &option_table[o];
        if (command_has_option(p->command, o) &&
            (is_long ? strlen(row->name) == len - 2 && memcmp(row->name, spelled + 2, len - 2) == 0
                     : row->letter == spelled[1]))
            break;
    }
    if (o == OPTION_COUNT)
        return refuse_unknown_option(p, spelled, len);
    const struct option_row *row = &option_table[o];
    snprintf(name, sizeof name, "%.*s", (int)len, spelled);
    if (equals)
        value = equals + 1;
    else if (!is_long && spelled[2])
        value = spelled + 2;
    if (row->type == VALUE_FLAG)
        return value ? refuse_line(p, "option \"%s\" takes no value", name) : add_option_value(p, o, name, NULL);
    if (!value) {
        value = *i + 1 < count ? word[*i + 1] : NULL;
        if (!is_value(row, value))
            return refuse_line(p, "option \"%s\" needs a value: %s", name, row->metavariable);
        ++*i;
    }
    return add_option_value(p, o, name, value);
}

static bool add_argument(struct line_parser *p, const char *text)
{
    const struct command_row *c = &command_table[p->command];
    const struct option_row as_option = {.type = c->type, .metavariable = c->argument};
    char expected[160];
    u64 ignored;
    if (c->most == 0)
        return refuse_line(p, "unexpected argument \"%.100s\"", text);
    if (p->argument_count == c->most)
        return refuse_line(p, "unexpected argument \"%.100s\": only one %s can be given", text, c->argument);
    if (!read_value(p->arena, &ignored, &as_option, text)) {
        describe_expected(expected, sizeof expected, &as_option);
        return refuse_line(p, "expected %s, not \"%.100s\"", expected, text);
    }
    p->argument[p->argument_count++] = text;
    return true;
}

static bool take_words(struct line_parser *p, char *const *word, size_t count)
{
    bool only_arguments = false;
    for (size_t i = 0; i < count; i++) {
        if (only_arguments || word[i][0] != '-' || word[i][1] == 0) {
            if (!add_argument(p, word[i]))
                return false;
        } else if (strcmp(word[i], "--") == 0) {
            only_arguments = true;
        } else if (strcmp(word[i], "--help") == 0 || strcmp(word[i], "-h") == 0) {
            p->asks_help = true;
            return true;
        } else if (!take_option(p, word, count, &i)) {
            return false;
        }
    }
    return true;
}

/* --- the whole line --- */

static bool check_writes(struct line_parser *p, enum option_id option)
{
    const struct option_row *row = &option_table[option];
    for (size_t i = 0; i < p->given_count; i++) {
        struct complaint c = {0};
        if (p->given[i].option != option)
            continue;
        const enum err e = row->type == VALUE_FOLDER ? folder_may_write(&c, p->given[i].text)
                                                     : file_may_write(&c, p->given[i].text);
        if (e)
            return refuse_line(p, "option \"--%s\": %.300s: %s", row->name, p->given[i].text, c.text);
    }
    return true;
}

static bool check_rule(struct line_parser *p, const struct option_rule *r)
{
    const bool has = times_given(p, r->option) != 0, has_other = times_given(p, r->other) != 0;
    const char *name = option_table[r->option].name, *other = option_table[r->other].name;
    if (!(r->commands >> p->command & 1))
        return true;
    switch (r->kind) {
    case RULE_REQUIRED:
        return has ||
               refuse_line(p, "option \"--%s\" is required: --%s %s", name, name, option_table[r->option].metavariable);
    case RULE_NEEDS: return !has || has_other || refuse_line(p, "option \"--%s\" requires \"--%s\"", name, other);
    case RULE_EXCLUDES:
        return !has || !has_other || refuse_line(p, "options \"--%s\" and \"--%s\" exclude each other", name, other);
    case RULE_ONE_OF:
        if (has && has_other)
            return refuse_line(p, "options \"--%s\" and \"--%s\" exclude each other", name, other);
        return has || has_other || refuse_line(p, "option \"--%s\" or \"--%s\" is required", name, other);
    case RULE_WRITES: return check_writes(p, r->option);
    case RULE_SINGLE:
        return !has || p->argument_count < 2 ||
               refuse_line(p, "option \"--%s\" is for one %s, not for several", name,
                           command_table[p->command].argument);
    }
    return true;
}

static bool check_line(struct line_parser *p)
{
    const struct command_row *c = &command_table[p->command];
    if (p->argument_count < c->least)
        return refuse_line(p, "no %s given", c->argument);
    for (size_t i = 0; i < option_rule_count; i++)
        if (!check_rule(p, &option_rule[i]))
            return false;
    return true;
}

static void add_defaults(struct line_parser *p)
{
    for (enum option_id i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].by_default && command_has_option(p->command, i) && times_given(p, i) == 0)
            BUG_UNLESS(add_option_value(p, i, option_table[i].name, option_table[i].by_default));
}

enum command_line_kind command_line_read(struct command_line *out, struct arena *arena, struct complaint *complaint,
                                         enum command_id command, char *const *word, size_t count)
{
    struct line_parser p = {
        .command = command,
        .arena = arena,
        .complaint = complaint,
        .given = ARENA_TAKE(arena, struct given_value, count + OPTION_COUNT),
        .argument = ARENA_TAKE(arena, const char *, count + 1),
    };
    const bool is_good = take_words(&p, word, count);
    if (p.asks_help)
        return LINE_ASKS_HELP;
    if (!is_good || !check_line(&p))
        return LINE_IS_WRONG;
    const size_t given = p.given_count;
    add_defaults(&p);
    *out = (struct command_line){.command = command,
                                 .given = p.given,
                                 .given_count = given,
                                 .value_count = p.given_count,
                                 .argument = p.argument,
                                 .argument_count = p.argument_count};
    return LINE_RUNS;
}

/* --- asking --- */

static const struct given_value *option_value_of(const struct command_line *line, enum option_id option)
{
    BUG_UNLESS(command_has_option(line->command, option));
    for (size_t i = 0; i < line->value_count; i++)
        if (line->given[i].option == option)
            return &line->given[i];
    return NULL;
}

bool option_is_given(const struct command_line *line, enum option_id option)
{
    const struct given_value *v = option_value_of(line, option);
    return v && v < line->given + line->given_count;
}

const char *option_text(const struct command_line *line, enum option_id option)
{
    const struct given_value *v = option_value_of(line, option);
    return v ? v->text : NULL;
}

const char *const *option_texts(const struct command_line *line, struct arena *arena, size_t *count,
                                enum option_id option)
{
    BUG_UNLESS(command_has_option(line->command, option));
    const char **text = ARENA_TAKE(arena, const char *, line->value_count + 1);
    *count = 0;
    for (size_t i = 0; i < line->value_count; i++)
        if (line->given[i].option == option)
            text[(*count)++] = line->given[i].text;
    return text;
}

static u64 option_number_of(const struct command_line *line, enum option_id option, enum value_type type)
{
    BUG_UNLESS(option_table[option].type == type);
    const struct given_value *v = option_value_of(line, option);
    return v ? v->number : 0;
}

u64 option_number(const struct command_line *line, enum option_id option)
{
    return option_number_of(line, option, VALUE_NUMBER);
}

i64 option_signed(const struct command_line *line, enum option_id option)
{
    return (i64)option_number_of(line, option, VALUE_SIGNED);
}

unsigned option_choice(const struct command_line *line, enum option_id option)
{
    return (unsigned)option_number_of(line, option, VALUE_CHOICE);
}
