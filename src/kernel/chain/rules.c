#include "chain/rules.h"

#include "chain/tx.h"

const struct blob_schedule blob_schedule_cancun = {3, 6, 3338477}; /* EIP-4844 */
const struct blob_schedule blob_schedule_prague = {6, 9, 5007716}; /* EIP-7691 */

const struct activation *chain_rules_at(const struct chain_rules *rules, u64 number, u64 timestamp)
{
    const struct activation *found = rules->activation;
    for (u32 i = 1; i < rules->activation_count; i++) {
        const struct activation *a = &rules->activation[i];
        if ((a->by_time ? timestamp : number) >= a->at)
            found = a;
    }
    return found;
}

u32 chain_rules_admitted(const struct chain_rules *rules, const struct fork *fork)
{
    static const struct { enum tx_type type; enum fork_id since; } row[] = {
        {TX_ACCESS_LIST, FORK_BERLIN},
        {TX_DYNAMIC_FEE, FORK_LONDON},
        {TX_BLOB, FORK_CANCUN},
        {TX_SET_CODE, FORK_PRAGUE},
    };
    u32 set = tx_type_bit(TX_LEGACY);
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (fork->id >= row[i].since)
            set |= tx_type_bit(row[i].type);
    if (rules->hooks)
        set = (set | tx_type_bit(TX_SYSTEM)) & rules->hooks->admitted;
    return fork->id >= FORK_SPURIOUS ? set | TX_ADMITS_EIP155 : set;
}
