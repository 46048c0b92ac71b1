/* The client against a server that is not ours and that answers badly: tests/client/http_server.mjs. */
#include "io/http_client.h"

#include "io/memory.h"
#include "io/peer_for_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static struct http_client *client;
static struct peer server;

static int start_server(void **state)
{
    (void)state;
    arena_init(&arena, &system_memory);
    return !peer_start(&server, "tests/client/http_server.mjs") || http_open(&client, &system_memory) != OK;
}

static int stop_server(void **state)
{
    (void)state;
    http_close(client);
    arena_release(&arena);
    return !peer_stop(&server);
}

static const char *url_of(const char *path)
{
    char *url = arena_take(&arena, 128);
    snprintf(url, 128, "http://user:secret@127.0.0.1:%s%s", server.port, path);
    return url;
}

static const char *place(void)
{
    char *text = arena_take(&arena, 128);
    snprintf(text, 128, "http://127.0.0.1:%s", server.port);
    return text;
}

static struct http_request request_for(const char *path)
{
    return (struct http_request){.url = url_of(path), .timeout_ms = 5000, .limit = 1000};
}

static void assert_body(const struct http_answer *a, const char *want)
{
    assert_int_equal(a->body.len, strlen(want));
    assert_memory_equal(a->body.ptr, want, a->body.len);
}

/* What was asked arrives as it was asked, and what was said comes back, whatever the status. */
static void there_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *path, *method, *type, *body;
        u32 status;
        const char *want;
    } row[] = {
        {"/echo", NULL, NULL, "", 200, "GET||"},
        {"/echo", NULL, "application/json", "{\"a\":1}", 200, "POST|application/json|{\"a\":1}"},
        {"/echo", "POST", "text/plain", "", 200, "POST|text/plain|"},
        {"/echo", "PUT", NULL, "x", 200, "PUT||x"},
        {"/echo", "DELETE", NULL, "", 200, "DELETE||"},
        {"/status/404", NULL, NULL, "", 404, "said"},
        {"/status/500", NULL, NULL, "x", 500, "said"},
        {"/redirect", NULL, NULL, "", 302, "elsewhere"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct http_answer a;
        struct http_request r = request_for(row[i].path);
        r.method = row[i].method;
        r.body_type = row[i].type;
        r.body = bytes_of(row[i].body, strlen(row[i].body));
        assert_int_equal(http_ask(client, &arena, &a, &r), OK);
        assert_int_equal(a.status, row[i].status);
        assert_null(a.why);
        assert_body(&a, row[i].want);
    }
}

/* The limit is exact, whether Content-Length announces it or not; nothing of a body that is too long is kept. */
static void limits(void **state)
{
    (void)state;
    static const char *const path[] = {"/bytes/100000", "/chunks/100000"};
    for (size_t i = 0; i < COUNT_OF(path); i++)
        for (size_t limit = 99999; limit <= 100001; limit++) {
            struct http_answer a;
            struct http_request r = request_for(path[i]);
            r.limit = limit;
            assert_int_equal(http_ask(client, &arena, &a, &r), limit < 100000 ? REJECT_TOO_LONG : OK);
            assert_int_equal(a.body.len, limit < 100000 ? 0 : 100000);
        }
    struct http_answer a;
    struct http_request r = request_for("/bytes/0");
    r.limit = 0;
    assert_int_equal(http_ask(client, &arena, &a, &r), OK);
    r = request_for("/bytes/1");
    r.limit = 0;
    assert_int_equal(http_ask(client, &arena, &a, &r), REJECT_TOO_LONG);
    char want[128];
    snprintf(want, sizeof want, "%s: the answer is longer than 0 bytes", place());
    assert_string_equal(a.why, want);
}

/* Each way to fail has its name, and its sentence begins with the place and has no password in it. */
static void failures(void **state)
{
    (void)state;
    const struct {
        const char *url;
        u32 timeout_ms;
        enum err want;
        const char *place;
    } row[] = {
        {url_of("/break"), 5000, FAULT_NETWORK, place()},
        {url_of("/nonsense"), 5000, FAULT_NETWORK, place()},
        {url_of("/silent"), 100, FAULT_TIMEOUT, place()},
        {url_of("/slow/3000"), 100, FAULT_TIMEOUT, place()},
        {"http://127.0.0.1:1/", 5000, FAULT_NETWORK, "http://127.0.0.1:1"}, /* connection refused */
        {"https://no-such-host.invalid/", 5000, FAULT_NETWORK, "https://no-such-host.invalid:443"},
        {"file:///etc/passwd", 5000, REJECT_URL, "URL"},
        {"ftp://127.0.0.1/", 5000, REJECT_URL, "URL"},
        {"", 5000, REJECT_URL, "URL"},
        {"http://", 5000, REJECT_URL, "URL"},
        {"127.0.0.1:8545", 5000, REJECT_URL, "URL"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct http_answer a;
        const struct http_request r = {.url = row[i].url, .timeout_ms = row[i].timeout_ms, .limit = 1000};
        assert_int_equal(http_ask(client, &arena, &a, &r), row[i].want);
        assert_int_equal(a.body.len, 0);
        assert_memory_equal(a.why, row[i].place, strlen(row[i].place));
        assert_memory_equal(a.why + strlen(row[i].place), ": ", 2);
        assert_null(strstr(a.why, "secret"));
        for (const char *p = a.why; *p; p++)
            assert_true((u8)*p >= 0x20);
    }
}

struct quorum {
    size_t wanted, good, asked;
};

static bool enough(void *context, size_t index, const struct http_answer *a)
{
    struct quorum *q = context;
    (void)index;
    q->asked++;
    q->good += a->error == OK && a->status == 200;
    return q->good == q->wanted;
}

/* All are asked at once; it waits for the first two good ones, no matter which, and no longer. */
static void first_answers_win(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum err want;
    } row[] = {
        {"/silent", FAULT_NOT_WAITED},   {"/slow/4000", FAULT_NOT_WAITED}, {"/slow/200", OK},
        {"/status/503", OK /* and not good */}, {"/break", FAULT_NETWORK},        {"/slow/400", OK},
        {"no url", REJECT_URL},
    };
    struct http_request r[COUNT_OF(row)];
    struct http_answer a[COUNT_OF(row)];
    struct quorum q = {.wanted = 2};
    for (size_t i = 0; i < COUNT_OF(row); i++)
        r[i] = request_for(row[i].path);
    r[6].url = row[6].path;
    http_ask_all(client, &arena, a, r, COUNT_OF(row), enough, &q);
    for (size_t i = 0; i < COUNT_OF(row); i++)
        assert_int_equal(a[i].error, row[i].want);
    assert_int_equal(q.good, 2);
    assert_int_equal(q.asked, 5);
    assert_in_range(a[5].elapsed_us, 390000, 2000000); /* beside the others, not after them */
    q = (struct quorum){.wanted = 9};
    r[0].timeout_ms = r[1].timeout_ms = 100;
    http_ask_all(client, &arena, a, r, COUNT_OF(row), enough, &q);
    assert_int_equal(q.asked, COUNT_OF(row)); /* never enough: all were waited for */
    assert_int_equal(a[0].error, FAULT_TIMEOUT);
    http_ask_all(client, &arena, a, r, 0, enough, &q);
    assert_int_equal(q.asked, COUNT_OF(row));
}

/* The connection is used again. */
static void connections_are_kept(void **state)
{
    (void)state;
    char before[32] = {0}, after[32] = {0};
    char *const count[] = {before, after};
    for (size_t i = 0; i < 30; i++) {
        struct http_answer a;
        const struct http_request r = request_for("/count");
        assert_int_equal(http_ask(client, &arena, &a, &r), OK);
        memcpy(count[i > 0], a.body.ptr, a.body.len);
    }
    assert_string_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),    cmocka_unit_test(limits),
        cmocka_unit_test(failures),          cmocka_unit_test(first_answers_win),
        cmocka_unit_test(connections_are_kept),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
