#include "http/server_private.h"

#include "base/buffer.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    GOODBYE_MS = 2000,        /* to read what is on its way, and the close frame */
    TURN_BYTES = 64 << 10,    /* that one socket may send before the others have their turn */
    FEED_BYTES = 64 << 10,    /* of notifications that wslay gets ahead of the client */
    BACKLOG_BYTES = 1 << 20,  /* that the client has not taken: nothing is read from it meanwhile */
    MESSAGE_FIRST = 1024,
    CODE_TRY_AGAIN = 1013,
};

/* --- references, and sending from any thread --- */

void *http_socket_user(const struct http_socket *socket)
{
    return socket->user;
}

u64 http_socket_id(const struct http_socket *socket)
{
    return socket->id;
}

void http_socket_hold(struct http_socket *socket)
{
    atomic_fetch_add(&socket->references, 1);
}

static void append_note(struct notes *notes, struct note *n)
{
    n->next = NULL;
    *notes->last = n;
    notes->last = &n->next;
}

/* Into the loop's list, once; with the lock. */
static void list_socket(struct http_socket *socket)
{
    struct http_server *s = socket->server;
    if (socket->listed)
        return;
    socket->listed = true;
    http_socket_hold(socket);
    socket->next = s->talking;
    s->talking = socket;
    wake_loop(s);
}

/* A place in the queue. False: there is none for len bytes. */
static bool reserve_message(struct http_socket *socket, size_t len)
{
    const struct http_limits *l = &socket->server->limits;
    const size_t own = atomic_fetch_add(&socket->queued_bytes, len) + len;
    const size_t all = atomic_fetch_add(&socket->server->notes_bytes, len) + len;
    const u32 count = atomic_fetch_add(&socket->queued, 1) + 1;
    return count <= l->queue_max && own <= l->queue_bytes && (all <= l->replies_max || own <= FEED_BYTES);
}

bool http_socket_send(struct http_socket *socket, const struct bytes *part, size_t count)
{
    struct http_server *s = socket->server;
    size_t len = 0;
    if (atomic_load(&socket->closed))
        return false;
    for (size_t i = 0; i < count; i++)
        len += part[i].len;
    struct note *n = reserve_message(socket, len) ? malloc(sizeof *n + len) : NULL;
    if (n) {
        n->len = 0;
        for (size_t i = 0; i < count; n->len += part[i++].len)
            memcpy(n->text + n->len, part[i].ptr, part[i].len);
    } else {
        socket_unreserve(socket, len);
        atomic_store(&socket->closed, true);
    }
    pthread_mutex_lock(&s->lock);
    if (n)
        append_note(&socket->posted, n);
    list_socket(socket);
    pthread_mutex_unlock(&s->lock);
    return n != NULL;
}

/* --- what wslay asks for --- */

static ssize_t on_recv(wslay_event_context_ptr wslay, u8 *out, size_t len, int flags, void *context)
{
    struct http_socket *socket = context;
    struct connection *c = socket->connection;
    (void)flags;
    if (socket->running >= HTTP_SOCKET_CALLS || socket->turn_bytes == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    ssize_t got;
    if (c->rest_len) {
        got = (ssize_t)(len < c->rest_len ? len : c->rest_len);
        memcpy(out, c->rest, (size_t)got);
        c->rest_len -= (size_t)got;
        memmove(c->rest, c->rest + got, c->rest_len);
    } else {
        do
            got = recv(c->fd, out, len, MSG_DONTWAIT);
        while (got < 0 && errno == EINTR);
    }
    if (got <= 0) {
        wslay_event_set_error(wslay, got < 0 && errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    socket->heard_ms = c->server->now_ms;
    socket->turn_bytes -= (size_t)got < socket->turn_bytes ? (size_t)got : socket->turn_bytes;
    return got;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const u8 *data, size_t len, int flags, void *context)
{
    struct http_socket *socket = context;
    ssize_t sent;
    do
        sent = send(socket->connection->fd, data, len,
                    MSG_NOSIGNAL | MSG_DONTWAIT | (flags & WSLAY_MSG_MORE ? MSG_MORE : 0));
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        wslay_event_set_error(wslay, errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    else
        socket->connection->since_ms = socket->server->now_ms;
    return sent;
}

static void refuse_message(struct http_socket *socket, u16 code)
{
    socket_say_goodbye(socket->connection, code);
    wslay_event_shutdown_read(socket->wslay);
    socket_forget_message(socket);
}

static void on_frame(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *context)
{
    struct http_socket *socket = context;
    (void)wslay;
    socket->in_message = frame->opcode <= WSLAY_BINARY_FRAME;
    if (frame->opcode == WSLAY_TEXT_FRAME || frame->opcode == WSLAY_BINARY_FRAME)
        socket->message_len = 0;
    if (socket->in_message && frame->payload_length > socket->server->limits.message_max - socket->message_len)
        refuse_message(socket, WSLAY_CODE_MESSAGE_TOO_BIG);
}

static void on_chunk(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                     void *context)
{
    struct http_socket *socket = context;
    struct http_server *s = socket->server;
    const size_t len = socket->message_len + chunk->data_length;
    (void)wslay;
    if (!socket->in_message || socket->goodbye_ms || len > s->limits.message_max)
        return;
    if (len > socket->message_room) {
        size_t room = socket->message_room ? socket->message_room : MESSAGE_FIRST;
        while (room < len)
            room *= 2;
        if (room - socket->message_room > s->limits.bodies_max - s->bodies) {
            refuse_message(socket, CODE_TRY_AGAIN);
            return;
        }
        socket->message = realloc(socket->message, room);
        BUG_UNLESS(socket->message);
        s->bodies += room - socket->message_room;
        socket->message_room = room;
    }
    memcpy(socket->message + socket->message_len, chunk->data, chunk->data_length);
    socket->message_len = len;
}

static void send_text_reply(struct http_socket *socket, struct bytes text)
{
    const struct wslay_event_msg m = {WSLAY_TEXT_FRAME, text.ptr, text.len};
    if (text.len)
        (void)wslay_event_queue_msg(socket->wslay, &m); /* refused: it is closing */
}

static void give_message_to_worker(struct http_socket *socket, const struct http_exchange *x, bool holds)
{
    struct job *job = job_new(socket->server, x, holds);
    job->socket = socket;
    job->body = socket->message;
    job->body_bytes = socket->message_room;
    socket->message = NULL;
    socket->message_len = socket->message_room = 0;
    socket->running++;
    socket->holding += holds;
    http_socket_hold(socket);
    workers_give(socket->server, job);
}

static void on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *m, void *context)
{
    struct http_socket *socket = context;
    struct http_server *s = socket->server;
    (void)wslay;
    if (m->opcode != WSLAY_TEXT_FRAME && m->opcode != WSLAY_BINARY_FRAME)
        return; /* wslay answers pings and closes */
    if (socket->goodbye_ms)
        return;
    struct http_exchange x = {
        .arena = &s->arena,
        .listener = socket->connection->listener,
        .body = bytes_of(socket->message, socket->message_len),
        .socket = socket,
    };
    atomic_fetch_add(&s->requests, 1);
    const enum http_where where = s->service.begin ? s->service.begin(s->service.context, &x) : HTTP_WORKER;
    if (where == HTTP_WORKER || where == HTTP_WORKER_HOLD) {
        give_message_to_worker(socket, &x, where == HTTP_WORKER_HOLD);
        return;
    }
    if (where == HTTP_HERE)
        s->service.answer(s->service.context, &x);
    send_text_reply(socket, x.reply);
    loop_arena_reset(s);
    socket_forget_message(socket);
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_recv,
    .send_callback = on_send,
    .on_frame_recv_start_callback = on_frame,
    .on_frame_recv_chunk_callback = on_chunk,
    .on_msg_recv_callback = on_message,
};

/* --- moving bytes --- */

static void feed_notes(struct http_socket *socket)
{
    while (socket->waiting.first && !socket->holding && wslay_event_get_queued_msg_length(socket->wslay) < FEED_BYTES) {
        struct note *n = socket->waiting.first;
        struct notes one = {.first = n};
        socket->waiting.first = n->next;
        if (!n->next)
            socket->waiting.last = &socket->waiting.first;
        n->next = NULL;
        send_text_reply(socket, bytes_of(n->text, n->len));
        socket_free_notes(socket, &one);
    }
}

/* Sends what can be sent, watches for what is to come, or closes. */
static void advance(struct http_socket *socket)
{
    struct connection *c = socket->connection;
    for (;;) {
        feed_notes(socket);
        if (!wslay_event_want_write(socket->wslay))
            break;
        const size_t before = wslay_event_get_queued_msg_count(socket->wslay);
        if (wslay_event_send(socket->wslay) != 0)
            return connection_close(c);
        if (wslay_event_get_queued_msg_count(socket->wslay) == before || wslay_event_want_write(socket->wslay))
            break; /* the client's turn */
    }
    const size_t backlog = wslay_event_get_queued_msg_length(socket->wslay);
    const bool reads = wslay_event_want_read(socket->wslay), writes = wslay_event_want_write(socket->wslay);
    socket_account(socket, backlog);
    if (socket->server->replies > socket->server->limits.replies_max && backlog > BACKLOG_BYTES) {
        atomic_fetch_add(&c->server->dropped, 1);
        return connection_close(c);
    }
    if (!reads && !writes)
        return connection_close(c);
    const bool has_room = socket->running < HTTP_SOCKET_CALLS && backlog < BACKLOG_BYTES;
    watch(c, (reads && has_room ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0));
}

void socket_readable(struct connection *c)
{
    struct http_socket *socket = c->socket;
    socket->turn_bytes = TURN_BYTES;
    if (wslay_event_want_read(socket->wslay) && wslay_event_recv(socket->wslay) != 0)
        connection_close(c);
    else
        advance(socket);
}

void socket_writable(struct connection *c)
{
    advance(c->socket);
}

void socket_done(struct job *job)
{
    struct http_socket *socket = job->socket;
    socket->server->bodies -= job->body_bytes;
    socket->running--;
    socket->holding -= job->holds;
    if (socket->connection) {
        send_text_reply(socket, job->x.reply);
        if (socket->running == HTTP_SOCKET_CALLS - 1)
            socket_readable(socket->connection); /* what was left over when it had too many */
        else
            advance(socket);
    } else if (socket->running == 0 && socket->server->service.closed) {
        socket->server->service.closed(socket->server->service.context, socket);
    }
    http_socket_drop(socket);
    job_free(job);
}

/* What other threads have posted since the last turn. */
void socket_take_notes(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    struct http_socket *list_ = s->talking;
    s->talking = NULL;
    pthread_mutex_unlock(&s->lock);
    for (struct http_socket *socket = list_, *next; socket; socket = next) {
        pthread_mutex_lock(&s->lock);
        next = socket->next;
        socket->listed = false;
        if (socket->posted.first) {
            *socket->waiting.last = socket->posted.first;
            socket->waiting.last = socket->posted.last;
            socket->posted = (struct notes){.last = &socket->posted.first};
        }
        pthread_mutex_unlock(&s->lock);
        if (!socket->connection) {
            socket_free_notes(socket, &socket->waiting);
        } else if (atomic_load(&socket->closed) && !socket->goodbye_ms) {
            atomic_fetch_add(&s->dropped, 1);
            socket_say_goodbye(socket->connection, WSLAY_CODE_POLICY_VIOLATION);
            advance(socket);
        } else {
            advance(socket);
        }
        http_socket_drop(socket);
    }
}

/* --- beginning and end --- */

static bool has_token(const char *list_, const char *token)
{
    const size_t len = strlen(token);
    for (const char *p = list_ ? list_ : ""; *p;) {
        p += strspn(p, " \t,");
        const size_t word = strcspn(p, ",");
        size_t trimmed = word;
        while (trimmed && (p[trimmed - 1] == ' ' || p[trimmed - 1] == '\t'))
            trimmed--;
        if (trimmed == len && strncasecmp(p, token, len) == 0)
            return true;
        p += word;
    }
    return false;
}

/* RFC 6455, section 4.2.2 */
static const char *accept_key(struct arena *arena, const char *key)
{
    u8 digest[SHA_DIGEST_LENGTH];
    struct buffer text = buffer_in(arena);
    buffer_add(&text, key, strlen(key));
    buffer_add_bytes(&text, BYTES_LITERAL("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    SHA1(text.ptr, text.len, digest);
    u8 *out = arena_take(arena, 32);
    EVP_EncodeBlock(out, digest, sizeof digest);
    return (const char *)out;
}

static void upgrade_to_socket(struct connection *c, const struct http_exchange *x)
{
    struct http_server *s = c->server;
    struct http_socket *socket = calloc(1, sizeof *socket);
    BUG_UNLESS(socket && wslay_event_context_server_init(&socket->wslay, &callbacks, socket) == 0);
    wslay_event_config_set_no_buffering(socket->wslay, 1);
    wslay_event_config_set_max_recv_msg_length(socket->wslay, s->limits.message_max);
    atomic_init(&socket->references, 1);
    socket->server = s;
    socket->connection = c;
    socket->id = ++s->next_socket;
    socket->posted.last = &socket->posted.first;
    socket->waiting.last = &socket->waiting.first;
    socket->heard_ms = socket->pinged_ms = s->now_ms;
    c->socket = socket;
    c->state = CONNECTION_SOCKET;
    atomic_fetch_add(&s->sockets_now, 1);
    socket->user = s->service.opened(s->service.context, socket, x);
}

/* No extension is agreed on: permessage-deflate is refused by not naming it. */
bool socket_accept(struct connection *c, struct http_exchange *x)
{
    const char *key = http_header(x, "sec-websocket-key"), *version = http_header(x, "sec-websocket-version");
    const bool upgrades = has_token(http_header(x, "connection"), "upgrade");
    if (strcmp(x->method, "GET") != 0 || c->parser.http_minor == 0 || !upgrades ||
        !has_token(http_header(x, "upgrade"), "websocket") || !key || strlen(key) != 24) {
        http_refuse(x, 400, "HTTP_HANDSHAKE", "not a WebSocket handshake (RFC 6455, section 4.1)");
        return false;
    }
    if (!version || strcmp(version, "13") != 0) {
        http_refuse(x, 426, "HTTP_HANDSHAKE", "WebSocket version 13 is needed");
        http_add_header(x, "Sec-WebSocket-Version", "13");
        return false;
    }
    x->status = 101;
    x->type = NULL;
    x->reply = bytes_of(NULL, 0);
    http_add_header(x, "Upgrade", "websocket");
    http_add_header(x, "Connection", "Upgrade");
    http_add_header(x, "Sec-WebSocket-Accept", accept_key(x->arena, key));
    c->close_after = false;
    reply_send(c, x, NULL);
    if (c->state == CONNECTION_SENDING) /* a new connection that does not take 200 bytes */
        connection_close(c);
    if (c->state == CONNECTION_RECEIVING)
        upgrade_to_socket(c, x);
    return true;
}

void socket_say_goodbye(struct connection *c, u16 code)
{
    struct http_socket *socket = c->socket;
    if (socket->goodbye_ms)
        return;
    socket->goodbye_ms = c->server->now_ms;
    atomic_store(&socket->closed, true);
    socket_free_notes(socket, &socket->waiting);
    (void)wslay_event_queue_close(socket->wslay, code, NULL, 0); /* refused: it is closing already */
}

void socket_tick(struct connection *c)
{
    struct http_socket *socket = c->socket;
    const struct http_server *s = c->server;
    const u64 now = s->now_ms;
    const bool is_stalled = wslay_event_want_write(socket->wslay) && now - c->since_ms > s->limits.send_ms;
    const bool is_silent = now - socket->heard_ms > 2 * HTTP_PING_MS && socket->running == 0;
    if ((socket->goodbye_ms && now - socket->goodbye_ms > GOODBYE_MS) || is_stalled || is_silent) {
        connection_close(c);
    } else if (now - socket->heard_ms > HTTP_PING_MS && now - socket->pinged_ms > HTTP_PING_MS) {
        const struct wslay_event_msg ping = {.opcode = WSLAY_PING};
        socket->pinged_ms = now;
        (void)wslay_event_queue_msg(socket->wslay, &ping);
        advance(socket);
    } else if (socket->goodbye_ms) {
        advance(socket);
    }
}
