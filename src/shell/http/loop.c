/* What every part of the loop uses. */
#include "http/server_private.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

u64 clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

void wake_loop(struct http_server *s)
{
    const u64 one = 1;
    if (write(s->wake, &one, sizeof one) < 0) {
        /* its counter is full: it is awake */
    }
}

void watch(struct connection *c, u32 events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (c->events == events || c->fd < 0)
        return;
    c->events = events;
    BUG_UNLESS(epoll_ctl(c->server->epoll, EPOLL_CTL_MOD, c->fd, &event) == 0);
}

/* Its first chunk stays. */
void loop_arena_reset(struct http_server *s)
{
    if (s->arena.chunk) {
        arena_rewind(&s->arena, s->arena_begin);
    } else {
        arena_take(&s->arena, 16);
        s->arena_begin = arena_mark(&s->arena);
    }
}
