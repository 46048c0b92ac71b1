/* response - the answer to a request, as bytes and as a leaf of a rolling hash.
 *
 *   response     = status:1 || clock:8 || returndata        status bit 0: succeeded, else reverted with this data;
 *                                                           bit 1: of a lookup; bit 2: of an attempt, which failed
 *   responseHash = keccak256( requestHash:32 || keccak256(response):32 )
 *
 * The leaf binds the request. With the hash of the response alone, two answers could be filled in the
 * right order under each other's request hashes and all four hashes would still match.
 *
 * Memory: returndata is a view into the response it was read from. docs/protocol.md section 2. */
#ifndef SCOPE_RESPONSE_H
#define SCOPE_RESPONSE_H

#include "base/buffer.h"
#include "base/err.h"

struct response {
    bool success;
    bool is_lookup, is_attempt;
    u64 clock; /* the target chain's Lamport clock when it answered */
    struct bytes returndata;
};

enum { RESPONSE_HEADER_BYTES = 9 };

void response_encode(struct buffer *out, const struct response *r);

/* REJECT_RESPONSE: shorter than its header, or an unknown status. */
enum err response_decode(struct response *out, struct bytes encoded) MUST_CHECK;

void response_hash(hash32 *out, const hash32 *request_hash, struct bytes encoded);

#endif
