/* Bytes: the examples of Solidity's "Contract ABI Specification", and for the nested call cast 1.7.1:
 *   cast calldata 'f(((uint256,bytes32)[],(uint8,bytes,(address,uint256)[])[]))' .. */
#include "codec/abi.h"

#include "codec/hex.h"
#include "io/memory.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;

static struct bytes unhex(const char *text)
{
    struct bytes out;
    assert_int_equal(hex_bytes(&arena, &out, bytes_of(text, strlen(text))), OK);
    return out;
}

static void assert_hex(struct bytes got, const char *want)
{
    const struct bytes wanted = unhex(want);
    assert_int_equal(got.len, wanted.len);
    if (got.len)
        assert_memory_equal(got.ptr, wanted.ptr, wanted.len);
}

/* Words, as hex digits: short ones are numbers, padded on the left. */
static void assert_words(struct bytes got, const char *const *word, size_t count)
{
    assert_int_equal(got.len, 32 * count);
    for (size_t i = 0; i < count; i++) {
        char padded[65];
        snprintf(padded, sizeof padded, "%064d", 0);
        memcpy(padded + 64 - strlen(word[i]), word[i], strlen(word[i]));
        assert_hex(bytes_of(got.ptr + 32 * i, 32), padded);
    }
}

/* f(uint256,uint32[],bytes10,bytes) with (0x123, [0x456, 0x789], "1234567890", "Hello, world!") */
static const char *const specification_example[] = {
    "123",
    "80", /* to the array */
    "3132333435363738393000000000000000000000000000000000000000000000",
    "e0", /* to the bytes */
    "2",
    "456",
    "789",
    "d",
    "48656c6c6f2c20776f726c642100000000000000000000000000000000000000",
};

static void heads_and_tails(void **state)
{
    (void)state;
    u8 ten[32] = "1234567890";
    struct buffer b = buffer_in(&arena);
    struct abi_writer w = abi_writer(&b);
    abi_open(&w, 4);
    abi_add_u64(&w, 0x123);
    abi_open_array(&w, 2, 1);
    abi_add_u64(&w, 0x456);
    abi_add_u256(&w, &(u256){{0x789, 0, 0, 0}});
    abi_close(&w);
    abi_add_word(&w, ten);
    abi_add_bytes(&w, BYTES_LITERAL("Hello, world!"));
    abi_close(&w);
    assert_words(buffer_bytes(&b), specification_example, COUNT_OF(specification_example));

    struct abi_reader r = abi_reader(buffer_bytes(&b)), items;
    u64 x;
    u32 count;
    u8 word[32];
    struct bytes text;
    assert_int_equal(abi_u64(&r, &x), OK);
    assert_int_equal(x, 0x123);
    assert_int_equal(abi_array(&r, &items, &count, 1), OK);
    assert_int_equal(count, 2);
    assert_int_equal(abi_u64(&items, &x), OK);
    assert_int_equal(abi_u64(&items, &x), OK);
    assert_int_equal(x, 0x789);
    assert_int_equal(abi_word(&r, word), OK);
    assert_memory_equal(word, ten, 32);
    assert_int_equal(abi_bytes(&r, &text), OK);
    assert_int_equal(text.len, 13);
    assert_memory_equal(text.ptr, "Hello, world!", 13);
}

/* f((rollups: (uint256,bytes32)[], steps: (uint8,bytes,(address,uint256)[])[])) with
 * (([(7,0xab..ab),(8,0xcd..cd)],[(1,0x010203,[(0x11..11,5)]),(2,0x,[])])) */
static const char *const nested_example[] = {
    "20", /* to the tuple */
    "40", /* to the rollups */
    "e0", /* to the steps */
    "2",
    "7",
    "abababababababababababababababababababababababababababababababab",
    "8",
    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
    "2",
    "40",  /* to the first step */
    "140", /* to the second */
    "1",
    "60",
    "a0",
    "3",
    "0102030000000000000000000000000000000000000000000000000000000000",
    "1",
    "1111111111111111111111111111111111111111",
    "5",
    "2",
    "60",
    "80",
    "0",
    "0",
};

static void nested(void **state)
{
    (void)state;
    hash32 ab, cd;
    address eleven;
    memset(ab.b, 0xab, 32);
    memset(cd.b, 0xcd, 32);
    memset(eleven.b, 0x11, 20);
    struct buffer b = buffer_in(&arena);
    buffer_add(&b, "\x01\x02\x03\x04", 4); /* a selector: offsets do not count it */
    struct abi_writer w = abi_writer(&b);
    abi_open(&w, 1);
    abi_open_tuple(&w, 2);
    abi_open_array(&w, 2, 2);
    abi_add_u64(&w, 7);
    abi_add_hash32(&w, &ab);
    abi_add_u64(&w, 8);
    abi_add_hash32(&w, &cd);
    abi_close(&w);
    abi_open_array(&w, 2, 1);
    abi_open_tuple(&w, 3);
    abi_add_u64(&w, 1);
    abi_add_bytes(&w, BYTES_LITERAL("\x01\x02\x03"));
    abi_open_array(&w, 1, 2);
    abi_add_address(&w, &eleven);
    abi_add_u64(&w, 5);
    abi_close(&w);
    abi_close(&w);
    abi_open_tuple(&w, 3);
    abi_add_u64(&w, 2);
    abi_add_bytes(&w, (struct bytes){NULL, 0});
    abi_open_array(&w, 0, 2);
    abi_close(&w);
    abi_close(&w);
    abi_close(&w);
    abi_close(&w);
    abi_close(&w);
    assert_words(bytes_of(b.ptr + 4, b.len - 4), nested_example, COUNT_OF(nested_example));

    struct abi_reader r = abi_reader(bytes_of(b.ptr + 4, b.len - 4)), bundle, rollups, steps, step, calls;
    u32 count;
    u64 x;
    hash32 h;
    address a;
    struct bytes data;
    assert_int_equal(abi_tuple(&r, &bundle), OK);
    assert_int_equal(abi_array(&bundle, &rollups, &count, 2), OK);
    assert_int_equal(count, 2);
    assert_int_equal(abi_u64(&rollups, &x), OK);
    assert_int_equal(abi_word(&rollups, h.b), OK);
    assert_true(x == 7 && hash32_eq(&h, &ab));
    assert_int_equal(abi_array(&bundle, &steps, &count, 1), OK);
    assert_int_equal(abi_tuple(&steps, &step), OK);
    assert_int_equal(abi_u64(&step, &x), OK);
    assert_int_equal(abi_bytes(&step, &data), OK);
    assert_int_equal(data.len, 3);
    assert_int_equal(abi_array(&step, &calls, &count, 2), OK);
    assert_int_equal(count, 1);
    assert_int_equal(abi_address(&calls, &a), OK);
    assert_true(address_eq(&a, &eleven));
    assert_int_equal(abi_tuple(&steps, &step), OK);
    assert_int_equal(abi_u64(&step, &x), OK);
    assert_int_equal(x, 2);
    assert_int_equal(abi_bytes(&step, &data), OK);
    assert_int_equal(data.len, 0);
}

#define ZEROS(n) "00000000000000000000000000000000000000000000000000000000" n

/* Which readers take a word: numbers must fit, padding must be zero. */
static void words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool u64_, bool_, address_;
    } row[] = {
        {ZEROS("00000000"), true, true, true},
        {ZEROS("00000001"), true, true, true},
        {ZEROS("00000002"), true, false, true},
        {"000000000000000000000000000000000000000000000000ffffffffffffffff", true, false, true},
        {"0000000000000000000000000000000000000000000000010000000000000000", false, false, true},
        {"000000000000000000000000ffffffffffffffffffffffffffffffffffffffff", false, false, true},
        {"0000000000000000000000010000000000000000000000000000000000000000", false, false, false},
        {"8000000000000000000000000000000000000000000000000000000000000001", false, false, false},
        {"000000000000000000000000000000000000000000000000000000000000", false, false, false}, /* 30 bytes */
        {"", false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct bytes data = unhex(row[i].word);
        struct abi_reader r;
        u64 x;
        bool flag;
        address a;
        u256 wide;
        r = abi_reader(data);
        assert_int_equal(abi_u64(&r, &x), row[i].u64_ ? OK : REJECT_ABI);
        assert_ptr_equal(r.next, data.ptr + (row[i].u64_ ? 32 : 0));
        r = abi_reader(data);
        assert_int_equal(abi_bool(&r, &flag), row[i].bool_ ? OK : REJECT_ABI);
        r = abi_reader(data);
        assert_int_equal(abi_address(&r, &a), row[i].address_ ? OK : REJECT_ABI);
        r = abi_reader(data);
        assert_int_equal(abi_u256(&r, &wide), data.len == 32 ? OK : REJECT_ABI);
    }
}

/* An offset or a length that leads out of the bytes, by one or by much, is refused. */
static void hostile(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        bool bytes_, array1, array2, tuple;
    } row[] = {
        {ZEROS("00000020") ZEROS("00000000"), true, true, true, true},
        {ZEROS("00000020") ZEROS("00000001"), false, false, false, true},
        {ZEROS("00000020") ZEROS("00000001") "ff", true, false, false, true}, /* Solidity asks for no padding */
        {ZEROS("00000020") ZEROS("00000001") ZEROS("00000000"), true, true, false, true},
        {ZEROS("00000020") ZEROS("00000021") ZEROS("00000000"), false, false, false, true},
        {ZEROS("00000020") "8000000000000000000000000000000000000000000000000000000000000000", false, false, false,
         true},
        {ZEROS("00000020") "0000000000000000000000000000000000000000000000000800000000000000" ZEROS("00000000"), false,
         false, false, true}, /* times 32 it is 0 in 64 bits */
        {ZEROS("00000020") "000000000000000000000000000000000000000000000000ffffffffffffffff", false, false, false,
         true},
        {ZEROS("00000000"), true, true, true, true}, /* the offset is its own length, which is 0 */
        {ZEROS("00000001"), false, false, false, true},
        {ZEROS("00000020"), false, false, false, true}, /* a tail without a word */
        {ZEROS("00000021"), false, false, false, false},
        {"000000000000000000000000000000000000000000000000ffffffffffffffe0", false, false, false, false},
        {"0100000000000000000000000000000000000000000000000000000000000020" ZEROS("00000000"), false, false, false,
         false},
        {"", false, false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const struct bytes data = unhex(row[i].data);
        struct abi_reader r, items;
        struct bytes out;
        u32 count;
        r = abi_reader(data);
        assert_int_equal(abi_bytes(&r, &out), row[i].bytes_ ? OK : REJECT_ABI);
        r = abi_reader(data);
        assert_int_equal(abi_array(&r, &items, &count, 1), row[i].array1 ? OK : REJECT_ABI);
        r = abi_reader(data);
        assert_int_equal(abi_array(&r, &items, &count, 2), row[i].array2 ? OK : REJECT_ABI);
        r = abi_reader(data);
        assert_int_equal(abi_tuple(&r, &items), row[i].tuple ? OK : REJECT_ABI);
    }
}

static void too_few(struct abi_writer *w)
{
    abi_open(w, 2);
    abi_add_u64(w, 1);
    abi_close(w);
}

static void too_many(struct abi_writer *w)
{
    abi_open(w, 1);
    abi_add_u64(w, 1);
    abi_add_u64(w, 1);
}

static void not_open(struct abi_writer *w)
{
    abi_add_u64(w, 1);
}

static void too_deep(struct abi_writer *w)
{
    abi_open(w, 1);
    for (int i = 0; i < ABI_DEPTH_MAX; i++)
        abi_open_tuple(w, 1);
}

static void misuse(void **state)
{
    (void)state;
    void (*const row[])(struct abi_writer *) = {too_few, too_many, not_open, too_deep};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGABRT, SIG_DFL);
            close(STDERR_FILENO);
            struct buffer out = buffer_in(&arena);
            struct abi_writer w = abi_writer(&out);
            row[i](&w);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    arena_init(&arena, &system_memory);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_and_tails), cmocka_unit_test(nested), cmocka_unit_test(words),
        cmocka_unit_test(hostile),         cmocka_unit_test(misuse),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
