#include "http/server_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 128, ACCEPTS_A_TURN = 64, STALLED_MS = 1000 };

struct http_limits http_default_limits(void)
{
    return (struct http_limits){
        .connections = 500,
        .workers = 8,
        .body_max = 5 << 20,
        .bodies_max = (size_t)512 << 20,
        .message_max = 32 << 20,
        .replies_max = (size_t)192 << 20,
        .receive_ms = 30000,
        .idle_ms = 120000,
        .send_ms = 30000,
        .queue_max = 20000,
        .queue_bytes = 64 << 20,
        .stack_bytes = 8 << 20,
    };
}

/* --- accepting --- */

static bool is_idle(const struct connection *c)
{
    return c->state == CONNECTION_RECEIVING && !c->begun;
}

/* The server waits for this client. */
static bool is_awaited(const struct connection *c)
{
    const bool stalls = c->state == CONNECTION_SENDING && c->server->now_ms - c->since_ms > STALLED_MS;
    return c->state == CONNECTION_RECEIVING || c->state == CONNECTION_LINGERING || stalls;
}

/* Closes the oldest connection that the server waits for: an idle one, if more than half are idle. So neither idle
 * connections replace a request that is still coming in, nor half-sent requests a connection that has just been made.
 * False: all are at work. */
static bool close_oldest_awaited(struct http_server *s)
{
    struct connection *oldest = NULL;
    u32 idle = 0;
    for (const struct connection *c = s->connections; c; c = c->next)
        idle += is_idle(c);
    const bool mostly_idle = idle > s->connection_count / 2;
    for (struct connection *c = s->connections; c; c = c->next)
        if ((mostly_idle ? is_idle(c) : is_awaited(c)) && (!oldest || c->since_ms <= oldest->since_ms))
            oldest = c;
    if (oldest)
        connection_close(oldest);
    return oldest != NULL;
}

static void refuse_connection(struct http_server *s, int fd)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
                               "Content-Length: 0\r\n\r\n";
    (void)!send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
    atomic_fetch_add(&s->refused, 1);
}

static void accept_all(struct http_server *s, const struct listener *l)
{
    const int yes = 1;
    for (u32 i = 0; i < ACCEPTS_A_TURN; i++) {
        const int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE) && close_oldest_awaited(s))
            continue;
        if (fd < 0)
            return;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (s->connection_count >= s->limits.connections && !close_oldest_awaited(s))
            refuse_connection(s, fd);
        else
            (void)connection_open(s, fd, l->index); /* NULL: it is closed */
    }
}

/* --- the loop --- */

static void take_done(struct http_server *s)
{
    u64 count;
    if (read(s->wake, &count, sizeof count) < 0) {
        /* no write since */
    }
    pthread_mutex_lock(&s->lock);
    struct job *job = s->done;
    s->done = NULL;
    s->done_last = &s->done;
    pthread_mutex_unlock(&s->lock);
    for (struct job *next; job; job = next) {
        next = job->next;
        if (job->socket)
            socket_done(job);
        else
            connection_done(job);
    }
    socket_take_notes(s);
}

static void on_event(struct http_server *s, const struct epoll_event *event)
{
    const enum event_kind kind = *(const enum event_kind *)event->data.ptr;
    struct connection *c = event->data.ptr;
    if (kind == EVENT_LISTENER) {
        accept_all(s, event->data.ptr);
    } else if (kind == EVENT_WAKE) {
        take_done(s);
    } else if (c->state != CONNECTION_CLOSED && c->fd >= 0) {
        if (event->events & EPOLLIN)
            connection_readable(c);
        if (event->events & EPOLLOUT && c->state != CONNECTION_CLOSED && c->fd >= 0)
            connection_writable(c);
        if (event->events & (EPOLLHUP | EPOLLERR) && !(event->events & (EPOLLIN | EPOLLOUT)))
            connection_hung_up(c);
    }
}

static void check_timeouts(struct http_server *s)
{
    for (struct connection *c = s->connections, *next; c; c = next) {
        next = c->next;
        connection_expire(c);
    }
}

static void free_closed(struct http_server *s)
{
    for (struct connection *c = s->closed, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    s->closed = NULL;
}

/* At the end: no new connections, and the idle ones go. */
static void stop_listening(struct http_server *s)
{
    for (u32 i = 0; i < s->listener_count; i++)
        if (s->listener[i].fd >= 0) {
            close(s->listener[i].fd);
            s->listener[i].fd = -1;
        }
    for (struct connection *c = s->connections, *next; c; c = next) {
        next = c->next;
        if (c->state == CONNECTION_SOCKET)
            socket_say_goodbye(c, WSLAY_CODE_GOING_AWAY);
        else if (c->state == CONNECTION_RECEIVING && !c->begun)
            connection_close(c);
        else
            c->close_after = true;
    }
    check_timeouts(s);
}

static void *run_event_loop(void *context)
{
    struct http_server *s = context;
    struct epoll_event event[EVENTS_A_TURN];
    u64 ticked_ms = 0;
    bool stopped = false;
    s->now_ms = clock_ms();
    for (;;) {
        const int count = epoll_wait(s->epoll, event, EVENTS_A_TURN, TICK_MS);
        s->now_ms = clock_ms();
        for (int i = 0; i < count; i++)
            on_event(s, &event[i]);
        if (atomic_load(&s->stopping) && !stopped) {
            stopped = true;
            stop_listening(s);
        }
        if (s->now_ms - ticked_ms >= TICK_MS) {
            ticked_ms = s->now_ms;
            check_timeouts(s);
        }
        free_closed(s);
        if (stopped && (!s->connections || s->now_ms >= s->stop_at_ms))
            return NULL;
    }
}

/* --- opening and closing --- */

static bool add_to_epoll(struct http_server *s, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void release_server(struct http_server *s)
{
    for (u32 i = 0; i < s->listener_count; i++)
        if (s->listener[i].fd >= 0)
            close(s->listener[i].fd);
    if (s->epoll >= 0)
        close(s->epoll);
    if (s->wake >= 0)
        close(s->wake);
    arena_release(&s->arena);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    free(s->input);
    free(s);
}

static bool start_threads(struct http_server *s)
{
    s->wake_kind = EVENT_WAKE;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->input = malloc(READ_BYTES);
    if (s->epoll < 0 || s->wake < 0 || !s->input || !add_to_epoll(s, s->wake, &s->wake_kind))
        return false;
    for (u32 i = 0; i < s->listener_count; i++)
        if (!add_to_epoll(s, s->listener[i].fd, &s->listener[i]))
            return false;
    loop_arena_reset(s);
    if (!workers_open(s))
        return false;
    if (pthread_create(&s->loop, NULL, run_event_loop, s) == 0)
        return true;
    workers_close(s);
    return false;
}

enum err http_start(struct http_server **out, struct complaint *complaint, const char *const *listen, u32 count,
                    const struct http_limits *limits, const struct http_service *service,
                    const struct memory *memory)
{
    struct http_server *s = calloc(1, sizeof *s);
    BUG_UNLESS(s && count > 0 && count <= LISTENERS_MAX && limits->connections > 0 && limits->workers > 0);
    s->limits = *limits;
    s->service = *service;
    s->memory = memory;
    s->epoll = s->wake = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    arena_init(&s->arena, memory);
    for (u32 i = 0; i < count; i++) {
        s->listener[i] = (struct listener){.kind = EVENT_LISTENER, .index = i};
        const enum err e = listen_at(&s->listener[i], complaint, listen[i]);
        if (e) {
            release_server(s);
            return e;
        }
        s->listener_count++;
    }
    if (!start_threads(s)) {
        complain(complaint, (struct place){0, 0}, "cannot listen on %s: the server does not start: %s", listen[0],
                 strerror(errno));
        release_server(s);
        return FAULT_NETWORK;
    }
    *out = s;
    return OK;
}

u16 http_port(const struct http_server *s, u32 listener)
{
    BUG_UNLESS(listener < s->listener_count);
    return s->listener[listener].port;
}

void http_count(const struct http_server *s, struct http_counts *out)
{
    *out = (struct http_counts){
        .connections = atomic_load(&s->connections_now),
        .sockets = atomic_load(&s->sockets_now),
        .running = atomic_load(&s->running_now),
        .requests = atomic_load(&s->requests),
        .refused = atomic_load(&s->refused),
        .dropped = atomic_load(&s->dropped),
    };
}

/* The loop is over: what is left is closed here, where nothing runs beside it any more. */
void http_stop(struct http_server *s, u32 grace_ms)
{
    s->stop_at_ms = clock_ms() + grace_ms;
    atomic_store(&s->stopping, true);
    wake_loop(s);
    pthread_join(s->loop, NULL);
    for (struct connection *c = s->connections, *next; c; c = next) {
        next = c->next;
        connection_close(c);
    }
    workers_close(s);
    take_done(s);
    free_closed(s);
    BUG_UNLESS(!s->connections && s->bodies == 0 && s->replies == 0);
    release_server(s);
}
