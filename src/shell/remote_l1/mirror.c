/* The mirror of a remote L1: headers from its head down to where it began. */
#include "codec/text.h"
#include "remote_l1/remote_l1_private.h"

#include <string.h>

/* Blocks between two looks; further back the mirror begins anew. */
enum { GAP_MAX = 4096 };

enum err remote_fail(struct remote_l1 *r, enum err e, struct bytes sentence)
{
    const size_t len = sentence.len < sizeof r->why - 1 ? sentence.len : sizeof r->why - 1;
    if (len)
        memcpy(r->why, sentence.ptr, len);
    r->why[len] = 0;
    return e;
}

enum err remote_fail_rpc(struct remote_l1 *r, enum err e)
{
    const char *why = rpc_why(r->rpc);
    return remote_fail(r, e, bytes_of(why, strlen(why)));
}

enum err remote_ask(struct remote_l1 *r, struct json *result, const char *method, struct bytes params)
{
    const enum err e = rpc_call_one(r->rpc, &r->scratch, result, method, params);
    return e == OK ? OK : remote_fail_rpc(r, e);
}

/* --- headers --- */

static enum err read_remote_block(struct remote_l1 *r, struct header *h, hash32 *hash, const char *method,
                                  struct bytes params)
{
    struct json block;
    struct buffer text = buffer_in(&r->scratch);
    TRY(remote_ask(r, &block, method, params));
    if (json_kind(block) != JSON_OBJECT) {
        text_add_z(&text, method);
        text_add(&text, " gave no block");
        return remote_fail(r, REJECT_RPC, buffer_bytes(&text));
    }
    const enum err e = rpc_header(&r->scratch, h, hash, block, &text);
    return e == OK ? OK : remote_fail(r, e, buffer_bytes(&text));
}

enum err remote_read_latest(struct remote_l1 *r, struct header *h, hash32 *hash)
{
    return read_remote_block(r, h, hash, "eth_getBlockByNumber", BYTES_LITERAL("[\"latest\",false]"));
}

static enum err read_parent(struct remote_l1 *r, struct header *h, hash32 *hash, const hash32 *want)
{
    struct rpc_params p = rpc_params(&r->scratch);
    rpc_add_hex(&p, BYTES_OF(want->b));
    rpc_add_json(&p, BYTES_LITERAL("false"));
    TRY(read_remote_block(r, h, hash, "eth_getBlockByHash", rpc_params_end(&p)));
    return hash32_eq(hash, want)
               ? OK
               : remote_fail(r, REJECT_L1_HEADER, BYTES_LITERAL("the node gave another block than asked"));
}

/* Older hashes than the mirror has: down from its first block, each bound by its child. */
static enum err older_hash(void *context, hash32 *out, u64 number)
{
    struct remote_l1 *r = context;
    const struct ledger_block *first = ledger_block_at(r->ledger, r->ledger->first);
    if (!first || number >= r->ledger->first || r->ledger->first - number > OLDER_MAX)
        return FAULT_STATE_MISSING;
    const struct arena_mark mark = arena_mark(&r->scratch);
    while (r->older_count < r->ledger->first - number) {
        struct header h = first->header;
        hash32 hash;
        if (r->older_count)
            TRY(read_parent(r, &h, &hash, &r->older[r->older_count - 1]));
        r->older[r->older_count++] = h.parent_hash;
    }
    arena_rewind(&r->scratch, mark);
    *out = r->older[r->ledger->first - number - 1];
    return OK;
}

static bool is_mirrored(const struct ledger *l, const struct header *h, const hash32 *hash)
{
    const struct ledger_block *b = ledger_block_at(l, h->number);
    return b && hash32_eq(&b->hash, hash);
}

enum err remote_check_first(struct remote_l1 *r, const struct header *h)
{
    if (h->field_count < HEADER_PRAGUE)
        return remote_fail(r, REJECT_L1_CHAIN, BYTES_LITERAL("the chain is before Prague"));
    if (hash32_eq(&h->state_root, &trie_empty_root))
        return remote_fail(r, REJECT_L1_CHAIN, BYTES_LITERAL("the head's state root is that of an empty state (anvil's block 0): mine a block first"));
    return OK;
}

static void mirror(struct remote_l1 *r, struct ledger *l, const struct remote_head *link)
{
    ledger_mirror(l, &link->header, &link->hash);
    proved_state_pin(r->state, &link->header.state_root, &link->hash);
}

/* One block further down. */
static enum err descend(struct remote_l1 *r, struct buffer *list, struct remote_head *latest)
{
    if (list->len / sizeof *latest > GAP_MAX)
        return remote_fail(r, REJECT_L1_REORGANIZED, BYTES_LITERAL("the chain is more than 4096 blocks ahead of what this builder saw of it last"));
    buffer_add(list, latest, sizeof *latest);
    const u64 number = latest->header.number;
    const hash32 parent = latest->header.parent_hash;
    TRY(read_parent(r, &latest->header, &latest->hash, &parent));
    return latest->header.number + 1 == number
               ? OK
               : remote_fail(r, REJECT_L1_HEADER, BYTES_LITERAL("a block's number does not follow its parent's"));
}

static void ascend(struct remote_l1 *r, struct ledger *l, const struct buffer *list)
{
    for (size_t left = list->len; left; left -= sizeof(struct remote_head))
        mirror(r, l, (const struct remote_head *)(const void *)(list->ptr + left - sizeof(struct remote_head)));
}

/* From the chain's head down to a block that the mirror has. */
static enum err follow_mirror(struct remote_l1 *r, struct ledger *l, struct remote_head latest)
{
    struct buffer list = buffer_in(&r->scratch);
    while (!is_mirrored(l, &latest.header, &latest.hash)) {
        if (latest.header.number <= l->first)
            return remote_fail(r, REJECT_L1_REORGANIZED, BYTES_LITERAL("the chain was reorganized below the first block that this builder saw"));
        TRY(descend(r, &list, &latest));
    }
    ledger_drop_after(l, latest.header.number);
    ascend(r, l, &list);
    return OK;
}

/* The first look: from the head down to where an earlier process began. */
static enum err begin_mirror(struct remote_l1 *r, struct ledger *l, struct remote_head latest)
{
    struct buffer list = buffer_in(&r->scratch);
    const struct node_source nodes = proved_state_nodes(r->state);
    const struct code_source codes = proved_state_codes(r->state);
    const struct state_fetch fetch = proved_state_fetch(r->state);
    const struct ancestors older = {older_hash, r};
    TRY(remote_check_first(r, &latest.header));
    while (latest.header.number > r->first_block)
        TRY(descend(r, &list, &latest));
    ledger_read_from(l, &nodes, &codes, &fetch, &older);
    r->ledger = l;
    mirror(r, l, &latest);
    ascend(r, l, &list);
    return OK;
}

enum err remote_sync(void *context, struct ledger *l)
{
    struct remote_l1 *r = context;
    struct remote_head latest;
    r->why[0] = 0;
    const struct arena_mark mark = arena_mark(&r->scratch);
    TRY(remote_read_latest(r, &latest.header, &latest.hash));
    TRY(r->ledger ? follow_mirror(r, l, latest) : begin_mirror(r, l, latest));
    arena_rewind(&r->scratch, mark);
    return OK;
}

struct block_choice remote_choice(void *context, const struct ledger *l)
{
    const struct remote_l1 *r = context;
    const struct header *head = &ledger_head(l)->header;
    return (struct block_choice){
        .coinbase = head->coinbase,        /* not known: a leg that reads it is refused */
        .timestamp = head->timestamp + (r->info.is_development ? 1 : 12), /* the least that it can be */
        .gas_limit = head->gas_limit,
    };
}
