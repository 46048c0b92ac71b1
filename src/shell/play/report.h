/* report - the result of `scope run` as plain data; printed as text, or as one JSON document.
 *
 * play.h fills it step by step. Data is already decoded, with the scenario's names for addresses, and safe to print
 * (codec/text.h).
 *
 *   report        the scenario, its chains and contracts
 *     slot        one L1 slot: work, its scoped calls, forgeries, the mailboxes of each pair, settlement
 *       call      caller, target, request, response, gas
 *     verdict     an expectation: met or not, and the actual value
 *
 * Memory: borrowed from the arena of the run. */
#ifndef PLAY_REPORT_H
#define PLAY_REPORT_H

#include "base/list.h"
#include "base/u256.h"
#include "builder/session.h"
#include "codec/abi_value.h"
#include "codec/json_write.h"
#include "io/complaint.h"
#include "io/terminal.h"
#include "scope/mailbox.h"

struct report_argument {
    const struct abi_type *type; /* with its name, which may be empty */
    const struct abi_value *value;
    struct bytes text; /* with the scenario's names */
};

/* Calldata, returndata, revert data or an event; not decoded when `function` is NULL. */
struct report_data {
    const char *function; /* or the error's or event's name; NULL: unknown; "": a plain list of values */
    const char *signature;
    const struct report_argument *argument;
    u32 argument_count;
    struct bytes raw;
};

struct report_party {
    const char *chain;
    struct bytes name; /* "swapper", or the address */
    address at;
};

struct report_chain {
    const char *name, *kind, *fork;
    u64 id;
};

struct report_contract {
    struct report_party where;
    struct bytes artifact;
    u64 gas_used; /* 0: attached, not deployed */
};

struct report_call {
    u32 number; /* from 1, through the slot */
    u32 depth;  /* 0: made by the work itself */
    bool is_inline;
    bool is_lookup;
    struct report_party from, to;
    u256 value;
    u64 gas_limit, gas_used; /* of the target's frame */
    struct report_data request, response;
    bool success;
    hash32 request_hash, response_hash;
};

/* A frame on the way to the one that failed. */
struct report_frame {
    struct report_party from, to;
    const char *kind; /* "call", "create", .. */
    u256 value;
    u64 gas_limit, gas_used;
    bool is_cut_off; /* the work was rejected while it ran */
    const char *halt; /* how it ended: "revert", "out of gas" */
    bool failed;
    bool passes_on; /* what it failed with contains what the next frame failed with: shown there */
    u32 skipped;
    struct report_data request, revert;
};

struct report_work {
    const char *label;
    bool is_operation;
    bool carried; /* submitted in an earlier slot */
    struct report_party account;
    const char *status; /* "settled" */
    struct bytes reason; /* why it was rejected, reverted, or is pending */
    bool good;
    u64 gas_used;
    hash32 tx_hash;
    u64 block_number;
    const struct report_call *call;
    u32 call_count;
    const struct report_frame *frame; /* of refused or reverted work: from the outermost to the one that failed */
    u32 frame_count;
};

struct report_forgery {
    struct bytes what; /* "byte 9 of response 1 changed" */
    const char *expected; /* name of the error */
    struct bytes rule; /* by which a rollup's own rules refuse the block: nothing was sent to L1; else empty */
    struct report_data refused; /* what the L1 transaction reverted with */
    bool settled; /* the bundle did not revert */
    bool as_before; /* the chains did not change */
    bool met;
    u64 gas_used;
};

struct report_side {
    const char *chain;
    struct mailbox mailbox;
};

struct report_pair {
    struct report_side here, there;
};

struct report_rollup {
    const char *chain;
    u64 first_block, last_block, gas_used, transactions, system_transactions, data_bytes, attestations;
    hash32 block_hash, state_root, statement;
};

struct report_prover {
    const char *place, *chain, *outcome, *why; /* why: NULL for ok */
    bool good;
    u64 elapsed_us;
};

struct report_verdict {
    struct bytes what;
    bool met;
    struct bytes got; /* the actual value, when it was not met */
    struct place place;
};

struct report_verdicts {
    const struct report_verdict *item;
    u32 count;
};

struct report_slot {
    const char *label;
    struct place place;
    const struct report_work *work;
    u32 work_count;
    const struct report_forgery *forgery;
    u32 forgery_count;
    bool sent, settled;
    struct report_data revert;
    hash32 l1_tx_hash;
    u64 l1_block_number, l1_gas_used;
    u64 races_lost, gas_lost; /* earlier bundles that other transactions made fail, and their gas */
    size_t l1_tx_bytes;
    struct data_report data;
    const struct report_pair *pair;
    u32 pair_count;
    const struct report_rollup *rollup;
    u32 rollup_count;
    const struct report_prover *prover;
    u32 prover_count;
};

enum report_item_kind { REPORT_CONTRACT, REPORT_WORK, REPORT_READ, REPORT_SLOT, REPORT_VERDICTS };

/* What happened, in order. */
struct report_item {
    enum report_item_kind kind;
    union {
        struct report_contract contract;
        struct report_work work; /* an ordinary transaction before or between slots */
        struct {
            const char *name;
            struct bytes text;
        } read;
        struct report_slot slot;
        struct report_verdicts verdicts;
    };
};

struct report {
    const char *file;
    const char *title;
    const char *about; /* may be NULL */
    const struct report_chain *chain;
    u32 chain_count;
    u64 prover_count, prover_threshold;
    LIST(struct report_item) item;
    u32 met, failed;
};

/* The title and the chains: printed first. */
void report_print_head(struct page *p, const struct report *r);
/* One item. first: whether the one before is of another kind. */
void report_print_item(struct page *p, const struct report_item *item, bool first);
/* The last line: expectations met and failed. */
void report_print_end(struct page *p, const struct report *r);

/* The scoped calls of all slots as a drawing (report_svg.c): an SVG document. */
void report_write_svg(struct buffer *out, const struct report *r);

void report_write_json(struct json_writer *w, const struct report *r);

#endif
