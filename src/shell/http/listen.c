#include "http/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_QUEUE = 512 };

struct any_address {
    struct sockaddr_storage at;
    socklen_t len;
};

/* "127.0.0.1:8600", "[::1]:0" */
static bool read_listen_address(struct any_address *out, const char *text)
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

static enum err listen_failed(struct complaint *complaint, const char *at, const char *why)
{
    complain(complaint, (struct place){0, 0}, "cannot listen on %s: %s", at, why);
    return FAULT_NETWORK;
}

enum err listen_at(struct listener *out, struct complaint *complaint, const char *at)
{
    struct any_address place;
    if (!read_listen_address(&place, at))
        return listen_failed(complaint, at, "not an address and a port, as in 127.0.0.1:8600 or [::1]:8600");
    const int fd = socket(place.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (const struct sockaddr *)&place.at, place.len) != 0 || listen(fd, LISTEN_QUEUE) != 0 ||
        getsockname(fd, (struct sockaddr *)&place.at, &place.len) != 0) {
        const int reason = errno;
        if (fd >= 0)
            close(fd);
        return listen_failed(complaint, at, strerrordesc_np(reason));
    }
    out->port = ntohs(place.at.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&place.at)->sin6_port
                                                     : ((const struct sockaddr_in *)&place.at)->sin_port);
    out->fd = fd;
    return OK;
}
