#include "io/http_client.h"

#include "base/buffer.h"
#include "codec/text.h"

#include <curl/curl.h>
#include <pthread.h>

enum { HOST_CONNECTIONS_MAX = 16 };

struct http_client {
    struct arena arena; /* of this struct alone */
    CURLM *multi;
};

/* One request on its way. */
struct exchange {
    const struct http_request *request;
    struct http_answer *answer;
    CURL *easy;
    struct curl_slist *header;
    struct buffer body;
    const char *place;
    bool is_done;
    bool is_too_long;
    char error[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started = CURLE_FAILED_INIT;

static void start_library(void)
{
    started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum err http_open(struct http_client **out, const struct memory *memory)
{
    pthread_once(&once, start_library);
    if (started != CURLE_OK)
        return FAULT_NETWORK;
    CURLM *multi = curl_multi_init();
    if (!multi)
        return FAULT_NETWORK;
    if (curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX) != CURLM_OK) {
        curl_multi_cleanup(multi);
        return FAULT_NETWORK;
    }
    struct arena arena;
    arena_init(&arena, memory);
    struct http_client *c = ARENA_TAKE(&arena, struct http_client, 1);
    c->multi = multi;
    c->arena = arena;
    *out = c;
    return OK;
}

void http_close(struct http_client *c)
{
    struct arena arena = c->arena;
    curl_multi_cleanup(c->multi);
    arena_release(&arena);
}

/* --- places --- */

static enum err read_host_and_port(struct buffer *text, CURLU *url)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    enum err e = REJECT_URL;
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)) {
        text_add_z(text, scheme);
        text_add(text, "://");
        text_add_safe(text, bytes_of(host, strlen(host)), 255);
        text_add(text, ":");
        text_add_z(text, port);
        buffer_add_u8(text, 0);
        e = OK;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return e;
}

enum err http_place(struct arena *arena, const char **out, const char *url)
{
    struct buffer text = buffer_in(arena);
    CURLU *parts = curl_url();
    if (!parts)
        return FAULT_MEMORY;
    const enum err e =
        curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK ? read_host_and_port(&text, parts) : REJECT_URL;
    curl_url_cleanup(parts);
    TRY(e);
    *out = (const char *)text.ptr;
    return OK;
}

/* --- one exchange --- */

static void fail_transfer(struct exchange *x, enum err e, const char *why)
{
    struct buffer text = buffer_in(x->body.arena);
    text_add_z(&text, x->place);
    text_add(&text, ": ");
    text_add_safe(&text, bytes_of(why, strlen(why)), 300);
    buffer_add_u8(&text, 0);
    x->answer->error = e;
    x->answer->why = (const char *)text.ptr;
    x->answer->body = (struct bytes){0};
}

/* Called by curl with a piece of the body; taking less than all of it ends the transfer. */
static size_t take_body(char *piece, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    const size_t len = size * count; /* size is always 1 */
    if (len > x->request->limit - x->body.len) {
        x->is_too_long = true;
        return len + 1;
    }
    buffer_add(&x->body, piece, len);
    return len;
}

static bool add_header(struct exchange *x, const char *name, const char *value)
{
    struct buffer line = buffer_in(x->body.arena);
    text_add_z(&line, name);
    text_add(&line, ":");
    if (value) {
        text_add(&line, " ");
        text_add_z(&line, value);
    }
    buffer_add_u8(&line, 0);
    struct curl_slist *longer = curl_slist_append(x->header, (const char *)line.ptr);
    if (longer)
        x->header = longer;
    return longer != NULL;
}

static bool set_headers(struct exchange *x)
{
    const struct http_request *r = x->request;
    return add_header(x, "Expect", NULL) && /* a body goes out at once, without asking first */
           add_header(x, "Content-Type", r->body_type) && add_header(x, "Accept", r->accept) &&
           curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->header) == CURLE_OK;
}

static bool set_body(struct exchange *x)
{
    const struct http_request *r = x->request;
    if (!r->body.len && !(r->method && strcmp(r->method, "POST") == 0))
        return true;
    return curl_easy_setopt(x->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len) == CURLE_OK &&
           curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, r->body.len ? (const char *)r->body.ptr : "") == CURLE_OK;
}

static bool set_up_transfer(struct exchange *x)
{
    const struct http_request *r = x->request;
    CURL *easy = x->easy = curl_easy_init();
    return easy && curl_easy_setopt(easy, CURLOPT_URL, r->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)r->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "scope") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, x) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, x) == CURLE_OK && set_headers(x) && set_body(x) &&
           (!r->method || curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method) == CURLE_OK);
}

static void begin_transfer(struct http_client *c, struct exchange *x)
{
    *x->answer = (struct http_answer){0};
    if (http_place(x->body.arena, &x->place, x->request->url) != OK) {
        x->place = "URL";
        fail_transfer(x, REJECT_URL, "not a URL of http or https");
    } else if (!set_up_transfer(x) || curl_multi_add_handle(c->multi, x->easy) != CURLM_OK) {
        fail_transfer(x, FAULT_NETWORK, "the request cannot be made");
    } else {
        return;
    }
    x->is_done = true;
}

static void end_transfer(struct exchange *x, CURLcode result)
{
    long status = 0;
    curl_off_t elapsed = 0;
    x->is_done = true;
    if (curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status > 0)
        x->answer->status = (u32)status;
    if (curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &elapsed) == CURLE_OK)
        x->answer->elapsed_us = (u64)elapsed;
    x->answer->body = buffer_bytes(&x->body);
    if (result == CURLE_OK)
        return;
    if (x->is_too_long) {
        struct buffer why = buffer_in(x->body.arena);
        text_add(&why, "the answer is longer than ");
        text_add_u64(&why, x->request->limit);
        text_add(&why, " bytes");
        buffer_add_u8(&why, 0);
        fail_transfer(x, REJECT_TOO_LONG, (const char *)why.ptr);
        return;
    }
    fail_transfer(x, result == CURLE_OPERATION_TIMEDOUT ? FAULT_TIMEOUT : FAULT_NETWORK,
                  x->error[0] ? x->error : curl_easy_strerror(result));
}

static void release_exchange(struct http_client *c, struct exchange *x)
{
    if (x->easy) {
        curl_multi_remove_handle(c->multi, x->easy); /* of one that was never added: does nothing */
        curl_easy_cleanup(x->easy);
    }
    curl_slist_free_all(x->header);
}

/* --- all of them --- */

struct crowd {
    struct http_client *client;
    struct exchange *exchange;
    size_t count, left;
    bool (*enough)(void *context, size_t index, const struct http_answer *answer);
    void *context;
};

/* True when no more are wanted. */
static bool settle_transfer(struct crowd *w, size_t index)
{
    w->left--;
    return w->enough && w->enough(w->context, index, w->exchange[index].answer);
}

/* What has ended since. */
static bool collect_transfers(struct crowd *w)
{
    const CURLMsg *m;
    int queued;
    while ((m = curl_multi_info_read(w->client->multi, &queued)) != NULL) {
        struct exchange *x = NULL;
        if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&x) != CURLE_OK)
            continue;
        end_transfer(x, m->data.result);
        if (settle_transfer(w, (size_t)(x - w->exchange)))
            return true;
    }
    return false;
}

static void wait_for_crowd(struct crowd *w)
{
    bool enough = false;
    for (size_t i = 0; i < w->count && !enough; i++)
        if (w->exchange[i].is_done)
            enough = settle_transfer(w, i);
    while (!enough && w->left) {
        int running;
        if (curl_multi_perform(w->client->multi, &running) != CURLM_OK)
            break;
        enough = collect_transfers(w);
        if (!enough && w->left && curl_multi_poll(w->client->multi, NULL, 0, 1000, NULL) != CURLM_OK)
            break;
    }
    for (size_t i = 0; i < w->count; i++)
        if (!w->exchange[i].is_done)
            fail_transfer(&w->exchange[i], enough ? FAULT_NOT_WAITED : FAULT_NETWORK,
                          enough ? "enough others had answered" : "the library failed");
}

void http_ask_all(struct http_client *c, struct arena *arena, struct http_answer *answer,
                  const struct http_request *request, size_t count,
                  bool (*enough)(void *context, size_t index, const struct http_answer *answer), void *context)
{
    struct crowd w = {.client = c, .count = count, .left = count, .enough = enough, .context = context};
    w.exchange = ARENA_TAKE_ZERO(arena, struct exchange, count);
    for (size_t i = 0; i < count; i++) {
        w.exchange[i] = (struct exchange){.request = &request[i], .answer = &answer[i], .body = buffer_in(arena)};
        begin_transfer(c, &w.exchange[i]);
    }
    wait_for_crowd(&w);
    for (size_t i = 0; i < count; i++)
        release_exchange(c, &w.exchange[i]);
}

enum err http_ask(struct http_client *c, struct arena *arena, struct http_answer *answer,
                  const struct http_request *request)
{
    http_ask_all(c, arena, answer, request, 1, NULL, NULL);
    return answer->error;
}
