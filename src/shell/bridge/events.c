#include "bridge/events.h"

#include "codec/abi.h"

#define BE64(x)                                                                                                        \
    (u8)((x) >> 56), (u8)((x) >> 48), (u8)((x) >> 40), (u8)((x) >> 32), (u8)((x) >> 24), (u8)((x) >> 16),              \
        (u8)((x) >> 8), (u8)(x)

const hash32 event_topic[EVENT_COUNT] = {
#define EVENT(name, signature, w0, w1, w2, w3) [EVENT_##name] = {{BE64(w0), BE64(w1), BE64(w2), BE64(w3)}},
#include "bridge/events.def"
#undef EVENT
};

static enum err topic_u64(u64 *out, const hash32 *topic)
{
    struct abi_reader r = abi_reader(BYTES_OF(topic->b));
    return abi_u64(&r, out);
}

static enum err topic_address(address *out, const hash32 *topic)
{
    struct abi_reader r = abi_reader(BYTES_OF(topic->b));
    return abi_address(&r, out);
}

enum err log_scoped_call(struct scoped_call *out, const struct log *log, u64 source_chain)
{
    if (log->topic_count != 4 || !event_is(log, EVENT_SCOPED_CALL))
        return REJECT_ABI;
    struct scoped_call c = {.source_chain = source_chain};
    struct abi_reader r = abi_reader(log->data);
    TRY(topic_u64(&c.target_chain, &log->topic[1]));
    TRY(topic_address(&c.from, &log->topic[2]));
    TRY(topic_address(&c.request.to, &log->topic[3]));
    TRY(abi_u256(&r, &c.nonce));
    TRY(abi_u256(&r, &c.request.value));
    TRY(abi_u256(&r, &c.request.gas_limit));
    TRY(abi_bytes(&r, &c.request.data));
    *out = c;
    return OK;
}

enum err log_scoped_call_executed(hash32 *request_hash, struct bytes *response, const struct log *log)
{
    if (log->topic_count != 2 || !event_is(log, EVENT_SCOPED_CALL_EXECUTED))
        return REJECT_ABI;
    struct abi_reader r = abi_reader(log->data);
    TRY(abi_bytes(&r, response));
    *request_hash = log->topic[1];
    return OK;
}

enum err log_settled(struct settled_event *out, const struct log *log)
{
    struct settled_event s;
    struct abi_reader r = abi_reader(log->data);
    if (log->topic_count != 3 || !event_is(log, EVENT_SETTLED))
        return REJECT_ABI;
    TRY(topic_u64(&s.chain_id, &log->topic[1]));
    s.block_hash = log->topic[2];
    TRY(abi_word(&r, s.state_root.b));
    TRY(abi_u64(&r, &s.first_block));
    TRY(abi_u64(&r, &s.last_block));
    TRY(abi_word(&r, s.da_hash.b));
    TRY(abi_word(&r, s.statement.b));
    *out = s;
    return OK;
}
