#include "codec/text.h"
#include "options/help.h"

#include <inttypes.h>
#include <stdio.h>

enum { OPTION_COLUMN = 2, SENTENCE_COLUMN = 30, SUMMARY_COLUMN = 18 };

/* --- what the tables imply --- */

static void add_with_value(struct buffer *out, enum option_id o)
{
    text_add_z(out, "--");
    text_add_z(out, option_table[o].name);
    if (option_table[o].metavariable) {
        text_add_z(out, " ");
        text_add_z(out, option_table[o].metavariable);
    }
}

void command_synopsis(struct buffer *out, enum command_id command)
{
    const struct command_row *c = &command_table[command];
    text_add_z(out, c->name);
    for (size_t i = 0; i < option_rule_count; i++) {
        const struct option_rule *r = &option_rule[i];
        if (!(r->commands >> command & 1) || (r->kind != RULE_REQUIRED && r->kind != RULE_ONE_OF))
            continue;
        text_add_z(out, r->kind == RULE_ONE_OF ? " (" : " ");
        add_with_value(out, r->option);
        if (r->kind == RULE_ONE_OF) {
            text_add_z(out, " | ");
            add_with_value(out, r->other);
            text_add_z(out, ")");
        }
    }
    text_add_z(out, " [OPTION]...");
    if (c->most) {
        text_add_z(out, c->least ? " " : " [");
        text_add_z(out, c->argument);
        text_add_z(out, c->most > 1 ? "..." : c->least ? "" : "]");
    }
}

struct notes {
    struct buffer *out;
    bool any;
};

static void add_note(struct notes *n, const char *before, const char *text)
{
    text_add_z(n->out, n->any ? "; " : " (");
    text_add_z(n->out, before);
    text_add_z(n->out, text);
    n->any = true;
}

void option_notes(struct buffer *out, enum command_id command, enum option_id option)
{
    const struct option_row *row = &option_table[option];
    struct notes n = {.out = out};
    char text[80];
    if ((row->type == VALUE_NUMBER || row->type == VALUE_SIGNED) && row->most < INT64_MAX) {
        snprintf(text, sizeof text, "%" PRIi64 " to %" PRIu64, row->least, row->most);
        add_note(&n, "", text);
    }
    if (row->by_default)
        add_note(&n, "default: ", row->by_default);
    if (row->times > 1) {
        snprintf(text, sizeof text, "up to %u times", row->times);
        add_note(&n, "", text);
    }
    for (size_t i = 0; i < option_rule_count; i++) {
        const struct option_rule *r = &option_rule[i];
        if (!(r->commands >> command & 1))
            continue;
        if (r->kind == RULE_NEEDS && r->option == option)
            add_note(&n, "requires --", option_table[r->other].name);
        else if (r->kind == RULE_EXCLUDES && (r->option == option || r->other == option))
            add_note(&n, "excludes --", option_table[r->option == option ? r->other : r->option].name);
    }
    if (n.any)
        text_add_z(out, ")");
}

/* --- --help --- */

static void say_title(struct page *page, const char *title)
{
    page_line(page);
    page_say(page, STYLE_STRONG, title);
    page_add(page, ":");
    page_line(page);
}

static void say_option(struct page *page, char letter, const char *name, const char *metavariable,
                       struct bytes sentence)
{
    page_to(page, OPTION_COLUMN);
    if (letter)
        page_addf(page, "-%c, ", letter);
    else
        page_add(page, "    ");
    page_addf(page, "--%s%s%s", name, metavariable ? " " : "", metavariable ? metavariable : "");
    if (page->column >= SENTENCE_COLUMN - 1)
        page_line(page);
    page_to(page, SENTENCE_COLUMN);
    page_wrap(page, SENTENCE_COLUMN, sentence);
    page_line(page);
}

static void say_options(struct page *page, enum command_id command)
{
    static const char help[] = "print this help and exit";
    for (enum option_id o = 0; o < OPTION_COUNT; o++) {
        const struct option_row *row = &option_table[o];
        if (!command_has_option(command, o))
            continue;
        struct buffer sentence = buffer_in(page->text.arena);
        text_add_z(&sentence, row->sentence);
        option_notes(&sentence, command, o);
        say_option(page, row->letter, row->name, row->metavariable, buffer_bytes(&sentence));
    }
    say_option(page, 'h', "help", NULL, bytes_of(help, sizeof help - 1));
}

static void say_status(struct page *page, unsigned status, const char *when)
{
    if (!when)
        return;
    page_addf(page, "  %u  ", status);
    page_wrap(page, 5, bytes_of(when, strlen(when)));
    page_line(page);
}

/* The next paragraph of a description, and the rest of it. */
static struct bytes next_paragraph(const char **rest)
{
    const char *text = *rest, *end = strstr(text, "\n\n");
    *rest = end ? end + 2 : NULL;
    return bytes_of(text, end ? (size_t)(end - text) : strlen(text));
}

void help_command(struct page *page, enum command_id command)
{
    const struct command_row *c = &command_table[command];
    struct buffer synopsis = buffer_in(page->text.arena);
    command_synopsis(&synopsis, command);
    page_add(page, "usage: scope ");
    page_wrap(page, 13, buffer_bytes(&synopsis));
    page_line(page);
    for (const char *rest = c->about; rest;) {
        const struct bytes paragraph = next_paragraph(&rest);
        page_line(page);
        page_to(page, paragraph.ptr[0] == ' ' ? 4 : 0);
        page_wrap(page, 0, paragraph);
        page_line(page);
    }
    say_title(page, "Options");
    say_options(page, command);
    say_title(page, "Exit status");
    say_status(page, STATUS_MET, c->met);
    say_status(page, STATUS_NOT_MET, c->not_met);
    say_status(page, STATUS_WRONG, "the command line or an input is invalid");
    say_status(page, STATUS_FAILED, "the system failed: I/O, network or memory");
}

void help_program(struct page *page)
{
    page_add(page, "scope - a builder, a devnet and a library for calls between Ethereum and its rollups");
    page_line(page);
    page_line(page);
    page_add(page, "usage: scope COMMAND [OPTION]... [ARGUMENT]...");
    page_line(page);
    for (enum command_group g = 0; g < GROUP_COUNT; g++) {
        say_title(page, group_title[g]);
        for (enum command_id i = 0; i < COMMAND_COUNT; i++) {
            if (command_table[i].group != g)
                continue;
            page_to(page, OPTION_COLUMN);
            page_add(page, command_table[i].name);
            page_to(page, SUMMARY_COLUMN);
            page_wrap(page, SUMMARY_COLUMN, bytes_of(command_table[i].summary, strlen(command_table[i].summary)));
            page_line(page);
        }
    }
    say_title(page, "Options");
    page_add(page, "  -h, --help      print this help, or with a command before it the command's\n"
                   "      --version   print the version\n\n"
                   "See scope COMMAND --help and scope(1).\n");
}
