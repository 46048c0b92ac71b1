/* http_client - requests over HTTP, one or many at once, each bounded in time and in size.
 *
 *     struct http_request ask = {.url = url, .body = json, .body_type = "application/json",
 *                                .timeout_ms = 5000, .limit = 1 << 20};
 *     struct http_answer answer;
 *     if (http_ask(client, &arena, &answer, &ask) != OK)          answer.why: "127.0.0.1:8545: .."
 *     if (answer.status != 200)                                   the server's status is data, not an error
 *
 *     http_ask_all    a --------->|            all at once; each answer is shown to enough() as it ends, and when
 *                     b ---->|    |            that says true the rest are cancelled
 *                     c ------ - - (not waited for)
 *
 * At most 16 connections to one server; further requests wait for one, within their timeout. http and https, straight
 * to the server: no proxies, no redirects, no compressed bodies. Connections are reused. One client per thread.
 *
 * Memory:  bodies and messages live in the arena given; at most 4 times the limit for a body.
 * Errors:  FAULT_NETWORK (no connection, or it broke), FAULT_TIMEOUT, FAULT_NOT_WAITED, REJECT_TOO_LONG (the answer
 *          is above its limit), REJECT_URL. Messages name host and port, never the path or a password of the
 *          URL, since those may be secrets. */
#ifndef IO_HTTP_CLIENT_H
#define IO_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/err.h"

struct http_client;

/* FAULT_NETWORK: the library did not start. */
enum err http_open(struct http_client **out, const struct memory *memory) MUST_CHECK;
void http_close(struct http_client *c);

struct http_request {
    const char *url;
    const char *method;    /* NULL: GET without a body, POST with one */
    struct bytes body;     /* borrowed until the call returns */
    const char *body_type; /* Content-Type; NULL: none is said */
    const char *accept;    /* Accept; NULL: none is said */
    u32 timeout_ms;        /* for all of it; not 0 */
    size_t limit;          /* of the answer's body, bytes */
};

struct http_answer {
    enum err error;
    const char *why;       /* the sentence to an error, with the place; else NULL */
    u32 status;            /* 200 .. ; 0 without an answer */
    struct bytes body;     /* whole, or empty on an error */
    u64 elapsed_us;
};

/* Returns answer->error. */
enum err http_ask(struct http_client *c, struct arena *arena, struct http_answer *answer,
                  const struct http_request *request) MUST_CHECK;

/* Fills every answer. enough may be NULL: all are waited for. */
void http_ask_all(struct http_client *c, struct arena *arena, struct http_answer *answer,
                  const struct http_request *request, size_t count,
                  bool (*enough)(void *context, size_t index, const struct http_answer *answer), void *context);

/* "http://host:port" of a URL, for messages. REJECT_URL: it is none, or not of HTTP. */
enum err http_place(struct arena *arena, const char **out, const char *url) MUST_CHECK;

#endif
