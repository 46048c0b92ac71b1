/* import - executes a chain from its genesis: scope import --genesis FILE CHAIN.rlp
 *
 * The genesis is go-ethereum's JSON (config, header fields, alloc), the chain a file of blocks in RLP, one behind the
 * other. Every block is checked whole: header against parent, each root, receipts, gas. Prints one line for each fork
 * that was reached and the head; stops at the first block that is refused, with its number and the rule.
 *
 * Exit status: 0 all blocks were taken, 1 one was refused, 2 a file is wrong, 3 the machine failed. */
#include "codec/rlp.h"
#include "options/commands.h"
#include "conformance/fixture.h"
#include "conformance/fixture_chain.h"
#include "crypto/keccak.h"
#include "ethrpc/genesis_json.h"
#include "io/file.h"
#include "io/memory.h"

#include <stdio.h>

enum { FILE_LIMIT = 1 << 30 };

struct import {
    struct arena arena;
    struct complaint complaint;
    const char *genesis_path, *chain_path;
    struct genesis genesis;
    struct trie_db *tries;
    struct code_cache *codes;
    struct code_source source;
    struct machine machine;
    struct header head;
    hash32 *hash; /* of each block, by number */
    u64 count;
};

/* --- the genesis --- */

static enum err import_read_genesis(struct import *im)
{
    struct json root;
    TRY(json_read_file(&im->arena, &root, &im->complaint, im->genesis_path, FILE_LIMIT));
    struct state *s = state_open(&system_memory, im->tries, &im->source, &trie_empty_root);
    enum err e = genesis_read(&im->genesis, s, &im->arena, &im->complaint, root);
    if (e == OK)
        e = state_new_codes(s, fixture_keep_code, im->codes);
    state_release(s);
    im->head = im->genesis.header;
    return e;
}

/* --- the chain --- */

static enum err import_ancestor_hash(void *context, hash32 *out, u64 number)
{
    const struct import *im = context;
    if (number >= im->count)
        return FAULT_STATE_MISSING;
    *out = im->hash[number];
    return OK;
}

static enum err import_block(struct import *im, struct block *b, struct bytes rlp)
{
    const struct ancestors ancestors = {import_ancestor_hash, im};
    struct block_run run;
    TRY(block_decode(b, &im->arena, rlp, &im->genesis.rules));
    struct state *s = state_open(&system_memory, im->tries, &im->source, &im->head.state_root);
    enum err e =
        block_execute(&run, &im->machine, &im->genesis.rules, s, &im->head, &im->hash[im->count - 1], &ancestors, b,
                      NULL);
    if (e == OK)
        e = state_new_codes(s, fixture_keep_code, im->codes);
    block_release(&run);
    state_release(s);
    return e;
}

static void print_hash(const char *label, const hash32 *h)
{
    printf("%s0x", label);
    for (size_t i = 0; i < sizeof h->b; i++)
        printf("%02x", h->b[i]);
}

static void note_fork(const struct import *im, const struct header *h)
{
    const struct activation *now = chain_rules_at(&im->genesis.rules, h->number, h->timestamp);
    if (now == chain_rules_at(&im->genesis.rules, im->head.number, im->head.timestamp))
        return;
    printf("block %6llu  %s", (unsigned long long)h->number, now->fork->name);
    if (now->fork->id >= FORK_CANCUN)
        printf(", at most %u blobs", now->blobs.max_count);
    printf("\n");
}

static enum err import_chain(struct import *im, struct rlp_reader chain)
{
    struct bytes item;
    for (; !rlp_at_end(&chain); im->count++) {
        const struct arena_mark mark = arena_mark(&im->arena);
        struct block b = {0};
        enum err e = rlp_item(&chain, &item);
        if (e == OK)
            e = import_block(im, &b, item);
        if (e != OK) {
            complain(&im->complaint, (struct place){0}, "block %llu: %s (%s)", (unsigned long long)im->count,
                     err_name(e), err_text(e));
            return e;
        }
        note_fork(im, &b.header);
        im->head = b.header;
        im->hash[im->count] = b.hash;
        arena_rewind(&im->arena, mark);
    }
    return OK;
}

static enum err import_count_items(struct rlp_reader r, u64 *out)
{
    struct bytes ignored;
    for (*out = 0; !rlp_at_end(&r); ++*out)
        TRY(rlp_item(&r, &ignored));
    return OK;
}

static enum err import_file(struct import *im)
{
    struct bytes chain;
    u64 count;
    im->complaint.file = im->chain_path;
    TRY(file_read(&im->arena, &chain, &im->complaint, im->chain_path, FILE_LIMIT));
    if (import_count_items(rlp_reader(chain), &count) != OK) {
        complain(&im->complaint, (struct place){0}, "this is not a list of blocks in RLP");
        return REJECT_RLP;
    }
    im->hash = ARENA_TAKE(&im->arena, hash32, count + 1);
    header_hash(&im->hash[0], &im->head, &im->arena);
    im->count = 1;
    return import_chain(im, rlp_reader(chain));
}

/* --- the command --- */

static int import_report(struct import *im, enum err e)
{
    char text[1200];
    if (e == OK) {
        printf("%llu blocks, every root checked\n", (unsigned long long)im->count - 1);
        print_hash("head  ", &im->hash[im->count - 1]);
        print_hash("\nstate ", &im->head.state_root);
        printf("\n");
        return 0;
    }
    complaint_print(text, sizeof text, &im->complaint);
    fprintf(stderr, "scope: %s: %s\n", err_name(e), im->complaint.raised ? text : err_text(e));
    return err_is_fault(e) ? 3 : im->count ? 1 : 2;
}

int cmd_import(const struct command_line *line)
{
    static struct import im;
    im = (struct import){.genesis_path = option_text(line, OPTION_GENESIS), .chain_path = line->argument[0]};
    arena_init(&im.arena, &system_memory);
    im.codes = code_cache_open(&system_memory, 0);
    im.source = (struct code_source){fixture_code, im.codes};
    im.tries = trie_db_open(&system_memory, NULL);
    machine_init(&im.machine, &system_memory, im.codes);
    enum err e = import_read_genesis(&im);
    if (e == OK)
        e = import_file(&im);
    const int status = import_report(&im, e);
    machine_release(&im.machine);
    trie_db_release(im.tries);
    code_cache_release(im.codes);
    arena_release(&im.arena);
    return status;
}
