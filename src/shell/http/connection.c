#include "http/server_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BODY_FIRST = 4096, BODY_KEPT = 64 << 10 };

static struct connection *of(llhttp_t *parser)
{
    return (struct connection *)((u8 *)parser - offsetof(struct connection, parser));
}

/* --- what the parser finds --- */

static int refuse_in_parser(struct connection *c, u32 status)
{
    c->refusal = status;
    return HPE_USER;
}

/* Text and more of it; a 0 ends each. False: too much. */
static bool add_head(struct connection *c, const char *at, size_t len)
{
    if (len > HTTP_HEAD_MAX - c->head_len)
        return false;
    if (c->head_len + len + 1 > c->head_room) {
        c->head_room = (u32)(c->head_len + len + 1) * 2;
        c->head = realloc(c->head, c->head_room);
        BUG_UNLESS(c->head);
    }
    memcpy(c->head + c->head_len, at, len);
    c->head_len += (u32)len;
    return true;
}

static void end_text(struct connection *c)
{
    if (c->head_len)
        c->head[c->head_len++] = 0;
}

static int on_message_begin(llhttp_t *parser)
{
    struct connection *c = of(parser);
    c->begun = true;
    c->since_ms = c->server->now_ms;
    c->head_len = 0;
    c->header_count = 0;
    c->in_value = false;
    c->body_len = 0;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *c = of(parser);
    return add_head(c, at, len) ? 0 : refuse_in_parser(c, 414);
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *c = of(parser);
    if (c->header_count == 0 || c->in_value) { /* the next one */
        if (c->header_count == HTTP_HEADERS_MAX)
            return refuse_in_parser(c, 431);
        end_text(c);
        c->name[c->header_count] = c->value[c->header_count] = c->head_len;
        c->header_count++;
        c->in_value = false;
    }
    return add_head(c, at, len) ? 0 : refuse_in_parser(c, 431);
}

static void begin_value(struct connection *c)
{
    if (!c->in_value) {
        end_text(c);
        c->value[c->header_count - 1] = c->head_len;
        c->in_value = true;
    }
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *c = of(parser);
    begin_value(c);
    return add_head(c, at, len) ? 0 : refuse_in_parser(c, 431);
}

static int on_headers_complete(llhttp_t *parser)
{
    struct connection *c = of(parser);
    if (c->header_count && !c->in_value)
        begin_value(c);
    end_text(c);
    if (parser->content_length > c->server->limits.body_max)
        return refuse_in_parser(c, 413);
    for (u32 i = 0; i < c->header_count; i++)
        if (strcasecmp(c->head + c->name[i], "expect") == 0 && parser->http_minor > 0) {
            static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
            (void)!send(c->fd, text, sizeof text - 1,
                        MSG_NOSIGNAL | MSG_DONTWAIT); /* who does not get it, sends anyway */
        }
    return 0;
}

static bool grow_body(struct connection *c, size_t len)
{
    struct http_server *s = c->server;
    size_t room = c->body_room ? c->body_room : BODY_FIRST;
    while (room < len)
        room *= 2;
    if (room > s->limits.body_max)
        room = s->limits.body_max > len ? s->limits.body_max : len;
    if (room - c->body_room > s->limits.bodies_max - s->bodies)
        return false;
    c->body = realloc(c->body, room);
    BUG_UNLESS(c->body);
    s->bodies += room - c->body_room;
    c->body_room = room;
    return true;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *c = of(parser);
    if (len > c->server->limits.body_max - c->body_len)
        return refuse_in_parser(c, 413);
    if (c->body_len + len > c->body_room && !grow_body(c, c->body_len + len))
        return refuse_in_parser(c, 503);
    memcpy(c->body + c->body_len, at, len);
    c->body_len += len;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct connection *c = of(parser);
    c->close_after = !llhttp_should_keep_alive(parser);
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_message_begin,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* --- opening and closing --- */

struct connection *connection_open(struct http_server *s, int fd, u32 listener)
{
    struct connection *c = calloc(1, sizeof *c);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    BUG_UNLESS(c);
    *c = (struct connection){.kind = EVENT_CONNECTION,
                             .state = CONNECTION_RECEIVING,
                             .fd = fd,
                             .events = EPOLLIN,
                             .server = s,
                             .since_ms = s->now_ms,
                             .listener = listener,
                             .is_first = true};
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        free(c);
        return NULL;
    }
    llhttp_init(&c->parser, HTTP_REQUEST, &settings);
    c->next = s->connections;
    c->link = &s->connections;
    if (c->next)
        c->next->link = &c->next;
    s->connections = c;
    s->connection_count++;
    atomic_store(&s->connections_now, s->connection_count);
    return c;
}

void connection_expire(struct connection *c)
{
    const struct http_limits *l = &c->server->limits;
    const u64 age = c->server->now_ms - c->since_ms;
    if (c->state == CONNECTION_SOCKET)
        socket_tick(c);
    else if (c->state == CONNECTION_RECEIVING && age > (c->begun || c->is_first ? l->receive_ms : l->idle_ms))
        connection_close(c);
    else if ((c->state == CONNECTION_SENDING && age > l->send_ms) ||
             (c->state == CONNECTION_LINGERING && age > LINGER_MS))
        connection_close(c);
}

/* --- requests --- */

static void build_exchange(struct connection *c, struct http_exchange *x, struct arena *arena)
{
    struct http_header *header = ARENA_TAKE(arena, struct http_header, c->header_count);
    for (u32 i = 0; i < c->header_count; i++)
        header[i] = (struct http_header){c->head + c->name[i], c->head + c->value[i]};
    char *query = c->head_len ? strchr(c->head, '?') : NULL;
    if (query)
        *query = 0;
    *x = (struct http_exchange){
        .arena = arena,
        .listener = c->listener,
        .method = llhttp_method_name((llhttp_method_t)c->parser.method),
        .path = c->head_len ? c->head : "/",
        .header = header,
        .header_count = c->header_count,
        .body = bytes_of(c->body, c->body_len),
        .status = 500,
    };
}

/* The body goes along; so does the loop's arena, since begin may have taken from it. */
static void give_request_to_worker(struct connection *c, const struct http_exchange *x, bool holds)
{
    struct job *job = job_new(c->server, x, holds);
    job->connection = c;
    job->body = c->body;
    job->body_bytes = c->body_room;
    c->body = NULL;
    c->body_room = c->body_len = 0;
    c->job = job;
    c->state = CONNECTION_RUNNING;
    c->since_ms = c->server->now_ms;
    watch(c, 0);
    workers_give(c->server, job);
}

static void begin_request(struct connection *c)
{
    struct http_server *s = c->server;
    struct http_exchange x;
    c->begun = c->is_first = false;
    atomic_fetch_add(&s->requests, 1);
    build_exchange(c, &x, &s->arena);
    const enum http_where where = s->service.begin ? s->service.begin(s->service.context, &x) : HTTP_WORKER;
    if (where == HTTP_WORKER || where == HTTP_WORKER_HOLD) {
        give_request_to_worker(c, &x, false);
        return;
    }
    if (where == HTTP_HERE)
        s->service.answer(s->service.context, &x);
    if (x.upgrade && s->service.opened && socket_accept(c, &x)) {
        arena_rewind(&s->arena, s->arena_begin);
        return;
    }
    reply_send(c, &x, NULL);
    if (c->body_room > BODY_KEPT)
        connection_forget_body(c);
    loop_arena_reset(s);
}

static void refuse_request(struct connection *c, u32 status)
{
    static const struct {
        u32 status;
        const char *name, *message;
    } row[] = {
        {413, "HTTP_TOO_LARGE", "the body is too large"},
        {414, "HTTP_URL_TOO_LONG", "the URL is too long"},
        {431, "HTTP_HEADERS_TOO_LARGE", "the headers are too large"},
        {503, "HTTP_BUSY", "too many bytes in requests at once"},
        {400, "HTTP_MALFORMED", "not an HTTP request"},
    };
    struct http_server *s = c->server;
    struct http_exchange x = {.arena = &s->arena, .method = ""};
    size_t i = 0;
    while (i + 1 < COUNT_OF(row) && row[i].status != status)
        i++;
    http_refuse(&x, row[i].status, row[i].name, row[i].message);
    atomic_fetch_add(&s->refused, 1);
    connection_forget_body(c);
    c->close_after = true;
    reply_send(c, &x, NULL);
    loop_arena_reset(s);
}

static void keep_rest(struct connection *c, const u8 *p, size_t len)
{
    u8 *rest = NULL;
    if (len) {
        rest = malloc(len);
        BUG_UNLESS(rest);
        memcpy(rest, p, len);
    }
    free(c->rest);
    c->rest = rest;
    c->rest_len = len;
}

/* Parses until the bytes end, or a request has to be waited for: then the others are kept. */
static void feed(struct connection *c, const u8 *p, size_t len)
{
    while (len && c->state == CONNECTION_RECEIVING) {
        c->refusal = 0;
        const llhttp_errno_t e = llhttp_execute(&c->parser, (const char *)p, len);
        if (e == HPE_OK)
            return keep_rest(c, NULL, 0);
        if (e != HPE_PAUSED && e != HPE_PAUSED_UPGRADE)
            return refuse_request(c, c->refusal ? c->refusal : 400);
        const size_t used = (size_t)((const u8 *)llhttp_get_error_pos(&c->parser) - p);
        p += used;
        len -= used;
        if (e == HPE_PAUSED) {
            llhttp_resume(&c->parser);
            if (c->parser.upgrade) { /* it pauses once more, for that */
                const llhttp_errno_t again = llhttp_execute(&c->parser, (const char *)p, 0);
                BUG_UNLESS(again == HPE_OK || again == HPE_PAUSED_UPGRADE);
                if (again == HPE_PAUSED_UPGRADE)
                    llhttp_resume_after_upgrade(&c->parser);
            }
        } else {
            llhttp_resume_after_upgrade(&c->parser);
        }
        begin_request(c);
    }
    if (c->state == CONNECTION_CLOSED || c->state == CONNECTION_LINGERING)
        return;
    keep_rest(c, p, len);
    if (c->state == CONNECTION_SOCKET && len)
        socket_readable(c);
}

/* What came after the last request, now that its reply is sent. */
void connection_advance(struct connection *c)
{
    if (c->state == CONNECTION_RECEIVING && c->rest_len) {
        u8 *rest = c->rest;
        const size_t len = c->rest_len;
        c->rest = NULL;
        c->rest_len = 0;
        feed(c, rest, len);
        free(rest);
    }
}

/* --- events --- */

static bool receive(struct connection *c, size_t *len)
{
    const ssize_t got = recv(c->fd, c->server->input, READ_BYTES, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got <= 0) {
        connection_close(c);
        return false;
    }
    *len = (size_t)got;
    return true;
}

void connection_readable(struct connection *c)
{
    size_t len;
    if (c->state == CONNECTION_SOCKET)
        socket_readable(c);
    else if (c->state == CONNECTION_RECEIVING && receive(c, &len))
        feed(c, c->server->input, len);
    else if (c->state == CONNECTION_LINGERING)
        (void)receive(c, &len);
}

void connection_writable(struct connection *c)
{
    if (c->state == CONNECTION_SOCKET) {
        socket_writable(c);
    } else if (c->state == CONNECTION_SENDING) {
        reply_flush(c);
        connection_advance(c);
    }
}

/* Both directions are over. */
void connection_hung_up(struct connection *c)
{
    if (c->state != CONNECTION_CLOSED)
        connection_close(c);
}

void connection_done(struct job *job)
{
    struct connection *c = job->connection;
    struct http_server *s = c->server;
    c->job = NULL;
    s->bodies -= job->body_bytes;
    job->body_bytes = 0;
    if (c->fd < 0) {
        connection_close(c);
    } else {
        reply_send(c, &job->x, &job->room);
        connection_advance(c);
    }
    job_free(job);
}
