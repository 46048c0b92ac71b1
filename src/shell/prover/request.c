#include "prover/request.h"

#include "codec/rlp.h"

static void add_blobs(struct buffer *out, const struct published_data *d)
{
    const size_t list = rlp_open(out);
    for (size_t i = 0; i < d->blob_count; i++) {
        const size_t item = rlp_open(out);
        rlp_add_string(out, BYTES_OF(d->blob[i].blob->b));
        rlp_add_string(out, BYTES_OF(d->blob[i].commitment.b));
        rlp_add_string(out, BYTES_OF(d->blob[i].proof.b));
        rlp_close(out, item);
    }
    rlp_close(out, list);
}

/* The blobs stay where they are. */
static enum err take_blobs(struct rlp_reader *r, struct arena *arena, struct published_data *d)
{
    struct rlp_reader list, item;
    TRY(rlp_list(r, &list));
    struct data_blob *blob = ARENA_TAKE(arena, struct data_blob, DATA_BLOBS_MAX);
    for (d->blob_count = 0; !rlp_at_end(&list); d->blob_count++) {
        struct bytes content;
        if (d->blob_count == DATA_BLOBS_MAX)
            return REJECT_REQUEST;
        struct data_blob *b = &blob[d->blob_count];
        TRY(rlp_list(&list, &item));
        TRY(rlp_string(&item, &content));
        TRY(rlp_fixed(&item, b->commitment.b, sizeof b->commitment));
        TRY(rlp_fixed(&item, b->proof.b, sizeof b->proof));
        TRY(rlp_end(&item));
        if (content.len != sizeof *b->blob)
            return REJECT_REQUEST;
        b->blob = (const struct kzg_blob *)content.ptr;
    }
    d->blob = blob;
    return OK;
}

void prove_request_write_json(struct json_writer *w, const struct prove_request *r, const hash32 *statement)
{
    witness_write_json(w, &r->witness);
    json_write_key(w, "statement");
    json_write_hex(w, BYTES_OF(statement->b));
    json_write_key(w, "data");
    json_write_hex(w, r->data.calldata);
    json_write_key(w, "blobs");
    json_write_array(w);
    for (size_t i = 0; i < r->data.blob_count; i++)
        json_write_hex(w, BYTES_OF(r->data.blob[i].blob->b));
    json_write_end(w);
}

void prove_request_encode(struct buffer *out, const struct prove_request *r)
{
    buffer_add_u8(out, PROVE_REQUEST_VERSION);
    const size_t all = rlp_open(out);
    rlp_add_u64(out, r->chain_id);
    rlp_add_string(out, BYTES_OF(r->submitter.b));
    rlp_add_u64(out, r->l1_block_number);
    rlp_add_string(out, BYTES_OF(r->l1_parent_hash.b));
    rlp_add_string(out, BYTES_OF(r->plan_hash.b));
    rlp_add_u64(out, r->deadline);
    rlp_add_string(out, r->data.calldata);
    add_blobs(out, &r->data);
    witness_add(out, &r->witness);
    rlp_close(out, all);
}

static enum err decode_request(struct prove_request *r, struct arena *arena, struct bytes encoded)
{
    struct rlp_reader reader = rlp_reader(encoded), all;
    TRY(rlp_list(&reader, &all));
    TRY(rlp_end(&reader));
    TRY(rlp_u64(&all, &r->chain_id));
    TRY(rlp_fixed(&all, r->submitter.b, sizeof r->submitter.b));
    TRY(rlp_u64(&all, &r->l1_block_number));
    TRY(rlp_fixed(&all, r->l1_parent_hash.b, sizeof r->l1_parent_hash.b));
    TRY(rlp_fixed(&all, r->plan_hash.b, sizeof r->plan_hash.b));
    TRY(rlp_u64(&all, &r->deadline));
    TRY(rlp_string(&all, &r->data.calldata));
    TRY(take_blobs(&all, arena, &r->data));
    TRY(witness_take(&all, arena, &r->witness));
    return rlp_end(&all);
}

enum err prove_request_decode(struct prove_request *out, struct arena *arena, struct bytes encoded)
{
    struct prove_request r = {0};
    if (encoded.len < 1 || encoded.ptr[0] != PROVE_REQUEST_VERSION)
        return REJECT_REQUEST;
    const struct arena_mark mark = arena_mark(arena);
    if (decode_request(&r, arena, bytes_of(encoded.ptr + 1, encoded.len - 1)) != OK) {
        arena_rewind(arena, mark);
        return REJECT_REQUEST;
    }
    *out = r;
    return OK;
}
