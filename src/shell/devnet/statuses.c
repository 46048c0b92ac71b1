#include "devnet/statuses.h"

enum { HEADS = STATUSES_MAX, NONE = UINT32_MAX };

struct row {
    struct status status;
    u32 next; /* of its chain */
};

struct statuses {
    const struct memory *memory;
    u32 newest;      /* the row that is taken next */
    size_t trace_bytes;
    u64 added, changes;
    struct status_change changed[CHANGES_MAX];
    u32 head[HEADS]; /* chains by hash */
    struct call_place call_head[HEADS]; /* of the calls of all rows, by request hash; row NONE: empty */
    bool is_used[STATUSES_MAX];
    struct row row[STATUSES_MAX];
};

static u32 *head_of(struct statuses *s, const hash32 *hash)
{
    return &s->head[load_be32(hash->b) % HEADS];
}

struct statuses *statuses_open(const struct memory *memory)
{
    struct statuses *s = memory->take(memory->context, sizeof *s);
    s->memory = memory;
    s->newest = 0;
    s->trace_bytes = 0;
    s->added = s->changes = 0;
    for (u32 i = 0; i < HEADS; i++) {
        s->head[i] = NONE;
        s->call_head[i].row = NONE;
    }
    memset(s->is_used, 0, sizeof s->is_used);
    return s;
}

/* --- calls by request hash --- */

static struct call_place *call_head_of(struct statuses *s, const hash32 *request_hash)
{
    return &s->call_head[load_be32(request_hash->b) % HEADS];
}

static struct status_call *call_at(struct statuses *s, const struct call_place *p)
{
    return &s->row[p->row].status.call[p->index];
}

static u32 place_of(const struct statuses *s, const struct status *row)
{
    return (u32)((const struct row *)(const void *)row - s->row); /* the status is the row's first member */
}

static void link_calls(struct statuses *s, struct status *row)
{
    for (u32 i = 0; i < row->call_count; i++) {
        struct call_place *head = call_head_of(s, &row->call[i].request_hash);
        row->call[i].next = *head;
        *head = (struct call_place){place_of(s, row), i};
    }
}

static void unlink_calls(struct statuses *s, const struct status *row)
{
    for (u32 i = 0; i < row->call_count; i++) {
        struct call_place *at = call_head_of(s, &row->call[i].request_hash);
        while (at->row != place_of(s, row) || at->index != i)
            at = &call_at(s, at)->next;
        *at = row->call[i].next;
    }
}

struct status *statuses_find_caller(struct statuses *s, const hash32 *request_hash)
{
    for (const struct call_place *at = call_head_of(s, request_hash); at->row != NONE; at = &call_at(s, at)->next)
        if (hash32_eq(&call_at(s, at)->request_hash, request_hash))
            return &s->row[at->row].status;
    return NULL;
}

static void drop_calls(struct statuses *s, struct status *row)
{
    unlink_calls(s, row);
    if (row->call)
        s->memory->give(s->memory->context, row->call, sizeof *row->call * row->call_count);
    row->call = NULL;
    row->call_count = 0;
}

static void drop_trace(struct statuses *s, struct status *row)
{
    if (row->trace)
        s->trace_bytes -= row->trace->size;
    trace_drop(row->trace);
    row->trace = NULL;
}

static void drop_reason(struct statuses *s, struct status *row)
{
    if (row->reason)
        s->memory->give(s->memory->context, row->reason, strlen(row->reason) + 1);
    row->reason = NULL;
}

void statuses_reject(struct statuses *s, struct status *row, enum err error, const char *reason)
{
    const size_t size = strlen(reason) + 1;
    drop_reason(s, row);
    row->reason = s->memory->take(s->memory->context, size);
    memcpy(row->reason, reason, size);
    row->error = error;
    row->stage = STAGE_REJECTED;
    row->is_taken = false;
    statuses_changed(s, row);
}

void statuses_close(struct statuses *s)
{
    for (u32 i = 0; i < STATUSES_MAX; i++)
        if (s->is_used[i]) {
            drop_calls(s, &s->row[i].status);
            drop_trace(s, &s->row[i].status);
            drop_reason(s, &s->row[i].status);
        }
    s->memory->give(s->memory->context, s, sizeof *s);
}

struct status *statuses_find(struct statuses *s, const hash32 *hash)
{
    for (u32 i = *head_of(s, hash); i != NONE; i = s->row[i].next)
        if (hash32_eq(&s->row[i].status.hash, hash))
            return &s->row[i].status;
    return NULL;
}

void statuses_forget(struct statuses *s, const hash32 *hash)
{
    for (u32 *at = head_of(s, hash); *at != NONE; at = &s->row[*at].next) {
        struct row *r = &s->row[*at];
        if (!hash32_eq(&r->status.hash, hash))
            continue;
        drop_calls(s, &r->status);
        drop_trace(s, &r->status);
        drop_reason(s, &r->status);
        s->is_used[*at] = false;
        *at = r->next;
        return;
    }
}

void statuses_forget_all(struct statuses *s, bool (*is)(void *context, const struct status *row), void *context)
{
    for (u32 i = 0; i < STATUSES_MAX; i++) {
        if (!s->is_used[i] || !is(context, &s->row[i].status))
            continue;
        const hash32 hash = s->row[i].status.hash;
        statuses_forget(s, &hash);
    }
}

struct status *statuses_add(struct statuses *s, const hash32 *hash)
{
    struct row *r = &s->row[s->newest];
    BUG_UNLESS(!statuses_find(s, hash));
    if (s->is_used[s->newest]) {
        const hash32 old = r->status.hash;
        statuses_forget(s, &old);
    }
    s->is_used[s->newest] = true;
    *r = (struct row){.status = {.hash = *hash, .sequence = ++s->added}, .next = *head_of(s, hash)};
    *head_of(s, hash) = s->newest;
    s->newest = (s->newest + 1) % STATUSES_MAX;
    statuses_changed(s, &r->status);
    return &r->status;
}

void statuses_set_calls(struct statuses *s, struct status *row, const struct status_call *call, u32 count)
{
    drop_calls(s, row);
    if (!count)
        return;
    row->call = s->memory->take(s->memory->context, sizeof *call * count);
    memcpy(row->call, call, sizeof *call * count);
    row->call_count = count;
    link_calls(s, row);
}

struct status *statuses_at(struct statuses *s, u64 sequence)
{
    struct row *r = &s->row[(sequence - 1) % STATUSES_MAX];
    return sequence && s->is_used[r - s->row] && r->status.sequence == sequence ? &r->status : NULL;
}

u64 statuses_added(const struct statuses *s)
{
    return s->added;
}

void statuses_changed(struct statuses *s, const struct status *row)
{
    s->changed[s->changes++ % CHANGES_MAX] = (struct status_change){row->hash, row->stage};
}

u64 statuses_changes(const struct statuses *s)
{
    return s->changes;
}

bool statuses_next_change(const struct statuses *s, struct status_change *out, u64 *since)
{
    if (s->changes > CHANGES_MAX && *since < s->changes - CHANGES_MAX)
        *since = s->changes - CHANGES_MAX;
    if (*since >= s->changes)
        return false;
    *out = s->changed[(*since)++ % CHANGES_MAX];
    return true;
}

/* From the row behind the newest, in the order in which they were added. */
static void make_room_for_traces(struct statuses *s, const struct status *but)
{
    for (u32 i = 0; i < STATUSES_MAX && s->trace_bytes > TRACES_BYTES_MAX; i++) {
        const u32 at = (s->newest + i) % STATUSES_MAX;
        if (s->is_used[at] && &s->row[at].status != but)
            drop_trace(s, &s->row[at].status);
    }
}

void statuses_set_trace(struct statuses *s, struct status *row, struct trace *trace)
{
    drop_trace(s, row);
    row->trace = trace;
    s->trace_bytes += trace->size;
    make_room_for_traces(s, row);
}

const char *status_stage_name(enum status_stage stage)
{
    static const char *const name[] = {"pending", "simulated", "preconfirmed", "settled", "rejected"};
    return name[stage];
}
