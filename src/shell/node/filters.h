/* filters - what clients poll for with eth_getFilterChanges: new blocks, new logs, new transactions of the pool.
 *
 *   eth_newFilter {..}  -->  id      remembers the head, and the text of the filter
 *   eth_getFilterChanges id          what changed since then (head_changes.h), and the head is remembered anew
 *
 * So a filter costs its text alone, whatever happens between two polls. At most FILTERS_MAX of FILTERS_BYTES_MAX; one
 * that was not polled for FILTER_IDLE_MS makes room for the next. Ids are random: they are all that keeps one client's
 * filter from another.
 *
 * Threads: each function takes the lock, for a copy of the text at most. */
#ifndef NODE_FILTERS_H
#define NODE_FILTERS_H

#include "base/arena.h"

enum { FILTERS_MAX = 1000, FILTERS_BYTES_MAX = 16 << 20, FILTER_IDLE_MS = 300000 /* go-ethereum's */ };

struct filters;

struct filters *filters_open(const struct memory *memory);
void filters_close(struct filters *f);

#endif
