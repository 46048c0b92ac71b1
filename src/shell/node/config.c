/* eth_config (EIP-7910): the forks of the chain. */
#include "chain/requests.h"
#include "chain/system_contracts.h"
#include "evm/precompile.h"
#include "node/node.h"
#include "node/rpc.h"
#include "node/write.h"

/* --- the fork id: EIP-2124 --- */

static u32 crc32_of(u32 crc, struct bytes data)
{
    crc = ~crc;
    for (size_t i = 0; i < data.len; i++) {
        crc ^= data.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static u32 crc32_add_u64(u32 crc, u64 x)
{
    u8 be[8];
    store_be64(be, x);
    return crc32_of(crc, BYTES_OF(be));
}

/* Of genesis and every activation after it up to number `last`; equal ones count once, those at genesis not at all. */
static u32 fork_id(const struct chain_rules *rules, const struct chain_block *genesis, u32 last)
{
    u32 crc = crc32_of(0, BYTES_OF(genesis->hash.b));
    for (u32 i = 1; i <= last; i++) {
        const struct activation *a = &rules->activation[i], *before = &rules->activation[i - 1];
        const u64 from = a->by_time ? genesis->header.timestamp : 0;
        if (a->at <= from || (i > 1 && before->by_time == a->by_time && before->at == a->at))
            continue;
        crc = crc32_add_u64(crc, a->at);
    }
    return crc;
}

/* --- one fork --- */

static void write_precompiles(struct json_writer *w, const struct fork *fork)
{
    const struct precompile *p;
    json_write_key(w, "precompiles");
    json_write_object(w);
    for (unsigned i = 0; (p = precompile_at_index(fork, i)) != NULL; i++) {
        address at = {{0}};
        at.b[18] = (u8)(p->number >> 8);
        at.b[19] = (u8)p->number;
        write_fixed(w, p->name, at);
    }
    json_write_end(w);
}

static void write_system_contracts(struct json_writer *w, const struct chain_rules *rules, const struct fork *fork)
{
    json_write_key(w, "systemContracts");
    json_write_object(w);
    if (fork->id >= FORK_CANCUN)
        write_fixed(w, "BEACON_ROOTS_ADDRESS", beacon_root_contract);
    if (fork->id >= FORK_PRAGUE) {
        write_fixed(w, "CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS",
                    system_contract[SYSTEM_CONTRACT_CONSOLIDATIONS].at);
        write_fixed(w, "DEPOSIT_CONTRACT_ADDRESS", rules->deposit_contract);
        write_fixed(w, "HISTORY_STORAGE_ADDRESS", history_contract);
        write_fixed(w, "WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS", system_contract[SYSTEM_CONTRACT_WITHDRAWALS].at);
    }
    json_write_end(w);
}

static void write_fork(struct rpc_request *r, const char *key, const struct activation *a)
{
    const struct chain_rules *rules = r->at->chain->rules;
    struct json_writer *w = r->out;
    u8 id[4];
    json_write_key(w, key);
    if (!a || !a->by_time) { /* the EIP knows no fork before Cancun */
        json_write_null(w);
        return;
    }
    store_be32(id, fork_id(rules, snapshot_at(r->at, 0), (u32)(a - rules->activation)));
    json_write_object(w);
    json_write_key(w, "activationTime");
    json_write_u64(w, a->at);
    json_write_key(w, "blobSchedule");
    json_write_object(w);
    json_write_key(w, "baseFeeUpdateFraction");
    json_write_u64(w, a->blobs.update_fraction);
    json_write_key(w, "max");
    json_write_u64(w, a->blobs.max_count);
    json_write_key(w, "target");
    json_write_u64(w, a->blobs.target_count);
    json_write_end(w);
    write_quantity(w, "chainId", rules->chain_id);
    write_hex(w, "forkId", BYTES_OF(id));
    write_precompiles(w, a->fork);
    write_system_contracts(w, rules, a->fork);
    json_write_end(w);
}

/* The last fork that is known is told only while there is a next one. */
enum err rpc_eth_config(struct rpc_request *r)
{
    const struct chain_rules *rules = r->at->chain->rules;
    const struct header *h = &r->at->head->header;
    const struct activation *now = chain_rules_at(rules, h->number, h->timestamp), *end;
    end = &rules->activation[rules->activation_count];
    const struct activation *next = now + 1 < end ? now + 1 : NULL;
    json_write_object(r->out);
    write_fork(r, "current", now);
    write_fork(r, "next", next);
    write_fork(r, "last", next ? end - 1 : NULL);
    json_write_end(r->out);
    return OK;
}
