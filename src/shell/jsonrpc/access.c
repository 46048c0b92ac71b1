#include "jsonrpc/access.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

enum { HOST_MAX = 256 };

bool access_is_json(const char *content_type)
{
    static const char *const accepted[] = {"application/json", "application/json-rpc", "application/jsonrequest"};
    if (!content_type)
        return false;
    size_t len = strcspn(content_type, ";");
    while (len && (content_type[len - 1] == ' ' || content_type[len - 1] == '\t'))
        len--;
    for (size_t i = 0; i < COUNT_OF(accepted); i++)
        if (strlen(accepted[i]) == len && strncasecmp(accepted[i], content_type, len) == 0)
            return true;
    return false;
}

/* "localhost:8545", "[::1]:8545", "::1" without the port and the brackets. False: too long. */
static bool host_name(char out[HOST_MAX], const char *host)
{
    const bool bracketed = host[0] == '[';
    const char *colon = strchr(host, ':');
    const bool has_port = !bracketed && colon && !strchr(colon + 1, ':');
    const size_t len = bracketed ? strcspn(++host, "]") : has_port ? (size_t)(colon - host) : strlen(host);
    if (len >= HOST_MAX)
        return false;
    memcpy(out, host, len);
    out[len] = 0;
    return true;
}

static bool is_numeric_host(const char *name)
{
    u8 out[16];
    return inet_pton(AF_INET, name, out) == 1 || inet_pton(AF_INET6, name, out) == 1;
}

static bool is_listed_name(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, "*") == 0 || strcasecmp(*list, name) == 0)
            return true;
    return false;
}

bool access_host(const char *const *hosts, const char *host)
{
    static const char *const localhost[] = {"localhost", NULL};
    char name[HOST_MAX];
    if (!host || !host[0])
        return true;
    return host_name(name, host) && (is_numeric_host(name) || is_listed_name(hosts ? hosts : localhost, name));
}

bool access_origin(const char *const *origins, const char *origin)
{
    return origins && origin && is_listed_name(origins, origin);
}

bool access_socket_origin(const char *const *origins, const char *origin)
{
    char name[HOST_MAX];
    if (origins)
        return access_origin(origins, origin);
    const char *host = origin ? strstr(origin, "://") : NULL;
    return host && host_name(name, host + 3) &&
           (strcasecmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 || strcmp(name, "::1") == 0);
}
