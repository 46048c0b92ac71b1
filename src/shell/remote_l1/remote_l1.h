/* remote_l1 - an Ethereum node as the L1 of a session (ledger/l1.h).
 *
 *     sync    headers from the node, hashed and linked, down to one that is known; the ledger becomes a mirror
 *     state   proved against the head's state root, and fetched when it is looked at (proved_state.h)
 *     land    run here first -> eth_sendRawTransaction -> ask until a block has it, or cannot have it any more
 *
 *               dropped   the node does not know it any more: sent again, byte for byte
 *               stuck     three blocks went by and any block will do: signed again under its nonce, for more (fees.h),
 *                         a bounded number of times; then REJECT_L1_STUCK
 *               missed    only one block would do, and that one is there without it: REJECT_L1_MISSED
 *               outbid    the nonce is taken, and not by what was sent: REJECT_L1_OUTBID
 *
 * What the chain made of a transaction is compared with the run here: always the status and, where it succeeded, the
 * logs; the gas too, where it was the first of the block that the run was made for.
 *
 * With an outbox (outbox.h) every transaction is on the disk before it is sent, and what an earlier process sent is
 * taken up. The mirror then begins where that process began.
 *
 * Funds come from nowhere else than a funded account (funder), or on a development chain from anvil_setBalance.
 *
 * Errors: those of l1.h, proved_state.h and rpc_client.h; REJECT_L1_CHAIN for a node that cannot be built on. */
#ifndef REMOTE_L1_REMOTE_L1_H
#define REMOTE_L1_REMOTE_L1_H

#include "ledger/l1.h"
#include "remote_l1/proved_state.h"

struct outbox;
struct remote_l1;

struct remote_l1_config {
    const char *url;
    const hash32 *funder;  /* key of an account that funds the others; NULL: none */
    u32 patience_ms;       /* how long to wait without a new block */
    struct outbox *outbox; /* NULL: nothing is kept */
};

struct remote_l1_info {
    u64 chain_id;
    bool is_development;       /* 1337, 31337 .. and a node that sets balances */
    char client[64];           /* what the node calls itself, made safe to print */
    u64 head_number;
    enum fork_id fork;         /* EIP-7910's eth_config; Osaka where the node has none */
    struct blob_schedule blobs;
};

/* *out is also set on failure, for why. */
enum err remote_l1_open(struct remote_l1 **out, const struct memory *memory,
                        const struct remote_l1_config *config) MUST_CHECK;
void remote_l1_close(struct remote_l1 *r);
const struct remote_l1_info *remote_l1_info(const struct remote_l1 *r);
const char *remote_l1_why(const struct remote_l1 *r);
/* Before the first sync, on a development node where a process may have died between anvil_setBalance and the block
 * that has it: until one is mined, the head's root is not that of the node's state. */
enum err remote_l1_mine(struct remote_l1 *r) MUST_CHECK;
/* Before the first sync: the mirror begins at this block, or at the head if that is lower. Otherwise at the head. */
void remote_l1_begin_at(struct remote_l1 *r, u64 number);
struct l1_source remote_l1_source(struct remote_l1 *r);
/* An account at the head, as the node tells it: not proved. */
enum err remote_l1_account(struct remote_l1 *r, u64 *nonce, u256 *balance, const address *at) MUST_CHECK;

struct remote_l1_counts {
    u64 calls, requests;       /* JSON-RPC, HTTP */
    u64 sent, sent_again, bumped;
    struct proved_state_counts state;
};
struct remote_l1_counts remote_l1_counts(const struct remote_l1 *r);

/* Development chains. Publicly known keys are refused on all others. */
bool is_development_chain(u64 chain_id);

#endif
