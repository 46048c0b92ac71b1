#include "node/local_chain.h"

#include "codec/rlp.h"
#include "io/file.h"
#include "io/json.h"

enum { FILE_LIMIT = 1 << 30 };

/* --- genesis --- */

static enum err read_genesis_file(struct local_chain *l, struct complaint *complaint, const char *path)
{
    struct json root;
    const u32 since = trie_now(l->tries);
    TRY(json_read_file(&l->arena, &root, complaint, path, FILE_LIMIT));
    struct state *s = state_open(l->chain.memory, l->tries, &l->source, &trie_empty_root);
    enum err e = genesis_read(&l->genesis, s, &l->arena, complaint, root);
    if (e == OK)
        e = state_new_codes(s, chain_add_code, &l->chain);
    if (e == OK)
        e = chain_add_state(&l->chain, l->tries, &l->genesis.header.state_root, since);
    state_release(s);
    return e;
}

static enum err add_genesis(struct local_chain *l)
{
    struct buffer rlp = buffer_in(&l->arena);
    struct block b;
    block_encode(&rlp, &l->genesis.header, NULL, 0, NULL, 0, NULL, 0);
    TRY(block_decode(&b, &l->arena, buffer_bytes(&rlp), &l->genesis.rules));
    const struct chain_block *genesis = chain_add_block(&l->chain, &b, NULL);
    chain_publish(&l->chain, genesis, NULL, NULL);
    return OK;
}

enum err local_chain_open(struct local_chain *l, const struct memory *memory, struct complaint *complaint,
                          const char *genesis_path)
{
    *l = (struct local_chain){.tries = trie_db_open(memory, NULL), .codes = code_cache_open(memory, 0)};
    arena_init(&l->arena, memory);
    chain_init(&l->chain, memory, &l->genesis.rules);
    machine_init(&l->machine, memory, l->codes);
    l->source = (struct code_source){chain_code, &l->chain};
    pthread_mutex_init(&l->lock, NULL);
    enum err e = read_genesis_file(l, complaint, genesis_path);
    if (e == OK)
        e = add_genesis(l);
    if (e != OK)
        local_chain_close(l);
    return e;
}

void local_chain_close(struct local_chain *l)
{
    chain_release(&l->chain);
    machine_release(&l->machine);
    code_cache_release(l->codes);
    trie_db_release(l->tries);
    arena_release(&l->arena);
    pthread_mutex_destroy(&l->lock);
}

/* --- blocks --- */

static enum err recover_senders(struct local_chain *l, struct block *b, struct arena *arena)
{
    const struct fork *fork = chain_rules_at(&l->genesis.rules, b->header.number, b->header.timestamp)->fork;
    for (u32 i = 0; i < b->tx_count; i++)
        TRY(tx_recover(&b->tx[i], fork->id >= FORK_HOMESTEAD, arena));
    return OK;
}

/* On a view of its parent's state; *out is the block with its results. */
static enum err execute_local_block(struct local_chain *l, struct chain_block **out, const struct block *b,
                                    struct state *s, const struct chain_block *parent)
{
    struct chain_line line = {&l->chain, parent};
    const struct ancestors ancestors = {chain_line_hash, &line};
    const u32 since = trie_now(l->tries);
    struct block_run run;
    enum err e = block_execute(&run, &l->machine, &l->genesis.rules, s, &parent->header, &parent->hash, &ancestors, b,
                               NULL);
    if (e == OK)
        e = state_new_codes(s, chain_add_code, &l->chain);
    if (e == OK)
        e = chain_add_state(&l->chain, l->tries, &b->header.state_root, since);
    if (e == OK)
        *out = chain_add_block(&l->chain, b, run.receipt.item);
    block_release(&run);
    return e;
}

static enum err import_block(struct local_chain *l, struct chain_block **out, struct arena *arena, struct bytes rlp)
{
    struct block b;
    TRY(block_decode(&b, arena, rlp, &l->genesis.rules));
    const struct chain_block *parent = chain_block_by_hash(&l->chain, &b.header.parent_hash);
    if (!parent)
        return REJECT_BLOCK_UNKNOWN_PARENT;
    TRY(recover_senders(l, &b, arena));
    struct state *s = state_open(l->chain.memory, l->tries, &l->source, &parent->header.state_root);
    const enum err e = execute_local_block(l, out, &b, s, parent);
    state_release(s);
    return e;
}

/* The last block that was taken becomes the head, whether or not one behind it is refused. */
static enum err import_all(struct local_chain *l, struct complaint *complaint, struct rlp_reader blocks)
{
    struct chain_block *last = NULL;
    struct arena scratch;
    struct bytes item;
    enum err e = OK;
    arena_init(&scratch, l->chain.memory);
    for (u64 i = 0; e == OK && !rlp_at_end(&blocks); i++) {
        const struct arena_mark mark = arena_mark(&scratch);
        e = rlp_item(&blocks, &item);
        if (e == OK)
            e = import_block(l, &last, &scratch, item);
        if (e != OK)
            complain(complaint, (struct place){0}, "block %llu of the file: %s (%s)", (unsigned long long)i + 1,
                     err_name(e), err_text(e));
        arena_rewind(&scratch, mark);
    }
    arena_release(&scratch);
    if (last)
        chain_publish(&l->chain, last, NULL, NULL);
    return e;
}

enum err local_chain_import(struct local_chain *l, struct complaint *complaint, const char *path)
{
    struct bytes file;
    struct arena arena;
    arena_init(&arena, l->chain.memory);
    complaint->file = path;
    enum err e = file_read(&arena, &file, complaint, path, FILE_LIMIT);
    if (e == OK) {
        pthread_mutex_lock(&l->lock);
        e = import_all(l, complaint, rlp_reader(file));
        pthread_mutex_unlock(&l->lock);
    }
    arena_release(&arena);
    return e;
}

void local_chain_set_head(struct local_chain *l, const struct chain_block *head, const struct chain_block *safe,
                          const struct chain_block *finalized)
{
    pthread_mutex_lock(&l->lock);
    const struct snapshot *now = l->chain.newest; /* only the writer changes it, and that is this thread */
    chain_publish(&l->chain, head, safe ? safe : now->safe, finalized ? finalized : now->finalized);
    pthread_mutex_unlock(&l->lock);
}
