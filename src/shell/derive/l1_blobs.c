#include "derive/l1_blobs.h"

#include "codec/hex.h"
#include "codec/text.h"
#include "io/file.h"
#include "io/http_client.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ANSWER_BYTES_MAX = 32 << 20 /* 72 blobs in hex are 19 MB */, TIMEOUT_MS = 30000, WHY_MAX = 900 };

struct l1_blobs {
    struct arena arena;
    struct arena scratch;     /* of one question */
    const char *beacon_url, *folder;
    size_t url_len;           /* of beacon_url, without slashes at its end */
    struct http_client *http; /* NULL: no beacon node */
    bool has_clock;           /* the beacon chain's, which is asked for once */
    bool asked_clock;
    u64 genesis_time, seconds_per_slot;
    char no_clock[200];       /* why there is none */
    struct buffer told;       /* of one question: each place, and what was there */
    char why[WHY_MAX];
};

/* --- what a beacon node answers --- */

static enum err unlike(struct buffer *why, const char *what)
{
    text_add_z(why, what);
    return REJECT_BEACON;
}

/* Numbers are strings of digits there. */
static bool read_beacon_number(u64 *out, struct json v)
{
    return json_kind(v) == JSON_STRING && json_u64(out, v) == OK;
}

enum err beacon_genesis(u64 *genesis_time, struct json answer, struct buffer *why)
{
    u64 t;
    if (!read_beacon_number(&t, json_get(json_get(answer, "data"), "genesis_time")))
        return unlike(why, "no genesis_time");
    *genesis_time = t;
    return OK;
}

enum err beacon_spec(u64 *seconds_per_slot, struct json answer, struct buffer *why)
{
    const struct json data = json_get(answer, "data");
    u64 n;
    if (read_beacon_number(&n, json_get(data, "SECONDS_PER_SLOT")) && n) {
        *seconds_per_slot = n;
        return OK;
    }
    if (read_beacon_number(&n, json_get(data, "SLOT_DURATION_MS")) && n && n % 1000 == 0) {
        *seconds_per_slot = n / 1000;
        return OK;
    }
    return unlike(why, "no SECONDS_PER_SLOT");
}

enum err beacon_blobs(struct beacon_blobs *out, struct json answer, struct buffer *why)
{
    const struct json data = json_get(answer, "data");
    if (json_kind(data) != JSON_ARRAY)
        return unlike(why, "no list of blobs");
    out->item = json_items(data);
    return OK;
}

enum err beacon_next_blob(struct beacon_blobs *b, struct kzg_blob *out, bool *is_there, struct buffer *why)
{
    if (!json_next(&b->item)) {
        *is_there = false;
        return OK;
    }
    const struct json v = b->item.value;
    if (json_hex_fixed(out->b, sizeof out->b, json_kind(v) == JSON_OBJECT ? json_get(v, "blob") : v) != OK)
        return unlike(why, "something that is no blob of 131072 bytes");
    *is_there = true;
    return OK;
}

/* --- opening --- */

enum err l1_blobs_open(struct l1_blobs **out, const struct memory *memory, const struct l1_blobs_config *config)
{
    struct arena arena;
    const char *place;
    arena_init(&arena, memory);
    struct l1_blobs *b = ARENA_TAKE_ZERO(&arena, struct l1_blobs, 1);
    b->beacon_url = config->beacon_url;
    b->folder = config->folder;
    enum err e = OK;
    if (b->beacon_url) {
        b->url_len = strlen(b->beacon_url);
        while (b->url_len && b->beacon_url[b->url_len - 1] == '/')
            b->url_len--;
        e = http_place(&arena, &place, b->beacon_url);
        if (e == OK)
            e = http_open(&b->http, memory);
    }
    if (e != OK) {
        arena_release(&arena);
        return e;
    }
    arena_init(&b->scratch, memory);
    b->arena = arena;
    *out = b;
    return OK;
}

void l1_blobs_close(struct l1_blobs *b)
{
    if (b->http)
        http_close(b->http);
    arena_release(&b->scratch);
    struct arena arena = b->arena;
    arena_release(&arena);
}

const char *l1_blobs_why(const struct l1_blobs *b)
{
    return b->why;
}

/* --- a beacon node --- */

static void copy_reason(char *out, size_t room, const struct buffer *text)
{
    const size_t len = text->len < room - 1 ? text->len : room - 1;
    if (len)
        memcpy(out, text->ptr, len);
    out[len] = 0;
}

static struct buffer beacon_url_of(struct l1_blobs *b, const char *path)
{
    struct buffer url = buffer_in(&b->scratch);
    buffer_add(&url, b->beacon_url, b->url_len);
    text_add_z(&url, path);
    return url;
}

/* GET; why says what was there instead of JSON. */
static enum err get_from_beacon(struct l1_blobs *b, struct json *out, struct buffer *url, struct buffer *why)
{
    struct http_answer answer;
    struct complaint complaint = {.file = "the answer"};
    buffer_add_u8(url, 0);
    const struct http_request request = {
        .url = (const char *)url->ptr,
        .accept = "application/json",
        .timeout_ms = TIMEOUT_MS,
        .limit = ANSWER_BYTES_MAX,
    };
    const enum err e = http_ask(b->http, &b->scratch, &answer, &request);
    if (e != OK) {
        text_add_z(why, answer.why);
        return e;
    }
    if (answer.status != 200) {
        text_add(why, "HTTP status ");
        text_add_u64(why, answer.status);
        return REJECT_BEACON;
    }
    if (json_parse_untrusted(&b->scratch, out, &complaint, answer.body, ANSWER_BYTES_MAX) != OK) {
        text_add(why, "an answer that is not JSON: ");
        text_add_z(why, complaint.text);
        return REJECT_BEACON;
    }
    return OK;
}

static void read_clock(struct l1_blobs *b)
{
    struct buffer why = buffer_in(&b->scratch), genesis = beacon_url_of(b, "/eth/v1/beacon/genesis"),
                  spec = beacon_url_of(b, "/eth/v1/config/spec");
    struct json answer;
    b->asked_clock = true;
    text_add(&why, "/eth/v1/beacon/genesis: ");
    enum err e = get_from_beacon(b, &answer, &genesis, &why);
    if (e == OK)
        e = beacon_genesis(&b->genesis_time, answer, &why);
    if (e == OK) {
        why.len = 0;
        text_add(&why, "/eth/v1/config/spec: ");
        e = get_from_beacon(b, &answer, &spec, &why);
    }
    if (e == OK)
        e = beacon_spec(&b->seconds_per_slot, answer, &why);
    b->has_clock = e == OK;
    if (e != OK)
        copy_reason(b->no_clock, sizeof b->no_clock, &why);
}

static void begin_place(struct l1_blobs *b, const char *place)
{
    if (b->told.len)
        text_add(&b->told, "; ");
    text_add_z(&b->told, place);
    text_add(&b->told, ": ");
}

/* One answer with blobs. OK: the one that is wanted is in *out. */
static enum err look_at_response(struct l1_blobs *b, struct kzg_blob *out, struct buffer *path, const char *query,
                                 const struct wanted_blob *wanted)
{
    struct json answer;
    struct beacon_blobs list;
    bool is_there, others = false;
    struct buffer url;
    buffer_add_u8(path, 0);
    begin_place(b, (const char *)path->ptr);
    url = beacon_url_of(b, (const char *)path->ptr);
    text_add_z(&url, query);
    if (get_from_beacon(b, &answer, &url, &b->told) != OK || beacon_blobs(&list, answer, &b->told) != OK)
        return FAULT_BLOB_MISSING;
    for (;;) {
        if (beacon_next_blob(&list, out, &is_there, &b->told) != OK)
            return FAULT_BLOB_MISSING;
        if (!is_there)
            break;
        const enum err e = wanted->judge(wanted->context, out);
        if (e != REJECT_BLOB_PROOF)
            return e;
        others = true;
    }
    text_add_z(&b->told, others ? "others than that" : "none");
    return others ? REJECT_BLOB_PROOF : FAULT_BLOB_MISSING;
}

static enum err look_at_beacon_block(struct l1_blobs *b, struct kzg_blob *out, struct bytes id,
                                     const struct wanted_blob *wanted)
{
    struct buffer blobs = buffer_in(&b->scratch), sidecars = buffer_in(&b->scratch), query = buffer_in(&b->scratch);
    text_add(&query, "?versioned_hashes=");
    text_add_hex(&query, BYTES_OF(wanted->versioned_hash.b));
    buffer_add_u8(&query, 0);
    text_add(&blobs, "/eth/v1/beacon/blobs/");
    text_add_bytes(&blobs, id);
    text_add(&sidecars, "/eth/v1/beacon/blob_sidecars/");
    text_add_bytes(&sidecars, id);
    const enum err e = look_at_response(b, out, &blobs, (const char *)query.ptr, wanted);
    if (e != FAULT_BLOB_MISSING && e != REJECT_BLOB_PROOF)
        return e;
    const enum err then = look_at_response(b, out, &sidecars, "", wanted);
    return then == FAULT_BLOB_MISSING ? e : then;
}

static enum err ask_beacon(struct l1_blobs *b, struct kzg_blob *out, const struct wanted_blob *wanted)
{
    struct buffer slot = buffer_in(&b->scratch), hash = buffer_in(&b->scratch);
    enum err e = FAULT_BLOB_MISSING;
    if (!b->asked_clock)
        read_clock(b);
    if (!b->has_clock)
        text_add_z(&b->told, b->no_clock);
    if (b->has_clock && wanted->block.timestamp >= b->genesis_time) {
        text_add_u64(&slot, (wanted->block.timestamp - b->genesis_time) / b->seconds_per_slot);
        e = look_at_beacon_block(b, out, buffer_bytes(&slot), wanted);
        if (e != FAULT_BLOB_MISSING && e != REJECT_BLOB_PROOF)
            return e;
    }
    text_add_hex(&hash, BYTES_OF(wanted->block.hash.b));
    const enum err then = look_at_beacon_block(b, out, buffer_bytes(&hash), wanted);
    return then == FAULT_BLOB_MISSING ? e : then;
}

/* --- the folder --- */

static bool path_of(const struct l1_blobs *b, char path[PATH_MAX], const hash32 *versioned_hash)
{
    int len = snprintf(path, PATH_MAX, "%s/0x", b->folder);
    for (size_t i = 0; i < sizeof versioned_hash->b && len > 0 && len < PATH_MAX; i++)
        len += snprintf(path + len, (size_t)(PATH_MAX - len), "%02x", versioned_hash->b[i]);
    return len > 0 && len < PATH_MAX;
}

static enum err ask_folder(struct l1_blobs *b, struct kzg_blob *out, const struct wanted_blob *wanted)
{
    char path[PATH_MAX];
    struct complaint complaint = {0};
    struct bytes content;
    if (!path_of(b, path, &wanted->versioned_hash))
        return FAULT_BLOB_MISSING;
    begin_place(b, path);
    if (file_read(&b->scratch, &content, &complaint, path, sizeof *out) != OK) {
        text_add_z(&b->told, complaint.text);
        return FAULT_BLOB_MISSING;
    }
    if (content.len != sizeof *out) {
        text_add(&b->told, "not the 131072 bytes of a blob");
        return REJECT_BLOB_PROOF;
    }
    memcpy(out->b, content.ptr, sizeof out->b);
    const enum err e = wanted->judge(wanted->context, out);
    if (e == REJECT_BLOB_PROOF)
        text_add(&b->told, "another blob than that");
    return e;
}

static enum err put_into_folder(struct l1_blobs *b, const struct kzg_blob *blob, const hash32 *versioned_hash)
{
    char path[PATH_MAX];
    struct complaint complaint = {0};
    if (!path_of(b, path, versioned_hash))
        return OK;
    if ((mkdir(b->folder, 0777) != 0 && errno != EEXIST) ||
        file_write(&complaint, path, BYTES_OF(blob->b)) != OK) {
        begin_place(b, path);
        text_add_z(&b->told, complaint.raised ? complaint.text : "the folder cannot be made");
        return FAULT_IO;
    }
    return OK;
}

/* --- both --- */

static enum err find_wanted_blob(struct l1_blobs *b, struct kzg_blob *out, const struct wanted_blob *wanted)
{
    enum err e = FAULT_BLOB_MISSING;
    if (b->folder) {
        e = ask_folder(b, out, wanted);
        if (e != FAULT_BLOB_MISSING && e != REJECT_BLOB_PROOF)
            return e;
    }
    if (!b->http) {
        if (!b->folder)
            text_add(&b->told, "neither a beacon node nor a folder with blobs was given");
        return e;
    }
    const enum err then = ask_beacon(b, out, wanted);
    if (then == OK && b->folder)
        return put_into_folder(b, out, &wanted->versioned_hash);
    return then == FAULT_BLOB_MISSING ? e : then;
}

enum err l1_blobs_find(struct l1_blobs *b, struct kzg_blob *out, const struct wanted_blob *wanted)
{
    arena_rewind(&b->scratch, (struct arena_mark){0});
    b->told = buffer_in(&b->scratch);
    const enum err e = find_wanted_blob(b, out, wanted);
    struct buffer text = buffer_in(&b->scratch);
    text_add(&text, "blob ");
    text_add_hex(&text, BYTES_OF(wanted->versioned_hash.b));
    text_add(&text, " of L1 block ");
    text_add_u64(&text, wanted->block.number);
    text_add(&text, " (");
    text_add_bytes(&text, buffer_bytes(&b->told));
    text_add(&text, ")");
    copy_reason(b->why, sizeof b->why, &text);
    return e;
}
