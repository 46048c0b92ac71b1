#include "node/reader.h"

void reader_pool_init(struct reader_pool *p, struct chain *chain)
{
    *p = (struct reader_pool){.chain = chain};
    pthread_mutex_init(&p->lock, NULL);
}

static enum err reader_node(void *context, struct bytes *rlp, const hash32 *hash)
{
    struct reader *d = context;
    return chain_node(d->chain, rlp, d->node, hash);
}

static struct trie_db *open_tries(struct reader *d)
{
    return trie_db_open(d->chain->memory, &(struct node_source){reader_node, d});
}

static struct reader *reader_open(struct chain *c)
{
    struct reader *d = c->memory->take(c->memory->context, sizeof *d);
    *d = (struct reader){
        .chain = c,
        .codes = code_cache_open(c->memory, READER_BYTES_MAX),
        .source = {chain_code, c},
    };
    d->tries = open_tries(d);
    machine_init(&d->machine, c->memory, d->codes);
    return d;
}

static void reader_close(struct reader *d)
{
    const struct memory *memory = d->chain->memory;
    machine_release(&d->machine);
    code_cache_release(d->codes);
    trie_db_release(d->tries);
    memory->give(memory->context, d, sizeof *d);
}

void reader_pool_release(struct reader_pool *p)
{
    for (struct reader *d = p->free, *next; d; d = next) {
        next = d->next;
        reader_close(d);
    }
    pthread_mutex_destroy(&p->lock);
}

struct reader *reader_take(struct reader_pool *p)
{
    pthread_mutex_lock(&p->lock);
    struct reader *d = p->free;
    if (d)
        p->free = d->next;
    pthread_mutex_unlock(&p->lock);
    return d ? d : reader_open(p->chain);
}

void reader_give(struct reader_pool *p, struct reader *d)
{
    code_cache_trim(d->codes);
    if (trie_db_bytes(d->tries) > READER_BYTES_MAX) {
        trie_db_release(d->tries);
        d->tries = open_tries(d);
    }
    pthread_mutex_lock(&p->lock);
    d->next = p->free;
    p->free = d;
    pthread_mutex_unlock(&p->lock);
}

struct state *reader_state(struct reader *d, const hash32 *root)
{
    return state_open(d->chain->memory, d->tries, &d->source, root);
}
