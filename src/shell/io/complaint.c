#include "io/complaint.h"

#include <stdarg.h>
#include <stdio.h>

/* Cuts in the middle of a UTF-8 sequence look like garbage: drop the broken tail. */
static void end_cleanly(char *text)
{
    size_t len = strlen(text);
    size_t lead = len;
    while (lead > 0 && len - lead < 3 && ((u8)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    const u8 c = (u8)text[lead - 1];
    const size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    if (want > len - (lead - 1))
        text[lead - 1] = 0;
}

void complain(struct complaint *c, struct place place, const char *format, ...)
{
    if (c->raised)
        return;
    c->raised = true;
    c->place = place;
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(c->text, sizeof c->text, format, args);
    va_end(args);
    for (char *p = c->text; *p; p++)
        if ((u8)*p < 0x20 || *p == 0x7f)
            *p = '?';
    if (len >= (int)sizeof c->text) {
        c->text[sizeof c->text - 4] = 0;
        end_cleanly(c->text);
        strcat(c->text, "...");
    }
}

void complaint_print(char *out, size_t size, const struct complaint *c)
{
    if (c->place.line)
        snprintf(out, size, "%s:%u:%u: %s", c->file, c->place.line, c->place.column, c->text);
    else
        snprintf(out, size, "%s: %s", c->file, c->text);
}

enum { WORD_MAX = 48 };

static u8 lower(char c)
{
    return (u8)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Edits (insert, delete, replace, swap of neighbours) from here to there, case ignored. */
static unsigned edits(const char *here, size_t here_len, const char *there, size_t there_len)
{
    unsigned row[3][WORD_MAX + 1];
    for (size_t j = 0; j <= there_len; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= here_len; i++) {
        unsigned *now = row[i % 3];
        const unsigned *before = row[(i + 2) % 3], *two_before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= there_len; j++) {
            unsigned best = before[j - 1] + (lower(here[i - 1]) != lower(there[j - 1]));
            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && lower(here[i - 1]) == lower(there[j - 2]) &&
                lower(here[i - 2]) == lower(there[j - 1]) && two_before[j - 2] + 1 < best)
                best = two_before[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[here_len % 3][there_len];
}

const char *nearest_name(const char *word, const char *const *candidates, size_t count)
{
    const size_t len = strlen(word);
    if (len == 0 || len > WORD_MAX)
        return NULL;
    const char *best = NULL;
    unsigned best_edits = (unsigned)(len < 4 ? 1 : len / 3 + 1) + 1;
    for (size_t i = 0; i < count; i++) {
        const size_t candidate_len = strlen(candidates[i]);
        if (candidate_len == 0 || candidate_len > WORD_MAX)
            continue;
        const unsigned n = edits(word, len, candidates[i], candidate_len);
        if (n < best_edits) {
            best_edits = n;
            best = candidates[i];
        }
    }
    return best;
}
