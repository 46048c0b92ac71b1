/* hex and numbers: what is taken comes back as it was. */
#include "codec/hex.h"

#include "codec/number.h"
#include "codec/text.h"
#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_prefix(struct bytes text)
{
    return text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 0x20) == 'x';
}

static void check_hex(struct arena *arena, struct bytes text)
{
    struct bytes out;
    struct buffer again = buffer_in(arena);
    if (hex_bytes(arena, &out, text))
        return;
    hex_add(&again, out);
    const size_t skip = has_prefix(text) ? 2 : 0;
    BUG_UNLESS(again.len - 2 == text.len - skip);
    for (size_t i = skip; i < text.len; i++)
        BUG_UNLESS(hex_digit(text.ptr[i]) == hex_digit(again.ptr[2 + i - skip]));
}

static void check_address(struct arena *arena, struct bytes text)
{
    address a, back;
    struct buffer again = buffer_in(arena);
    if (address_read(&a, text))
        return;
    address_add(&again, &a);
    BUG_UNLESS(address_read(&back, buffer_bytes(&again)) == OK && address_eq(&a, &back));
}

/* Written in each form, a number reads as itself in every form that takes it. */
static void check_number(struct arena *arena, const u256 *x)
{
    struct buffer decimal = buffer_in(arena), quantity = buffer_in(arena);
    u256 back;
    number_add_u256(&decimal, x);
    quantity_add_u256(&quantity, x);
    BUG_UNLESS(number_u256(&back, buffer_bytes(&decimal)) == OK && u256_eq(x, &back));
    BUG_UNLESS(amount_u256(&back, buffer_bytes(&decimal)) == OK && u256_eq(x, &back));
    BUG_UNLESS(number_u256(&back, buffer_bytes(&quantity)) == OK && u256_eq(x, &back));
    BUG_UNLESS(quantity_u256(&back, buffer_bytes(&quantity)) == OK && u256_eq(x, &back));
}

/* Whatever it is, it can be shown: as printable UTF-8. */
static void check_text(struct arena *arena, struct bytes text)
{
    struct buffer b = buffer_in(arena);
    text_add_quoted(&b, text, text.len);
    for (size_t at = 0; at < b.len;) {
        u32 point;
        const size_t len = utf8_length(bytes_of(b.ptr + at, b.len - at), &point);
        BUG_UNLESS(len > 0 && point >= 0x20 && !(point >= 0x7f && point < 0xa0));
        at += len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    const struct bytes text = bytes_of(data, size);
    u256 x, number, quantity;
    check_hex(&arena, text);
    check_address(&arena, text);
    check_text(&arena, text);
    if (amount_u256(&x, text) == OK)
        check_number(&arena, &x);
    if (quantity_u256(&quantity, text) == OK)
        BUG_UNLESS(number_u256(&number, text) == OK && u256_eq(&number, &quantity));
    if (number_u256(&number, text) == OK) {
        check_number(&arena, &number);
        BUG_UNLESS(amount_u256(&x, text) == OK && u256_eq(&number, &x));
    }
    if (size >= 32) {
        x = u256_from_be(data);
        check_number(&arena, &x);
    }
    arena_release(&arena);
    return 0;
}
