#include "node/head_changes.h"

/* NULL: it is canonical. */
static const struct chain_block *if_removed(const struct snapshot *at, const struct chain_block *b)
{
    return snapshot_is_canonical(at, b) ? NULL : b;
}

struct head_changes head_changes(const struct snapshot *at, const struct chain_block *since)
{
    const struct chain_block *common = since;
    while (!snapshot_is_canonical(at, common)) {
        common = chain_block_by_hash(at->chain, &common->header.parent_hash);
        BUG_UNLESS(common); /* genesis is on every line */
    }
    return (struct head_changes){at, if_removed(at, since), common->header.number + 1};
}

bool head_changes_next(struct head_changes *c, const struct chain_block **out, bool *removed)
{
    *removed = c->removed != NULL;
    if (c->removed) {
        *out = c->removed;
        c->removed = if_removed(c->at, chain_block_by_hash(c->at->chain, &c->removed->header.parent_hash));
        return true;
    }
    *out = snapshot_at(c->at, c->added);
    c->added += *out != NULL;
    return *out != NULL;
}
