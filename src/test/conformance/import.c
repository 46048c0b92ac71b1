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
#include "ethrpc/alloc_json.h"
#include "io/file.h"
#include "io/memory.h"

#include <stdio.h>

enum { FILE_LIMIT = 1 << 30, ACTIVATIONS_MAX = 32 };

struct import {
    struct arena arena;
    struct complaint complaint;
    const char *genesis_path, *chain_path;
    struct chain_rules rules;
    struct activation activation[ACTIVATIONS_MAX];
    struct trie_db *tries;
    struct code_cache *codes;
    struct code_source source;
    struct machine machine;
    struct header head;
    hash32 *hash; /* of each block, by number */
    u64 count;
};

/* --- the genesis --- */

static const struct { const char *key, *schedule; bool by_time; enum fork_id fork; } config_row[] = {
    {"homesteadBlock", NULL, false, FORK_HOMESTEAD},
    {"eip150Block", NULL, false, FORK_TANGERINE},
    {"eip158Block", NULL, false, FORK_SPURIOUS},
    {"byzantiumBlock", NULL, false, FORK_BYZANTIUM},
    {"constantinopleBlock", NULL, false, FORK_CONSTANTINOPLE},
    {"petersburgBlock", NULL, false, FORK_PETERSBURG},
    {"istanbulBlock", NULL, false, FORK_ISTANBUL},
    {"berlinBlock", NULL, false, FORK_BERLIN},
    {"londonBlock", NULL, false, FORK_LONDON},
    {"mergeNetsplitBlock", NULL, false, FORK_PARIS},
    {"shanghaiTime", NULL, true, FORK_SHANGHAI},
    {"cancunTime", "cancun", true, FORK_CANCUN},
    {"pragueTime", "prague", true, FORK_PRAGUE},
    {"osakaTime", "osaka", true, FORK_OSAKA},
    {"bpo1Time", "bpo1", true, FORK_OSAKA},
    {"bpo2Time", "bpo2", true, FORK_OSAKA},
    {"bpo3Time", "bpo3", true, FORK_OSAKA},
    {"bpo4Time", "bpo4", true, FORK_OSAKA},
    {"bpo5Time", "bpo5", true, FORK_OSAKA},
};

static enum err read_config(struct import *im, struct json config)
{
    const struct json deposit = json_get(config, "depositContractAddress"),
                      schedules = json_get(config, "blobSchedule");
    u32 n = 0;
    im->activation[n++] = (struct activation){.fork = &fork_table[FORK_FRONTIER]};
    if (json_u64(&im->rules.chain_id, json_get(config, "chainId")) != OK)
        return json_unexpected(&im->complaint, config, "a config with its chainId");
    if (json_kind(deposit) != JSON_NONE && json_hex_fixed(im->rules.deposit_contract.b, sizeof(address), deposit) != OK)
        return json_unexpected(&im->complaint, deposit, "an address");
    for (size_t i = 0; i < COUNT_OF(config_row); i++) {
        const struct json when = json_get(config, config_row[i].key);
        struct activation *a = &im->activation[n];
        if (json_kind(when) == JSON_NONE)
            continue;
        *a = (struct activation){.fork = &fork_table[config_row[i].fork], .by_time = config_row[i].by_time};
        if (json_u64(&a->at, when) != OK)
            return json_unexpected(&im->complaint, when, "a block number or time");
        a->blobs = a->fork->id >= FORK_PRAGUE ? blob_schedule_prague : blob_schedule_cancun;
        if (config_row[i].schedule)
            TRY(fixture_schedule(&a->blobs, &im->complaint, json_get(schedules, config_row[i].schedule)));
        n++;
    }
    im->rules.activation = im->activation;
    im->rules.activation_count = n;
    return OK;
}

/* A number that may be absent. */
static enum err may_u64(struct import *im, u64 *out, struct json genesis, const char *key)
{
    const struct json v = json_get(genesis, key);
    return json_kind(v) == JSON_NONE || json_kind(v) == JSON_NULL || json_u64(out, v) == OK
               ? OK
               : json_unexpected(&im->complaint, v, "a number");
}

static enum err read_header(struct import *im, struct header *h, struct json genesis)
{
    struct bytes extra;
    u64 nonce = 0;
    *h = (struct header){.ommers_hash = empty_ommers_hash,
                         .receipts_root = trie_empty_root,
                         .transactions_root = trie_empty_root,
                         .withdrawals_root = trie_empty_root,
                         .requests_hash = empty_requests_hash};
    TRY(may_u64(im, &h->timestamp, genesis, "timestamp"));
    TRY(may_u64(im, &h->gas_limit, genesis, "gasLimit"));
    TRY(may_u64(im, &nonce, genesis, "nonce"));
    TRY(may_u64(im, &h->excess_blob_gas, genesis, "excessBlobGas"));
    TRY(may_u64(im, &h->blob_gas_used, genesis, "blobGasUsed"));
    store_be64(h->nonce, nonce);
    h->base_fee = u256_from_u64(1000000000); /* EIP-1559 */
    const struct json fee = json_get(genesis, "baseFeePerGas"), difficulty = json_get(genesis, "difficulty");
    if ((json_kind(fee) == JSON_STRING && json_u256(&h->base_fee, fee) != OK) ||
        json_u256(&h->difficulty, difficulty) != OK)
        return json_unexpected(&im->complaint, genesis, "a genesis with difficulty and baseFeePerGas");
    if (json_hex(&im->arena, &extra, json_get(genesis, "extraData")) != OK || extra.len > HEADER_EXTRA_MAX ||
        json_hex_fixed(h->prevrandao.b, sizeof(hash32), json_get(genesis, "mixHash")) != OK ||
        json_hex_fixed(h->coinbase.b, sizeof(address), json_get(genesis, "coinbase")) != OK)
        return json_unexpected(&im->complaint, genesis, "a genesis with extraData, mixHash and coinbase");
    h->extra_count = (u8)extra.len;
    if (extra.len)
        memcpy(h->extra, extra.ptr, extra.len);
    h->field_count = header_field_count(chain_rules_at(&im->rules, 0, h->timestamp)->fork);
    return OK;
}

static enum err import_read_genesis(struct import *im)
{
    struct json root;
    TRY(json_read_file(&im->arena, &root, &im->complaint, im->genesis_path, FILE_LIMIT));
    TRY(read_config(im, json_get(root, "config")));
    TRY(read_header(im, &im->head, root));
    struct state *s = state_open(&system_memory, im->tries, &im->source, &trie_empty_root);
    enum err e = alloc_read(s, &im->arena, &im->complaint, json_get(root, "alloc"), &im->head.state_root);
    if (e == OK)
        e = state_new_codes(s, fixture_keep_code, im->codes);
    state_release(s);
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
    TRY(block_decode(b, &im->arena, rlp, &im->rules));
    struct state *s = state_open(&system_memory, im->tries, &im->source, &im->head.state_root);
    enum err e =
        block_execute(&run, &im->machine, &im->rules, s, &im->head, &im->hash[im->count - 1], &ancestors, b, NULL);
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
    const struct activation *now = chain_rules_at(&im->rules, h->number, h->timestamp);
    if (now == chain_rules_at(&im->rules, im->head.number, im->head.timestamp))
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
