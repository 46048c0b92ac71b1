#include "cli/metrics.h"

#include "codec/text.h"
#include "node/mempool.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

const char metrics_content_type[] = "text/plain; version=0.0.4; charset=utf-8";

/* # HELP and # TYPE, before the samples of a metric. */
static void add_metric_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    const char *const part[] = {"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"};
    for (size_t i = 0; i < COUNT_OF(part); i++)
        text_add_z(out, part[i]);
}

/* labels: "" or "{chain=\"7001\"}". */
static void add_sample(struct buffer *out, const char *name, const char *labels, u64 value)
{
    text_add_z(out, name);
    text_add_z(out, labels);
    text_add(out, " ");
    text_add_u64(out, value);
    text_add(out, "\n");
}

static void add_metric(struct buffer *out, const char *name, const char *type, const char *help, u64 value)
{
    add_metric_head(out, name, type, help);
    add_sample(out, name, "", value);
}

/* Of milliseconds or microseconds: a number with as many decimals. */
static void add_seconds(struct buffer *out, const char *name, const char *labels, u64 parts, unsigned decimals)
{
    char text[40];
    u64 unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    snprintf(text, sizeof text, " %llu.%0*llu\n", (unsigned long long)(parts / unit), (int)decimals,
             (unsigned long long)(parts % unit));
    text_add_z(out, name);
    text_add_z(out, labels);
    text_add_z(out, text);
}

/* --- the machine --- */

static void add_machine(struct buffer *out, struct devnet *d)
{
    pthread_mutex_lock(&d->lock);
    const u64 slots = d->slots, settlements = d->settlements, settled_at = d->settled_at, slot_ms = d->slot_ms;
    const u64 submitted = statuses_added(d->statuses), waiting = d->waiting;
    const bool is_ready = !d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    add_metric(out, "scope_ready", "gauge", "1 while the node takes work.", is_ready);
    add_metric(out, "scope_slots_total", "counter", "Slots that were made.", slots);
    add_metric_head(out, "scope_slot_seconds_total", "counter", "Time that the builder spent in slots.");
    add_seconds(out, "scope_slot_seconds_total", "", slot_ms, 3);
    add_metric(out, "scope_settlements_total", "counter", "Bundles that settled on L1.", settlements);
    if (settled_at)
        add_metric(out, "scope_last_settlement_timestamp_seconds", "gauge", "When the last bundle settled.",
                   settled_at);
    add_metric(out, "scope_submitted_total", "counter", "Transactions and operations that were accepted.", submitted);
    add_metric(out, "scope_senders_waiting", "gauge", "Requests that wait for a block.", waiting);
}

/* --- each chain --- */

static void chain_labels(char out[64], const struct devnet_chain *c)
{
    snprintf(out, 64, "{chain=\"%llu\",kind=\"%s\"}", (unsigned long long)c->id, c->index ? "rollup" : "l1");
}

static u64 head_number(struct devnet_chain *c)
{
    struct snapshot *at = snapshot_take(&c->chain);
    const u64 number = at->head->header.number;
    snapshot_drop(at);
    return number;
}

static u64 head_timestamp(struct devnet_chain *c)
{
    struct snapshot *at = snapshot_take(&c->chain);
    const u64 timestamp = at->head->header.timestamp;
    snapshot_drop(at);
    return timestamp;
}

static u64 waiting_count(struct devnet_chain *c)
{
    return mempool_count(c->node.pool);
}

static u64 calls(struct devnet_chain *c)
{
    return atomic_load(&c->node.counts.calls);
}

static u64 errors(struct devnet_chain *c)
{
    return atomic_load(&c->node.counts.errors);
}

static void add_chains(struct buffer *out, struct devnet *d)
{
    static const struct {
        const char *name, *type, *help;
        u64 (*value)(struct devnet_chain *c);
    } row[] = {
        {"scope_chain_head_number", "gauge", "The number of the head.", head_number},
        {"scope_chain_head_timestamp_seconds", "gauge", "The timestamp of the head.", head_timestamp},
        {"scope_mempool_transactions", "gauge", "Transactions that wait.", waiting_count},
        {"scope_rpc_calls_total", "counter", "Calls that were answered.", calls},
        {"scope_rpc_errors_total", "counter", "Calls that were answered with an error.", errors},
    };
    static const char seconds[] = "scope_rpc_seconds_total";
    char labels[64];
    for (size_t m = 0; m < COUNT_OF(row); m++) {
        add_metric_head(out, row[m].name, row[m].type, row[m].help);
        for (size_t i = 0; i < d->chain_count; i++) {
            chain_labels(labels, &d->chain[i]);
            add_sample(out, row[m].name, labels, row[m].value(&d->chain[i]));
        }
    }
    add_metric_head(out, seconds, "counter", "Time that calls took.");
    for (size_t i = 0; i < d->chain_count; i++) {
        chain_labels(labels, &d->chain[i]);
        add_seconds(out, seconds, labels, atomic_load(&d->chain[i].node.counts.us), 6);
    }
}

/* --- the server and the process --- */

static void add_server(struct buffer *out, const struct jsonrpc_server *s)
{
    struct http_counts n;
    jsonrpc_server_counts(s, &n);
    add_metric(out, "scope_http_connections", "gauge", "Connections that are open.", n.connections);
    add_metric(out, "scope_http_websockets", "gauge", "WebSockets that are open.", n.sockets);
    add_metric(out, "scope_http_requests_running", "gauge", "Requests that are being answered.", n.running);
    add_metric(out, "scope_http_requests_total", "counter", "Requests and messages.", n.requests);
    add_metric(out, "scope_http_refused_total", "counter", "Requests that a limit refused.", n.refused);
    add_metric(out, "scope_http_dropped_total", "counter", "Connections of clients that did not read.", n.dropped);
}

static void add_process(struct buffer *out)
{
    static const char cpu[] = "process_cpu_seconds_total";
    struct rusage use;
    if (getrusage(RUSAGE_SELF, &use) != 0)
        return;
    const u64 seconds = (u64)(use.ru_utime.tv_sec + use.ru_stime.tv_sec);
    const u64 us = (u64)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    add_metric_head(out, cpu, "counter", "Processor time of this process.");
    add_seconds(out, cpu, "", seconds * 1000000 + us, 6);
    add_metric(out, "process_max_resident_memory_bytes", "gauge", "The most memory that this process had.",
               (u64)use.ru_maxrss * 1024);
}

void metrics_write(struct buffer *out, struct devnet *d, const struct jsonrpc_server *s)
{
    add_machine(out, d);
    add_chains(out, d);
    add_server(out, s);
    add_process(out);
}
