/* Generating: which acts, and what they may cost. */
#include "oracle/program.h"

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
    u32 writes_left;               /* in static frames, which take all of the gas there */
    u32 looking[ORACLE_CHAINS_MAX]; /* by chain: its lookups that are open */
    u64 l1_gas_left; /* of the slot's bundle */
    u32 deep, back, rich; /* what it is fond of, in a thousand: calls in calls, calls back, moving much ETH */
    struct {
        u32 chain, puppet;
    } stack[STACK_MAX]; /* who is calling */
    u32 stack_count;
    struct {
        const struct act *act; /* NULL: none */
        u32 puppet, depth;
        u64 paid, l1_paid;
    } looked[ORACLE_CHAINS_MAX]; /* by chain: a lookup that a static frame there makes */
};

/* Where a script runs. */
struct place_in {
    u32 chain;
    u32 puppet; /* ORACLE_CONTRACTS: not a puppet */
    u32 depth;  /* inbound calls around it */
    u64 limit;  /* of the innermost of them; 0: there is none */
    u64 gas;    /* it has at least */
    u64 spent;  /* it has spent at most, with all that it called back into its own chain */
    bool leaf;
    bool is_static;
    bool is_user;
};

/* What things cost at most. On a rollup every word that a bridge keeps is storage. */
enum {
    COST_FRAME = 12000, COST_MIX = 26000, COST_NOTE = 4000, COST_LITTLE = 3500, COST_CALL = 15000,
    COST_SCOPED = 220000, COST_SCOPED_BYTE = 250, COST_L1_BYTE = 130, GAS_LEAST = 150000,
    GAS_OF_A_WRITE = 60000, /* of a static call that takes all of it */
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
        [ACT_REFUSE] = 2, [ACT_BRANCH] = 4, [ACT_SPAWN] = 1, [ACT_CALL] = 32, [ACT_REMOTE] = 32, [ACT_SCOPED] = 48,
        [ACT_HOLD] = 9, [ACT_HELD] = 1, [ACT_LOOK] = 32, [ACT_LOOK_REMOTE] = 32, [ACT_LOOK_SCOPED] = 48,
    };
    if (a->to == TO_SELF) {
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

/* Puppet 0 has nearly all ETH of its chain: what it sends on, after it got as much from elsewhere, is more than its
 * chain's escrow was before. */
static u64 some_value(struct generator *g, const struct place_in *at)
{
    const bool moves = !at->is_user && at->puppet == 0 && chance(&g->dice, g->rich);
    if (!moves && !chance(&g->dice, 350))
        return 0;
    const u64 kind = at->is_user ? 0 : moves ? 150 : roll(&g->dice, 200);
    if (kind < 130)
        return 1 + roll(&g->dice, 1000000);
    if (kind == 199)
        return 1ull << 63; /* more than any balance */
    if (at->puppet != 0)
        return 1 + roll(&g->dice, ORACLE_POOR_WEI / 2);
    return ORACLE_RICH_WEI / 8 * (1 + roll(&g->dice, 15)) - ORACLE_POOR_WEI;
}

static u32 some_puppet(struct generator *g)
{
    return (u32)roll(&g->dice, chance(&g->dice, 120) ? ORACLE_CONTRACTS : ORACLE_PUPPETS);
}

static void choose_target(struct generator *g, struct act *a, const struct place_in *at)
{
    a->chain = (at->chain + 1 + (u32)roll(&g->dice, g->chain_count - 1)) % g->chain_count;
    a->puppet = chance(&g->dice, g->rich) ? 0 : some_puppet(g);
    if (chance(&g->dice, g->rich / 2) && at->chain != 0)
        a->chain = 0;
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
        .chain = a->chain, .puppet = a->puppet, .depth = at->depth + 1, .limit = a->gas, .gas = a->gas,
        .leaf = leaf};
    const bool tried = a->kind == ACT_SCOPED && a->how != HOW_SCOPED_CALL;
    a->body = make_body(g, &there, chance(&g->dice, leaf ? 500 : tried ? 150 : a->caught ? 300 : 60));
    *inner = there.spent;
}

static struct act *make_remote(struct generator *g, struct place_in *at);

u64 gas_of_remote(u64 limit)
{
    const u64 rest = limit < 285714 ? limit / 2 : limit - limit / 16 - 125000;
    return limit && rest < ORACLE_DEFAULT_GAS ? rest : ORACLE_DEFAULT_GAS;
}

/* The caller's RemoteAccount makes these calls on the target. */
static void make_batch(struct generator *g, struct act *a, const struct place_in *at, u64 *inner)
{
    const bool leaf = a->how == HOW_TRY || a->how == HOW_TRY_FLAGS_1;
    struct place_in there = {
        .chain = a->chain, .puppet = ORACLE_CONTRACTS, .depth = at->depth + 1, .limit = a->gas, .gas = a->gas,
        .leaf = leaf,
        .is_static = a->kind == ACT_LOOK_SCOPED};
    const u32 count = 1 + (u32)roll(&g->dice, 2);
    u64 value = a->value;
    struct act **end = &a->body;
    for (u32 i = 0; i < count; i++) {
        struct act *item = !leaf && !there.is_static && chance(&g->dice, 250) ? make_remote(g, &there) : NULL;
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
    a->value = some_value(g, at);
    a->caught = chance(&g->dice, a->how == HOW_SCOPED_CALL ? 200 : 400);
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

static struct act *make_remote(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, ACT_REMOTE);
    choose_target(g, a, at);
    a->caught = chance(&g->dice, 200);
    a->value = some_value(g, at);
    a->gas = gas_of_remote(at->limit);
    if (a->gas > gas_to_give(at, a->chain) || a->gas < GAS_LEAST / 2)
        return NULL;
    u64 inner = 0;
    if (!chance(&g->dice, 40)) /* else plain ETH, which stays there */
        make_remote_body(g, a, at, &inner);
    const u64 bytes = act_bytes(a), cost = inner + COST_SCOPED + COST_CALL + COST_SCOPED_BYTE * bytes;
    return inner <= a->gas / 100 * 45 && pay(g, at, cost, l1_part(at->chain, a->chain, bytes)) ? a : NULL;
}

/* The body of a call on the same chain, or of a static one. */
static struct act *make_call_body(struct generator *g, struct place_in *at, struct act *a, bool is_static, bool fails)
{
    struct place_in inside = *at;
    inside.puppet = a->puppet;
    inside.gas = (at->gas - at->spent) / 10 * 9;
    inside.spent = 0;
    inside.is_user = false;
    inside.is_static = is_static;
    a->body = make_body(g, &inside, fails);
    return pay(g, at, inside.spent + COST_CALL, 0) ? a : NULL;
}

static struct act *make_call(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, ACT_CALL);
    a->chain = at->chain;
    a->puppet = chance(&g->dice, g->rich) ? 0 : some_puppet(g);
    a->value = some_value(g, at);
    a->caught = chance(&g->dice, 400);
    if (!at->is_user && chance(&g->dice, 60)) {
        a->to = TO_SINK;
        return pay(g, at, COST_CALL + 40000, 0) ? a : NULL;
    }
    if (chance(&g->dice, 60) && !at->is_user) /* plain ETH */
        return pay(g, at, COST_CALL + COST_MIX, 0) ? a : NULL;
    return make_call_body(g, at, a, false, chance(&g->dice, a->caught ? 300 : 10));
}

/* --- looking --- */

/* A script that writes in a static frame: that takes all of its gas. */
static struct act *make_writing_body(struct generator *g)
{
    static const enum act_kind writes[] = {ACT_MIX, ACT_NOTE, ACT_HOLD};
    struct act *first = new_act(g, ACT_READ);
    first->next = new_act(g, writes[roll(&g->dice, COUNT_OF(writes))]);
    g->writes_left--;
    return first;
}

/* A static call on the same chain; of a static frame also an ordinary one, which is static as well. */
static struct act *make_look(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, at->is_static && chance(&g->dice, 400) ? ACT_CALL : ACT_LOOK);
    a->chain = at->chain;
    a->puppet = some_puppet(g);
    a->caught = chance(&g->dice, 600);
    if (chance(&g->dice, 30)) {
        a->to = TO_SINK;
        return pay(g, at, COST_CALL, 0) ? a : NULL;
    }
    if (a->kind == ACT_LOOK && g->writes_left && chance(&g->dice, 80)) {
        a->gas = GAS_OF_A_WRITE;
        a->caught = chance(&g->dice, 900);
        a->body = make_writing_body(g);
        return pay(g, at, GAS_OF_A_WRITE + COST_CALL, at->chain == 0 ? GAS_OF_A_WRITE : 0) ? a : NULL;
    }
    return make_call_body(g, at, a, true, chance(&g->dice, a->caught ? 300 : 30));
}

/* Whether the chain can be looked at: not while it looks itself. Sometimes it is, all the same. */
static bool can_look(struct generator *g, const struct place_in *at, u32 chain)
{
    return (!g->looking[chain] && chain != at->chain) || chance(&g->dice, 15);
}

/* A body without effect for another chain; *inner: its cost. */
static void make_lookup_body(struct generator *g, struct act *a, const struct place_in *at, u64 *inner)
{
    struct place_in there = {
        .chain = a->chain, .puppet = a->puppet, .depth = at->depth + 1, .limit = a->gas, .gas = a->gas,
        .is_static = true};
    if (g->writes_left && (a->chain != 0 || chance(&g->dice, 50)) && chance(&g->dice, 60)) {
        a->body = make_writing_body(g);
        *inner = a->gas;
        return;
    }
    g->looking[at->chain]++;
    a->body = make_body(g, &there, chance(&g->dice, 200));
    g->looking[at->chain]--;
    *inner = there.spent;
}

/* What a lookup costs, whose body is there. Its gas is given on the target; an inline one's, by the waiting frame. */
static struct act *pay_lookup(struct generator *g, struct place_in *at, struct act *a, u64 inner)
{
    const u64 bytes = act_bytes(a), cost = inner + COST_SCOPED + COST_CALL + COST_SCOPED_BYTE * bytes;
    return pay(g, at, cost, l1_part(at->chain, a->chain, bytes)) ? a : NULL;
}

static struct act *make_look_scoped(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, ACT_LOOK_SCOPED);
    choose_target(g, a, at);
    if (!can_look(g, at, a->chain))
        return NULL;
    a->how = chance(&g->dice, 500) ? HOW_SCOPED_CALL : HOW_TRY;
    a->caught = chance(&g->dice, 500);
    a->gas = gas_to_give(at, a->chain) / 16 * (10 + roll(&g->dice, 7));
    if (a->gas < GAS_LEAST)
        return NULL;
    u64 inner = 0;
    const u64 kind = roll(&g->dice, 100);
    if (kind < 2) {
        a->chain = chance(&g->dice, 500) ? at->chain : ORACLE_CHAINS_MAX; /* its own, or none */
        a->caught |= chance(&g->dice, 700);
    } else if (kind < 4) {
        a->value = chance(&g->dice, 500);
        a->wrong_from = !a->value;
        a->caught |= chance(&g->dice, 700);
    } else if (kind < 7) {
        a->to = TO_SINK;
        a->gas = roll(&g->dice, 50000);
    } else if (kind < 9) {
        a->to = TO_BRIDGE;
    } else if (kind < 11 && a->chain != 0) {
        a->gas = roll(&g->dice, ORACLE_HOPELESS_GAS);
        a->body = new_act(g, ACT_READ);
    } else if (kind < 16) {
        a->to = TO_SELF;
        make_batch(g, a, at, &inner);
    } else {
        make_lookup_body(g, a, at, &inner);
    }
    if (inner > a->gas / 100 * 45 + COST_FRAME && inner != a->gas)
        return NULL;
    return pay_lookup(g, at, a, inner);
}

/* A view of another chain, as Solidity calls it. */
static struct act *make_look_remote(struct generator *g, struct place_in *at)
{
    struct act *a = new_act(g, at->is_static && chance(&g->dice, 400) ? ACT_REMOTE : ACT_LOOK_REMOTE);
    choose_target(g, a, at);
    if (!can_look(g, at, a->chain) || a->chain == at->chain)
        return NULL;
    a->caught = chance(&g->dice, 600);
    a->gas = gas_of_remote(at->limit);
    if (a->gas > gas_to_give(at, a->chain) || a->gas < GAS_LEAST / 2)
        return NULL;
    u64 inner = 0;
    if (a->kind == ACT_REMOTE || !chance(&g->dice, 40))
        make_lookup_body(g, a, at, &inner);
    if (inner > a->gas / 100 * 45 && inner != a->gas)
        return NULL;
    return pay_lookup(g, at, a, inner);
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

/* The same call again, if it fits: it may well have another answer. `paid` and `l1_paid`: what it took the first time.
 */
static struct act *make_again(struct generator *g, struct place_in *at, const struct act *a, u64 paid, u64 l1_paid)
{
    if (a->kind < ACT_REMOTE || a->kind == ACT_LOOK || a->gas > gas_to_give(at, a->chain) || !pay(g, at, paid, l1_paid))
        return NULL;
    struct act *again = new_act(g, a->kind);
    *again = *a;
    again->next = NULL;
    return again;
}

/* A lookup of a static frame; sometimes one that another static frame there makes, too: the two may be equal. */
static struct act *make_static_lookup(struct generator *g, struct place_in *at)
{
    const u32 i = at->chain;
    if (g->looked[i].act && g->looked[i].puppet == at->puppet && g->looked[i].depth == at->depth &&
        chance(&g->dice, 400) && can_look(g, at, g->looked[i].act->chain))
        return make_again(g, at, g->looked[i].act, g->looked[i].paid, g->looked[i].l1_paid);
    const u64 spent = at->spent, l1_left = g->l1_gas_left;
    struct act *a = chance(&g->dice, 500) ? make_look_remote(g, at) : make_look_scoped(g, at);
    if (a) {
        g->looked[i].act = a;
        g->looked[i].puppet = at->puppet;
        g->looked[i].depth = at->depth;
        g->looked[i].paid = at->spent - spent;
        g->looked[i].l1_paid = l1_left - g->l1_gas_left;
    }
    return a;
}

/* What can be done in a static frame. */
static struct act *make_static_act(struct generator *g, struct place_in *at)
{
    const u64 kind = roll(&g->dice, 100);
    if (kind < 30)
        return make_plain(g, at, ACT_READ, COST_LITTLE);
    if (kind < 36)
        return make_plain(g, at, ACT_BALANCE, COST_LITTLE);
    if (kind < 44)
        return make_plain(g, at, ACT_HELD, COST_LITTLE);
    if (kind < 52)
        return make_branch(g, at);
    if (kind < 68)
        return make_look(g, at);
    return make_static_lookup(g, at);
}

/* Of other frames: static calls, and transient storage. */
static struct act *make_looking_act(struct generator *g, struct place_in *at)
{
    const u64 kind = roll(&g->dice, 100);
    if (kind < 15)
        return make_plain(g, at, ACT_HOLD, COST_LITTLE);
    if (kind < 25)
        return make_plain(g, at, ACT_HELD, COST_LITTLE);
    if (kind < 40)
        return make_look(g, at);
    return kind < 70 ? make_look_remote(g, at) : make_look_scoped(g, at);
}

static struct act *make_act(struct generator *g, struct place_in *at)
{
    if (at->is_static)
        return make_static_act(g, at);
    if (chance(&g->dice, 250))
        return make_looking_act(g, at);
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
    return kind < 68 ? make_remote(g, at) : make_scoped(g, at, false);
}

static struct act *make_end(struct generator *g, struct place_in *at, enum act_kind kind)
{
    enum {
        TOO_LONG = 16385, /* one byte more than an answer may hold */
        COST_TOO_LONG = 150000,
        LONG = 1024,      /* as much as an answer to a lookup may hold */
        COST_LONG = 90000,
    };
    static const u32 sizes[] = {0, 1, 4, 31, 32, 33, 64, 68, 200};
    struct act *a = new_act(g, kind);
    a->size = sizes[roll(&g->dice, COUNT_OF(sizes))];
    if (at->is_static && kind == ACT_RETURN && chance(&g->dice, 200) && pay(g, at, COST_LONG, 0))
        a->size = LONG + (u32)roll(&g->dice, 2);
    if (chance(&g->dice, 15) && pay(g, at, COST_TOO_LONG, at->chain == 0 ? COST_TOO_LONG : 0))
        a->size = TOO_LONG;
    return a;
}

/* A call to another chain, whose target calls on. */
static struct act *make_onward(struct generator *g, struct place_in *at)
{
    struct act *a = chance(&g->dice, 150) ? make_remote(g, at) : NULL;
    return a ? a : make_scoped(g, at, true);
}

static struct act *make_acts(struct generator *g, struct place_in *at, bool fails)
{
    struct act *first = NULL, **end = &first;
    const u32 count = fails ? (u32)roll(&g->dice, 2) : 1 + (u32)roll(&g->dice, 4);
    const bool may_call = !fails && !at->leaf && !at->is_static;
    const u32 goes_on = may_call && chance(&g->dice, g->deep) ? (u32)roll(&g->dice, count) : count;
    for (u32 i = 0; i < count && g->acts_left; i++) {
        const u64 spent = at->spent, l1_left = g->l1_gas_left;
        g->acts_left--;
        const enum act_kind first_kind = at->is_static ? ACT_READ : ACT_MIX;
        struct act *a = fails && chance(&g->dice, 800) ? make_plain(g, at, first_kind, COST_MIX)
                        : i == goes_on                 ? make_onward(g, at)
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
        *end = make_end(g, at, ACT_REVERT);
    else if (chance(&g->dice, 150))
        *end = make_end(g, at, ACT_RETURN);
    if (!first)
        first = new_act(g, ACT_READ); /* a script is not empty: that would be plain ETH */
    return first;
}

static void make_work(struct generator *g, struct program_work *w)
{
    static const u32 fond[] = {0, 300, 600, 900, 990};
    g->deep = fond[roll(&g->dice, COUNT_OF(fond))];
    g->back = fond[roll(&g->dice, COUNT_OF(fond))];
    g->acts_left = 4 + (u32)roll(&g->dice, 46);
    g->writes_left = 3;
    for (u32 i = 0; i < ORACLE_CHAINS_MAX; i++)
        g->looked[i].act = NULL;
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
            a = kind < 66   ? make_call(g, &at)
                : kind < 76 ? make_remote(g, &at)
                : kind < 96 ? make_scoped(g, &at, false)
                            : make_look_scoped(g, &at);
        }
        if (!a)
            continue;
        a->caught = false;
        a->wrong_value = a->wrong_from = false;
        if (a->kind == ACT_LOOK_SCOPED) {
            a->value = 0;
            a->how = HOW_SCOPED_CALL;
        }
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
    out->fills_ahead = chance(&g.dice, 250);
    for (u32 slot = 0; slot < out->slot_count; slot++) {
        const u32 works = 1 + (u32)roll(&g.dice, 4);
        g.l1_gas_left = 6000000;
        g.rich = chance(&g.dice, 150) ? 800 : 0;
        for (u32 i = 0; i < works; i++) {
            struct program_work *w = &out->work[out->work_count];
            w->slot = slot;
            make_work(&g, w);
            out->work_count += w->act != NULL;
        }
    }
}
