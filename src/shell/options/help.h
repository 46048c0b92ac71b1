/* help - the tables of options.h as text: --help, the man pages, and completion scripts of bash, zsh and fish.
 *
 * Man pages are in the man(7) format, scope(1) and scope-run(1) and so on. The scripts complete commands, options and
 * values: files, folders, and the words of a choice. All of it is ASCII. */
#ifndef OPTIONS_HELP_H
#define OPTIONS_HELP_H

#include "io/terminal.h"
#include "options/options.h"

void help_program(struct page *page);
void help_command(struct page *page, enum command_id command);

void man_program(struct buffer *out, const char *version);
void man_command(struct buffer *out, enum command_id command, const char *version);

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH }; /* in the order of the argument of `scope completion` */
void completion_script(struct buffer *out, enum shell shell);

/* "run [OPTION]... FILE": the required options spelled out. */
void command_synopsis(struct buffer *out, enum command_id command);
/* What the table says of an option beside its sentence: default, range, what it requires. Empty, or " (..)". */
void option_notes(struct buffer *out, enum command_id command, enum option_id option);

#endif
