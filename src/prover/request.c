#include "prover/request.h"

#include "codec/rlp.h"

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
    rlp_add_string(out, r->data);
    rlp_add_strings(out, r->blob, r->blob_count);
    witness_add(out, &r->witness);
    rlp_close(out, all);
}

static enum err decode(struct prove_request *r, struct arena *arena, struct bytes encoded)
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
    TRY(rlp_string(&all, &r->data));
    TRY(rlp_strings(&all, arena, &r->blob, &r->blob_count));
    if (r->blob_count > PROVE_BLOBS_MAX)
        return REJECT_REQUEST;
    TRY(witness_take(&all, arena, &r->witness));
    return rlp_end(&all);
}

enum err prove_request_decode(struct prove_request *out, struct arena *arena, struct bytes encoded)
{
    struct prove_request r = {0};
    if (encoded.len < 1 || encoded.ptr[0] != PROVE_REQUEST_VERSION)
        return REJECT_REQUEST;
    const struct arena_mark mark = arena_mark(arena);
    if (decode(&r, arena, bytes_of(encoded.ptr + 1, encoded.len - 1)) != OK) {
        arena_rewind(arena, mark);
        return REJECT_REQUEST;
    }
    *out = r;
    return OK;
}
