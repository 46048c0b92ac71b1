/* Methods about prices. */
#include "node/node.h"
#include "node/rpc.h"
#include "node/write.h"

#include <stdlib.h>

enum { BLOCKS_MAX = 1024, PERCENTILES_MAX = 100 };

static const struct activation *next_rules(const struct rpc_request *r)
{
    const struct header *h = &r->at->head->header;
    return chain_rules_at(r->at->chain->rules, h->number + 1, h->timestamp + 1);
}

/* Before London nothing is burned. */
static void next_base_fee(u256 *out, const struct rpc_request *r)
{
    *out = (u256){{0}};
    if (next_rules(r)->fork->id >= FORK_LONDON)
        header_next_base_fee(out, &r->at->head->header);
}

/* On a development chain any tip does; 1 gwei is what wallets expect. */
static const u64 tip = 1000000000;

enum err rpc_eth_maxPriorityFeePerGas(struct rpc_request *r)
{
    json_write_quantity(r->out, tip);
    return OK;
}

enum err rpc_eth_gasPrice(struct rpc_request *r)
{
    const u256 more = u256_from_u64(tip);
    u256 price;
    next_base_fee(&price, r);
    u256_add(&price, &price, &more);
    json_write_quantity_u256(r->out, &price);
    return OK;
}

enum err rpc_eth_baseFee(struct rpc_request *r)
{
    u256 fee;
    next_base_fee(&fee, r);
    json_write_quantity_u256(r->out, &fee);
    return OK;
}

/* The blob base fee of a block on top of h, which the rules `active` govern; 0 before Cancun. */
static u256 blob_fee_after(const struct header *h, const struct activation *active)
{
    u256 fee = {{0}};
    if (active->fork->id >= FORK_CANCUN)
        blob_base_fee(&fee, h->field_count >= HEADER_CANCUN ? header_next_excess_blob_gas(h, active) : 0,
                      &active->blobs);
    return fee;
}

enum err rpc_eth_blobBaseFee(struct rpc_request *r)
{
    const u256 fee = blob_fee_after(&r->at->head->header, next_rules(r));
    json_write_quantity_u256(r->out, &fee);
    return OK;
}

/* --- eth_feeHistory --- */

struct paid {
    u256 tip;
    u64 gas;
};

static int by_tip(const void *here, const void *there)
{
    return u256_cmp(&((const struct paid *)here)->tip, &((const struct paid *)there)->tip);
}

/* Percentiles in thousandths, rising. */
struct percentiles {
    u64 thousandths[PERCENTILES_MAX];
    u32 count;
};

/* "12.5" as 12500; false: no number from 0 to 100. */
static bool read_percentile(u64 *out, struct json v)
{
    const struct bytes text = json_text(v);
    u64 x = 0;
    u32 fraction = 0;
    bool dot = false;
    if (json_kind(v) != JSON_NUMBER)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' && !dot) {
            dot = true;
            continue;
        }
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || x > 100000)
            return false;
        if (dot && fraction == 3)
            continue; /* finer than a thousandth */
        fraction += dot;
        x = x * 10 + (u64)(text.ptr[i] - '0');
    }
    for (; fraction < 3; fraction++)
        x *= 10;
    *out = x;
    return x <= 100000;
}

static enum err read_percentiles(struct rpc_request *r, struct percentiles *p, struct json v)
{
    p->count = json_count(v);
    if (!rpc_absent(v) && json_kind(v) != JSON_ARRAY)
        return rpc_invalid(r, 2, "json: cannot unmarshal non-array into an array");
    if (p->count > PERCENTILES_MAX)
        return rpc_fail(r, JSONRPC_SERVER_ERROR, "invalid reward percentile: over the query limit %d", PERCENTILES_MAX);
    for (struct json_iterator it = json_items(v); json_next(&it);) {
        u64 *x = &p->thousandths[it.index];
        if (!read_percentile(x, it.value) || (it.index > 0 && *x < p->thousandths[it.index - 1]))
            return rpc_fail(r, JSONRPC_SERVER_ERROR, "invalid reward percentile: %.*s", (int)json_source(it.value).len,
                            (const char *)json_source(it.value).ptr);
    }
    return OK;
}

/* The tip at which each percentile of the block's gas had paid. */
static void write_rewards(struct rpc_request *r, const struct chain_block *b, const struct percentiles *p)
{
    struct paid *paid = ARENA_TAKE(r->arena, struct paid, b->tx_count);
    for (u32 i = 0; i < b->tx_count; i++) {
        paid[i].gas = b->receipt[i].gas_used;
        paid[i].tip = b->receipt[i].effective_gas_price;
        if (b->header.field_count >= HEADER_LONDON)
            u256_sub(&paid[i].tip, &paid[i].tip, &b->header.base_fee);
    }
    qsort(paid, b->tx_count, sizeof *paid, by_tip);
    json_write_array(r->out);
    u64 sum = b->tx_count ? paid[0].gas : 0;
    for (u32 k = 0, i = 0; k < p->count; k++) {
        const u64 threshold = (u64)((u128)b->header.gas_used * p->thousandths[k] / 100000);
        for (; b->tx_count && sum < threshold && i + 1 < b->tx_count; sum += paid[i].gas)
            i++;
        if (b->tx_count)
            json_write_quantity_u256(r->out, &paid[i].tip);
        else
            json_write_quantity(r->out, 0);
    }
    json_write_end(r->out);
}

/* part / whole, rounded down to a thousandth; 0 of nothing. */
static void write_ratio(struct json_writer *w, u64 part, u64 whole)
{
    json_write_thousandths(w, whole ? (u64)((u128)part * 1000 / whole) : 0);
}

static u256 base_fee_of(const struct chain_block *b)
{
    return b->header.field_count >= HEADER_LONDON ? b->header.base_fee : (u256){{0}};
}

static const struct activation *activation_of(const struct rpc_request *r, const struct header *h, u64 ahead)
{
    return chain_rules_at(r->at->chain->rules, h->number + ahead, h->timestamp + ahead);
}

static void write_base_fees(struct rpc_request *r, u64 first, u64 count)
{
    const struct chain_block *last = snapshot_at(r->at, first + count - 1);
    u256 fee = {{0}};
    json_write_key(r->out, "baseFeePerGas");
    json_write_array(r->out);
    for (u64 i = 0; i < count; i++) {
        fee = base_fee_of(snapshot_at(r->at, first + i));
        json_write_quantity_u256(r->out, &fee);
    }
    fee = (u256){{0}};
    if (activation_of(r, &last->header, 1)->fork->id >= FORK_LONDON)
        header_next_base_fee(&fee, &last->header);
    json_write_quantity_u256(r->out, &fee);
    json_write_end(r->out);
}

static void write_blob_fees(struct rpc_request *r, u64 first, u64 count)
{
    const struct chain_block *last = snapshot_at(r->at, first + count - 1);
    u256 fee;
    json_write_key(r->out, "baseFeePerBlobGas");
    json_write_array(r->out);
    for (u64 i = 0; i < count; i++) {
        const struct header *h = &snapshot_at(r->at, first + i)->header;
        fee = (u256){{0}};
        if (h->field_count >= HEADER_CANCUN)
            blob_base_fee(&fee, h->excess_blob_gas, &activation_of(r, h, 0)->blobs);
        json_write_quantity_u256(r->out, &fee);
    }
    fee = blob_fee_after(&last->header, activation_of(r, &last->header, 1));
    json_write_quantity_u256(r->out, &fee);
    json_write_end(r->out);
}

static void write_ratios(struct rpc_request *r, u64 first, u64 count)
{
    json_write_key(r->out, "gasUsedRatio");
    json_write_array(r->out);
    for (u64 i = 0; i < count; i++) {
        const struct header *h = &snapshot_at(r->at, first + i)->header;
        write_ratio(r->out, h->gas_used, h->gas_limit);
    }
    json_write_end(r->out);
    json_write_key(r->out, "blobGasUsedRatio");
    json_write_array(r->out);
    for (u64 i = 0; i < count; i++) {
        const struct header *h = &snapshot_at(r->at, first + i)->header;
        write_ratio(r->out, h->blob_gas_used, (u64)activation_of(r, h, 0)->blobs.max_count << 17);
    }
    json_write_end(r->out);
}

/* The count is a quantity, or a number: tools send both. */
enum err rpc_eth_feeHistory(struct rpc_request *r)
{
    const struct chain_block *newest;
    struct percentiles p = {.count = 0};
    u64 count;
    const struct json given = r->parameter[0];
    const char *wrong = json_kind(given) == JSON_NUMBER ? (json_u64(&count, given) == OK ? NULL : "not a count")
                                                        : rpc_wrong_quantity(&count, given);
    if (wrong)
        return rpc_invalid(r, 0, "%s", wrong);
    TRY(rpc_known_block(r, &newest, 1));
    TRY(read_percentiles(r, &p, r->parameter[2]));
    if (count > BLOCKS_MAX)
        count = BLOCKS_MAX;
    if (count > newest->header.number + 1)
        count = newest->header.number + 1;
    const u64 first = newest->header.number + 1 - count;
    json_write_object(r->out);
    write_quantity(r->out, "oldestBlock", first);
    if (count && p.count) {
        json_write_key(r->out, "reward");
        json_write_array(r->out);
        for (u64 i = 0; i < count; i++)
            write_rewards(r, snapshot_at(r->at, first + i), &p);
        json_write_end(r->out);
    }
    if (count) {
        write_base_fees(r, first, count);
        write_ratios(r, first, count);
        write_blob_fees(r, first, count);
    }
    json_write_end(r->out);
    return OK;
}
