/* evm - runs messages: calls and creations, to any depth, by the rules of one fork.
 *
 * One struct evm serves one chain view, one message after the other or nested; it owns the stacks and
 * memories of all depths (taken once, reused: nothing is allocated per call).
 *
 *   enum err e = evm_execute(&vm, &result, &message);
 *
 * OK: the program ran; result.halt says what it did. Otherwise a FAULT or REJECT of the host or a
 * hook ended it, result is untouched, and the caller rewinds its own mark.
 *
 * The message's transfer, the mark and the rewind of a failed frame, precompiles, EIP-7702
 * delegation of callees, nonce and address of a creation, and code deposit are done here. What a
 * transaction does around its first message (fees, nonce of the sender, access list, refunds)
 * is chain's work. */
#ifndef EVM_EVM_H
#define EVM_EVM_H

#include "base/arena.h"
#include "base/err.h"
#include "evm/fork.h"
#include "evm/host.h"

/* What a program did: data, not an error. */
enum halt {
    HALT_STOP,    /* STOP, or end of code */
    HALT_RETURN,
    HALT_DESTROY, /* SELFDESTRUCT */
    HALT_REVERT,  /* gas left is returned, state is not kept */
    /* from here on all gas of the frame is gone */
    HALT_OUT_OF_GAS,
    HALT_STACK_UNDERFLOW,
    HALT_STACK_OVERFLOW,
    HALT_BAD_JUMP,
    HALT_BAD_OPCODE,
    HALT_INVALID,         /* 0xfe */
    HALT_STATIC_WRITE,
    HALT_RETURNDATA_BOUNDS,
    HALT_CALL_DEPTH,
    HALT_BALANCE,         /* the caller cannot pay the value */
    HALT_NONCE_MAX,       /* EIP-2681 */
    HALT_CREATE_COLLISION,
    HALT_CODE_TOO_LARGE,  /* EIP-170, EIP-3860 */
    HALT_CODE_PREFIX,     /* EIP-3541 */
    HALT_PRECOMPILE,      /* a precompile refused its input */
    HALT_COUNT
};

static inline bool halt_is_success(enum halt h) { return h <= HALT_DESTROY; }
const char *halt_name(enum halt h);

enum message_kind {
    MESSAGE_CALL,
    MESSAGE_CALLCODE,
    MESSAGE_DELEGATECALL,
    MESSAGE_STATICCALL,
    MESSAGE_CREATE,
    MESSAGE_CREATE2
};

struct evm_message {
    enum message_kind kind;
    bool is_static;
    u32 depth;            /* 0 for a transaction's message */
    i64 gas;
    address recipient;    /* whose storage and balance; of a creation: its address, set by who makes the message */
    address sender;
    address code_address; /* whose code; equals recipient but for CALLCODE and DELEGATECALL */
    struct bytes input;   /* call data, or init code */
    u256 value;           /* DELEGATECALL: the apparent value, not transferred */
    u256 salt;            /* CREATE2 */
    bool skips_transfer;  /* a system call: no value moves and no account is touched for it */
};

struct evm_result {
    enum halt halt;
    i64 gas_left;
    i64 gas_refund;       /* EIP-3529 counter of this message, 0 unless it succeeded */
    struct bytes output;  /* valid until the next evm_execute on this evm at the same depth */
    address created;      /* of a successful creation */
};

/* For a tracer. */
struct evm_step {
    u32 pc;
    u8 opcode;
    i64 gas;
    i64 gas_refund;
    u32 depth;
    u32 memory_size;       /* bytes */
    const u256 *stack;     /* bottom first */
    u32 stack_count;
    struct bytes memory;
};

/* The block as a program sees it. */
struct evm_block {
    u64 number;
    u64 timestamp;
    u64 gas_limit;
    address coinbase;
    hash32 prevrandao;   /* from Paris on */
    u256 difficulty;     /* before Paris */
    u256 base_fee;
    u256 blob_base_fee;
    u64 chain_id;
};

/* The transaction as a program sees it. */
struct evm_tx {
    address origin;
    u256 gas_price;                 /* effective */
    const hash32 *blob_hash;
    u32 blob_hash_count;
};

/* How code is run: what the result is does not depend on it. */
enum evm_tier {
    EVM_TIER_AUTO,    /* byte by byte until the code is hot, then translated */
    EVM_TIER_BYTES,   /* never translated */
    EVM_TIER_PROGRAM, /* translated at once */
};

struct callee; /* private */
typedef enum err evm_message_runner(struct evm *vm, struct evm_result *out, const struct evm_message *m,
                                    const struct callee *known);

struct evm {
    const struct fork *fork;
    const struct host_ops *ops;
    void *host;
    const struct hooks *hooks;      /* NULL: none */
    const struct evm_block *block;
    const struct evm_tx *tx;
    enum evm_tier tier;
    struct evm_stacks *stacks;      /* private */
    const struct frame *frame;      /* private: the innermost one that runs */
    /* Calls use the thread's own stack. Where it must not grow below this address, FAULT_CALL_DEPTH ends an
     * execution that would; 0: there is room for EVM_STACK_BYTES, which 1024 calls deep need. Executions
     * nested by hooks, on this VM or others, each need as much again for the calls that they make. */
    uintptr_t thread_stack_floor;
    evm_message_runner *run_message; /* private: message_run, which CALL and CREATE use */
};

#ifdef SANITIZE
#define EVM_STACK_BYTES ((size_t)32 << 20)
#else
#define EVM_STACK_BYTES ((size_t)4 << 20)
#endif

/* Takes stacks and memories from memory. The const pointers are set by the caller afterwards and may be changed
 * between messages. */
void evm_init(struct evm *vm, const struct memory *memory);
void evm_release(struct evm *vm);

enum err evm_execute(struct evm *vm, struct evm_result *out, const struct evm_message *m) MUST_CHECK;

/* keccak256(rlp([sender, nonce]))[12:], and EIP-1014. */
void evm_create_address(address *out, const address *sender, u64 nonce);
void evm_create2_address(address *out, const address *sender, const u256 *salt, const hash32 *init_code_hash);

#endif
