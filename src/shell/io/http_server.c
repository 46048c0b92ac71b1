#include "io/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

enum { BODY_FIRST = 65536, HEADERS_MAX = 16384, LISTEN_QUEUE = 64, REAP_MS = 200 };

/* A connection: since when it has been outside of the handler. */
struct place_taken {
    bool used, handling;
    bool has_request; /* its header has been read */
    bool is_cut;
    int fd;
    i64 since_ms;
};

struct http_server {
    struct http_server_config config;
    struct MHD_Daemon *daemon;
    u16 port;
    pthread_mutex_t lock; /* of what follows */
    struct place_taken *connection;
    u32 calls;     /* that are being answered */
    size_t bodies; /* bytes of theirs */
};

/* One request on its way in, and its answer. */
struct exchange {
    struct arena arena;
    struct http_reply reply;
    u8 *body;
    size_t length;               /* that was announced */
    size_t body_len, body_room;  /* what has arrived; what is reserved for it */
    bool is_refused;             /* there was no room for more of it */
};

/* Those that are being cut are still open for a moment. */
#define PLACES(s) (2 * (s)->config.connections_max)

static i64 now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (i64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- connections --- */

/* When every place is taken, the oldest connection that has sent no request makes way, or else the oldest that is still
 * sending one. false: all are being answered. The lock is held. */
static bool make_way(struct http_server *s, const struct place_taken *newest)
{
    struct place_taken *oldest = NULL;
    u32 used = 0;
    for (u32 i = 0; i < PLACES(s); i++) {
        struct place_taken *c = &s->connection[i];
        used += c->used;
        if (!c->used || c->handling || c->is_cut || c == newest)
            continue;
        if (!oldest || c->has_request < oldest->has_request ||
            (c->has_request == oldest->has_request && c->since_ms < oldest->since_ms))
            oldest = c;
    }
    if (used <= s->config.connections_max)
        return true;
    if (!oldest)
        return false;
    oldest->is_cut = true;
    shutdown(oldest->fd, SHUT_RDWR);
    return true;
}

static void on_connection(void *context, struct MHD_Connection *c, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = context;
    pthread_mutex_lock(&s->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        for (u32 i = 0; i < PLACES(s) && !*socket_context; i++)
            if (!s->connection[i].used) {
                s->connection[i] = (struct place_taken){.used = true, .fd = info->connect_fd, .since_ms = now_ms()};
                *socket_context = &s->connection[i];
            }
        if (*socket_context && !make_way(s, *socket_context))
            shutdown(info->connect_fd, SHUT_RDWR);
    } else if (*socket_context) {
        *(struct place_taken *)*socket_context = (struct place_taken){0};
    }
    pthread_mutex_unlock(&s->lock);
}

/* Into the handler, or out of it. */
static void mark(struct http_server *s, struct MHD_Connection *c, bool handling)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct place_taken *taken = info ? info->socket_context : NULL;
    pthread_mutex_lock(&s->lock);
    if (taken) {
        taken->handling = handling;
        taken->since_ms = now_ms();
    }
    pthread_mutex_unlock(&s->lock);
}

/* The library notices the end of the stream, and closes. */
static void cut_off_idle(struct http_server *s)
{
    const i64 now = now_ms();
    pthread_mutex_lock(&s->lock);
    for (u32 i = 0; i < PLACES(s); i++) {
        const struct place_taken *taken = &s->connection[i];
        if (taken->used && !taken->handling && now - taken->since_ms > (i64)s->config.idle_ms)
            shutdown(taken->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&s->lock);
}

/* --- one call --- */

static enum MHD_Result send_reply(struct MHD_Connection *c, const struct http_reply *r)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(r->body.len, (void *)r->body.ptr, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result sent = MHD_YES;
    if (r->type)
        sent = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
    if (sent == MHD_YES && r->allow)
        sent = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, r->allow);
    if (sent == MHD_YES)
        sent = MHD_queue_response(c, r->status, response);
    MHD_destroy_response(response);
    return sent;
}

static enum MHD_Result refuse_exchange(struct MHD_Connection *c, u32 status, const char *text)
{
    const struct http_reply r = {.status = status, .type = "application/json", .body = bytes_of(text, strlen(text))};
    return send_reply(c, &r);
}

/* What Content-Length says; false: it is refused, *result. */
static bool read_length(struct http_server *s, struct MHD_Connection *c, size_t *length, enum MHD_Result *result)
{
    const char *text = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        *result = refuse_exchange(c, 411, "{\"error\":\"HTTP_LENGTH_REQUIRED\",\"message\":\"say Content-Length\"}\n");
        return false;
    }
    *length = 0;
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p < '0' || *p > '9') {
            *result = refuse_exchange(c, 400, "{\"error\":\"HTTP_LENGTH\",\"message\":\"Content-Length is not a number\"}\n");
            return false;
        }
        *length = *length * 10 + (size_t)(*p - '0');
        if (*length > s->config.body_max) {
            *result = refuse_exchange(c, 413, "{\"error\":\"HTTP_TOO_LARGE\",\"message\":\"the body is too large\"}\n");
            return false;
        }
    }
    return true;
}

static enum MHD_Result begin_exchange(struct http_server *s, struct MHD_Connection *c, void **call)
{
    size_t length;
    enum MHD_Result result;
    if (!read_length(s, c, &length, &result))
        return result;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct exchange *x = malloc(sizeof *x);
    BUG_UNLESS(x);
    *x = (struct exchange){.length = length, .reply = {.status = 500}};
    arena_init(&x->arena, s->config.memory);
    x->reply.arena = &x->arena;
    pthread_mutex_lock(&s->lock);
    s->calls++;
    if (info && info->socket_context)
        ((struct place_taken *)info->socket_context)->has_request = true;
    pthread_mutex_unlock(&s->lock);
    *call = x;
    return MHD_YES;
}

/* Room for what has arrived, not for what was announced: it doubles, so what is reserved is in proportion to what was
 * sent. */
static bool reserve(struct http_server *s, struct exchange *x, size_t len)
{
    if (x->body_len + len <= x->body_room)
        return true;
    size_t room = x->body_room ? 2 * x->body_room : BODY_FIRST;
    while (room < x->body_len + len)
        room *= 2;
    if (room > x->length)
        room = x->length;
    pthread_mutex_lock(&s->lock);
    const bool is_room = room - x->body_room <= s->config.bodies_max - s->bodies;
    if (is_room)
        s->bodies += room - x->body_room;
    pthread_mutex_unlock(&s->lock);
    if (!is_room)
        return false;
    u8 *grown = realloc(x->body, room);
    BUG_UNLESS(grown);
    x->body = grown;
    x->body_room = room;
    return true;
}

static enum MHD_Result on_call(void *context, struct MHD_Connection *c, const char *url, const char *method,
                               const char *version, const char *piece, size_t *piece_len, void **call)
{
    struct http_server *s = context;
    struct exchange *x = *call;
    (void)version;
    if (!x)
        return begin_exchange(s, c, call);
    if (*piece_len) {
        if (*piece_len > x->length - x->body_len)
            return MHD_NO;
        if (!x->is_refused && reserve(s, x, *piece_len))
            memcpy(x->body + x->body_len, piece, *piece_len);
        else
            x->is_refused = true; /* the rest is read and dropped: a reply can only follow the whole request */
        x->body_len += *piece_len;
        *piece_len = 0;
        return MHD_YES;
    }
    if (x->is_refused)
        return refuse_exchange(c, 503, "{\"error\":\"HTTP_BUSY\",\"message\":\"too much at once\"}\n");
    const struct http_call done = {.method = method, .path = url, .body = bytes_of(x->body, x->body_len)};
    mark(s, c, true);
    s->config.handle(s->config.context, &x->reply, &done);
    mark(s, c, false);
    return send_reply(c, &x->reply);
}

static void on_completed(void *context, struct MHD_Connection *c, void **call, enum MHD_RequestTerminationCode code)
{
    struct http_server *s = context;
    struct exchange *x = *call;
    (void)code;
    if (!x)
        return;
    mark(s, c, false);
    pthread_mutex_lock(&s->lock);
    s->calls--;
    s->bodies -= x->body_room;
    pthread_mutex_unlock(&s->lock);
    arena_release(&x->arena);
    free(x->body);
    free(x);
    *call = NULL;
}

/* --- opening and closing --- */

struct any_address {
    struct sockaddr_storage at;
    socklen_t len;
};

/* "127.0.0.1:8600", "[::1]:0" */
static bool read_address(struct any_address *out, const char *text)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    const bool six = text[0] == '[';
    if (!colon || colon == text || (six && colon[-1] != ']'))
        return false;
    const char *from = text + six;
    const size_t len = (size_t)(colon - six - from);
    char *end;
    errno = 0;
    const unsigned long port = strtoul(colon + 1, &end, 10);
    if (len >= sizeof host || colon[1] < '0' || colon[1] > '9' || *end || errno || port > 65535)
        return false;
    memcpy(host, from, len);
    host[len] = 0;
    *out = (struct any_address){0};
    struct sockaddr_in *four = (struct sockaddr_in *)&out->at;
    struct sockaddr_in6 *sixth = (struct sockaddr_in6 *)&out->at;
    if (six) {
        *sixth = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((u16)port)};
        out->len = sizeof *sixth;
        return inet_pton(AF_INET6, host, &sixth->sin6_addr) == 1;
    }
    *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((u16)port)};
    out->len = sizeof *four;
    return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

static enum err failed(struct complaint *complaint, const char *listen_at, const char *why)
{
    complain(complaint, (struct place){0, 0}, "cannot listen on %s: %s", listen_at, why);
    return FAULT_NETWORK;
}

static enum err open_socket(int *out, u16 *port, struct complaint *complaint, const char *listen_at)
{
    struct any_address place;
    if (!read_address(&place, listen_at))
        return failed(complaint, listen_at, "not an address and a port, as in 127.0.0.1:8600 or [::1]:8600");
    const int fd = socket(place.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (const struct sockaddr *)&place.at, place.len) != 0 || listen(fd, LISTEN_QUEUE) != 0 ||
        getsockname(fd, (struct sockaddr *)&place.at, &place.len) != 0) {
        const int reason = errno;
        if (fd >= 0)
            close(fd);
        return failed(complaint, listen_at, strerrordesc_np(reason));
    }
    *port = ntohs(place.at.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&place.at)->sin6_port
                                                 : ((const struct sockaddr_in *)&place.at)->sin_port);
    *out = fd;
    return OK;
}

/* The library's complaints about its clients are not news. */
static void say_nothing(void *context, const char *format, va_list arguments)
{
    (void)context, (void)format, (void)arguments;
}

enum err http_server_open(struct http_server **out, struct complaint *complaint,
                          const struct http_server_config *config)
{
    int fd;
    u16 port;
    TRY(open_socket(&fd, &port, complaint, config->listen));
    struct http_server *s = calloc(1, sizeof *s);
    struct place_taken *connection = calloc(2 * (size_t)config->connections_max, sizeof *connection);
    if (s && connection) {
        s->config = *config;
        s->port = port;
        s->connection = connection;
        pthread_mutex_init(&s->lock, NULL);
        s->daemon = MHD_start_daemon(
            MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ERROR_LOG |
                MHD_USE_ITC,
            0, NULL, NULL, on_call, s, MHD_OPTION_EXTERNAL_LOGGER, say_nothing, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
            MHD_OPTION_CONNECTION_LIMIT, (unsigned int)PLACES(s), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            (size_t)HEADERS_MAX, MHD_OPTION_THREAD_STACK_SIZE, config->stack_bytes, MHD_OPTION_NOTIFY_COMPLETED,
            on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
    }
    if (!s || !connection || !s->daemon) {
        close(fd);
        free(connection);
        free(s);
        return failed(complaint, config->listen, "the server does not start");
    }
    *out = s;
    return OK;
}

u16 http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_run(struct http_server *s, int stop)
{
    struct pollfd wait = {.fd = stop, .events = POLLIN};
    while (poll(&wait, 1, REAP_MS) <= 0)
        cut_off_idle(s);
}

static bool is_answering(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    const bool answering = s->calls > 0;
    pthread_mutex_unlock(&s->lock);
    return answering;
}

void http_server_close(struct http_server *s, u32 grace_ms)
{
    const MHD_socket listening = MHD_quiesce_daemon(s->daemon);
    const i64 end = now_ms() + grace_ms;
    while (is_answering(s) && now_ms() < end) {
        cut_off_idle(s);
        poll(NULL, 0, 10);
    }
    MHD_stop_daemon(s->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    pthread_mutex_destroy(&s->lock);
    free(s->connection);
    free(s);
}
