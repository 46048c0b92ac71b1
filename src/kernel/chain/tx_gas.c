/* What a transaction costs before its first instruction. */
#include "chain/tx.h"
#include "evm/fork.h"

enum {
    TX_GAS = 21000,
    TX_CREATE_GAS = 32000,        /* EIP-2 */
    ZERO_BYTE_GAS = 4,
    NONZERO_BYTE_GAS_FRONTIER = 68,
    NONZERO_BYTE_GAS = 16,        /* EIP-2028 */
    INIT_CODE_WORD_GAS = 2,       /* EIP-3860 */
    ACCESS_ADDRESS_GAS = 2400,    /* EIP-2930 */
    ACCESS_KEY_GAS = 1900,
    AUTHORIZATION_GAS = 25000,    /* EIP-7702: PER_EMPTY_ACCOUNT_COST */
    FLOOR_TOKEN_GAS = 10,         /* EIP-7623 */
    NONZERO_BYTE_TOKENS = 4,
};

static u64 count_zeros(struct bytes s)
{
    u64 zeros = 0;
    for (size_t i = 0; i < s.len; i++)
        zeros += s.ptr[i] == 0;
    return zeros;
}

/* No overflow: every count is below 2^32, or bounded by bytes in memory, every price below 2^16. */
u64 tx_intrinsic_gas(const struct tx *t, const struct fork *fork)
{
    const u64 zeros = count_zeros(t->data);
    const u64 nonzero_gas = fork->id >= FORK_ISTANBUL ? NONZERO_BYTE_GAS : NONZERO_BYTE_GAS_FRONTIER;
    u64 gas = TX_GAS + zeros * ZERO_BYTE_GAS + (t->data.len - zeros) * nonzero_gas;
    if (t->is_creation && fork->id >= FORK_HOMESTEAD)
        gas += TX_CREATE_GAS;
    if (t->is_creation && fork->id >= FORK_SHANGHAI)
        gas += (t->data.len + 31) / 32 * INIT_CODE_WORD_GAS;
    gas += (u64)t->access_count * ACCESS_ADDRESS_GAS;
    for (u32 i = 0; i < t->access_count; i++)
        gas += (u64)t->access[i].key_count * ACCESS_KEY_GAS;
    return gas + (u64)t->authorization_count * AUTHORIZATION_GAS;
}

u64 tx_floor_gas(const struct tx *t, const struct fork *fork)
{
    if (fork->id < FORK_PRAGUE)
        return 0;
    const u64 zeros = count_zeros(t->data);
    return TX_GAS + (zeros + (t->data.len - zeros) * NONZERO_BYTE_TOKENS) * FLOOR_TOKEN_GAS;
}
