/* program - a random program of calls over several chains: generated, encoded, printed, reduced.
 *
 *   program
 *     work 0   a user of a chain makes some calls (one, unless he is on L1)      in slot 0
 *       act    scoped call to chain 2, puppet 1, with 17 wei
 *         act  mix                              what the puppet there does (contracts/oracle/Puppet.sol)
 *         act  scoped call back to ...
 *     work 1   ...                                                               in slot 0
 *     work 2   ...                                                               in slot 1
 *
 * A program is a tree; a cast maps its actors to addresses, so one program runs in any world. Gas limits of a generated
 * program are either far too low or ample: the generator tracks an upper estimate, and omits what does not fit into
 * half of the gas around it.
 *
 * Shrinking removes acts and works (they are only marked) and simplifies others.
 *
 * Memory: the arena given. The seed is the only randomness. */
#ifndef ORACLE_PROGRAM_H
#define ORACLE_PROGRAM_H

#include "base/buffer.h"

enum {
    ORACLE_CHAINS_MAX = 5, /* L1 and four rollups */
    ORACLE_PUPPETS = 3,    /* on each chain */
    ORACLE_CHILDREN = 3,   /* each puppet may create one: puppet i + ORACLE_PUPPETS is the child of puppet i */
    ORACLE_CONTRACTS = ORACLE_PUPPETS + ORACLE_CHILDREN,
    ORACLE_USERS = 2,      /* on each chain */
    ORACLE_WORKS_MAX = 16,
    ORACLE_HOPELESS_GAS = 100, /* nothing with code lives on so little */
};

/* What the chains are made with; the gas of programs is planned by it. */
static const u64 ORACLE_OPERATION_GAS = 7000000, ORACLE_TX_GAS = 16000000;
static const u64 ORACLE_L1_MAX_GAS = 6000000, ORACLE_DEFAULT_GAS = 2000000;
/* What a RemoteAccount gives a call inside of one with that gas limit; 0: outside (docs/protocol.md section 4). */
u64 gas_of_remote(u64 limit);

enum act_kind {
    ACT_MIX, ACT_NOTE, ACT_READ, ACT_BALANCE, ACT_REVERT, ACT_RETURN, ACT_REFUSE, ACT_BRANCH,
    ACT_SPAWN,  /* creates the puppet's child */
    ACT_HOLD,   /* changes transient storage until the script ends */
    ACT_HELD,   /* reads it */
    ACT_CALL,   /* an ordinary call on the same chain */
    ACT_REMOTE,   /* an ordinary call to the RemoteAccount of a puppet of another chain; in a static frame, a lookup */
    ACT_SCOPED, /* a scoped call by the bridge */
    ACT_LOOK,   /* a STATICCALL on the same chain */
    ACT_LOOK_REMOTE,   /* a STATICCALL of a RemoteAccount, as of a view of another chain: a lookup */
    ACT_LOOK_SCOPED, /* a scoped static call by the bridge */
    ACT_KIND_COUNT
};

enum how { HOW_SCOPED_CALL, HOW_TRY, HOW_TRY_FLAGS_0, HOW_TRY_FLAGS_1 };

enum to_kind {
    TO_PUPPET,
    TO_SINK,    /* an account without code */
    TO_BRIDGE,  /* the target chain's: forbidden */
    TO_SELF,    /* the caller's own RemoteAccount on the target: body is a batch of calls that it makes there */
};

struct act {
    enum act_kind kind;
    bool removed;          /* by shrinking */
    bool caught;           /* calls: a failure does not end the script */
    bool wrong_value;      /* calls: attaches one wei more than is said */
    bool wrong_from;       /* ACT_SCOPED: claims another caller */
    enum how how;          /* ACT_SCOPED; ACT_LOOK_SCOPED: the first two */
    enum to_kind to;
    u32 chain, puppet;     /* the target; the chain may not exist, or be its own */
    u32 bit;               /* ACT_BRANCH */
    u64 word, value;
    u64 gas;               /* of scoped calls; ACT_LOOK: 0 for all there is */
    u32 size;              /* ACT_REVERT, ACT_RETURN */
    struct act *body, *next;
};

struct program_work {
    bool removed;
    u32 slot, chain, user;
    struct act *act;       /* ACT_CALL, ACT_REMOTE, ACT_SCOPED */
};

struct program {
    u64 seed;
    u32 chain_count;
    u32 slot_count;
    bool fills_ahead;      /* the builder fills all responses that a scope reads on a rollup before its first part */
    struct program_work work[ORACLE_WORKS_MAX];
    u32 work_count;
};

/* What puppet 0 of each chain has in the beginning, and the others. */
static const u64 ORACLE_RICH_WEI = 100000000000, ORACLE_POOR_WEI = 1000000000;
/* Users and deployers of rollups, whose base fee is the least: little, so that puppets have nearly all that circulates.
 */
static const u64 ORACLE_USER_WEI = 1000000000, ORACLE_DEPLOYER_WEI = 103000000000;
static const u64 ORACLE_BASE_FEE = 7;

/* Who is who. Chain 0 is L1. */
struct cast {
    u32 chain_count;
    u64 chain_id[ORACLE_CHAINS_MAX];
    address bridge[ORACLE_CHAINS_MAX];
    address puppet[ORACLE_CHAINS_MAX][ORACLE_CONTRACTS];
    address user[ORACLE_CHAINS_MAX][ORACLE_USERS];
    address sink[ORACLE_CHAINS_MAX];
    address remote[ORACLE_CHAINS_MAX][ORACLE_CHAINS_MAX][ORACLE_CONTRACTS]; /* on, of: a puppet's RemoteAccount */
    address user_remote[ORACLE_CHAINS_MAX][ORACLE_CHAINS_MAX][ORACLE_USERS];
};

void program_generate(struct program *out, struct arena *arena, u64 seed);

/* One call that a user makes. */
struct program_call {
    address to;
    u256 value;
    struct bytes data;
};
struct program_call program_call_of(const struct act *a, const struct cast *cast, const struct program_work *w,
                                    struct arena *arena);
/* How many calls of a work are left. */
u32 program_call_count(const struct program_work *w);

void program_print(struct buffer *out, const struct program *p);
u32 program_act_count(const struct program *p);

/* Makes p smaller, step by step, as long as `fails` says that it still fails. */
void program_shrink(struct program *p, bool (*fails)(void *context, const struct program *p), void *context);

#endif
