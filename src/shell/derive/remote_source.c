#include "derive/remote_source.h"

#include "ethrpc/rpc_types.h"

#include <string.h>

enum { ATTEMPTS = 8 };

struct derive_l1 {
    struct arena arena;
    struct derive_l1_config config;
    struct l1_reader *reader;
    struct l1_blobs *blobs;
    struct derivation *d; /* while it is read */
    struct l1_place head, at;
    const char *why;
};

/* --- what blocks do not tell --- */

static enum err remote_find_blob(void *context, struct kzg_blob *out, const struct wanted_blob *wanted)
{
    struct derive_l1 *l = context;
    const enum err e = l1_blobs_find(l->blobs, out, wanted);
    if (e != OK)
        l->why = l1_blobs_why(l->blobs);
    return e;
}

static enum err remote_find_calls(void *context, struct arena *arena, const struct bytes **calldata, size_t *count,
                                  const struct l1_transaction *t)
{
    struct derive_l1 *l = context;
    const enum err e = l1_reader_calls(l->reader, arena, calldata, count, &t->tx->hash, &l->d->shared_bridge);
    if (e != OK)
        l->why = l1_reader_why(l->reader);
    return e;
}

static void remote_take_transaction(struct l1_transaction *out, const struct l1_block *b, u32 index)
{
    *out = (struct l1_transaction){
        .block = b->place,
        .index = index,
        .tx = &b->tx[index],
        .log = b->receipt[index].receipt.log,
        .log_count = b->receipt[index].receipt.log_count,
    };
}

static enum err remote_find_transaction(void *context, struct arena *arena, struct l1_transaction *out,
                                        const struct l1_place *block, u32 index)
{
    struct derive_l1 *l = context;
    struct l1_block b;
    enum err e = l1_reader_block(l->reader, arena, &b, &block->hash);
    if (e == OK && index >= b.count)
        e = REJECT_ABSENT;
    if (e == REJECT_ABSENT) {
        l->why = "a block that was read before is no longer there";
        return REJECT_L1_REORGANIZED;
    }
    if (e != OK) {
        l->why = l1_reader_why(l->reader);
        return e;
    }
    remote_take_transaction(out, &b, index);
    return OK;
}

static const char *remote_reason(void *context)
{
    return derive_l1_why(context);
}

const char *derive_l1_why(const struct derive_l1 *l)
{
    return l->why;
}

struct derive_source derive_l1_source(struct derive_l1 *l)
{
    return (struct derive_source){l, remote_find_blob, remote_find_calls, remote_find_transaction, remote_reason};
}

/* --- opening --- */

static bool looks(void *context, const struct bloom *bloom)
{
    const struct derive_l1 *l = context;
    return derive_may_follow(l->d, bloom);
}

static enum err of_reader(struct derive_l1 *l, enum err e)
{
    if (e != OK)
        l->why = l1_reader_why(l->reader);
    return e;
}

enum err derive_l1_open(struct derive_l1 **out, const struct memory *memory, const struct derive_l1_config *config)
{
    struct arena arena;
    arena_init(&arena, memory);
    struct derive_l1 *l = ARENA_TAKE_ZERO(&arena, struct derive_l1, 1);
    l->arena = arena;
    l->config = *config;
    l->why = "";
    *out = l;
    const struct l1_reader_config reader = {config->url, config->chain_id, looks, l};
    TRY(of_reader(l, l1_reader_open(&l->reader, memory, &reader)));
    const enum err e = l1_blobs_open(&l->blobs, memory, &config->blobs);
    if (e != OK)
        l->why = "the beacon node's is no URL";
    return e;
}

void derive_l1_close(struct derive_l1 *l)
{
    if (l->blobs)
        l1_blobs_close(l->blobs);
    if (l->reader)
        l1_reader_close(l->reader);
    struct arena arena = l->arena;
    arena_release(&arena);
}

struct l1_place derive_l1_at(const struct derive_l1 *l)
{
    return l->at;
}

/* --- where to begin --- */

static enum err find_first(struct derive_l1 *l)
{
    const struct derivation *d = l->d;
    struct arena scratch;
    arena_init(&scratch, d->memory);
    hash32 *id = ARENA_TAKE_ZERO(&scratch, hash32, d->rollup_count);
    bool found = false;
    u64 number = 0;
    for (size_t i = 0; i < d->rollup_count; i++)
        store_be64(id[i].b + 24, d->rollup[i].rules->chain.chain_id);
    const enum err e = l1_reader_find(l->reader, &found, &number, &d->shared_bridge, &d->topic_registered, id,
                                      d->rollup_count);
    arena_release(&scratch);
    if (e == REJECT_RPC_REFUSED)
        l->why = "the node does not look for the rollups' registration (eth_getLogs): name the block in the rollups file, l1Block";
    if (e != OK)
        return e == REJECT_RPC_REFUSED ? e : of_reader(l, e);
    l->config.has_first_block = true;
    l->config.first_block = found ? number : 0;
    return OK;
}

static enum err from_the_first(struct derive_l1 *l)
{
    if (!l->config.has_first_block)
        TRY(find_first(l));
    l1_reader_begin(l->reader, l->config.first_block);
    return OK;
}

/* The youngest block on the chain that changed something, of those that were read; else the first one. */
static enum err go_back(struct derive_l1 *l)
{
    struct l1_place step;
    bool has = false;
    for (u64 below = l->at.number + 1; !has && derive_last_step(l->d, &step, below); below = step.number)
        TRY(of_reader(l, l1_reader_has(l->reader, &has, &step)));
    if (has) {
        derive_rewind(l->d, step.number);
        l->at = step;
        l1_reader_go(l->reader, &step);
        return OK;
    }
    if (!l->d->reaches_genesis) {
        l->why = "the chain was reorganized below the oldest block that can be undone: derive from the beginning";
        return REJECT_L1_REORGANIZED;
    }
    derive_rewind(l->d, 0);
    l->at = (struct l1_place){0};
    return from_the_first(l);
}

/* --- reading --- */

static enum err derive_remote_block(struct derive_l1 *l, const struct l1_block *b)
{
    for (u32 i = 0; i < b->count; i++) {
        struct l1_transaction t;
        remote_take_transaction(&t, b, i);
        if (b->receipt[i].receipt.success)
            TRY(derive_transaction(l->d, &t));
    }
    return OK;
}

static enum err read_all_blocks(struct derive_l1 *l)
{
    const struct l1_block *b;
    for (;;) {
        TRY(of_reader(l, l1_reader_next(l->reader, &b)));
        if (b) {
            const enum err e = derive_remote_block(l, b);
            if (e != OK) {
                derive_rewind(l->d, b->place.number - 1);
                return e;
            }
        }
        l->at = *l1_reader_at(l->reader);
        if (l->config.after)
            TRY(l->config.after(l->config.context, &l->at, &l->head));
        if (!b)
            return OK;
    }
}

static enum err begin_after(struct derive_l1 *l, const struct l1_place *after)
{
    bool has;
    TRY(of_reader(l, l1_reader_pin(l->reader, &l->head)));
    if (!after)
        return from_the_first(l);
    l->at = *after;
    TRY(of_reader(l, l1_reader_has(l->reader, &has, after)));
    if (!has)
        return go_back(l);
    l1_reader_go(l->reader, after);
    return OK;
}

enum err derive_l1_read(struct derive_l1 *l, struct derivation *d, const struct l1_place *after)
{
    l->d = d;
    l->why = "";
    TRY(begin_after(l, after));
    for (u32 attempt = 1;; attempt++) {
        const enum err e = read_all_blocks(l);
        if (e != REJECT_L1_REORGANIZED || attempt == ATTEMPTS)
            return e;
        TRY(of_reader(l, l1_reader_pin(l->reader, &l->head)));
        TRY(go_back(l));
    }
}
