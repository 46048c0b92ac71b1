#include "explorer/explorer.h"

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

static const struct explorer_file *find_file(const char *path)
{
    for (size_t i = 0; i < explorer_file_count; i++)
        if (strcmp(explorer_files[i].path, path) == 0)
            return &explorer_files[i];
    return NULL;
}

/* "gzip, deflate, br;q=0.5": a client that lists gzip with q=0 is none that exists. */
static bool takes_gzip(const struct http_exchange *x)
{
    const char *accepted = http_header(x, "accept-encoding");
    return accepted && strstr(accepted, "gzip");
}

bool explorer_serve(struct http_exchange *x)
{
    const struct explorer_file *f = find_file(x->path);
    const bool zipped = takes_gzip(x);
    if (!f)
        return false;
    http_add_header(x, "Content-Security-Policy", policy);
    http_add_header(x, "X-Content-Type-Options", "nosniff");
    http_add_header(x, "Referrer-Policy", "no-referrer");
    http_add_header(x, "Cache-Control", "no-cache");
    if (zipped)
        http_add_header(x, "Content-Encoding", "gzip");
    x->status = 200;
    x->type = f->type;
    x->reply = zipped ? f->gzip : f->plain;
    return true;
}
