#include "verify/rollup.h"

#include "base/u256.h"
#include "codec/abi.h"
#include "crypto/keccak.h"
#include "scope/request.h"
#include "scope/selector.h"
#include "scope/words.h"

#define PREDEPLOY(last) {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x5c, 0x09, last}}
const address abort_precompile_address = PREDEPLOY(0xe0);
const address rollup_bridge_address = PREDEPLOY(0xe1);
const address l1_context_address = PREDEPLOY(0xe2);
const address remote_account_address = PREDEPLOY(0xe3);

/* --- the predeploys' storage: contracts/ABI.md, "Storage that C code reads" --- */

enum bridge_storage_slot {
    BRIDGE_MAILBOXES = 0,
    BRIDGE_SCOPE = 1,
    BRIDGE_PEER_INFO = 2,
    BRIDGE_PEERS = 3,
    BRIDGE_FORCED_HASH = 4,
    BRIDGE_FORCED_COUNT = 5
};
enum l1_context_storage_slot { L1_CONTEXT_NUMBER = 0, L1_CONTEXT_HASH = 1 };

static enum err read_rollup_storage(struct state *s, u256 *out, const address *at, const u256 *key)
{
    const struct account *a;
    const struct storage_slot *storage_slot;
    TRY(state_account(s, &a, NULL, at));
    TRY(state_storage_slot(s, &storage_slot, NULL, a, key));
    *out = storage_slot->current;
    return OK;
}

static enum err read_bridge(struct state *s, u256 *out, const u256 *key)
{
    return read_rollup_storage(s, out, &rollup_bridge_address, key);
}

/* keccak256(word(key) || word(storage slot)) */
static u256 mapping_key(u64 key, enum bridge_storage_slot storage_slot)
{
    u8 packed[64] = {0};
    hash32 h;
    store_be64(packed + 24, key);
    packed[63] = (u8)storage_slot;
    keccak256(&h, packed, sizeof packed);
    return u256_from_hash32(&h);
}

static u256 plus(const u256 *base, u64 offset)
{
    const u256 wide = u256_from_u64(offset);
    u256 sum;
    u256_add(&sum, base, &wide);
    return sum;
}

/* announced:1 bit || lookedOnly:1 bit || queues:30 bits || responses:4 || lastRoot:16 || clock:8 */
struct scope_storage_slot {
    u64 clock;
    struct root last_root;
    u64 left_over;
};

static const u64 LOOKED_ONLY = 1ull << 62; /* is nothing that a block leaves over */

static enum err read_scope_storage_slot(struct state *s, struct scope_storage_slot *out)
{
    const u256 key = u256_from_u64(BRIDGE_SCOPE);
    u256 x;
    TRY(read_bridge(s, &x, &key));
    *out = (struct scope_storage_slot){
        .clock = x.w[0], .last_root = {.clock = x.w[2], .chain = x.w[1]}, .left_over = x.w[3] & ~LOOKED_ONLY};
    return OK;
}

enum err rollup_clock(struct state *s, u64 *clock, struct root *last_root)
{
    struct scope_storage_slot storage_slot;
    TRY(read_scope_storage_slot(s, &storage_slot));
    *clock = storage_slot.clock;
    *last_root = storage_slot.last_root;
    return OK;
}

bool l1_anchor_eq(const struct l1_anchor *here, const struct l1_anchor *there)
{
    return here->number == there->number && here->timestamp == there->timestamp &&
           u256_eq(&here->base_fee, &there->base_fee) && hash32_eq(&here->hash, &there->hash);
}

enum err rollup_anchor(struct state *s, struct l1_anchor *out)
{
    const u256 number_key = u256_from_u64(L1_CONTEXT_NUMBER), hash_key = u256_from_u64(L1_CONTEXT_HASH);
    u256 n, h; /* n: baseFee:16 || timestamp:8 || number:8 */
    TRY(read_rollup_storage(s, &n, &l1_context_address, &number_key));
    TRY(read_rollup_storage(s, &h, &l1_context_address, &hash_key));
    *out = (struct l1_anchor){n.w[0], n.w[1], {{n.w[2], n.w[3], 0, 0}}, u256_to_hash32(&h)};
    return OK;
}

enum err rollup_forced(struct state *s, u64 *count, hash32 *hash)
{
    const u256 count_key = u256_from_u64(BRIDGE_FORCED_COUNT), hash_key = u256_from_u64(BRIDGE_FORCED_HASH);
    u256 n = {0}, h = {0};
    if (count)
        TRY(read_bridge(s, &n, &count_key));
    if (hash)
        TRY(read_bridge(s, &h, &hash_key));
    if (count)
        *count = n.w[0];
    if (hash)
        *hash = u256_to_hash32(&h);
    return OK;
}

static enum err read_mailbox(struct state *s, struct mailbox *out, u64 peer)
{
    const u256 base = mapping_key(peer, BRIDGE_MAILBOXES);
    u256 x;
    out->peer_chain = peer;
    for (enum lane l = 0; l < LANE_COUNT; l++) {
        const u256 key = plus(&base, l);
        TRY(read_bridge(s, &x, &key));
        out->lane[l] = u256_to_hash32(&x);
    }
    const u256 key = plus(&base, LANE_COUNT);
    TRY(read_bridge(s, &x, &key));
    out->value_out = (u256){{x.w[0], x.w[1], 0, 0}};
    out->value_in = (u256){{x.w[2], x.w[3], 0, 0}};
    return OK;
}

/* The i-th of uint64[] peers: four to a word, the first in the low eight bytes. */
static enum err read_peer(struct state *s, u64 *out, u64 i)
{
    u8 storage_slot[32] = {[31] = BRIDGE_PEERS};
    hash32 h;
    keccak256(&h, storage_slot, sizeof storage_slot);
    const u256 base = u256_from_hash32(&h), key = plus(&base, i / 4);
    u256 x;
    TRY(read_bridge(s, &x, &key));
    *out = x.w[i % 4];
    return OK;
}

static enum err read_touched(struct state *s, u64 *out, u64 peer)
{
    const u256 key =
        mapping_key(peer, BRIDGE_PEER_INFO); /* gasPrice:4 || pending:4 || touched:8 || defaultGas:8 || maxGas:8 */
    u256 x;
    TRY(read_bridge(s, &x, &key));
    *out = x.w[2];
    return OK;
}

static void insert_by_peer(struct mailbox *m, size_t count, const struct mailbox *next)
{
    size_t i = count;
    for (; i > 0 && m[i - 1].peer_chain > next->peer_chain; i--)
        m[i] = m[i - 1];
    m[i] = *next;
}

enum err rollup_mailboxes(struct state *s, struct arena *out, struct mailbox **mailbox, size_t *count, u64 first_block)
{
    const u256 key = u256_from_u64(BRIDGE_PEERS);
    u256 length;
    TRY(read_bridge(s, &length, &key));
    if (!u256_fits_u64(&length) || length.w[0] > ROLLUP_PEERS_MAX)
        return REJECT_TOO_LONG;
    struct mailbox *m = ARENA_TAKE(out, struct mailbox, length.w[0]);
    size_t n = 0;
    for (u64 i = 0; i < length.w[0]; i++) {
        u64 peer, touched;
        TRY(read_peer(s, &peer, i));
        TRY(read_touched(s, &touched, peer));
        if (touched < first_block)
            continue;
        struct mailbox next;
        TRY(read_mailbox(s, &next, peer));
        insert_by_peer(m, n++, &next);
    }
    *mailbox = m;
    *count = n;
    return OK;
}

/* --- hooks --- */

enum { FRAME_DEPTHS = 1056 }; /* 1,024 calls deep, and what a simulation nests above */

/* announceRoot, fills, one ordinary transaction, closeLookups. */
enum announcement { ANNOUNCEMENT_NONE, ANNOUNCEMENT_MADE, ANNOUNCEMENT_USED };

/* Between blocks nothing of it lives: a root that was handled in an earlier block is closed. */
struct rollup_run {
    bool is_running;     /* the last transaction that was not a fill or the like handled a call of this root */
    struct root running;
    enum announcement announcement;
    u64 forced_end;      /* where the next forced entry may be taken: its place in the block; 0: no update yet */
    hash32 forced_tx;    /* of the transaction that the last entry carries, if it carries one */
    u8 made_call[FRAME_DEPTHS / 8]; /* by depth, a bit each: the frame that runs there emitted ScopedCall */
};

static bool is_system_function(u32 selector)
{
    return selector == (u32)SELECTOR_TAKE_FORCED || selector == (u32)SELECTOR_HANDLE_SCOPED_CALL ||
           selector == (u32)SELECTOR_FILL_RESPONSES_IN ||
           selector == (u32)SELECTOR_FILL_NESTED_CALLS || selector == (u32)SELECTOR_OPEN_SCOPE ||
           selector == (u32)SELECTOR_ANNOUNCE_ROOT || selector == (u32)SELECTOR_CLOSE_LOOKUPS;
}

static enum err check_rollup_header(const struct chain_rules *rules, const struct header *h,
                                    const struct header *parent)
{
    const struct rollup_rules *r = rules->hook_rules;
    (void)parent;
    if (!address_eq(&h->coinbase, &r->coinbase))
        return REJECT_ROLLUP_COINBASE;
    if (h->gas_limit != r->gas_limit)
        return REJECT_ROLLUP_GAS_LIMIT;
    if (!hash32_is_zero(&h->prevrandao) || !hash32_is_zero(&h->parent_beacon_root) || h->extra_count)
        return REJECT_ROLLUP_HEADER;
    return OK;
}

/* takeForced of RollupBridge */
static bool takes_forced(const struct tx *t)
{
    return t->type == TX_SYSTEM && address_eq(&t->to, &rollup_bridge_address) &&
           selector_of(t->data) == (u32)SELECTOR_TAKE_FORCED;
}

static enum err check_system(struct block_run *run, const struct tx *t)
{
    const struct rollup_run *r = run->hook_data;
    if (takes_forced(t) && (r->forced_end == 0 || r->forced_end != run->tx.count) && !(run->lenient & LENIENT_ORDER))
        return REJECT_SYSTEM_TX_PLACE;
    if (address_eq(&t->to, &l1_context_address))
        return run->tx.count == 0 && selector_of(t->data) == (u32)SELECTOR_UPDATE ? OK : REJECT_SYSTEM_TARGET;
    if (address_eq(&t->to, &rollup_bridge_address) && is_system_function(selector_of(t->data)))
        return OK;
    return REJECT_SYSTEM_TARGET;
}

/* handleScopedCall(uint256, address, uint256 nonce, ...): the root is the high half of the third word. */
static bool handled_root(struct root *out, const struct tx *t)
{
    enum { NONCE_AT = 4 + 2 * 32 };
    if (t->type != TX_SYSTEM || selector_of(t->data) != (u32)SELECTOR_HANDLE_SCOPED_CALL || t->data.len < NONCE_AT + 32)
        return false;
    const u256 nonce = u256_from_be(t->data.ptr + NONCE_AT);
    *out = nonce_unpack(&nonce).root;
    return true;
}

/* The bridge does the rest: it closes nothing but lookups, and handles, opens and announces nothing meanwhile. */
static enum err check_announcement(struct rollup_run *r, const struct tx *t)
{
    const u32 function = t->type == TX_SYSTEM ? selector_of(t->data) : 0;
    const bool fills = function == (u32)SELECTOR_FILL_RESPONSES_IN || function == (u32)SELECTOR_FILL_NESTED_CALLS;
    if (r->announcement == ANNOUNCEMENT_NONE && function == (u32)SELECTOR_ANNOUNCE_ROOT)
        r->announcement = ANNOUNCEMENT_MADE;
    else if (r->announcement == ANNOUNCEMENT_MADE && t->type != TX_SYSTEM)
        r->announcement = ANNOUNCEMENT_USED;
    else if (r->announcement == ANNOUNCEMENT_USED && function == (u32)SELECTOR_CLOSE_LOOKUPS)
        r->announcement = ANNOUNCEMENT_NONE;
    else if (r->announcement == ANNOUNCEMENT_USED || (r->announcement == ANNOUNCEMENT_MADE && !fills))
        return REJECT_ANNOUNCEMENT;
    return OK;
}

static enum err check_tx_order(struct block_run *run, const struct tx *t)
{
    struct rollup_run *r = run->hook_data;
    if (run->lenient & LENIENT_ORDER)
        return OK;
    if (run->tx.count == 0 && (t->type != TX_SYSTEM || !address_eq(&t->to, &l1_context_address)))
        return REJECT_NO_L1_CONTEXT;
    TRY(check_announcement(r, t));
    struct root root;
    if (handled_root(&root, t)) {
        struct scope_storage_slot before;
        TRY(read_scope_storage_slot(run->state, &before));
        const bool seen = root_cmp(&root, &before.last_root) == 0;
        const bool runs = r->is_running && root_cmp(&root, &r->running) == 0;
        if (seen && !runs)
            return REJECT_SCOPE_SPLIT;
        r->is_running = true;
        r->running = root;
    } else if (t->type != TX_SYSTEM) {
        r->is_running = false;
    }
    return OK;
}

/* The envelope in takeForced((from, to, value, gasLimit, data)), where from is 0; else it is a call from L1. */
static bool carries_tx(const struct tx *t, struct bytes *envelope, u64 *gas_limit)
{
    struct abi_reader r, entry;
    address from, to;
    u256 value;
    if (!takes_forced(t))
        return false;
    r = abi_reader(bytes_of(t->data.ptr + 4, t->data.len - 4));
    return abi_tuple(&r, &entry) == OK && abi_address(&entry, &from) == OK && abi_address(&entry, &to) == OK &&
           abi_u256(&entry, &value) == OK && abi_u64(&entry, gas_limit) == OK && abi_bytes(&entry, envelope) == OK &&
           address_is_zero(&from);
}

/* The forced part of a block is its update, then entries, each with the transaction that it carries if that is
 * valid. */
static enum err follow_forced(struct block_run *run, const struct tx *t, const struct receipt *receipt)
{
    struct rollup_run *r = run->hook_data;
    const u64 here = run->tx.count;
    struct bytes envelope;
    u64 gas_limit;
    hash32 hash;
    (void)receipt;
    if (here == 0 || (here == r->forced_end && takes_forced(t))) {
        r->forced_end = here + 1;
        r->forced_tx = (hash32){{0}};
        if (carries_tx(t, &envelope, &gas_limit))
            keccak256(&r->forced_tx, envelope.ptr, envelope.len);
    } else if (here == r->forced_end && !hash32_is_zero(&r->forced_tx)) {
        tx_hash(&hash, t, &run->arena);
        if (hash32_eq(&hash, &r->forced_tx))
            r->forced_end = here + 1;
        r->forced_tx = (hash32){{0}};
    }
    return OK;
}

/* A system transaction is no one's to sign, and what needs more gas than was paid for on L1 is invalid. */
static enum err apply_forced(struct block_run *run, struct bytes envelope, u64 gas_limit, struct arena *arena)
{
    const u32 admitted = chain_rules_admitted(run->rules, run->fork) & ~tx_type_bit(TX_SYSTEM);
    const struct receipt *receipt;
    struct tx *t = ARENA_TAKE(arena, struct tx, 1);
    TRY(tx_decode(t, arena, envelope, admitted));
    if (t->gas_limit > gas_limit)
        return REJECT_TX_GAS_ALLOWANCE;
    TRY(tx_recover(t, true, arena));
    return block_apply(run, &receipt, t);
}

enum err rollup_apply(struct block_run *run, const struct receipt **out, const struct tx *t, struct arena *arena)
{
    struct bytes envelope;
    u64 gas_limit;
    TRY(block_apply(run, out, t));
    if (!carries_tx(t, &envelope, &gas_limit))
        return OK;
    if (gas_limit > run->header.gas_limit - run->gas_used)
        return REJECT_TX_GAS_ALLOWANCE;
    const enum err e = apply_forced(run, envelope, gas_limit, arena);
    return err_is_reject(e) ? OK : e;
}

static enum err check_leftover(struct block_run *run)
{
    struct scope_storage_slot scope;
    if (run->lenient & LENIENT_ORDER)
        return OK;
    if (run->tx.count == 0)
        return REJECT_NO_L1_CONTEXT;
    TRY(read_scope_storage_slot(run->state, &scope));
    return scope.left_over == 0 ? OK : REJECT_LEFTOVER;
}

/* What the bridge aborts with, by the selector of its error. */
static enum err abort_reason(struct bytes input)
{
    static const struct { enum selector selector; enum err e; } reason[] = {
        {SELECTOR_RESPONSE_MISSING, REJECT_RESPONSE_MISSING},
        {SELECTOR_INSUFFICIENT_GAS, REJECT_INSUFFICIENT_GAS},
        {SELECTOR_NESTED_MISMATCH, REJECT_NESTED_MISMATCH},
        {SELECTOR_ROOT_ORDER, REJECT_ROOT_ORDER},
        {SELECTOR_CLOCK_TOO_FAR, REJECT_CLOCK_TOO_FAR},
        {SELECTOR_OUTSIDE_CIRCLE, REJECT_OUTSIDE_CIRCLE},
        {SELECTOR_REFUND_REFUSED, REJECT_REFUND_REFUSED},
        {SELECTOR_NOT_ANNOUNCED, REJECT_NOT_ANNOUNCED},
        {SELECTOR_LOOKUP_LATE, REJECT_LOOKUP_LATE},
        {SELECTOR_CALL_IN_ATTEMPT, REJECT_CALL_IN_ATTEMPT},
        {SELECTOR_ATTEMPT_SUCCEEDED, REJECT_ATTEMPT_SUCCEEDED},
    };
    if (input.len == 4)
        for (size_t i = 0; i < COUNT_OF(reason); i++)
            if (load_be32(input.ptr) == (u32)reason[i].selector)
                return reason[i].e;
    return REJECT_ABORT;
}

static enum err call_codeless(struct block_run *run, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                              bool *served)
{
    (void)run, (void)vm, (void)r;
    *served = false;
    if ((m->kind != MESSAGE_CALL && m->kind != MESSAGE_STATICCALL) ||
        !address_eq(&m->recipient, &abort_precompile_address) || !address_eq(&m->sender, &rollup_bridge_address))
        return OK;
    if (selector_of(m->input) == (u32)SELECTOR_SCOPED_LOOKUP) /* for the builder, instead of an event */
        return OK;
    return abort_reason(m->input);
}

/* --- frames of the bridge that made a call --- */

static u8 depth_bit(u32 depth)
{
    return (u8)(1u << depth % 8);
}

static enum err note_call(struct block_run *run, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct rollup_run *r = run->hook_data;
    (void)vm;
    BUG_UNLESS(m->depth < FRAME_DEPTHS);
    if (log->topic_count && address_eq(&log->at, &rollup_bridge_address) &&
        hash32_eq(&log->topic[0], &scoped_call_topic))
        r->made_call[m->depth / 8] |= depth_bit(m->depth);
    return OK;
}

/* After ScopedCall, how much gas a frame of the bridge needs is in the builder's hand: it chooses what is filled. So a
 * frame that made a call and then halts exceptionally, for any reason, is an abort: it cannot be caught. */
static enum err check_frame(struct block_run *run, struct evm *vm, const struct evm_message *m,
                            const struct evm_result *result)
{
    struct rollup_run *r = run->hook_data;
    (void)vm;
    BUG_UNLESS(m->depth < FRAME_DEPTHS);
    u8 *byte = &r->made_call[m->depth / 8];
    const u8 bit = depth_bit(m->depth);
    if (!(*byte & bit))
        return OK;
    *byte &= (u8)~bit;
    return halt_is_success(result->halt) || result->halt == HALT_REVERT ? OK : REJECT_SCOPED_CALL_HALTED;
}

static const struct chain_hooks rollup_hooks = {
    .name = "scope rollup",
    .admitted = 1u << TX_LEGACY | 1u << TX_ACCESS_LIST | 1u << TX_DYNAMIC_FEE | 1u << TX_SET_CODE | 1u << 31,
    .base_fee_to_coinbase = true,
    .omits_beacon_root = true,
    .omits_requests = true,
    .fixes_gas_limit = true,
    .run_size = sizeof(struct rollup_run),
    .header = check_rollup_header,
    .system = check_system,
    .before = check_tx_order,
    .after = follow_forced,
    .end = check_leftover,
    .leave = check_frame,
    .log = note_call,
    .call_codeless = call_codeless,
};

/* --- rules --- */

void rollup_rules_init(struct rollup_rules *out, u64 chain_id, u64 l1_chain_id, const address *shared_bridge,
                       const address *coinbase, u64 gas_limit)
{
    *out = (struct rollup_rules){
        .activation = {.fork = &fork_table[FORK_OSAKA], .blobs = blob_schedule_prague},
        .l1_chain_id = l1_chain_id,
        .shared_bridge = *shared_bridge,
        .coinbase = *coinbase,
        .gas_limit = gas_limit,
    };
    out->chain = (struct chain_rules){
        .chain_id = chain_id,
        .activation = &out->activation,
        .activation_count = 1,
        .hooks = &rollup_hooks,
        .hook_rules = out,
    };
}

void rollup_rules_hash(hash32 *out, const struct rollup_rules *r)
{
    const char *fork = r->activation.fork->name;
    u8 packed[32 * 12];
    struct words w = {packed};
    words_put_hash_of(&w, BYTES_LITERAL("scope.rules.v1"));
    words_put_u64(&w, r->chain.chain_id);
    words_put_u64(&w, r->l1_chain_id);
    words_put_address(&w, &r->shared_bridge);
    words_put_hash_of(&w, bytes_of(fork, __builtin_strlen(fork)));
    words_put_address(&w, &rollup_bridge_address);
    words_put_address(&w, &l1_context_address);
    words_put_address(&w, &remote_account_address);
    words_put_address(&w, &abort_precompile_address);
    words_put_address(&w, &system_sender);
    words_put_address(&w, &r->coinbase);
    words_put_u64(&w, r->gas_limit);
    BUG_UNLESS(w.next == packed + sizeof packed);
    keccak256(out, packed, sizeof packed);
}

struct block_choice rollup_block_choice(const struct rollup_rules *r, u64 timestamp)
{
    return (struct block_choice){.coinbase = r->coinbase, .timestamp = timestamp, .gas_limit = r->gas_limit};
}
