/* complaint - an error in an input file: its location and a message.
 *
 *     examples/swap.yaml:12:5: account "alcie" is not known; did you mean "alice"?
 *
 * The first complaint wins: later ones on the same struct are dropped, so a reader may note the
 * precise cause deep down and a general one on the way up. Control characters of the file never
 * reach the terminal. A place of 0:0 means the file as a whole. */
#ifndef IO_COMPLAINT_H
#define IO_COMPLAINT_H

#include "base/types.h"

struct place {
    u32 line;   /* from 1 */
    u32 column; /* from 1, in characters */
};

struct complaint {
    const char *file; /* as the user named it; set before use */
    bool raised;
    struct place place;
    char text[480];
};

/* printf; does nothing when a complaint was raised before. */
void complain(struct complaint *c, struct place place, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "file:line:column: text" into out, cut at size. */
void complaint_print(char *out, size_t size, const struct complaint *c);

/* The candidate that is nearest to word by edit distance, if it is near enough to be meant; else NULL. */
const char *nearest_name(const char *word, const char *const *candidates, size_t count);

#endif
