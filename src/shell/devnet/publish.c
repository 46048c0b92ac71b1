/* What the session's chains have that readers do not see yet. */
#include "builder/session_chains.h"
#include "devnet/devnet.h"
#include "node/subscriptions.h"

#include <unistd.h>

static bool is_published(struct devnet_chain *c, const struct ledger_block *b)
{
    return chain_block_by_hash(&c->chain, &b->hash) != NULL;
}

static enum err publish_block(struct devnet_chain *c, struct arena *scratch, const struct ledger_block *b)
{
    const struct receipt **receipt = ARENA_TAKE(scratch, const struct receipt *, b->tx_count);
    struct tx *tx = ARENA_TAKE(scratch, struct tx, b->tx_count);
    for (u32 i = 0; i < b->tx_count; i++) {
        receipt[i] = &b->receipt[i];
        tx[i] = b->tx[i];
    }
    const struct block block = {.header = b->header, .hash = b->hash, .tx = tx, .tx_count = b->tx_count, .rlp = b->rlp};
    TRY(chain_add_state(&c->chain, c->ledger->tries, &b->header.state_root, c->since));
    chain_add_block(&c->chain, &block, receipt);
    return OK;
}

static enum err publish_chain(struct devnet_chain *c, struct arena *scratch)
{
    const struct ledger_block *head = ledger_head(c->ledger);
    u64 next = head->header.number + 1;
    if (c->chain.newest && hash32_eq(&c->chain.newest->head->hash, &head->hash))
        return OK;
    while (next && !is_published(c, ledger_block_at(c->ledger, next - 1)))
        next--;
    if (c->codes != c->ledger->code_count)
        TRY(ledger_each_code(c->ledger, chain_add_code, &c->chain));
    c->codes = c->ledger->code_count;
    for (; next <= head->header.number; next++)
        TRY(publish_block(c, scratch, ledger_block_at(c->ledger, next)));
    c->since = trie_now(c->ledger->tries);
    const struct chain_block *block = chain_block_by_hash(&c->chain, &head->hash);
    chain_publish(&c->chain, block, block, block); /* what a rollup has is settled, and a local L1 has no reorgs */
    return OK;
}

/* L1 comes last: who sees a bundle there sees the blocks that it settled. */
enum err devnet_publish(struct devnet *d)
{
    struct arena scratch;
    enum err e = OK;
    arena_init(&scratch, d->memory);
    for (size_t i = d->chain_count; i-- > 0 && e == OK;)
        e = publish_chain(&d->chain[i], &scratch);
    arena_release(&scratch);
    return e;
}

void devnet_tell_subscribers(struct devnet *d)
{
    for (size_t i = 0; i < d->chain_count; i++)
        if (d->chain[i].node.subscriptions)
            subscriptions_wake(d->chain[i].node.subscriptions);
}

void devnet_wake(struct devnet *d)
{
    const u64 one = 1;
    if (write(d->wake, &one, sizeof one) < 0) {
        /* the counter is full: it is awake */
    }
}
