/* Requests: the layout of a deposit (EIP-6110) and their hash (EIP-7685). */
#include "chain/requests.h"
#include "chain/world_test.h"

/* --- EIP-6110 --- */

static void put_word(u8 *at, u64 x)
{
    memset(at, 0, 24);
    store_be64(at + 24, x);
}

/* The layout that EIP-6110 gives in its is_valid_deposit_event_data, and the 192 bytes that come out. */
static void deposits(void **unused)
{
    (void)unused;
    static const struct { u32 offset, len; } field[5] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};
    u8 data[577] = {0}, want[192];
    size_t n = 0;
    for (size_t i = 0; i < 5; i++) {
        put_word(data + 32 * i, field[i].offset);
        put_word(data + field[i].offset, field[i].len);
        for (u32 k = 0; k < field[i].len; k++)
            want[n++] = data[field[i].offset + 32 + k] = (u8)(i * 50 + k + 1);
    }
    assert_int_equal(n, 192);
    struct buffer out = buffer_in(&arena);
    assert_int_equal(deposit_from_log(&out, bytes_of(data, 576)), OK);
    assert_int_equal(out.len, 192);
    assert_memory_equal(out.ptr, want, 192);

    for (int less = 0; less < 2; less++)
        assert_int_equal(deposit_from_log(&out, bytes_of(data, less ? 575 : 577)), REJECT_BLOCK_DEPOSIT_LAYOUT);
    for (size_t i = 0; i < 5; i++)
        for (int which = 0; which < 2; which++)
            for (int byte = 0; byte < 32; byte += 31) { /* the highest and the lowest byte of each word */
                u8 *at = data + (which ? field[i].offset : 32 * i) + byte;
                *at ^= 1;
                assert_int_equal(deposit_from_log(&out, bytes_of(data, 576)), REJECT_BLOCK_DEPOSIT_LAYOUT);
                *at ^= 1;
            }
    assert_int_equal(out.len, 192);
}

/* EIP-7685: nothing asked hashes to sha256 of nothing, and an empty type is left out. */
static void request_hashes(void **unused)
{
    (void)unused;
    struct buffer requests[REQUEST_TYPES] = {buffer_in(&arena), buffer_in(&arena), buffer_in(&arena)};
    hash32 got;
    requests_hash(&got, requests, &arena);
    assert_memory_equal(&got, &empty_requests_hash, 32);
    buffer_add(&requests[1], "abc", 3);
    /* python: hashlib.sha256(hashlib.sha256(b"\x01abc").digest()).hexdigest() */
    requests_hash(&got, requests, &arena);
    const struct bytes want = unhex("6354c995e8f977ed314ba27970157a1642455d467a15863483bcfff48dd1c30a");
    assert_memory_equal(&got, want.ptr, 32);
    buffer_add(&requests[2], "d", 1);
    requests_hash(&got, requests, &arena);
    const struct bytes both = unhex("7b957653ee9b4500b8ce0c526b684984ca7fa328bb3fdf4013c568fc7f4b6f45");
    assert_memory_equal(&got, both.ptr, 32);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(deposits),
        cmocka_unit_test(request_hashes),
    };
    return world_main(tests, COUNT_OF(tests));
}
