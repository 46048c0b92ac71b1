/* server_private - the parts of the server, each above those that follow it:
 *
 *   server.c       listening, the loop, its timeouts           socket.c    WebSockets
 *   connection.c   requests                                    reply.c     replies
 *   workers.c      the threads of handlers                     close.c     the end of a connection
 *   loop.c         clock, wake-ups, epoll */
#ifndef HTTP_SERVER_PRIVATE_H
#define HTTP_SERVER_PRIVATE_H

#include "http/room.h"
#include "http/server.h"

#include <pthread.h>
#include <stdatomic.h>

#include <llhttp.h>
#include <wslay/wslay.h>

enum { LINGER_MS = 2000, TICK_MS = 200, READ_BYTES = 64 << 10, LISTENERS_MAX = 64 };

/* What epoll points to. */
enum event_kind { EVENT_LISTENER, EVENT_WAKE, EVENT_CONNECTION };

struct listener {
    enum event_kind kind;
    int fd;
    u16 port;
    u32 index;
};

enum connection_state {
    CONNECTION_CLOSED,    /* freed at the end of the turn */
    CONNECTION_RECEIVING, /* a request, or nothing yet */
    CONNECTION_RUNNING,   /* its handler is on a worker */
    CONNECTION_SENDING,   /* a reply that the client has not taken whole */
    CONNECTION_LINGERING, /* all is said; what still comes is read and dropped, so that the client sees the reply */
    CONNECTION_SOCKET,
};

/* An exchange on its way: owned by the loop, but while its handler runs. */
struct job {
    struct http_exchange x;
    struct arena arena;
    struct http_server *server;
    struct connection *connection; /* over HTTP */
    struct http_socket *socket;    /* over a WebSocket: one of its references */
    u8 *body;
    size_t body_bytes; /* accounted in bodies */
    bool holds;
    u8 *room; /* with a long reply; NULL: the reply is in the arena */
    struct job *next;
};

/* Bytes that wait for the client: head and body of one reply. */
struct output {
    u8 *copy; /* of the head, or of both where there is no room */
    u8 *room;
    struct bytes part[2];
    size_t bytes; /* accounted in replies */
};

/* A notification. */
struct note {
    struct note *next;
    size_t len;
    u8 text[];
};

struct notes {
    struct note *first, **last;
};

struct http_socket {
    atomic_uint references;
    atomic_bool closed;   /* or about to be */
    atomic_uint queued;   /* notifications that wslay has not got yet */
    atomic_size_t queued_bytes;
    u64 id;
    void *user;
    struct http_server *server;
    /* of the server's lock */
    struct notes posted;
    bool listed; /* in talking */
    struct http_socket *next;
    /* of the loop thread */
    struct connection *connection; /* NULL: closed */
    wslay_event_context_ptr wslay;
    u32 running, holding; /* messages on workers; those of them that hold notifications back */
    struct notes waiting; /* for holding to end, and for the client to read */
    u8 *message;
    size_t message_len, message_room;
    bool in_message;      /* the frame that comes in is a part of one, not a ping */
    size_t turn_bytes;    /* that may still be read in this turn */
    size_t accounted;     /* in replies */
    u64 heard_ms, pinged_ms, goodbye_ms;
};

struct connection {
    enum event_kind kind;
    enum connection_state state;
    int fd;
    u32 events; /* that epoll watches */
    struct http_server *server;
    struct connection *next, **link; /* all */
    u64 since_ms; /* of the state; of a request that is being received, its first byte */
    bool begun;   /* the first byte of a request is there */
    bool is_first; /* no request has come yet */
    bool close_after;
    u32 refusal; /* status, of a callback of the parser */
    u32 listener;
    llhttp_t parser;
    /* the request that is being received */
    char *head; /* names and values, each ended by 0 */
    u32 head_len, head_room;
    u32 name[HTTP_HEADERS_MAX], value[HTTP_HEADERS_MAX], header_count;
    bool in_value;
    u8 *body;
    size_t body_len, body_room;
    u8 *rest; /* bytes after the request: the next */
    size_t rest_len;
    struct output output;
    struct job *job; /* while its handler runs */
    struct http_socket *socket;
};

struct http_server {
    struct http_limits limits;
    struct http_service service;
    const struct memory *memory;
    int epoll;
    struct listener listener[LISTENERS_MAX];
    u32 listener_count;
    enum event_kind wake_kind;
    int wake; /* eventfd */
    pthread_t loop;
    atomic_bool stopping;
    u64 stop_at_ms;
    /* of the loop thread */
    struct connection *connections;
    u32 connection_count;
    size_t bodies, replies;
    u64 now_ms, next_socket;
    struct arena arena; /* of what runs on the loop */
    struct arena_mark arena_begin;
    struct connection *closed; /* in this turn */
    char date[40];
    u64 date_s;
    u8 *input; /* READ_BYTES */
    /* of the lock */
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *queue, **queue_last, *done, **done_last;
    struct http_socket *talking; /* with notes; one reference each */
    pthread_t *worker;
    u32 worker_count, worker_idle, queue_len;
    bool workers_end;
    atomic_size_t notes_bytes;
    atomic_uint connections_now, sockets_now, running_now;
    atomic_ullong requests, refused, dropped;
};

/* loop.c */
u64 clock_ms(void);
void wake_loop(struct http_server *s);
void watch(struct connection *c, u32 events);
void loop_arena_reset(struct http_server *s);

/* listen.c */
enum err listen_at(struct listener *out, struct complaint *complaint, const char *address) MUST_CHECK;

/* close.c */
void connection_close(struct connection *c);
void connection_forget_body(struct connection *c);
void output_release(struct connection *c);
void socket_unreserve(struct http_socket *socket, size_t len);                 /* of its queue */
void socket_free_notes(struct http_socket *socket, struct notes *notes);
void socket_forget_message(struct http_socket *socket);
void socket_account(struct http_socket *socket, size_t now);                   /* bytes in replies */

/* connection.c */
struct connection *connection_open(struct http_server *s, int fd, u32 listener);
void connection_readable(struct connection *c);
void connection_writable(struct connection *c);
void connection_hung_up(struct connection *c);
void connection_done(struct job *job); /* its handler has returned */
void connection_expire(struct connection *c); /* closes it if its time is over */
void connection_advance(struct connection *c);

/* reply.c */
/* room: the one that the reply is in, or NULL. What is not taken at once takes it over: then *room is NULL. */
void reply_send(struct connection *c, struct http_exchange *x, u8 **room);
void reply_flush(struct connection *c);

/* socket.c: connections that are WebSockets */
bool socket_accept(struct connection *c, struct http_exchange *x); /* false: the reply says why not */
void socket_readable(struct connection *c);
void socket_writable(struct connection *c);
void socket_done(struct job *job);
void socket_take_notes(struct http_server *s);
void socket_tick(struct connection *c);
void socket_say_goodbye(struct connection *c, u16 code);

/* workers.c */
bool workers_open(struct http_server *s);
void workers_give(struct http_server *s, struct job *job);
void workers_close(struct http_server *s);
struct job *job_new(struct http_server *s, const struct http_exchange *x, bool holds); /* with the loop's arena */
void job_free(struct job *job);

#endif
