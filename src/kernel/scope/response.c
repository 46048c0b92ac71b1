#include "scope/response.h"

#include "crypto/keccak.h"

void response_encode(struct buffer *out, const struct response *r)
{
    u8 *header = buffer_extend(out, RESPONSE_HEADER_BYTES);
    header[0] = (u8)(r->success | r->is_lookup << 1 | r->is_attempt << 2);
    store_be64(header + 1, r->clock);
    buffer_add_bytes(out, r->returndata);
}

enum err response_decode(struct response *out, struct bytes encoded)
{
    enum { STATUS_MAX = 4 /* an attempt, which failed */ };
    if (encoded.len < RESPONSE_HEADER_BYTES || encoded.ptr[0] > STATUS_MAX)
        return REJECT_RESPONSE;
    *out = (struct response){
        .success = encoded.ptr[0] & 1,
        .is_lookup = encoded.ptr[0] & 2,
        .is_attempt = encoded.ptr[0] & 4,
        .clock = load_be64(encoded.ptr + 1),
        .returndata = bytes_of(encoded.ptr + RESPONSE_HEADER_BYTES, encoded.len - RESPONSE_HEADER_BYTES),
    };
    return OK;
}

void response_hash(hash32 *out, const hash32 *request_hash, struct bytes encoded)
{
    hash32 pair[2] = {*request_hash};
    keccak256(&pair[1], encoded.ptr, encoded.len);
    keccak256(out, pair, sizeof pair);
}
