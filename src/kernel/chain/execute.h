/* execute - blocks, one transaction after the other: to build them, to check them, to simulate on them.
 *
 *   block_begin --> block_apply ... block_apply --> block_finish    a builder: fields that follow are computed
 *   block_execute                                                   a validator: the same, compared with the header
 *
 *   block_apply = tx_begin    validate, buy gas, nonce, authorizations, access list
 *               > tx_execute  the outermost message
 *               > tx_finish   refund, fees, receipt
 *
 * A struct block_run is a block in progress on one struct state. Rejected work leaves the run and the state exactly as
 * they were: REJECT_TX_* names the rule. block_mark and block_rewind undo whole transactions.
 *
 * Several runs on several chains may be in progress at once, and inside of a transaction that is in progress
 * block_message runs another message on the same chain (from an EVM hook): nothing is global, and everything that a
 * nested message replaces is restored.
 *
 * Memory: a machine owns VM stacks and is reused from run to run, one run at a time. Receipts, logs and outputs live in
 * the run's arena until block_release; transactions are borrowed until then. FAULTs are passed on unchanged; after one,
 * a run can only be released. */
#ifndef CHAIN_EXECUTE_H
#define CHAIN_EXECUTE_H

#include "base/list.h"
#include "chain/block.h"
#include "chain/evm_host.h"
#include "chain/header.h"
#include "chain/receipt.h"
#include "chain/rules.h"
#include "chain/tx.h"

/* What the runs on one chain share; one run and one thread at a time. */
struct machine {
    const struct memory *memory;
    struct evm vm;
    struct code_cache *codes;    /* borrowed: several machines of a thread may share it */
};
void machine_init(struct machine *m, const struct memory *memory, struct code_cache *codes);
void machine_release(struct machine *m);

/* What the maker of a block chooses; all else in its header follows. */
struct block_choice {
    address coinbase;
    u64 timestamp;
    u64 gas_limit;
    hash32 prevrandao;          /* before Paris: mixHash */
    hash32 parent_beacon_root;
    struct bytes extra;         /* at most HEADER_EXTRA_MAX */
    const struct withdrawal *withdrawal;
    u32 withdrawal_count;
    const struct header *ommer; /* before Paris */
    u32 ommer_count;
    u8 nonce[8];                /* before Paris */
};

/* What a simulation leaves unchecked: bits of run->lenient, set after block_begin or block_open. A block of the chain
 * is never built this way. */
enum {
    LENIENT_NONCE = 1,  /* the nonce of a transaction, and that it can grow */
    LENIENT_SENDER = 2, /* EIP-3607: the sender may have code */
    LENIENT_GAS = 4,    /* EIP-7825, and the gas and blob gas that are left in the block */
    LENIENT_FEES = 8,   /* a transaction whose fees are all 0 pays none, and nothing for its blobs */
    LENIENT_ROOT = 16,  /* no state root in receipts before Byzantium, so that block_rewind can undo them */
    LENIENT_ORDER = 32, /* what the rules' hooks want of the order of transactions (verify/rollup.c) */
};

struct block_run {
    const struct chain_rules *rules;
    const struct activation *active;
    const struct fork *fork;
    struct machine *machine;
    struct state *state;
    struct header header;       /* filled in as far as it is known */
    struct arena arena;
    struct evm_host host;
    struct evm_block env;
    struct evm_tx tx_env;
    const struct hooks *listener; /* the caller's: tracer, builder; NULL: none */
    struct hooks hooks;           /* listener and rules joined */
    bool tx_open;                 /* between tx_begin and tx_finish */
    u32 lenient;                  /* LENIENT_* */
    u64 gas_used;
    u64 blob_gas_used;
    LIST(const struct tx *) tx;
    LIST(const struct receipt *) receipt; /* of each tx */
    const struct withdrawal *withdrawal;
    u32 withdrawal_count;
    const struct header *ommer;
    u32 ommer_count;
    i64 reward;                 /* wei, before Paris; -1: none, and the coinbase is not touched for it */
    struct buffer requests[3];  /* by type, without the type byte: deposits, withdrawals, consolidations */
    void *hook_data;            /* rules->hooks->run_size bytes */
};

/* A run points into itself: it stays where it was begun or opened.
 *
 * A block on top of parent: header fields that follow from it, then the system calls at its start. */
enum err block_begin(struct block_run *run, struct machine *machine, const struct chain_rules *rules,
                     struct state *state, const struct header *parent, const struct ancestors *ancestors,
                     const struct block_choice *choice, const struct hooks *listener) MUST_CHECK;
/* The same for a header that is already there (its roots and gas used are ignored), without system calls: for calls at
 * a head, state fixtures, and block_execute. */
void block_open(struct block_run *run, struct machine *machine, const struct chain_rules *rules, struct state *state,
                const struct header *h, const struct ancestors *ancestors, const struct hooks *listener);
/* EIP-4788 and EIP-2935, as far as fork and rules have them. */
enum err block_start_calls(struct block_run *run) MUST_CHECK;
void block_release(struct block_run *run);
/* Another listener from the next message on. */
void block_listen(struct block_run *run, const struct hooks *listener);

/* OK: t is in the block (even when its message reverted), *out its receipt. REJECT: nothing happened. */
enum err block_apply(struct block_run *run, const struct receipt **out, const struct tx *t) MUST_CHECK;

/* Rules at the end, withdrawals, requests, roots: *out is the finished header. Commits the state. */
enum err block_finish(struct block_run *run, struct header *out) MUST_CHECK;

/* Everything that a block must satisfy, on a state at its parent's root; afterwards the state is at the block's, and
 * run holds the receipts. To be released in any case. A REJECT leaves the state with what had been done so far:
 * release it too. */
enum err block_execute(struct block_run *run, struct machine *machine, const struct chain_rules *rules,
                       struct state *state, const struct header *parent, const hash32 *parent_hash,
                       const struct ancestors *ancestors, const struct block *b,
                       const struct hooks *listener) MUST_CHECK;

/* --- undo of whole transactions; what they took from the run's arena stays until block_release --- */
struct block_mark {
    u64 host_mark;
    u64 gas_used, blob_gas_used;
    u32 tx_count;
    void *hook_data; /* a copy in the run's arena */
};
struct block_mark block_mark(struct block_run *run);
void block_rewind(struct block_run *run, const struct block_mark *mark);

/* --- the pieces of block_apply --- */
struct tx_run {
    const struct tx *tx;
    struct block_mark mark;
    u32 log_start;
    address sender;
    u256 gas_price;      /* effective */
    u64 floor_gas;
    i64 gas;             /* left after intrinsic gas */
    i64 refund;          /* EIP-7702 */
    address to;          /* or the address of the creation */
};

/* The rules for a transaction that need neither state nor block: chain id, gas against its intrinsic cost and the caps,
 * blobs, authorizations, prices. tx_begin begins with them; a mempool ends with them. */
enum err tx_check(const struct tx *t, const struct chain_rules *rules, const struct activation *active) MUST_CHECK;
/* Validates t and charges its sender. REJECT: nothing happened, no transaction is open. */
enum err tx_begin(struct block_run *run, struct tx_run *out, const struct tx *t) MUST_CHECK;
enum err tx_execute(struct block_run *run, struct evm_result *out, struct tx_run *t) MUST_CHECK;
/* Closes it and appends its receipt. REJECT (by the rules' hook): the transaction never was. */
enum err tx_finish(struct block_run *run, const struct receipt **out, struct tx_run *t,
                   const struct evm_result *r) MUST_CHECK;
/* In place of tx_finish: as if it never was. */
void tx_abandon(struct block_run *run, struct tx_run *t);

/* --- messages without a transaction --- */
/* A bare message, with the environment of from as origin and gas price 0: no nonce, no fee, no intrinsic gas.
 * Outside of a transaction it is one of its own for warm storage slots and transient storage. Inside one it shares
 * them, and depth is one more than the frame's that is running. The result's output is in the run's arena.
 * A failed message has undone itself; a REJECT or FAULT is for the caller to rewind (block_mark, evm_host_mark). */
struct block_message {
    address from, to;
    u256 value;
    struct bytes data;
    u64 gas;
    u32 depth;
    bool is_static;
    bool skips_transfer; /* a system call: no account is touched for the value */
};
enum err block_message(struct block_run *run, struct evm_result *out, const struct block_message *m) MUST_CHECK;

/* As EIP-4788 does it: from the system sender, no value. */
enum err chain_system_call(struct block_run *run, struct evm_result *out, const address *to, struct bytes data, u64 gas,
                           u32 depth) MUST_CHECK;

#endif
