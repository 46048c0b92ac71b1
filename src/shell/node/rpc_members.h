/* rpc_members - optional members of a parameter that is an object, read into values.
 *
 *     const struct rpc_members m = {r, r->parameter[0], 0};
 *     TRY(member_u64(&m, &has_gas, &gas, "gas"));         absent or null: has_gas is false and gas stays
 *
 * Errors: REJECT_CALL with the error set: invalid argument, with the member's name and go-ethereum's message. */
#ifndef NODE_RPC_MEMBERS_H
#define NODE_RPC_MEMBERS_H

#include "node/rpc.h"

struct rpc_members {
    struct rpc_request *request;
    struct json object; /* JSON_NONE: no members */
    u32 index;          /* the parameter, for messages */
};

enum err member_invalid(const struct rpc_members *m, const char *key, const char *wrong) MUST_CHECK;
enum err member_u64(const struct rpc_members *m, bool *has, u64 *out, const char *key) MUST_CHECK;
enum err member_u256(const struct rpc_members *m, bool *has, u256 *out, const char *key) MUST_CHECK;
enum err member_fixed(const struct rpc_members *m, bool *has, u8 *out, size_t len, const char *key) MUST_CHECK;
enum err member_data(const struct rpc_members *m, bool *has, struct bytes *out, const char *key) MUST_CHECK;
/* Absent: *out stays. */
enum err member_bool(const struct rpc_members *m, bool *out, const char *key) MUST_CHECK;
/* An array or absent, which is empty. */
enum err member_array(const struct rpc_members *m, bool *has, struct json *out, const char *key) MUST_CHECK;

#endif
