#include "scope/mailbox.h"

#include "base/u256.h"
#include "crypto/keccak.h"

static const enum lane facing[LANE_COUNT] = {
    [REQUESTS_OUT] = REQUESTS_IN,
    [REQUESTS_IN] = REQUESTS_OUT,
    [RESPONSES_OUT] = RESPONSES_IN,
    [RESPONSES_IN] = RESPONSES_OUT,
};

void mailbox_fold(struct mailbox *m, enum lane lane, const hash32 *leaf)
{
    const hash32 pair[2] = {m->lane[lane], *leaf};
    keccak256(&m->lane[lane], pair, sizeof pair);
}

enum err mailbox_settle(const struct mailbox *here, const struct mailbox *there)
{
    for (enum lane l = 0; l < LANE_COUNT; l++)
        if (!hash32_eq(&here->lane[l], &there->lane[facing[l]]))
            return REJECT_MAILBOX_MISMATCH;
    if (!u256_eq(&here->value_out, &there->value_in) || !u256_eq(&here->value_in, &there->value_out))
        return REJECT_VALUE_MISMATCH;
    return OK;
}
