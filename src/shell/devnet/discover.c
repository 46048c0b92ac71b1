/* rpc.discover: the embedded document, value by value. */
#include "devnet/devnet.h"
#include "devnet/openrpc.h"

static void write_value(struct json_writer *w, struct json v);

static void write_items(struct json_writer *w, struct json v)
{
    for (struct json_iterator i = json_items(v); json_next(&i);) {
        if (json_kind(v) == JSON_OBJECT)
            json_write_key_bytes(w, i.key);
        write_value(w, i.value);
    }
    json_write_end(w);
}

/* The document has no numbers but small ones. */
static void write_number(struct json_writer *w, struct json v)
{
    u64 x;
    BUG_UNLESS(json_u64(&x, v) == OK);
    json_write_u64(w, x);
}

static void write_value(struct json_writer *w, struct json v)
{
    switch (json_kind(v)) {
    case JSON_OBJECT:
        json_write_object(w);
        write_items(w, v);
        break;
    case JSON_ARRAY:
        json_write_array(w);
        write_items(w, v);
        break;
    case JSON_STRING: json_write_string(w, json_text(v)); break;
    case JSON_NUMBER: write_number(w, v); break;
    case JSON_TRUE:
    case JSON_FALSE: json_write_bool(w, json_kind(v) == JSON_TRUE); break;
    default: json_write_null(w);
    }
}

enum err rpc_rpc_discover(struct rpc_request *r)
{
    struct complaint ignored = {0};
    struct json document;
    if (json_parse(r->arena, &document, &ignored, openrpc_document, openrpc_document.len) != OK)
        BUG("the embedded OpenRPC document does not parse");
    write_value(r->out, document);
    return OK;
}
