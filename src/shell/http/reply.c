#include "http/server_private.h"

#include "base/buffer.h"
#include "codec/json_write.h"
#include "codec/number.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

static const char *reason(u32 status)
{
    static const struct {
        u32 status;
        const char *text;
    } row[] = {
        {101, "Switching Protocols"}, {200, "OK"}, {204, "No Content"}, {400, "Bad Request"}, {403, "Forbidden"},
        {404, "Not Found"}, {405, "Method Not Allowed"}, {413, "Content Too Large"}, {414, "URI Too Long"},
        {415, "Unsupported Media Type"}, {422, "Unprocessable Content"}, {426, "Upgrade Required"},
        {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (row[i].status == status)
            return row[i].text;
    return "Status"; /* any text, or none, is allowed (RFC 9112, section 4) */
}

const char *http_header(const struct http_exchange *x, const char *name)
{
    for (u32 i = 0; i < x->header_count; i++)
        if (strcasecmp(x->header[i].name, name) == 0)
            return x->header[i].value;
    return NULL;
}

void http_add_header(struct http_exchange *x, const char *name, const char *value)
{
    for (u32 i = 0; i < COUNT_OF(x->extra); i++)
        if (!x->extra[i].name) {
            x->extra[i] = (struct http_header){name, value};
            return;
        }
    BUG("too many headers in a reply");
}

void http_refuse(struct http_exchange *x, u32 status, const char *name, const char *message)
{
    struct buffer out = buffer_in(x->arena);
    struct json_writer w = json_writer(&out, 0);
    json_write_object(&w);
    json_write_key(&w, "error");
    json_write_z(&w, name);
    json_write_key(&w, "message");
    json_write_z(&w, message);
    json_write_end(&w);
    json_write_finish(&w);
    x->status = status;
    x->type = "application/json";
    x->reply = buffer_bytes(&out);
}

/* --- the head --- */

static void add_z(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
}

static void add_line(struct buffer *out, const char *name, const char *value)
{
    add_z(out, name);
    add_z(out, ": ");
    add_z(out, value);
    add_z(out, "\r\n");
}

static const char *date_now(struct http_server *s)
{
    const time_t now = time(NULL);
    if ((u64)now != s->date_s) {
        struct tm t;
        gmtime_r(&now, &t);
        strftime(s->date, sizeof s->date, "%a, %d %b %Y %H:%M:%S GMT", &t);
        s->date_s = (u64)now;
    }
    return s->date;
}

static struct bytes write_head(struct connection *c, const struct http_exchange *x, struct arena *arena)
{
    struct buffer out = buffer_in(arena);
    const bool switches = x->status == 101;
    add_z(&out, "HTTP/1.1 ");
    number_add_u64(&out, x->status);
    add_z(&out, " ");
    add_z(&out, reason(x->status));
    add_z(&out, "\r\n");
    add_line(&out, "Date", date_now(c->server));
    if (x->type)
        add_line(&out, "Content-Type", x->type);
    for (u32 i = 0; i < COUNT_OF(x->extra) && x->extra[i].name; i++)
        add_line(&out, x->extra[i].name, x->extra[i].value);
    if (!switches && x->status != 204) {
        add_z(&out, "Content-Length: ");
        number_add_u64(&out, x->reply.len);
        add_z(&out, "\r\n");
    }
    if (!switches && c->close_after)
        add_line(&out, "Connection", "close");
    else if (!switches && c->parser.http_minor == 0)
        add_line(&out, "Connection", "keep-alive");
    add_z(&out, "\r\n");
    return buffer_bytes(&out);
}

/* --- sending --- */

/* Whatever the socket takes now. False: the connection is gone. */
static bool push(struct connection *c)
{
    struct output *o = &c->output;
    while (o->part[0].len || o->part[1].len) {
        struct iovec v[2] = {{(void *)o->part[0].ptr, o->part[0].len}, {(void *)o->part[1].ptr, o->part[1].len}};
        const struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
        ssize_t sent = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN;
        for (u32 i = 0; i < 2; i++) {
            const size_t part = (size_t)sent < o->part[i].len ? (size_t)sent : o->part[i].len;
            o->part[i] = bytes_of(o->part[i].ptr + part, o->part[i].len - part);
            sent -= (ssize_t)part;
        }
    }
    return true;
}

static void after_sending(struct connection *c)
{
    struct http_server *s = c->server;
    c->since_ms = s->now_ms;
    if (c->close_after || atomic_load(&s->stopping)) {
        c->state = CONNECTION_LINGERING;
        shutdown(c->fd, SHUT_WR);
    } else {
        c->state = CONNECTION_RECEIVING;
    }
    watch(c, EPOLLIN);
}

/* The clients that hold most bytes for longest make room. */
static void make_room_for_replies(struct http_server *s, const struct connection *but)
{
    while (s->replies > s->limits.replies_max) {
        struct connection *oldest = NULL;
        for (struct connection *c = s->connections; c; c = c->next)
            if (c != but && c->state == CONNECTION_SENDING && (!oldest || c->since_ms < oldest->since_ms))
                oldest = c;
        if (!oldest)
            return;
        atomic_fetch_add(&s->dropped, 1);
        connection_close(oldest);
    }
}

static u8 *copy_parts(const struct bytes *part, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += part[i].len;
    u8 *copy = malloc(len + 1), *end = copy;
    BUG_UNLESS(copy);
    for (size_t i = 0; i < count; i++) {
        if (part[i].len)
            memcpy(end, part[i].ptr, part[i].len);
        end += part[i].len;
    }
    return copy;
}

/* What is left, in memory of its own. */
static void keep_output(struct output *o, u8 **room)
{
    if (room && *room) {
        o->copy = copy_parts(o->part, 1);
        o->part[0] = bytes_of(o->copy, o->part[0].len);
        o->room = *room;
        *room = NULL;
    } else {
        o->copy = copy_parts(o->part, 2);
        o->part[0] = bytes_of(o->copy, o->part[0].len + o->part[1].len);
        o->part[1] = (struct bytes){0};
    }
}

void reply_send(struct connection *c, struct http_exchange *x, u8 **room)
{
    struct http_server *s = c->server;
    c->close_after |= atomic_load(&s->stopping);
    c->output.part[0] = write_head(c, x, x->arena);
    c->output.part[1] = strcmp(x->method, "HEAD") == 0 ? bytes_of(NULL, 0) : x->reply;
    if (!push(c)) {
        connection_close(c);
        return;
    }
    const size_t left = c->output.part[0].len + c->output.part[1].len;
    if (left == 0) {
        after_sending(c);
        return;
    }
    keep_output(&c->output, room);
    c->output.bytes = left;
    s->replies += left;
    c->state = CONNECTION_SENDING;
    c->since_ms = s->now_ms;
    watch(c, EPOLLOUT);
    make_room_for_replies(s, c);
}

void reply_flush(struct connection *c)
{
    if (!push(c)) {
        connection_close(c);
    } else if (c->output.part[0].len + c->output.part[1].len == 0) {
        output_release(c);
        after_sending(c);
    }
}
