#include "node/tracer.h"

#include "codec/number.h"

/* --- noopTracer --- */

static enum err noop_begin(struct tracer *t, struct call_run *run, const struct call_object *c)
{
    (void)t;
    (void)run;
    (void)c;
    return OK;
}

static enum err noop_end(struct tracer *t, const struct call_object *c, const struct call_result *result)
{
    (void)c;
    (void)result;
    json_write_object(t->request->out);
    json_write_end(t->request->out);
    return OK;
}

static enum err noop_open(struct rpc_request *r, struct tracer **out, struct json config, u32 index)
{
    (void)config;
    (void)index;
    *out = ARENA_TAKE_ZERO(r->arena, struct tracer, 1);
    **out = (struct tracer){.request = r, .begin = noop_begin, .end = noop_end};
    return OK;
}

/* --- options --- */

static const struct {
    const char *name;
    enum err (*open)(struct rpc_request *r, struct tracer **out, struct json config, u32 index);
} tracers[] = {
    {"callTracer", call_tracer_open},
    {"prestateTracer", prestate_tracer_open},
    {"4byteTracer", four_byte_tracer_open},
    {"noopTracer", noop_open},
};

enum err tracer_open(struct rpc_request *r, struct tracer **out, struct json options, u32 index)
{
    const struct json name = json_get(options, "tracer"), config = json_get(options, "tracerConfig");
    if (rpc_absent(name))
        return struct_logs_open(r, out, options, index);
    if (json_kind(name) != JSON_STRING)
        return rpc_invalid(r, index, "tracer: json: cannot unmarshal non-string into a string");
    if (!rpc_absent(config) && json_kind(config) != JSON_OBJECT)
        return rpc_invalid(r, index, "tracerConfig: json: cannot unmarshal non-object into an object");
    for (size_t i = 0; i < COUNT_OF(tracers); i++)
        if (json_text_is(name, tracers[i].name))
            return tracers[i].open(r, out, config, index);
    return rpc_fail(r, JSONRPC_SERVER_ERROR, "tracer not found: %.*s, and JavaScript is not supported",
                    (int)(json_text(name).len > 80 ? 80 : json_text(name).len), (const char *)json_text(name).ptr);
}

enum err tracer_timeout(struct rpc_request *r, u64 *out, struct json options, u32 index)
{
    const struct json v = json_get(options, "timeout");
    const struct bytes text = json_text(v);
    size_t digits = 0;
    u64 x;
    if (rpc_absent(v))
        return OK;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    const struct bytes unit = bytes_of(text.ptr + digits, text.len - digits);
    const u64 scale = bytes_eq(unit, BYTES_LITERAL("ms")) ? 1
                      : bytes_eq(unit, BYTES_LITERAL("s")) ? 1000
                      : bytes_eq(unit, BYTES_LITERAL("m")) ? 60000
                                                           : 0;
    if (json_kind(v) != JSON_STRING || scale == 0 || digits > 9 || number_u64(&x, bytes_of(text.ptr, digits)) != OK)
        return rpc_invalid(r, index, "timeout: want a whole number of ms, s or m, as in \"10s\"");
    *out = x * scale;
    return OK;
}
