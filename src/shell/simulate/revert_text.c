#include "simulate/revert_text.h"

#include "base/u256.h"
#include "codec/abi.h"
#include "codec/text.h"
#include "scope/selector.h"

enum { ERROR_STRING = 0x08c379a0, PANIC = 0x4e487b71, REASON_MAX = 200, DATA_MAX = 68, SELECTOR_BYTES = 4 };

struct named {
    u32 selector;
    const char *signature;
};

static const char *known_signature(u32 selector)
{
    static const struct named name[] = {
#define SELECTOR(name, value, signature) {value, signature},
#include "scope/selector.def"
#undef SELECTOR
    };
    for (size_t i = 0; i < COUNT_OF(name); i++)
        if (name[i].selector == selector)
            return name[i].signature;
    return NULL;
}

void selector_text(struct buffer *b, u32 selector)
{
    const char *signature = known_signature(selector);
    u8 bytes[SELECTOR_BYTES];
    store_be32(bytes, selector);
    if (signature)
        text_add_z(b, signature);
    else
        text_add_hex(b, BYTES_OF(bytes));
}

/* False: it is not what its selector says. */
static bool add_reason(struct buffer *b, struct abi_reader words)
{
    struct bytes reason;
    if (abi_bytes(&words, &reason) != OK)
        return false;
    text_add_safe(b, reason, REASON_MAX);
    return true;
}

static bool add_panic(struct buffer *b, struct abi_reader words)
{
    u64 code;
    if (abi_u64(&words, &code) != OK)
        return false;
    text_add(b, "panic ");
    text_add_u64(b, code);
    return true;
}

/* OperationFailed(address account, bytes reason): the reason. */
static struct bytes unwrapped(struct bytes data)
{
    struct abi_reader words = abi_reader(bytes_of(data.ptr + SELECTOR_BYTES, data.len - SELECTOR_BYTES));
    struct bytes reason;
    address ignored;
    const bool is_read = abi_address(&words, &ignored) == OK && abi_bytes(&words, &reason) == OK;
    return is_read ? reason : data;
}

void revert_text(struct buffer *b, struct bytes data)
{
    const struct bytes cause = selector_of(data) == (u32)SELECTOR_OPERATION_FAILED ? unwrapped(data) : data;
    const u32 selector = selector_of(cause);
    const size_t skipped = cause.len < SELECTOR_BYTES ? cause.len : SELECTOR_BYTES;
    const struct abi_reader words = abi_reader(bytes_of(cause.ptr + skipped, cause.len - skipped));
    if (cause.len == 0)
        text_add(b, "no reason given");
    else if (selector == (u32)ERROR_STRING && add_reason(b, words))
        return;
    else if (selector == (u32)PANIC && add_panic(b, words))
        return;
    else if (known_signature(selector))
        text_add_z(b, known_signature(selector));
    else
        text_add_hex_cut(b, cause, DATA_MAX);
}
