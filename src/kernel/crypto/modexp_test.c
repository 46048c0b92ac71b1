/* Expected powers: Python's pow(), and what EIP-198 says of 0 and 1. */
#include "crypto/modexp.h"

#include "crypto/test_hex.h"
#include "io/memory.h"

/* Lengths differ, leading zeros do not matter, even and odd moduli, powers of two. */
static void powers(void **state)
{
    (void)state;
    static const struct {
        const char *base, *exponent, *modulus, *want;
    } row[] = {
        {"",
         "",
         "23",
         "01"},
        {"91",
         "d8",
         "cd",
         "b4"},
        {"c386bb",
         "1027",
         "414c343c",
         "368322a7"},
        {"c9e9c616612e7696a6cecc1b78e510617311d8a3c2ce6f447ed4d57b1e2feb89",
         "6ec9d28663ca828dd5f4b3b2e4b06ce60741c7a87ce42c8218072e8c35bf992d",
         "b8b6d8fe442e3d437204e52db2221a58008a05a6c4647159c324c9859b810e76",
         "b5ac71786dd0f5cc3520a782734c8c49bf40696674aeab13bb40763a78d20821"},
        {"0507d4bedc51431193e6c3f3391a2b8f1ff1fd42a29755d4c13a902931cd447e35",
         "a606839eb9",
         "b9d179e06c0fd4f5f8130c4237730edfafbd67f9619699cfe1988ad9f06c144a025b413f8a9a021e",
         "ac3a2d04616dad5d5880ffc7b604aefb0feb0f29b663dabd52814fa9e97c30238307fc522fab4d9b"},
        {"f3c64af775a89294c2cd789a380208a9ad45f23d3b1a11df587fd2803bab6c398d88348a7eed8d14f06d3fef701966a0c381e88f38c0c8fd8712b8bc076f3787",
         "4a2f20",
         "1ef2a4f04be03db0dc2574bdb94067edfe175330a11d459a2f978d8719999e3fa46d6753ec148cb48e73ca47ea90a8f0d66b829e6a8ac4ba05805975ed2f89d9",
         "057c3e9d5f291c7eab97676e7606b4e55c0269aacd9a75f22f50432a17f6b2502627679edebf53cc6ce60dbf06c031097127a16f49ffaeabc007a7acc878149a"},
        {"64b2d2bc815a47c5f0dfb4a5d8a064df7fd63116e1ea24c4f9341c68966baea148beab134da98f1d3099fdf5ab99254ae901e35cd47d380d81f9c1f66c0f3459f79b17aeefba91fc803468b6b610a9f7f9270f4eb8b333a8e5446dd4552b82f6be3edc0a",
         "3e2434e37af027bc08d6af57da71144896c8da19",
         "aa6a107b75677f6cbdcc22af58be6521cd",
         "7780e999f5bc250c0c4e3fbefcfed5e771"},
        {"5dfbd3d12c4a3698",
         "e1fab9d78c7e134f",
         "c69d4bd8b3fa7aa7",
         "405bce463ece84db"},
        {"29e821a4c74803e31ba1621582283d15a9ec0806705fca161622bd795fec898fbcfbb050acab1a6b",
         "85",
         "d7",
         "7b"},
        {"07923986bb968a437d5c8dfc5eda92d864ac5db9",
         "d92a4aa2b410d93c4efbc8d60b21fbac78255d68",
         "9403560d97dae38d9d643c2500000000",
         "407341b34b59a28b00ba8871099525c1"},
        {"00", "00", "07", "01"},
        {"", "", "02", "01"},
        {"05", "", "01", "00"},
        {"00000005", "0000000003", "0000000d", "00000008"},
        {"ff", "ff", "0000", "0000"},
        {"03", "02", "", ""},
        {"00", "01", "05", "00"},
        {"02", "0100", "0100", "0000"},
        {"01", "ffffffffffffffffffffffffffffffffff", "80", "01"},
    };
    struct arena arena;
    arena_init(&arena, &system_memory);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        u8 base[128], exponent[128], modulus[128], want[128], got[129];
        const size_t base_len = strlen(row[i].base) / 2, exponent_len = strlen(row[i].exponent) / 2;
        const size_t len = strlen(row[i].modulus) / 2;
        unhex(base, base_len, row[i].base);
        unhex(exponent, exponent_len, row[i].exponent);
        unhex(modulus, len, row[i].modulus);
        unhex(want, len, row[i].want);
        memset(got, 0xee, sizeof got);
        modexp(&arena, got, bytes_of(base, base_len), bytes_of(exponent, exponent_len), bytes_of(modulus, len));
        if (len)
            assert_memory_equal(got, want, len);
        assert_int_equal(got[len], 0xee);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
