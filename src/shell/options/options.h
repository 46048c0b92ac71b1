/* options - the command line of `scope`: commands.def and options.def, from which come parsing, --help, the man pages
 * and shell completion. Nothing else in the program knows the name of an option.
 *
 *     scope COMMAND [--option value | --option=value | --flag | -o value | -ovalue | argument]... [-- argument...]
 *
 * Options and arguments may be mixed; after -- everything is an argument. A value that begins with a dash must be
 * written --option=value (a SIGNED excepted). -h and --help are options of every command.
 *
 *     const struct command_line *line;
 *     option_text(line, OPTION_DIR)        as given, else the default, else NULL
 *     option_number(line, OPTION_SEED)     checked and converted already
 *
 * Asking for an option that the command does not have is a BUG.
 *
 * Errors: the parser has one message, which names the option and says what was expected. Exit status 2. */
#ifndef OPTIONS_OPTIONS_H
#define OPTIONS_OPTIONS_H

#include "base/arena.h"
#include "io/complaint.h"

/* The exit status of every command. */
enum exit_status {
    STATUS_MET = 0,     /* see commands.def */
    STATUS_NOT_MET = 1, /* see commands.def */
    STATUS_WRONG = 2,   /* the command line or an input is invalid */
    STATUS_FAILED = 3,  /* the system failed: I/O, network, memory */
};

enum command_id {
#define GROUP(...)
#define COMMAND(name, ...) COMMAND_##name,
#include "options/commands.def"
#undef COMMAND
#undef GROUP
    COMMAND_COUNT
};

enum command_group {
#define COMMAND(...)
#define GROUP(id, title) GROUP_##id,
#include "options/commands.def"
#undef COMMAND
#undef GROUP
    GROUP_COUNT
};

enum option_id {
#define OPTION(id, ...) OPTION_##id,
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
    OPTION_COUNT
};

enum value_type {
    VALUE_FLAG,    /* none */
    VALUE_TEXT,
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_PATH,    /* a file or a folder */
    VALUE_URL,     /* http:// or https:// */
    VALUE_LISTEN,  /* ADDRESS:PORT */
    VALUE_NUMBER,  /* u64, decimal */
    VALUE_SIGNED,  /* i64, decimal */
    VALUE_CHOICE,  /* one word of the metavariable, as its index */
    VALUE_NAME,    /* the name of a command, as its id */
};

struct option_row {
    const char *name;
    char letter;
    enum value_type type;
    const char *metavariable, *by_default;
    i64 least;
    u64 most;
    u32 times;
    u32 commands; /* bit i: command i has it */
    const char *sentence;
};
extern const struct option_row option_table[OPTION_COUNT];

struct command_row {
    const char *name;
    enum command_group group;
    const char *argument;
    enum value_type type;
    u32 least, most; /* arguments */
    const char *summary, *about;
    const char *met, *not_met; /* when the exit status is 0, and 1 */
};
extern const struct command_row command_table[COMMAND_COUNT];
extern const char *const group_title[GROUP_COUNT];

enum rule_kind { RULE_REQUIRED, RULE_NEEDS, RULE_EXCLUDES, RULE_ONE_OF, RULE_WRITES, RULE_SINGLE };
struct option_rule {
    enum rule_kind kind;
    u32 commands;
    enum option_id option, other; /* of a rule about one option: the same one */
};
extern const struct option_rule option_rule[];
extern const size_t option_rule_count;

struct given_value {
    enum option_id option;
    const char *text;
    u64 number; /* of VALUE_NUMBER, VALUE_SIGNED (as its bits) and VALUE_CHOICE */
};

struct command_line {
    enum command_id command;
    const struct given_value *given; /* in the order of the command line, then the defaults */
    size_t given_count, value_count; /* without the defaults, and with them */
    const char *const *argument;
    size_t argument_count;
};

enum command_line_kind { LINE_RUNS, LINE_ASKS_HELP, LINE_IS_WRONG };

/* The words after the name of the command. *out borrows from them and lives in the arena. LINE_IS_WRONG: the complaint
 * has the message, and *out is untouched. */
enum command_line_kind command_line_read(struct command_line *out, struct arena *arena, struct complaint *complaint,
                                         enum command_id command, char *const *word, size_t count);
/* COMMAND_COUNT: there is none of this name. */
enum command_id command_find(const char *name);

bool option_is_given(const struct command_line *line, enum option_id option);
const char *option_text(const struct command_line *line, enum option_id option);
/* The values of an option that may be repeated, in their order, in the arena. */
const char *const *option_texts(const struct command_line *line, struct arena *arena, size_t *count,
                                enum option_id option);
/* Given, or with a default; else 0. */
u64 option_number(const struct command_line *line, enum option_id option);
i64 option_signed(const struct command_line *line, enum option_id option);
unsigned option_choice(const struct command_line *line, enum option_id option);

bool command_has_option(enum command_id command, enum option_id option);
/* The values of a VALUE_CHOICE: the index-th of "a|b|c"; empty after the last. */
struct bytes choice_word(const char *words, unsigned index);

#endif
