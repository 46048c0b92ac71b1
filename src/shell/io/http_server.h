/* http_server - an HTTP server with one handler and every resource bounded.
 *
 *   connections_max   at once; the next one replaces the oldest that has sent no request, else the oldest that is still
 *                     sending one; it is closed when all are being answered
 *   body_max          bytes, by Content-Length (without it 411, above it 413)
 *   bodies_max        bytes of all that have arrived; above it 503. Content-Length alone reserves nothing
 *   idle_ms           that a connection may spend outside of the handler at a stretch: a slow or silent client
 *                     is disconnected
 *
 * Each connection has a thread of its own, with a stack of stack_bytes, so a handler may block and must be reentrant.
 * Closing stops listening first, and lets the requests that are being handled finish.
 *
 * Memory:  a call and what the handler takes live in reply->arena, until the reply is sent.
 * Errors:  FAULT_NETWORK with a message: cannot listen on the address. */
#ifndef IO_HTTP_SERVER_H
#define IO_HTTP_SERVER_H

#include "base/arena.h"
#include "base/err.h"
#include "io/complaint.h"

struct http_call {
    const char *method, *path;
    struct bytes body;
};

struct http_reply {
    struct arena *arena;
    u32 status;         /* 500 unless it is set */
    const char *type;   /* of the body */
    struct bytes body;
    const char *allow;  /* the header Allow; NULL: none */
};

struct http_server_config {
    const char *listen; /* address:port, IPv6 in brackets; port 0: any that is free */
    u32 connections_max;
    size_t body_max, bodies_max;
    u32 idle_ms;
    size_t stack_bytes;
    const struct memory *memory;
    void (*handle)(void *context, struct http_reply *reply, const struct http_call *call);
    void *context;
};

struct http_server;

/* complaint->text says what is wrong with the address. */
enum err http_server_open(struct http_server **out, struct complaint *complaint,
                          const struct http_server_config *config) MUST_CHECK;
u16 http_server_port(const struct http_server *s);
/* stop is a file descriptor: there is something to read when it is time. */
void http_server_run(struct http_server *s, int stop);
/* Waits at most grace_ms for the requests that are being handled. */
void http_server_close(struct http_server *s, u32 grace_ms);

#endif
