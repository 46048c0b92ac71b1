/* The builder's thread: waits for work, commands and the end. */
#include "devnet/devnet.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* False: not woken, the time of a slot or sub-block came. */
static bool rest(struct devnet *d)
{
    u64 counted;
    return read(d->wake, &counted, sizeof counted) == sizeof counted;
}

/* --- commands --- */

static struct devnet_command *take_command(struct devnet *d)
{
    struct devnet_command *c = d->first;
    if (c) {
        d->first = c->next;
        if (!d->first)
            d->last = NULL;
    }
    return c;
}

static void run_commands(struct devnet *d)
{
    pthread_mutex_lock(&d->lock);
    for (struct devnet_command *c; !devnet_must_stop(d) && (c = take_command(d)) != NULL;) {
        c->is_begun = true;
        pthread_cond_broadcast(&d->changed);
        pthread_mutex_unlock(&d->lock);
        enum err e = c->run(d, c->context);
        pthread_mutex_lock(&d->lock);
        devnet_commit(d);
        const enum err published = devnet_publish(d);
        e = e == OK ? published : e;
        c->result = e;
        snprintf(c->error, sizeof c->error, "%s", e == OK ? "" : session_error(d->session));
        c->is_done = true;
        pthread_cond_broadcast(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
}

static void add_command(struct devnet *d, struct devnet_command *c)
{
    if (d->last)
        d->last->next = c;
    else
        d->first = c;
    d->last = c;
    devnet_wake(d);
}

static void drop_command(struct devnet *d, const struct devnet_command *c)
{
    struct devnet_command *before = NULL;
    for (struct devnet_command *x = d->first; x != c; x = x->next)
        before = x;
    if (before)
        before->next = c->next;
    else
        d->first = c->next;
    if (d->last == c)
        d->last = before;
}

/* With the lock. A command that has begun uses its caller's memory: it is waited for. */
static void await_command(struct devnet *d, const struct devnet_command *c)
{
    struct timespec until;
    int e = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += COMMAND_MS / 1000;
    while (!c->is_begun && !d->is_stopping && e != ETIMEDOUT)
        e = pthread_cond_timedwait(&d->changed, &d->lock, &until);
    while (c->is_begun && !c->is_done)
        pthread_cond_wait(&d->changed, &d->lock);
}

enum err devnet_run(struct rpc_request *r, enum err (*run)(struct devnet *d, void *context), void *context)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct devnet_command c = {.run = run, .context = context};
    r->error = (struct jsonrpc_error){0};
    pthread_mutex_lock(&d->lock);
    if (!d->is_stopping) {
        add_command(d, &c);
        await_command(d, &c);
    }
    const bool is_stopping = d->is_stopping;
    if (!is_stopping && !c.is_done)
        drop_command(d, &c);
    pthread_mutex_unlock(&d->lock);
    if (!c.is_done)
        return is_stopping ? rpc_fail(r, DEVNET_STOPPING, "the node is shutting down")
                           : rpc_fail(r, JSONRPC_TIMEOUT, "FAULT_TIMEOUT: the builder was busy for %d s",
                                      COMMAND_MS / 1000);
    if (c.error[0])
        r->error.message = (const char *)arena_copy(r->arena, bytes_of(c.error, strlen(c.error) + 1)).ptr;
    return c.result;
}

/* --- the loop --- */

/* When the next slot is made. */
struct schedule {
    u64 slot_ms; /* 0: not by the clock */
    u64 next_slot;
    bool is_automining;
    u64 next_sub_block;  /* not before */
    bool wants_sub_block;
};

/* An interval begins when it is set. */
static void read_schedule(struct devnet *d, struct schedule *s)
{
    pthread_mutex_lock(&d->lock);
    const u64 slot_ms = d->slot_seconds * 1000;
    s->is_automining = d->is_automining;
    pthread_mutex_unlock(&d->lock);
    if (slot_ms != s->slot_ms)
        s->next_slot = devnet_now_ms() + slot_ms;
    s->slot_ms = slot_ms;
}

/* -1: until it is woken. */
static int wait_ms(const struct schedule *s)
{
    const u64 now = devnet_now_ms();
    if (!s->slot_ms)
        return -1;
    const u64 next = s->wants_sub_block && s->next_sub_block < s->next_slot ? s->next_sub_block : s->next_slot;
    return next <= now ? 0 : (int)(next - now > 60000 ? 60000 : next - now);
}

bool devnet_must_stop(const struct devnet *d)
{
    struct pollfd p = {.fd = d->stop, .events = POLLIN};
    return poll(&p, 1, 0) != 0;
}

/* Slots without a pause until nothing is left that can be done now. */
static void make_slots(struct devnet *d)
{
    while (devnet_slot(d) && !devnet_must_stop(d))
        run_commands(d);
}

static void stop_all(struct devnet *d)
{
    pthread_mutex_lock(&d->lock);
    d->is_stopping = true;
    d->first = d->last = NULL;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static void make_due_slots(struct devnet *d, struct schedule *s)
{
    read_schedule(d, s);
    if (s->is_automining)
        make_slots(d);
    if (!s->slot_ms || devnet_now_ms() < s->next_slot)
        return;
    s->next_slot += s->slot_ms;
    devnet_slot(d);
    s->wants_sub_block = true; /* what this slot had no room for */
}

/* At once when work comes, but not more often than each preconf_ms. */
static void make_due_sub_block(struct devnet *d, struct schedule *s)
{
    const u64 now = devnet_now_ms();
    if (!d->preconf || !s->slot_ms || !s->wants_sub_block || now < s->next_sub_block)
        return;
    s->wants_sub_block = false;
    s->next_sub_block = now + d->preconf_ms;
    devnet_sub_block(d, s->next_slot > now ? s->next_slot - now : 0);
}

void devnet_build(struct devnet *d, int stop)
{
    struct pollfd p[2] = {{.fd = stop, .events = POLLIN}, {.fd = d->wake, .events = POLLIN}};
    struct schedule schedule = {0};
    d->stop = stop;
    read_schedule(d, &schedule);
    for (;;) {
        const int ready = poll(p, 2, wait_ms(&schedule));
        if (ready < 0 && errno != EINTR)
            break;
        if (ready > 0 && p[0].revents)
            break;
        schedule.wants_sub_block |= rest(d);
        run_commands(d);
        make_due_slots(d, &schedule);
        make_due_sub_block(d, &schedule);
    }
    devnet_seal(d);
    stop_all(d);
}
