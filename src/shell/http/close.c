/* The end of a connection and of its WebSocket: what they hold is given back. */
#include "http/server_private.h"

#include <stdlib.h>
#include <unistd.h>

/* --- a WebSocket --- */

void socket_unreserve(struct http_socket *socket, size_t len)
{
    atomic_fetch_sub(&socket->queued, 1);
    atomic_fetch_sub(&socket->queued_bytes, len);
    atomic_fetch_sub(&socket->server->notes_bytes, len);
}

void socket_free_notes(struct http_socket *socket, struct notes *notes)
{
    for (struct note *n = notes->first, *next; n; n = next) {
        next = n->next;
        socket_unreserve(socket, n->len);
        free(n);
    }
    *notes = (struct notes){.last = &notes->first};
}

void http_socket_drop(struct http_socket *socket)
{
    if (atomic_fetch_sub(&socket->references, 1) != 1)
        return;
    BUG_UNLESS(!socket->connection && !socket->posted.first && !socket->waiting.first);
    free(socket);
}

void socket_forget_message(struct http_socket *socket)
{
    socket->server->bodies -= socket->message_room;
    free(socket->message);
    socket->message = NULL;
    socket->message_len = socket->message_room = 0;
}

void socket_account(struct http_socket *socket, size_t now)
{
    socket->server->replies += now - socket->accounted;
    socket->accounted = now;
}

/* The connection is being closed. closed is called when no handler of it runs any more. */
static void socket_gone(struct connection *c)
{
    struct http_socket *socket = c->socket;
    struct http_server *s = c->server;
    atomic_store(&socket->closed, true);
    socket_account(socket, 0);
    socket_forget_message(socket);
    socket_free_notes(socket, &socket->waiting);
    wslay_event_context_free(socket->wslay);
    socket->wslay = NULL;
    socket->connection = NULL;
    c->socket = NULL;
    atomic_fetch_sub(&s->sockets_now, 1);
    if (socket->running == 0 && s->service.closed)
        s->service.closed(s->service.context, socket);
    http_socket_drop(socket);
}

/* --- a connection --- */

void output_release(struct connection *c)
{
    c->server->replies -= c->output.bytes;
    free(c->output.copy);
    room_close(c->output.room);
    c->output = (struct output){0};
}

void connection_forget_body(struct connection *c)
{
    c->server->bodies -= c->body_room;
    free(c->body);
    c->body = NULL;
    c->body_room = c->body_len = 0;
}

/* While a handler runs the connection is only cut off: connection_done closes it. */
void connection_close(struct connection *c)
{
    struct http_server *s = c->server;
    if (c->socket)
        socket_gone(c);
    if (c->fd >= 0)
        close(c->fd); /* and epoll forgets it */
    c->fd = -1;
    if (c->job)
        return;
    output_release(c);
    connection_forget_body(c);
    free(c->head);
    free(c->rest);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    s->connection_count--;
    atomic_store(&s->connections_now, s->connection_count);
    c->next = s->closed; /* events of this turn may still name it */
    s->closed = c;
    c->state = CONNECTION_CLOSED;
}
