/* explorer - the page that shows all chains of a node, as it is embedded in the program.
 *
 *   explorer/  -- tools/build_explorer.mjs -->  build/gen/explorer_files.c  -->  explorer_serve
 *
 * The page loads nothing from elsewhere, and its content security policy allows nothing else: scripts and styles are
 * files of this table, connections go to the server that it came from.
 *
 * Memory: constant data of the program. */
#ifndef EXPLORER_EXPLORER_H
#define EXPLORER_EXPLORER_H

#include "base/types.h"
#include "http/server.h"

struct explorer_file {
    const char *path, *type; /* "/explorer/app.js", Content-Type */
    struct bytes plain, gzip;
};
extern const struct explorer_file explorer_files[];
extern const size_t explorer_file_count;

/* Replies to a GET of one of the files; false: the path is none of them. */
bool explorer_serve(struct http_exchange *x);

#endif
