/* server - HTTP/1.1 and WebSocket (RFC 9112, RFC 6455) on any number of ports, with every resource bounded.
 *
 *     one loop thread     accepts, reads, parses (llhttp, wslay), writes, keeps time; owns all connections
 *     worker threads      run http_service.answer for what may take long; begun as needed, at most `workers`
 *
 * A request goes through two callbacks. begin runs on the loop thread once the body is there and says where answer
 * runs: on the loop for what takes microseconds and never blocks, else on a worker. Requests of one HTTP connection,
 * pipelined or not, are answered one after the other. Messages of a WebSocket run concurrently, at most
 * HTTP_SOCKET_CALLS of them, and are answered as they end.
 *
 * Limits, and what happens above them:
 *   connections     the next one replaces the oldest that the server waits for: one without a request, if those are
 *                   more than half; all at work: 503
 *   headers         HTTP_HEAD_MAX bytes, HTTP_HEADERS_MAX lines: 431
 *   body_max        413, at once if Content-Length says so; memory is taken as bytes come, not as they are promised
 *   bodies_max      bytes of all requests at once: 503
 *   receive_ms      from the first byte of a request to its last, however slowly it trickles: closed
 *   idle_ms         between requests: closed. WebSockets are pinged instead (HTTP_PING_MS), and closed if silent
 *   send_ms         from the end of the handler to the last byte that the client took: closed
 *   replies_max     bytes of all replies and notifications that clients have not taken: the oldest is closed
 *   message_max     of a WebSocket: close 1009
 *   queue_max, queue_bytes    notifications that a WebSocket has not taken: close 1008
 *
 * Memory:  an exchange, its body and what its handler takes live in exchange->arena until the handler has returned and
 *          the socket has taken what it can. What is left of the reply is kept in as many bytes as it has.
 * Errors:  FAULT_NETWORK with a message: the address cannot be listened on. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/arena.h"
#include "base/err.h"
#include "io/complaint.h"

enum {
    HTTP_HEAD_MAX = 16384,
    HTTP_HEADERS_MAX = 64,
    HTTP_SOCKET_CALLS = 16,
    HTTP_PING_MS = 30000,
};

struct http_server;
struct http_socket; /* a WebSocket; counted references */

struct http_header {
    const char *name, *value;
};

/* A request or a message, and its reply. */
struct http_exchange {
    struct arena *arena;
    u8 *room; /* where a long reply may be written in place of the arena: room_size bytes; NULL: there is none */
    size_t room_size;
    u32 listener;             /* index of the address that it came in at */
    const char *method, *path; /* without the query; of the handshake, for a message */
    const struct http_header *header; /* of a request */
    u32 header_count;
    struct bytes body;
    struct http_socket *socket; /* NULL: a request over HTTP */
    void *user;                 /* of begin, for answer */
    /* the reply; over a socket the body alone, where an empty one is not sent */
    u32 status;                 /* 500 unless it is set */
    const char *type;           /* Content-Type */
    struct bytes reply;
    struct http_header extra[8]; /* more headers; name NULL: none */
    bool upgrade;               /* set by begin: make it a WebSocket */
};

enum http_where {
    HTTP_HERE,        /* answer is called at once, on the loop thread */
    HTTP_WORKER,      /* on a worker */
    HTTP_WORKER_HOLD, /* on a worker; notifications of its socket wait until the reply is queued */
    HTTP_REPLIED,     /* begin has written the reply */
};

struct http_service {
    void *context;
    enum http_where (*begin)(void *context, struct http_exchange *x); /* NULL: HTTP_WORKER */
    void (*answer)(void *context, struct http_exchange *x);
    /* On the loop thread; NULL: no WebSockets. opened's result is http_socket_user. After closed there are no more
     * calls of its messages; references may live on. */
    void *(*opened)(void *context, struct http_socket *socket, const struct http_exchange *handshake);
    void (*closed)(void *context, struct http_socket *socket);
};

struct http_limits {
    u32 connections, workers;
    size_t body_max, bodies_max, message_max, replies_max;
    u32 receive_ms, idle_ms, send_ms;
    u32 queue_max;
    size_t queue_bytes;
    size_t stack_bytes; /* of a worker */
};

/* 500 connections, 8 workers, geth's sizes and times (5 MiB, 32 MiB, 30 s, 120 s, 30 s, 20,000); in all 512 MiB of
 * bodies and 192 MiB of replies. A reply that a worker still writes is not counted yet: it comes on top. */
struct http_limits http_default_limits(void);

/* Listens on each of the addresses: "127.0.0.1:8545", "[::1]:0" for any free port. */
enum err http_start(struct http_server **out, struct complaint *complaint, const char *const *listen, u32 count,
                    const struct http_limits *limits, const struct http_service *service,
                    const struct memory *memory) MUST_CHECK;
u16 http_port(const struct http_server *s, u32 listener);
/* Stops listening, closes what is idle (WebSockets with 1001), waits at most grace_ms for running requests and their
 * replies, then closes all, and ends the threads: after the last handler has returned. */
void http_stop(struct http_server *s, u32 grace_ms);

/* The value; NULL: no such header. */
const char *http_header(const struct http_exchange *x, const char *name);
void http_add_header(struct http_exchange *x, const char *name, const char *value);
/* Status and {"error": name, "message": message}. */
void http_refuse(struct http_exchange *x, u32 status, const char *name, const char *message);

/* --- WebSockets: from any thread --- */

/* Queues a text message, joined from its parts; the bytes are copied. False: it is closed, or is going to be since its
 * queue is full. */
bool http_socket_send(struct http_socket *socket, const struct bytes *part, size_t count);
void *http_socket_user(const struct http_socket *socket);
u64 http_socket_id(const struct http_socket *socket);
void http_socket_hold(struct http_socket *socket); /* one more reference */
void http_socket_drop(struct http_socket *socket);

struct http_counts {
    u32 connections, sockets, running;
    u64 requests, refused, dropped; /* since the beginning; dropped: slow readers */
};
void http_count(const struct http_server *s, struct http_counts *out);

#endif
