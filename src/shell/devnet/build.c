/* The builder's thread: waits for work, commands and the end. */
#include "devnet/devnet.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static u64 now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

void devnet_wake(struct devnet *d)
{
    const u64 one = 1;
    if (write(d->wake, &one, sizeof one) < 0) {
        /* the counter is full: it is awake */
    }
}

static void rest(struct devnet *d)
{
    u64 counted;
    if (read(d->wake, &counted, sizeof counted) < 0) {
        /* not woken: the time of a slot came */
    }
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
    for (struct devnet_command *c; (c = take_command(d)) != NULL;) {
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

static enum err fail_stopping(struct rpc_request *r)
{
    return rpc_fail(r, DEVNET_STOPPING, "the node is shutting down");
}

enum err devnet_run(struct rpc_request *r, enum err (*run)(struct devnet *d, void *context), void *context)
{
    struct devnet *d = devnet_chain_of(r)->devnet;
    struct devnet_command c = {.run = run, .context = context};
    r->error = (struct jsonrpc_error){0};
    pthread_mutex_lock(&d->lock);
    if (!d->is_stopping) {
        if (d->last)
            d->last->next = &c;
        else
            d->first = &c;
        d->last = &c;
        devnet_wake(d);
        while (!c.is_done && !d->is_stopping)
            pthread_cond_wait(&d->changed, &d->lock);
    }
    const bool is_done = c.is_done;
    pthread_mutex_unlock(&d->lock);
    if (!is_done)
        return fail_stopping(r);
    if (c.error[0])
        r->error.message = (const char *)arena_copy(r->arena, bytes_of(c.error, strlen(c.error) + 1)).ptr;
    return c.result;
}

/* --- the loop --- */

/* -1: until it is woken. */
static int wait_ms(u64 next_slot_ms, bool in_intervals)
{
    const u64 now = now_ms();
    if (!in_intervals)
        return -1;
    return next_slot_ms <= now ? 0 : (int)(next_slot_ms - now > 60000 ? 60000 : next_slot_ms - now);
}

/* Slots without a pause until nothing is left that can be done now. */
static void make_slots(struct devnet *d, const struct pollfd *stop)
{
    struct pollfd p = *stop;
    while (devnet_slot(d) && poll(&p, 1, 0) == 0)
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

void devnet_build(struct devnet *d, int stop)
{
    struct pollfd p[2] = {{.fd = stop, .events = POLLIN}, {.fd = d->wake, .events = POLLIN}};
    const u64 slot_ms = d->slot_seconds * 1000;
    u64 next_slot = now_ms() + slot_ms;
    for (;;) {
        const int ready = poll(p, 2, wait_ms(next_slot, slot_ms != 0));
        if (ready < 0 && errno != EINTR)
            break;
        if (ready > 0 && p[0].revents)
            break;
        rest(d);
        run_commands(d);
        if (!slot_ms) {
            make_slots(d, &p[0]);
        } else if (now_ms() >= next_slot) {
            next_slot += slot_ms;
            devnet_slot(d);
        }
    }
    stop_all(d);
}
