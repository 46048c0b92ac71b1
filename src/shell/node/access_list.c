/* eth_createAccessList: what a call touches, run again until naming it changes nothing. */
#include "evm/opcode.h"
#include "node/call_run.h"
#include "node/node.h"
#include "node/write.h"

enum { ROUNDS_MAX = 32, ADDRESSES_MAX = 4096 };

/* Entries grow in place: keys are copied when they do. */
struct entry {
    struct access access;
    hash32 *key;
    u32 key_room;
};

struct collector {
    struct hooks hooks;
    struct call_run *run;
    struct entry *entry;
    u32 count, room;
};

static struct entry *collected_entry_of(struct collector *c, const address *at)
{
    struct arena *arena = c->run->request->arena;
    for (u32 i = 0; i < c->count; i++)
        if (address_eq(&c->entry[i].access.at, at))
            return &c->entry[i];
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 16;
        struct entry *grown = ARENA_TAKE(arena, struct entry, c->room);
        if (c->count)
            memcpy(grown, c->entry, c->count * sizeof *grown);
        c->entry = grown;
    }
    c->entry[c->count] = (struct entry){.access = {.at = *at}};
    return &c->entry[c->count++];
}

static void add_storage_key(struct collector *c, struct entry *e, const hash32 *key)
{
    for (u32 i = 0; i < e->access.key_count; i++)
        if (hash32_eq(&e->key[i], key))
            return;
    if (e->access.key_count == e->key_room) {
        e->key_room = e->key_room ? 2 * e->key_room : 8;
        hash32 *grown = ARENA_TAKE(c->run->request->arena, hash32, e->key_room);
        if (e->access.key_count)
            memcpy(grown, e->key, e->access.key_count * sizeof *grown);
        e->key = grown;
        e->access.key = grown;
    }
    e->key[e->access.key_count++] = *key;
}

static enum err access_list_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    struct collector *c = context;
    const u256 *top = s->stack_count ? &s->stack[s->stack_count - 1] : NULL;
    const u256 *second = s->stack_count > 1 ? top - 1 : NULL, *named = NULL;
    (void)vm;
    switch (s->opcode) {
    case OPCODE_SLOAD:
    case OPCODE_SSTORE:
        if (top) {
            const hash32 key = u256_to_hash32(top);
            add_storage_key(c, collected_entry_of(c, &m->recipient), &key);
        }
        return OK;
    case OPCODE_BALANCE:
    case OPCODE_EXTCODESIZE:
    case OPCODE_EXTCODECOPY:
    case OPCODE_EXTCODEHASH:
    case OPCODE_SELFDESTRUCT: named = top; break;
    case OPCODE_CALL:
    case OPCODE_CALLCODE:
    case OPCODE_DELEGATECALL:
    case OPCODE_STATICCALL: named = s->stack_count >= 5 ? second : NULL; break;
    default: return OK;
    }
    if (named) {
        const address at = u256_to_address(named);
        collected_entry_of(c, &at);
    }
    return OK;
}

/* What is warm anyway is named only for its slots: the two ends and precompiles. */
static void make_list(struct collector *c, const struct block_run *run, struct call_object *call, const address *to)
{
    struct access *list = ARENA_TAKE(c->run->request->arena, struct access, c->count);
    u32 count = 0;
    for (u32 i = 0; i < c->count; i++) {
        const struct access *a = &c->entry[i].access;
        const bool warm = address_eq(&a->at, &call->tx.sender) || address_eq(&a->at, to) ||
                          precompile_find(run->fork, &a->at) != NULL;
        if (!warm || a->key_count)
            list[count++] = *a;
    }
    call->tx.access = list;
    call->tx.access_count = count;
}

static void start_from(struct collector *c, const struct call_object *call)
{
    c->count = 0;
    for (u32 i = 0; i < call->tx.access_count; i++) {
        struct entry *e = collected_entry_of(c, &call->tx.access[i].at);
        for (u32 k = 0; k < call->tx.access[i].key_count; k++)
            add_storage_key(c, e, &call->tx.access[i].key[k]);
    }
}

static bool same_list(const struct tx *here, const struct access *list, u32 count)
{
    if (here->access_count != count)
        return false;
    for (u32 i = 0; i < count; i++)
        if (!address_eq(&here->access[i].at, &list[i].at) || here->access[i].key_count != list[i].key_count)
            return false;
    return true; /* lists only grow, so equal counts mean equal keys */
}

static enum err run_until_it_stays(struct collector *c, struct call_object *call, struct call_result *result)
{
    struct call_run *s = c->run;
    address to = call->tx.to;
    if (call->tx.is_creation)
        evm_create_address(&to, &call->tx.sender, call->tx.nonce);
    for (u32 i = 0; i < ROUNDS_MAX; i++) {
        const struct access *before = call->tx.access;
        const u32 count = call->tx.access_count;
        const struct block_mark mark = block_mark(&s->run);
        start_from(c, call);
        TRY(call_run_execute(s, result, call));
        make_list(c, &s->run, call, &to);
        if (same_list(&call->tx, before, count))
            return OK;
        block_rewind(&s->run, &mark);
        if (c->count > ADDRESSES_MAX)
            break;
    }
    return rpc_fail(s->request, JSONRPC_SERVER_ERROR, "the access list does not settle");
}

static enum err create_list(struct rpc_request *r, struct call_run *s, struct call_object *c)
{
    struct collector collector = {.run = s};
    struct call_result result = {0};
    const struct account *sender;
    TRY(state_account(s->state, &sender, NULL, &c->tx.sender));
    if (!c->has_nonce)
        c->tx.nonce = sender->nonce;
    c->has_access_list = true;
    call_object_complete(c, s->run.rules, &s->run.header, CALL_GAS_MAX);
    collector.hooks = (struct hooks){.context = &collector, .step = access_list_step};
    call_run_listen(s, &collector.hooks);
    TRY(run_until_it_stays(&collector, c, &result));
    json_write_object(r->out);
    json_write_key(r->out, "accessList");
    write_access_list(r->out, c->tx.access, c->tx.access_count);
    if (!result.receipt->success) {
        json_write_key(r->out, "error");
        json_write_z(r->out, halt_message(result.receipt->halt));
    }
    write_quantity(r->out, "gasUsed", result.receipt->gas_used);
    json_write_end(r->out);
    return OK;
}

enum err rpc_eth_createAccessList(struct rpc_request *r)
{
    const struct chain_block *b;
    struct call_run s;
    struct call_object c;
    TRY(call_object_read(r, &c, r->parameter[0], 0));
    TRY(rpc_known_block(r, &b, 1));
    TRY(call_run_open(r, &s, b, r->parameter[2], 2, JSON_NOTHING, 3));
    const enum err e = create_list(r, &s, &c);
    call_run_close(&s);
    return e;
}
