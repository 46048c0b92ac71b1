/* What an earlier process sent for a slot, and did not live to see. It is decided before anything else is sent: what
 * waits still may settle. */
#include "remote_l1/remote_l1_private.h"

enum err remote_reconcile(void *context, struct ledger *l, struct l1_reconciled *out, const hash32 *key)
{
    struct remote_l1 *r = context;
    struct outbox_entry *e = r->outbox ? outbox_next_of_slot(r->outbox) : NULL;
    *out = (struct l1_reconciled){.outcome = OUTCOME_NONE};
    if (!e)
        return OK;
    r->why[0] = 0;
    const struct mining mining = {
        .purpose = e->purpose,
        .parent = e->is_pinned ? &e->parent : NULL,
        .key = e->is_pinned ? NULL : key,
        .sidecar = e->sidecar,
    };
    struct l1_reconciled earlier = {.purpose = e->purpose, .is_pinned = e->is_pinned, .note = e->note};
    const enum err result = remote_follow(r, l, &earlier.receipt, &earlier.as_expected, e, &mining);
    earlier.tx = &e->variant[e->count - 1];
    if (result == OK)
        earlier.outcome = OUTCOME_INCLUDED;
    else if (result == REJECT_L1_MISSED)
        earlier.outcome = OUTCOME_MISSED;
    else if (result == REJECT_L1_OUTBID)
        earlier.outcome = OUTCOME_REPLACED;
    else
        return result;
    *out = earlier;
    return OK;
}

bool remote_has_unreconciled(void *context, u64 *first_nonce)
{
    const struct remote_l1 *r = context;
    const struct outbox_entry *e = r->outbox ? outbox_first(r->outbox) : NULL;
    if (e)
        *first_nonce = e->variant[0].nonce;
    return e != NULL;
}
