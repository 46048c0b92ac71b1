/* events - the logs of the contracts, as C code reads them: which event a log is, and its values.
 *
 * Decoded data points into the log. Errors: REJECT_ABI for a log that is not such an event. */
#ifndef BRIDGE_EVENTS_H
#define BRIDGE_EVENTS_H

#include "base/err.h"
#include "evm/host.h"
#include "scope/request.h"

enum event {
#define EVENT(name, ...) EVENT_##name,
#include "bridge/events.def"
#undef EVENT
    EVENT_COUNT
};

/* Topic 0: keccak256 of the signature. */
extern const hash32 event_topic[EVENT_COUNT];

/* By topic 0 alone: neither the emitting contract nor the other topics are looked at. */
static inline bool event_is(const struct log *log, enum event e)
{
    return log->topic_count && hash32_eq(&log->topic[0], &event_topic[e]);
}

/* source_chain is the log's chain. */
enum err log_scoped_call(struct scoped_call *out, const struct log *log, u64 source_chain) MUST_CHECK;
enum err log_scoped_call_executed(hash32 *request_hash, struct bytes *response, const struct log *log) MUST_CHECK;

/* A rollup's new head, as SharedBridge settled it. */
struct settled_event {
    u64 chain_id;
    hash32 block_hash, state_root;
    u64 first_block, last_block;
    hash32 da_hash, statement;
};
enum err log_settled(struct settled_event *out, const struct log *log) MUST_CHECK;

#endif
