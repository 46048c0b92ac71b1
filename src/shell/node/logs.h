/* logs - which logs a filter selects, and where they are.
 *
 *   {"address": A or [A, ..], "topics": [T, null, [T, ..], ..]}     every condition that is there must hold;
 *                                                                  null or [] holds for any topic that is there or not
 *
 * A block whose bloom cannot hold a match is not looked into. Memory: the arena of the request. */
#ifndef NODE_LOGS_H
#define NODE_LOGS_H

#include "node/rpc.h"
#include "node/write.h"

enum { LOG_TOPICS_MAX = 4 };

struct log_filter {
    const address *at;
    u32 at_count;               /* 0: any */
    struct {
        const hash32 *one_of;
        u32 count;              /* 0: any */
    } topic[LOG_TOPICS_MAX];
    u32 topic_count;
};

/* Reads address and topics of a filter object. */
enum err log_filter_read(struct rpc_request *r, struct log_filter *out, struct json filter, u32 index) MUST_CHECK;
/* A copy that lives in the arena. */
struct log_filter log_filter_copy(struct arena *arena, const struct log_filter *f);
bool log_filter_takes(const struct log_filter *f, const struct log *l);

/* A filter with the numbers of blocks that it is about, as eth_newFilter takes it: tags are no bound. */
struct log_query {
    struct log_filter filter;
    u64 from, to;
};
enum err log_query_read(struct rpc_request *r, struct log_query *out, struct json query) MUST_CHECK;
static inline bool log_query_has_block(const struct log_query *q, const struct chain_block *b)
{
    return b->header.number >= q->from && b->header.number <= q->to;
}

/* The logs of a block that f takes, in order. removed: of a block that is no longer canonical. */
void each_log_of_block(const struct chain_block *b, const struct log_filter *f, bool removed,
                       void (*each)(void *context, const struct log *l, const struct log_position *p), void *context);
/* Items for the open array: the logs of a block that f takes. removed: of a block that is no longer canonical. */
void write_logs_of_block(struct json_writer *w, const struct chain_block *b, const struct log_filter *f, bool removed);
/* The result: an array of the canonical logs of blocks from .. to, which exist. */
enum err write_logs_between(struct rpc_request *r, const struct log_filter *f, u64 from, u64 to) MUST_CHECK;
/* eth_getLogs. */
enum err answer_logs(struct rpc_request *r, struct json query) MUST_CHECK;

#endif
