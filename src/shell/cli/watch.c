/* scope watch - a view over a running node: the whole screen of a terminal, or a line for each change elsewhere.
 *
 *     scope watch  http://127.0.0.1:8545                             q ends
 *     chain 31337  l1      block 41   0 waiting
 *     chain 7001   rollup  block 12   0 waiting
 *     slots 14, settlements 9, the last 3 s ago
 *
 *     bundle 0x12ab34cd56..  block 41, 1 scoped calls, 212345 gas, 1874 bytes of calldata
 *
 *     transaction 0xab12..: settled by bundle 0x.. in block 41 of L1
 *
 * The node is asked again and again; nothing is drawn that it did not say. */
#include "cli/call_text.h"
#include "codec/hex.h"
#include "codec/text.h"
#include "ethrpc/rpc_client.h"
#include "io/memory.h"
#include "options/commands.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { POLL_MS = 250, ROWS_DEFAULT = 24, COLUMNS_DEFAULT = 100, ASKED_MAX = 100, BUNDLES_SHOWN = 5, SEEN_MAX = 4096 };

struct watching {
    const char *url;
    struct rpc_client *node;
    bool is_terminal;
    struct termios before;
    u32 rows, columns;
    /* elsewhere: the stages that were printed, by hash; a ring */
    struct seen {
        u8 hash[32];
        char stage[16];
    } seen[SEEN_MAX];
    u32 seen_count;
    bool has_begun;
};

static volatile sig_atomic_t has_ended;

static void note_end(int number)
{
    (void)number;
    has_ended = 1;
}

/* --- the terminal --- */

static void measure(struct watching *w)
{
    struct winsize size;
    w->rows = ROWS_DEFAULT;
    w->columns = COLUMNS_DEFAULT;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
        w->rows = size.ws_row;
        w->columns = size.ws_col;
    }
}

static void enter_screen(struct watching *w)
{
    if (tcgetattr(STDIN_FILENO, &w->before) == 0) {
        struct termios raw = w->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    printf("\033[?1049h\033[?25l"); /* the alternate screen, without a cursor */
}

static void leave_screen(const struct watching *w)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &w->before);
    printf("\033[?25h\033[?1049l");
    fflush(stdout);
}

/* True: q, or the end of input. */
static bool is_ended_by_key(const struct watching *w)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    char key = 0;
    if (poll(&p, w->is_terminal ? 1 : 0, POLL_MS) <= 0 || !p.revents)
        return false;
    return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q';
}

/* --- what the node says --- */

struct view {
    struct json chains, status, bundles, transactions;
};

static enum err ask_view(struct watching *w, struct arena *arena, struct view *v)
{
    char limits[2][64];
    snprintf(limits[0], sizeof limits[0], "[{\"limit\":\"0x%x\"}]", BUNDLES_SHOWN);
    snprintf(limits[1], sizeof limits[1], "[{\"limit\":\"0x%x\"}]", ASKED_MAX);
    struct rpc_call call[] = {
        {.method = "scope_chains"},
        {.method = "scope_status"},
        {.method = "scope_listBundles", .params = bytes_of(limits[0], strlen(limits[0]))},
        {.method = "scope_listTransactions", .params = bytes_of(limits[1], strlen(limits[1]))},
    };
    TRY(rpc_call_all(w->node, arena, call, COUNT_OF(call)));
    for (size_t i = 0; i < COUNT_OF(call); i++)
        if (call[i].error != OK) {
            fprintf(stderr, "scope watch: %s: %s\n", call[i].method, call[i].message);
            return call[i].error;
        }
    *v = (struct view){call[0].result, call[1].result, call[2].result, json_get(call[3].result, "transactions")};
    return OK;
}

/* --- the screen --- */

static void add_shown_number(struct buffer *b, struct json object, const char *key)
{
    text_add_safe(b, json_source(json_get(object, key)), 20);
}

static void add_chain_lines(struct buffer *b, const struct view *v)
{
    for (struct json_iterator i = json_items(json_get(v->status, "chains")); json_next(&i);) {
        text_add(b, "chain ");
        add_shown_number(b, i.value, "chainId");
        text_add(b, "  ");
        call_text_member(b, json_at(v->chains, i.index), "kind");
        text_add(b, "  block ");
        add_shown_number(b, i.value, "head");
        text_add(b, "  ");
        add_shown_number(b, i.value, "waiting");
        text_add(b, " waiting\n");
    }
}

static void add_settlements(struct buffer *b, const struct view *v)
{
    const struct json age = json_get(v->status, "secondsSinceSettlement");
    text_add(b, "slots ");
    add_shown_number(b, v->status, "slots");
    text_add(b, ", settlements ");
    add_shown_number(b, v->status, "settlements");
    if (json_kind(age) == JSON_NUMBER) {
        text_add(b, ", the last ");
        add_shown_number(b, v->status, "secondsSinceSettlement");
        text_add(b, " s ago");
    }
    text_add(b, "\n");
}

static void add_bundle_line(struct buffer *b, struct json bundle)
{
    text_add(b, "bundle ");
    call_text_member(b, bundle, "hash");
    text_add(b, ": block ");
    call_text_quantity(b, bundle, "blockNumber");
    text_add(b, ", ");
    add_shown_number(b, bundle, "scopedCalls");
    text_add(b, " scoped calls, ");
    call_text_quantity(b, bundle, "gasUsed");
    text_add(b, " gas, ");
    add_shown_number(b, bundle, "bytes");
    text_add(b, " bytes, data in ");
    call_text_member(b, bundle, "data");
    text_add(b, "\n");
}

/* Lines that fit, each cut at the last column. */
static void print_screen(const struct watching *w, struct bytes text)
{
    u32 rows = 0;
    printf("\033[H");
    for (size_t at = 0; at < text.len && rows + 1 < w->rows; rows++) {
        size_t end = at;
        while (end < text.len && text.ptr[end] != '\n')
            end++;
        const size_t len = end - at < w->columns ? end - at : w->columns;
        printf("%.*s\033[K\r\n", (int)len, (const char *)text.ptr + at);
        at = end + 1;
    }
    printf("\033[J");
    fflush(stdout);
}

static void draw(struct watching *w, struct arena *arena, const struct view *v)
{
    struct buffer b = buffer_in(arena);
    measure(w);
    text_add(&b, "scope watch  ");
    text_add_safe(&b, bytes_of(w->url, strlen(w->url)), 120);
    text_add(&b, "  q ends\n\n");
    add_chain_lines(&b, v);
    add_settlements(&b, v);
    text_add(&b, "\n");
    for (struct json_iterator i = json_items(v->bundles); json_next(&i);)
        add_bundle_line(&b, i.value);
    text_add(&b, "\n");
    for (struct json_iterator i = json_items(v->transactions); json_next(&i);)
        call_text_outcome(&b, i.value);
    print_screen(w, buffer_bytes(&b));
}

/* --- elsewhere: a line for each change --- */

/* Whether the stage of that hash is new; notes it. */
static bool is_new_stage(struct watching *w, struct json transaction)
{
    const struct bytes hash = json_text(json_get(transaction, "hash")),
                       stage = json_text(json_get(transaction, "status"));
    const u32 count = w->seen_count < SEEN_MAX ? w->seen_count : SEEN_MAX;
    struct seen *s = NULL, entry = {0};
    memcpy(entry.stage, stage.ptr, stage.len < sizeof entry.stage ? stage.len : sizeof entry.stage - 1);
    if (hex_fixed(entry.hash, sizeof entry.hash, hash) != OK)
        return false;
    for (u32 i = 0; i < count && !s; i++)
        if (memcmp(w->seen[i].hash, entry.hash, sizeof entry.hash) == 0)
            s = &w->seen[i];
    if (s && memcmp(s->stage, entry.stage, sizeof entry.stage) == 0)
        return false;
    if (!s)
        s = &w->seen[w->seen_count++ % SEEN_MAX];
    *s = entry;
    return true;
}

/* The oldest first. What there was at the beginning is noted and not printed. */
static void print_changes(struct watching *w, struct arena *arena, const struct view *v)
{
    struct buffer b = buffer_in(arena);
    for (u32 i = json_count(v->transactions); i-- > 0;) {
        const struct json transaction = json_at(v->transactions, i);
        if (is_new_stage(w, transaction) && w->has_begun)
            call_text_outcome(&b, transaction);
    }
    if (!w->has_begun) {
        text_add(&b, "watching ");
        text_add_safe(&b, bytes_of(w->url, strlen(w->url)), 120);
        text_add(&b, "\n");
    }
    w->has_begun = true;
    fwrite(b.ptr, 1, b.len, stdout);
    fflush(stdout);
}

/* --- the loop --- */

static enum err watch_node(struct watching *w)
{
    struct arena arena;
    enum err e = OK;
    arena_init(&arena, &system_memory);
    while (e == OK && !has_ended) {
        struct view v;
        arena_rewind(&arena, (struct arena_mark){0});
        e = ask_view(w, &arena, &v);
        if (e != OK)
            break;
        if (w->is_terminal)
            draw(w, &arena, &v);
        else
            print_changes(w, &arena, &v);
        if (ferror(stdout))
            e = FAULT_IO;
        if (is_ended_by_key(w))
            break;
    }
    arena_release(&arena);
    return e;
}

int cmd_watch(const struct command_line *line)
{
    struct watching w = {.url = option_text(line, OPTION_RPC),
                         .is_terminal = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)};
    struct sigaction end = {.sa_handler = note_end};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    enum err e = rpc_open(&w.node, &system_memory, w.url);
    if (e != OK)
        return STATUS_FAILED;
    if (w.is_terminal)
        enter_screen(&w);
    e = watch_node(&w);
    if (w.is_terminal)
        leave_screen(&w);
    if (e != OK && !has_ended)
        fprintf(stderr, "scope watch: %s: %s\n", err_name(e), rpc_why(w.node));
    rpc_close(w.node);
    return e == OK || has_ended ? STATUS_MET : err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
}
