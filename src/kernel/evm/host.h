/* host - what a VM needs from the chain: accounts, storage slots, logs, marks; and the hooks of tracers and rollups.
 *
 *   evm  --- host_ops --->  chain/evm_host.c  --->  state
 *    |
 *    +------ hooks ------>  tracer, rollup rules (abort precompile), builder (remote calls)
 *
 * evm does not know the state. It holds handles (const struct account *, const struct storage_slot *) that the host
 * keeps up to date in place, reads their fields, and asks the host for every write, so every write is journaled.
 * Handles stay valid until the view that returned them is released, also across rewinds.
 *
 * Errors: a FAULT (missing trie node, no such feature) or a REJECT (a rule of the chain makes the whole transaction
 * invalid) from any call ends the execution at once and is returned by evm_execute. It is never a HALT, so no contract
 * can catch it. */
#ifndef EVM_HOST_H
#define EVM_HOST_H

#include "base/account.h"
#include "base/err.h"
#include "base/types.h"

struct evm;
struct evm_message;
struct evm_result;
struct evm_step;
struct fork;
struct precompile;

struct log {
    address at;
    u32 topic_count;   /* 0 to 4 */
    hash32 topic[4];
    struct bytes data; /* the host copies it */
};

struct host_ops {
    /* The account at an address, loaded on first sight. With cold, also touches it for EIP-2929:
     * *cold says whether this was the transaction's first access. */
    enum err (*account)(void *host, const struct account **out, bool *cold, const address *at);
    /* The account's code with its analysis; a valid pointer to empty code where there is none.
     * Does not follow EIP-7702 designators. */
    enum err (*code)(void *host, const struct code **out, const struct account *a);
    /* Storage slot and EIP-2929 coldness as for account. */
    enum err (*storage_slot)(void *host, const struct storage_slot **out, bool *cold, const struct account *a,
                             const u256 *key);
    void (*set_storage_slot)(void *host, const struct account *a, const struct storage_slot *s, const u256 *value);
    void (*transient)(void *host, u256 *out, const struct account *a, const u256 *key);
    void (*set_transient)(void *host, const struct account *a, const u256 *key, const u256 *value);

    /* The caller has checked that from can pay. from and to may be the same. Touches to (EIP-161). */
    void (*transfer)(void *host, const struct account *from, const struct account *to, const u256 *value);
    void (*set_nonce)(void *host, const struct account *a, u64 nonce);
    /* True when the address is taken: nonce, code, or storage (EIP-7610). */
    enum err (*create_collides)(void *host, bool *out, const struct account *a);
    /* Marks a as created by this transaction; it exists from now on, with the given nonce. */
    void (*create)(void *host, const struct account *a, u64 nonce);
    void (*set_code)(void *host, const struct account *a, struct bytes code);
    /* SELFDESTRUCT of a: the whole balance to beneficiary, and the rules of the fork about what is deleted. */
    void (*destroy)(void *host, const struct account *a, const struct account *beneficiary);
    void (*touch)(void *host, const struct account *a); /* EIP-161 */

    void (*log)(void *host, const struct log *log);
    enum err (*block_hash)(void *host, hash32 *out, u64 number); /* in range: checked by the VM */

    /* Undo: reverts everything after mark, warm sets, transient storage and logs included. */
    u64 (*mark)(void *host);
    void (*rewind)(void *host, u64 mark);
};

/* Hooks are optional: a NULL member costs nothing. They run inside the execution and may run
 * other messages on the same evm (evm_execute nests). */
struct hooks {
    void *context;
    /* Before a message runs and after it ended (after its rewind, if it failed). */
    enum err (*enter)(void *context, struct evm *vm, const struct evm_message *m);
    enum err (*leave)(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r);
    /* After a LOG was journaled. What it changes in the state stays, and is undone with the frame. */
    enum err (*log)(void *context, struct evm *vm, const struct evm_message *m, const struct log *log);
    /* A CALL-like message to an account without code that is no precompile. To serve it, set *served
     * and fill r; a REJECT makes the transaction invalid. */
    enum err (*call_codeless)(void *context, struct evm *vm, const struct evm_message *m, struct evm_result *r,
                              bool *served);
    /* The precompile at an address, NULL for none, in place of the fork's own: for simulations that move them. */
    const struct precompile *(*precompile)(void *context, const struct fork *fork, const address *at);
    /* A contract reads something of the block or transaction (opcode byte): the builder refuses
     * L1 legs that read what a builder cannot know. */
    enum err (*read_environment)(void *context, struct evm *vm, const struct evm_message *m, u8 opcode);
    /* Each instruction, before it runs (EIP-3155). Selects the tracing interpreter. */
    enum err (*step)(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s);
};

#endif
