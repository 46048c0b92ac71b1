#include "builder/oracle_program.h"

#include "base/u256.h"
#include "codec/abi.h"
#include "codec/text.h"

/* --- random numbers: splitmix64 (Steele, Lea, Flood, 2014) --- */

struct dice {
    u64 state;
};

static u64 roll(struct dice *d, u64 below)
{
    u64 z = d->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

static bool chance(struct dice *d, u32 permille)
{
    return roll(d, 1000) < permille;
}

/* --- generating --- */

enum { STACK_MAX = 24 };

struct generator {
    struct dice dice;
    struct arena *arena;
    u32 chain_count;
    u32 acts_left;
    u64 l1_gas_left; /* of the slot's bundle */
    u32 deep, back;  /* what the program is fond of, in a thousand: calls in calls, calls back to who is calling */
    struct {
        u32 chain, puppet;
    } stack[STACK_MAX]; /* who is calling */
    u32 stack_count;
};

/* Where a script runs. */
struct place_in {
    u32 chain;
    u32 puppet; /* ORACLE_CONTRACTS: not a puppet */
    u32 depth;  /* inbound calls around it */
    u64 gas;    /* it has at least */
    u64 spent;  /* it has spent at most, with all that it called back into its own chain */
    bool leaf;
    bool is_user;
};

/* What things cost at most. On a rollup every word that a bridge keeps is storage. */
enum {
    COST_FRAME = 12000, COST_MIX = 26000, COST_NOTE = 4000, COST_LITTLE = 3500, COST_CALL = 15000,
    COST_SCOPED = 220000, COST_SCOPED_BYTE = 250, COST_L1_BYTE = 130, GAS_LEAST = 150000,
};

static struct act *new_act(struct generator *g, enum act_kind kind)
{
    struct act *a = ARENA_TAKE_ZERO(g->arena, struct act, 1);
    a->kind = kind;
    return a;
}

static u32 body_bytes(const struct act *list);

static u32 act_bytes(const struct act *a)
{
    static const u32 head[ACT_KIND_COUNT] = {
        [ACT_MIX] = 9, [ACT_NOTE] = 9, [ACT_READ] = 1, [ACT_BALANCE] = 1, [ACT_REVERT] = 3, [ACT_RETURN] = 3,
        [ACT_REFUSE] = 2, [ACT_BRANCH] = 4, [ACT_SPAWN] = 1, [ACT_CALL] = 32, [ACT_FACE] = 32, [ACT_SCOPED] = 48,
    };
    if (a->kind == ACT_SCOPED && a->to == TO_SELF) {
        u32 sum = head[a->kind] + 260;
        for (const struct act *item = a->body; item; item = item->next)
            sum += 256 + body_bytes(item->body);
        return sum;
    }
    return head[a->kind] + body_bytes(a->body);
}

static u32 body_bytes(const struct act *list)
{
    u32 sum = 0;
    for (; list; list = list->next)
        sum += act_bytes(list);
    return sum;
}

static struct act *make_body(struct generator *g, struct place_in *at, bool fails);

static u64 some_value(struct generator *g)
{
    if (!chance(&g->dice, 350))
        return 0;
    return chance(&g->dice, 15) ? 1ull << 63 /* more than any puppet has */ : 1 + roll(&g->dice, 1000000000);
}

static u32 some_puppet(struct generator *g)
{
    return (u32)roll(&g->dice, chance(&g->dice, 120) ? ORACLE_CONTRACTS : ORACLE_PUPPETS);
}

static void choose_target(struct generator *g, struct act *a, const struct place_in *at)
{
    a->chain = (at->chain + 1 + (u32)roll(&g->dice, g->chain_count - 1)) % g->chain_count;
    a->puppet = some_puppet(g);
    if (!g->stack_count || !chance(&g->dice, g->back))
        return;
    const u32 i = (u32)roll(&g->dice, g->stack_count);
    if (g->stack[i].chain != at->chain) {
        a->chain = g->stack[i].chain;
        a->puppet = g->stack[i].puppet;
    }
}

/* What the target may be given. If it calls back, that call runs inside of the caller's frame, where a sixteenth and
 * 100,000 more must be left, and the bridge takes its part. */
static u64 gas_to_give(const struct place_in *at, u32 target)
{
    enum { BRIDGE_PART = 180000 };
    u64 left = (at->gas - at->spent) / 10 * 9;
    left = left > BRIDGE_PART ? left - BRIDGE_PART : 0;
    return target == 0 && left > ORACLE_L1_MAX_GAS ? ORACLE_L1_MAX_GAS : left;
}

/* Whether the cost fits, and the bundle on L1 has room for its part. Takes it, if so. */
static bool pay(struct generator *g, struct place_in *at, u64 cost, u64 l1_cost)
{
    if (at->spent + cost > at->gas / 100 * 45 || l1_cost > g->l1_gas_left)
        return false;
    at->spent += cost;
    g->l1_gas_left -= l1_cost;
    return true;
}

static u64 l1_part(u32 source, u32 target, u64 bytes)
{
    return COST_L1_BYTE * (bytes + 500) + (source == 0 ? 170000 : 0) + (target == 0 ? 170000 : 0);
}

/* A body for another chain; its cost goes to *inner, false when it does not fit the gas that it is given. */
static void make_remote_body(struct generator *g, struct act *a, const struct place_in *at, u64 *inner)
{
    const bool leaf = a->kind == ACT_SCOPED && (a->how == HOW_TRY || a->how == HOW_TRY_FLAGS_1);
    struct place_in there = {
        .chain = a->chain, .puppet = a->puppet, .depth = at->depth + 1, .gas = a->gas, .leaf = leaf};
    const bool tried = a->kind == ACT_SCOPED && a->how != HOW_SCOPED_CALL;
    a->body = make_body(g, &there, chance(&g->dice, leaf ? 500 : tried ? 150 : 15));
    *inner = there.spent;
}

static struct act *make_face(struct generator *g, struct place_in *at);

/* The caller's RemoteAccount makes these calls on the target. */
static void make_batch(struct generator *g, struct act *a, const struct place_in *at, u64 *inner)
{
    const bool leaf = a->how == HOW_TRY || a->how == HOW_TRY_FLAGS_1;
    struct place_in there = {
        .chain = a->chain, .puppet = ORACLE_CONTRACTS, .depth = at->depth + 1, .gas = a->gas, .leaf = leaf};
    const u32 count = 1 + (u32)roll(&g->dice, 2);
    u64 value = a->value;
    struct act **end = &a->body;
    for (u32 i = 0; i < count; i++) {
        struct act *item = !leaf && chance(&g->dice, 250) ? make_face(g, &there) : NULL;
        if (item) {
            item->value = 0; /* it has none to give */
            item->caught = false;
        } else {
            item = new_act(g, ACT_CALL);
            item->chain = a->chain;
            item->puppet = some_puppet(g);
            item->value = value && chance(&g->dice, 600) ? 1 + roll(&g->dice, value) : 0;
            value -= item->value;
            struct place_in inside = there;
            inside.puppet = item->puppet;
            inside.gas = (there.gas - there.spent) / 10 * 9;
            inside.spent = 0;
            item->body = make_body(g, &inside, false);
            there.spent += inside.spent + COST_CALL;
        }
        *end = item;
        end = &item->next;
    }
    *inner = there.spent;
}

/* onward: the target gets a script, and may call on. */
static struct act *make_scoped(struct generator *g, struct place_in *at, bool onward)
{
    struct act *a = new_act(g, ACT_SCOPED);
    static const u8 hows[] = {0, 0, 0, 0, 1, 2, 2, 3};
    choose_target(g, a, at);
    a->how = onward ? (chance(&g->dice, 700) ? HOW_SCOPED_CALL : HOW_TRY_FLAGS_0) : hows[roll(&g->dice, sizeof hows)];
    a->value = some_value(g);
    a->caught = chance(&g->dice, a->how == HOW_SCOPED_CALL ? 100 : 400);
    a->gas = gas_to_give(at, a->chain) / 16 * (10 + roll(&g->dice, 7));
    if (a->gas < GAS_LEAST)
        return NULL;
    u64 inner = 0;
    const u64 kind = onward ? 99 : roll(&g->dice, 100);
    if (kind < 2) {
        a->chain = chance(&g->dice, 500) ? at->chain : ORACLE_CHAINS_MAX; /* its own, or none */
        a->caught |= chance(&g->dice, 700);
    } else if (kind < 4) {
        a->wrong_value = chance(&g->dice, 500);
        a->wrong_from = !a->wrong_value;
        a->caught |= chance(&g->dice, 700);
    } else if (kind < 5) {
        a->value = 1 + roll(&g->dice, 1000); /* plain ETH, by the bridge */
    } else if (kind < 12) {
        a->to = TO_SINK;
        a->gas = roll(&g->dice, 50000);
    } else if (kind < 14) {
        a->to = TO_BRIDGE;
        a->how = a->how == HOW_SCOPED_CALL ? HOW_TRY : a->how;
    } else if (kind < 18) {
        a->gas = roll(&g->dice, ORACLE_HOPELESS_GAS);
        a->value = 0; /* with value comes a stipend, and hope */
        a->how = chance(&g->dice, 900) && a->how == HOW_SCOPED_CALL ? HOW_TRY : a->how;
        if (a->chain == 0 && g->chain_count > 2 && chance(&g->dice, 800))
            a->chain = 1 + at->chain % (g->chain_count - 1); /* on L1 it blows the fuse: a refusal */
        if (a->chain == at->chain)
            return NULL;
        a->body = new_act(g, ACT_MIX);
    } else if (kind < 26) {
        a->to = TO_SELF;
        make_batch(g, a, at, &inner);
    } else {
        make_remote_body(g, a, at, &inner);
    }
    const u64 bytes = act_bytes(a);
    const u64 cost = inner + COST_SCOPED + COST_SCOPED_BYTE * bytes;
    return inner <= a->gas / 100 * 45 + COST_FRAME && pay(g, at, cost, l1_part(at->chain, a->chain, bytes)) ? a : NULL;
}

static struct act *make_face(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, ACT_FACE);
    choose_target(g, a, at);
    a->caught = chance(&g->dice, 200);
    a->value = some_value(g);
    a->gas = (a->chain == 0 ? ORACLE_L1_DEFAULT_GAS : ORACLE_ROLLUP_DEFAULT_GAS) >> at->depth;
    if (a->gas > gas_to_give(at, a->chain) || a->gas < GAS_LEAST / 2)
        return NULL;
    u64 inner = 0;
    if (!chance(&g->dice, 40)) /* else plain ETH, which stays there */
        make_remote_body(g, a, at, &inner);
    const u64 bytes = act_bytes(a), cost = inner + COST_SCOPED + COST_CALL + COST_SCOPED_BYTE * bytes;
    return inner <= a->gas / 100 * 45 && pay(g, at, cost, l1_part(at->chain, a->chain, bytes)) ? a : NULL;
}

static struct act *make_call(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, ACT_CALL);
    a->chain = at->chain;
    a->puppet = some_puppet(g);
    a->value = some_value(g);
    a->caught = chance(&g->dice, 400);
    if (!at->is_user && chance(&g->dice, 60)) {
        a->to = TO_SINK;
        return pay(g, at, COST_CALL + 40000, 0) ? a : NULL;
    }
    if (chance(&g->dice, 60) && !at->is_user) /* plain ETH */
        return pay(g, at, COST_CALL + COST_MIX, 0) ? a : NULL;
    struct place_in inside = *at;
    inside.puppet = a->puppet;
    inside.gas = (at->gas - at->spent) / 10 * 9;
    inside.spent = 0;
    inside.is_user = false;
    a->body = make_body(g, &inside, chance(&g->dice, a->caught ? 300 : 10));
    return pay(g, at, inside.spent + COST_CALL, 0) ? a : NULL;
}

static struct act *make_branch(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, ACT_BRANCH);
    a->bit = (u32)roll(&g->dice, 256);
    a->body = make_body(g, at, false);
    return a;
}

static struct act *make_plain(struct generator *g, struct place_in *at, enum act_kind kind, u64 cost)
{
    struct act *a = new_act(g, kind);
    a->word = roll(&g->dice, 1 << 16);
    return pay(g, at, cost, at->chain == 0 ? cost : 0) ? a : NULL;
}

static struct act *make_act(struct generator *g, struct place_in *at)
{
    const u64 kind = roll(&g->dice, 100);
    if (kind < 14)
        return make_plain(g, at, ACT_MIX, COST_MIX);
    if (kind < 30)
        return make_plain(g, at, ACT_NOTE, COST_NOTE);
    if (kind < 38)
        return make_plain(g, at, ACT_READ, COST_LITTLE);
    if (kind < 41)
        return make_plain(g, at, ACT_BALANCE, COST_LITTLE);
    if (kind < 42 && chance(&g->dice, 300)) {
        struct act *a = make_plain(g, at, ACT_REFUSE, COST_MIX);
        if (a)
            a->bit = chance(&g->dice, 700);
        return a;
    }
    if (kind < 43)
        return at->puppet < ORACLE_PUPPETS ? make_plain(g, at, ACT_SPAWN, 60000) : NULL;
    if (kind < 48)
        return make_branch(g, at);
    if (kind < 59)
        return make_call(g, at);
    if (at->leaf && !chance(&g->dice, 150))
        return make_plain(g, at, ACT_READ, COST_LITTLE);
    return kind < 68 ? make_face(g, at) : make_scoped(g, at, false);
}

static struct act *make_end(struct generator *g, enum act_kind kind)
{
    static const u32 sizes[] = {0, 1, 4, 31, 32, 33, 64, 68, 200};
    struct act *a = new_act(g, kind);
    a->size =
        chance(&g->dice, 15) ? 16385 /* one more than an answer may hold */ : sizes[roll(&g->dice, COUNT_OF(sizes))];
    return a;
}

/* The same call again, if it fits: it may well have another answer. `paid` and `l1_paid`: what it took the first time.
 */
static struct act *make_again(struct generator *g, struct place_in *at, const struct act *a, u64 paid, u64 l1_paid)
{
    if ((a->kind != ACT_SCOPED && a->kind != ACT_FACE) || a->gas > gas_to_give(at, a->chain) ||
        !pay(g, at, paid, l1_paid))
        return NULL;
    struct act *again = new_act(g, a->kind);
    *again = *a;
    again->next = NULL;
    return again;
}

static struct act *make_acts(struct generator *g, struct place_in *at, bool fails)
{
    struct act *first = NULL, **end = &first;
    const u32 count = fails ? (u32)roll(&g->dice, 2) : 1 + (u32)roll(&g->dice, 4);
    const u32 goes_on = fails || at->leaf ? count : chance(&g->dice, g->deep) ? (u32)roll(&g->dice, count) : count;
    for (u32 i = 0; i < count && g->acts_left; i++) {
        const u64 spent = at->spent, l1_left = g->l1_gas_left;
        g->acts_left--;
        struct act *a = fails && chance(&g->dice, 800) ? make_plain(g, at, ACT_MIX, COST_MIX)
                        : i == goes_on                 ? make_scoped(g, at, true)
                                                       : make_act(g, at);
        if (!a)
            continue;
        *end = a;
        end = &a->next;
        if (chance(&g->dice, 80) && (a = make_again(g, at, a, at->spent - spent, l1_left - g->l1_gas_left))) {
            *end = a;
            end = &a->next;
        }
    }
    return first;
}

static struct act *make_body(struct generator *g, struct place_in *at, bool fails)
{
    at->spent += COST_FRAME;
    const bool on_stack = at->puppet < ORACLE_CONTRACTS && g->stack_count < STACK_MAX;
    if (on_stack) {
        g->stack[g->stack_count].chain = at->chain;
        g->stack[g->stack_count++].puppet = at->puppet;
    }
    struct act *first = make_acts(g, at, fails), **end = &first;
    g->stack_count -= on_stack;
    while (*end)
        end = &(*end)->next;
    if (fails)
        *end = make_end(g, ACT_REVERT);
    else if (chance(&g->dice, 150))
        *end = make_end(g, ACT_RETURN);
    if (!first)
        first = new_act(g, ACT_READ); /* a script is not empty: that would be plain ETH */
    return first;
}

static void make_work(struct generator *g, struct program_work *w)
{
    static const u32 fond[] = {0, 300, 600, 900, 990};
    g->deep = fond[roll(&g->dice, COUNT_OF(fond))];
    g->back = fond[roll(&g->dice, COUNT_OF(fond))];
    g->acts_left = 4 + (u32)roll(&g->dice, 36);
    w->chain = (u32)roll(&g->dice, g->chain_count);
    w->user = (u32)roll(&g->dice, ORACLE_USERS);
    struct place_in at = {.chain = w->chain,
                          .puppet = ORACLE_CONTRACTS,
                          .gas = w->chain == 0 ? ORACLE_OPERATION_GAS : ORACLE_TX_GAS,
                          .is_user = true,
                          .spent = 200000};
    const u32 count = w->chain == 0 ? 1 + (u32)roll(&g->dice, 3) : 1;
    struct act **end = &w->act;
    for (u32 i = 0; i < count; i++) {
        struct act *a = NULL;
        for (u32 tries = 0; !a && tries < 4; tries++) {
            const u64 kind = roll(&g->dice, 100);
            a = kind < 70 ? make_call(g, &at) : kind < 80 ? make_face(g, &at) : make_scoped(g, &at, false);
        }
        if (!a)
            continue;
        a->caught = false;
        a->wrong_value = a->wrong_from = false;
        *end = a;
        end = &a->next;
    }
}

void program_generate(struct program *out, struct arena *arena, u64 seed)
{
    struct generator g = {.dice = {seed * 0x2545f4914f6cdd1d + 1}, .arena = arena};
    *out = (struct program){.seed = seed};
    g.chain_count = 2 + (u32)roll(&g.dice, ORACLE_CHAINS_MAX - 1);
    out->chain_count = g.chain_count;
    out->slot_count = chance(&g.dice, 750) ? 1 : 2 + (u32)roll(&g.dice, 2);
    for (u32 slot = 0; slot < out->slot_count; slot++) {
        const u32 works = 1 + (u32)roll(&g.dice, 4);
        g.l1_gas_left = 6000000;
        for (u32 i = 0; i < works; i++) {
            struct program_work *w = &out->work[out->work_count];
            w->slot = slot;
            make_work(&g, w);
            out->work_count += w->act != NULL;
        }
    }
}

/* --- encoding --- */

static void add_be(struct buffer *out, u64 x, u32 bytes)
{
    u8 *p = buffer_extend(out, bytes);
    for (u32 i = 0; i < bytes; i++)
        p[i] = (u8)(x >> 8 * (bytes - 1 - i));
}

/* Who runs the script. */
struct actor {
    u32 chain;
    const address *own_face; /* by chain: the actor's RemoteAccounts; NULL: it has none that is known */
    u32 stride;
};

static void add_script(struct buffer *out, const struct act *list, const struct cast *cast, const struct actor *actor);

static struct bytes script_of(const struct act *list, const struct cast *cast, const struct actor *actor,
                              struct arena *arena)
{
    struct buffer b = buffer_in(arena);
    add_script(&b, list, cast, actor);
    return buffer_bytes(&b);
}

static struct actor puppet_actor(const struct cast *cast, u32 chain, u32 puppet)
{
    return (struct actor){chain, &cast->face[0][chain][puppet], ORACLE_CHAINS_MAX * ORACLE_CONTRACTS};
}

static const address *own_face(const struct actor *actor, u32 on)
{
    return &actor->own_face[on * actor->stride];
}

/* execute(bytes32 mode, bytes abi.encode(Call[])): ERC-7821 */
static struct bytes batch_of(const struct act *list, const struct cast *cast, u32 chain, struct arena *arena)
{
    enum { EXECUTE = (int)0xe9ae5c53 };
    static const u8 mode[32] = {1};
    u32 count = 0;
    for (const struct act *a = list; a; a = a->next)
        count += !a->removed;
    struct buffer inner = buffer_in(arena), out = buffer_in(arena);
    struct abi_writer w = abi_writer(&inner);
    abi_open(&w, 1);
    abi_open_array(&w, count, 1);
    for (const struct act *a = list; a; a = a->next) {
        if (a->removed)
            continue;
        const struct actor puppet = puppet_actor(cast, a->chain, a->puppet);
        abi_open_tuple(&w, 3);
        abi_add_address(&w, a->kind == ACT_FACE ? &cast->face[chain][a->chain][a->puppet]
                                                : &cast->puppet[chain][a->puppet]);
        abi_add_u64(&w, a->value);
        abi_add_bytes(&w, script_of(a->body, cast, &puppet, arena));
        abi_close(&w);
    }
    abi_close(&w);
    abi_close(&w);
    add_be(&out, (u32)EXECUTE, 4);
    w = abi_writer(&out);
    abi_open(&w, 2);
    abi_add_word(&w, mode);
    abi_add_bytes(&w, buffer_bytes(&inner));
    abi_close(&w);
    return buffer_bytes(&out);
}

/* Target and calldata of a call. */
struct call_target {
    u64 chain_id;
    address to;
    struct bytes data;
};

static struct call_target target_of(const struct act *a, const struct cast *cast, const struct actor *actor,
                                    struct arena *arena)
{
    struct call_target t = {0};
    const bool is_there = a->chain < cast->chain_count;
    const u32 chain = is_there ? a->chain : 0;
    const struct actor puppet = puppet_actor(cast, chain, a->puppet);
    t.chain_id = is_there ? cast->chain_id[chain] : 77;
    t.to = cast->puppet[chain][a->puppet];
    if (a->to == TO_SINK)
        t.to = cast->sink[chain];
    else if (a->to == TO_BRIDGE)
        t.to = cast->bridge[chain];
    else if (a->to == TO_SELF)
        t.to = *own_face(actor, chain);
    if (a->kind == ACT_FACE)
        t.to = cast->face[actor->chain][chain][a->puppet];
    t.data = a->to == TO_SELF ? batch_of(a->body, cast, chain, arena) : script_of(a->body, cast, &puppet, arena);
    return t;
}

static void add_act(struct buffer *out, const struct act *a, const struct cast *cast, const struct actor *actor)
{
    struct call_target t;
    switch (a->kind) {
    case ACT_MIX:
        add_be(out, 1, 1), add_be(out, a->word, 8);
        break;
    case ACT_NOTE:
        add_be(out, 2, 1), add_be(out, a->word, 8);
        break;
    case ACT_READ:
        add_be(out, 3, 1);
        break;
    case ACT_BALANCE:
        add_be(out, 4, 1);
        break;
    case ACT_CALL:
    case ACT_FACE:
        t = target_of(a, cast, actor, out->arena);
        add_be(out, 5, 1), add_be(out, (u32)a->caught | (u32)a->wrong_value << 7, 1);
        buffer_add(out, t.to.b, 20);
        add_be(out, a->value, 8), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_SCOPED:
        t = target_of(a, cast, actor, out->arena);
        add_be(out, 6, 1),
            add_be(out, (u32)a->caught | (u32)a->how << 1 | (u32)a->wrong_from << 3 | (u32)a->wrong_value << 7, 1);
        add_be(out, t.chain_id, 8);
        buffer_add(out, t.to.b, 20);
        add_be(out, a->value, 8), add_be(out, a->gas, 8), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_REVERT:
        add_be(out, 7, 1), add_be(out, a->size, 2);
        break;
    case ACT_RETURN:
        add_be(out, 8, 1), add_be(out, a->size, 2);
        break;
    case ACT_REFUSE:
        add_be(out, 9, 1), add_be(out, a->bit, 1);
        break;
    case ACT_BRANCH:
        t.data = script_of(a->body, cast, actor, out->arena);
        add_be(out, 10, 1), add_be(out, a->bit, 1), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_SPAWN:
        add_be(out, 11, 1);
        break;
    case ACT_KIND_COUNT:
        BUG("not an act");
    }
}

static void add_script(struct buffer *out, const struct act *list, const struct cast *cast, const struct actor *actor)
{
    for (; list; list = list->next)
        if (!list->removed)
            add_act(out, list, cast, actor);
}

static struct bytes scoped_call_data(const struct act *a, const struct cast *cast, const struct program_work *w,
                                     struct arena *arena)
{
    static const u32 selector[] = {
        [HOW_SCOPED_CALL] = 0x752949ed, /* scopedCall(uint256,address,(address,uint256,uint256,bytes)) */
        [HOW_TRY] = 0x45388d4f,         /* tryScopedCall(the same) */
        [HOW_TRY_FLAGS_0] = 0x1cba9f5b, /* tryScopedCall(the same, uint32) */
        [HOW_TRY_FLAGS_1] = 0x1cba9f5b,
    };
    const bool has_flags = a->how == HOW_TRY_FLAGS_0 || a->how == HOW_TRY_FLAGS_1;
    const struct actor user = {w->chain, &cast->user_face[0][w->chain][w->user], ORACLE_CHAINS_MAX * ORACLE_USERS};
    const struct call_target t = target_of(a, cast, &user, arena);
    struct buffer out = buffer_in(arena);
    add_be(&out, selector[a->how], 4);
    struct abi_writer abi = abi_writer(&out);
    abi_open(&abi, has_flags ? 4 : 3);
    abi_add_u64(&abi, t.chain_id);
    abi_add_address(&abi, &cast->user[w->chain][w->user]);
    abi_open_tuple(&abi, 4);
    abi_add_address(&abi, &t.to);
    abi_add_u64(&abi, a->value);
    abi_add_u64(&abi, a->gas);
    abi_add_bytes(&abi, t.data);
    abi_close(&abi);
    if (has_flags)
        abi_add_u64(&abi, a->how == HOW_TRY_FLAGS_1);
    abi_close(&abi);
    return buffer_bytes(&out);
}

struct program_call program_call_of(const struct act *a, const struct cast *cast, const struct program_work *w,
                                    struct arena *arena)
{
    struct program_call c = {.value = u256_from_u64(a->value)};
    if (a->kind == ACT_SCOPED) {
        c.to = cast->bridge[w->chain];
        c.data = scoped_call_data(a, cast, w, arena);
    } else {
        const struct actor user = {w->chain, NULL, 0};
        const struct call_target t = target_of(a, cast, &user, arena);
        c.to = t.to;
        c.data = t.data;
    }
    return c;
}

u32 program_call_count(const struct program_work *w)
{
    u32 count = 0;
    for (const struct act *a = w->act; a; a = a->next)
        count += !a->removed;
    return w->removed ? 0 : count;
}

/* --- printing --- */

static void add_number(struct buffer *out, const char *name, u64 x)
{
    text_add_z(out, name);
    text_add_u64(out, x);
}

static void add_chain(struct buffer *out, u32 chain)
{
    if (chain == 0)
        text_add(out, "L1");
    else if (chain < ORACLE_CHAINS_MAX)
        add_number(out, "rollup ", chain);
    else
        text_add(out, "an unknown chain");
}

static void print_call(struct buffer *out, const struct act *a)
{
    static const char *const how[] = {"scopedCall", "tryScopedCall", "tryScopedCall(flags 0)",
                                      "tryScopedCall(flags 1)"};
    text_add_z(out, a->kind == ACT_CALL ? "call" : a->kind == ACT_FACE ? "call the face of" : how[a->how]);
    text_add(out, " ");
    add_chain(out, a->chain);
    if (a->to == TO_PUPPET)
        add_number(out, " puppet ", a->puppet);
    else
        text_add_z(out, a->to == TO_SINK ? " sink" : a->to == TO_BRIDGE ? " bridge" : " own face, a batch");
    if (a->value)
        add_number(out, ", value ", a->value);
    if (a->kind == ACT_SCOPED)
        add_number(out, ", gas ", a->gas);
    if (a->wrong_value)
        text_add(out, ", with one wei more");
    if (a->wrong_from)
        text_add(out, ", in another's name");
    if (a->caught)
        text_add(out, ", caught");
}

static void print_list(struct buffer *out, const struct act *list, u32 indent)
{
    static const char *const name[ACT_KIND_COUNT] = {
        [ACT_MIX] = "mix ",
        [ACT_NOTE] = "note ",
        [ACT_READ] = "read",
        [ACT_BALANCE] = "balance",
        [ACT_REVERT] = "revert with bytes: ",
        [ACT_RETURN] = "return bytes: ",
        [ACT_REFUSE] = "refuse plain ETH: ",
        [ACT_BRANCH] = "branch on bit ",
        [ACT_SPAWN] = "spawn",
    };
    for (const struct act *a = list; a; a = a->next) {
        if (a->removed)
            continue;
        for (u32 i = 0; i < indent; i++)
            text_add(out, "  ");
        if (a->kind >= ACT_CALL)
            print_call(out, a);
        else
            text_add_z(out, name[a->kind]);
        if (a->kind == ACT_MIX || a->kind == ACT_NOTE)
            text_add_u64(out, a->word);
        else if (a->kind == ACT_REVERT || a->kind == ACT_RETURN)
            text_add_u64(out, a->size);
        else if (a->kind == ACT_REFUSE || a->kind == ACT_BRANCH)
            text_add_u64(out, a->bit);
        text_add(out, "\n");
        print_list(out, a->body, indent + 1);
    }
}

void program_print(struct buffer *out, const struct program *p)
{
    add_number(out, "seed ", p->seed);
    add_number(out, ", chains ", p->chain_count);
    text_add(out, "\n");
    for (u32 i = 0; i < p->work_count; i++) {
        const struct program_work *w = &p->work[i];
        if (program_call_count(w) == 0)
            continue;
        add_number(out, "slot ", w->slot);
        text_add(out, ": ");
        add_chain(out, w->chain);
        add_number(out, " user ", w->user);
        text_add(out, "\n");
        print_list(out, w->act, 1);
    }
}

static u32 count_acts(const struct act *list)
{
    u32 count = 0;
    for (; list; list = list->next)
        if (!list->removed)
            count += 1 + count_acts(list->body);
    return count;
}

u32 program_act_count(const struct program *p)
{
    u32 count = 0;
    for (u32 i = 0; i < p->work_count; i++)
        count += p->work[i].removed ? 0 : count_acts(p->work[i].act);
    return count;
}

/* --- shrinking --- */

struct shrinking {
    const struct program *p;
    bool (*fails)(void *context, const struct program *p);
    void *context;
    bool progress;
};

static bool still_fails(struct shrinking *s)
{
    const bool yes = s->fails(s->context, s->p);
    s->progress |= yes;
    return yes;
}

static void shrink_act(struct shrinking *s, struct act *a)
{
    const struct act before = *a;
    a->removed = true;
    if (still_fails(s))
        return;
    *a = before;
#define TRY_SMALLER(field, smaller)            \
    if (a->field > (smaller)) {                \
        a->field = (smaller);                  \
        if (!still_fails(s))                   \
            a->field = before.field;           \
    }
    TRY_SMALLER(value, 0)
    TRY_SMALLER(value, 1)
    TRY_SMALLER(caught, false)
    TRY_SMALLER(wrong_value, false)
    TRY_SMALLER(wrong_from, false)
    TRY_SMALLER(how, HOW_SCOPED_CALL)
    TRY_SMALLER(word, 0)
    TRY_SMALLER(size, 0)
#undef TRY_SMALLER
    for (struct act *b = a->body; b; b = b->next)
        if (!b->removed)
            shrink_act(s, b);
}

void program_shrink(struct program *p, bool (*fails)(void *context, const struct program *p), void *context)
{
    struct shrinking s = {.p = p, .fails = fails, .context = context};
    do {
        s.progress = false;
        for (u32 i = 0; i < p->work_count; i++) {
            struct program_work *w = &p->work[i];
            if (w->removed)
                continue;
            w->removed = true;
            if (still_fails(&s))
                continue;
            w->removed = false;
            for (struct act *a = w->act; a; a = a->next)
                if (!a->removed)
                    shrink_act(&s, a);
        }
    } while (s.progress);
}
