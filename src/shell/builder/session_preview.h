/* session_preview - the next slot as it would be if it were made now: its blocks and receipts. Nothing is sent.
 *
 *     pending work 0 1 2 3 4  --preview-->  block of a rollup: L1Context 0 1 2 3 4
 *
 * A slot of the same work, on the same head of L1, with the same timestamp and forced entries, makes exactly these
 * blocks.
 *
 * A builder that has promised a preview's receipts keeps them by session_limit_slot: the slot then begins with the same
 * work. is_exact false: some work would be evicted, excluded or deferred, or the bundle does not fit, so the slot would
 * take several attempts; nothing of it should be promised.
 *
 * Only for a session with a local L1, where nobody else makes a block. Memory: the arena given, and the blocks until
 * preview_close. Errors: FAULT_*, and REJECT_* of what a slot would fail with, with session_error(). */
#ifndef BUILDER_SESSION_PREVIEW_H
#define BUILDER_SESSION_PREVIEW_H

#include "builder/session.h"

struct second_pass;

/* A rollup's block. */
struct preview_block {
    size_t chain;                          /* in the session */
    const struct header *header;
    hash32 hash;
    const struct tx *const *tx;
    const struct receipt *const *receipt;
    size_t tx_count;
    struct state *state;                   /* after it, committed */
};

/* A piece of work that is a transaction of a rollup, and where it is. */
struct preview_item {
    u64 work;                              /* its handle */
    size_t block;                          /* in struct preview */
    size_t index;                          /* in that block */
};

struct preview {
    struct preview_block *block;
    size_t block_count;
    struct preview_item *item;             /* in the order of their blocks and places */
    size_t item_count;
    size_t work_count;                     /* all that was pending */
    bool is_exact;
    /* private */
    struct second_pass *second;
};

enum err session_preview(struct session *s, struct preview *out, struct arena *arena) MUST_CHECK;
void preview_close(struct preview *p);

/* The next session_slot takes only the first `count` pieces of pending work. */
void session_limit_slot(struct session *s, size_t count);

#endif
