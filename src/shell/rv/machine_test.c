/* The rules of ELF files and of the machine, one violation at a time. Instructions are compared with qemu in
 * tests/client/rv.mjs; expected quotients here are those of the ISA manual's table of division by zero and overflow. */
#include "rv/machine.h"

#include "io/memory.h"
#include "rv/count.h"
#include "rv/image_id.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { CODE = 0x10000, DATA = 0x20000, DATA_BYTES = 8192, FILE_BYTES = 512, TEXT = 256 };

static struct arena arena;
static u8 file[FILE_BYTES];

static void put(size_t at, unsigned len, u64 x)
{
    memcpy(file + at, &x, len);
}

static void put_segment(size_t at, u32 flags, u64 offset, u64 to, u64 in_file, u64 in_memory)
{
    put(at, 4, 1);
    put(at + 4, 4, flags);
    put(at + 8, 8, offset);
    put(at + 16, 8, to);
    put(at + 32, 8, in_file);
    put(at + 40, 8, in_memory);
}

/* A file with code, readable, and zeros to read and write. */
static void make_file(const u32 *code, size_t count)
{
    memset(file, 0, sizeof file);
    put(0, 8, 0x00010102464c457f);
    put(16, 2, 2);
    put(18, 2, 243);
    put(24, 8, CODE);
    put(32, 8, 64);
    put(54, 2, 56);
    put(56, 2, 2);
    memcpy(file + TEXT, code, count * sizeof *code);
    put_segment(64, 5, TEXT, CODE, count * sizeof *code, count * sizeof *code);
    put_segment(120, 6, 0, DATA, 0, DATA_BYTES);
}

static const u32 nop = 0x13;

static void elf_rules(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned len;
        u64 value;
        enum rv_elf_error e;
    } row[] = {
        {8, 1, 0, RV_ELF_OK},
        {0, 1, 0x7e, RV_ELF_MAGIC},
        {4, 1, 1, RV_ELF_CLASS},
        {5, 1, 2, RV_ELF_CLASS},
        {16, 2, 3, RV_ELF_TYPE},
        {18, 2, 62, RV_ELF_MACHINE},
        {48, 4, 1, RV_ELF_FLAGS},
        {48, 4, 4, RV_ELF_FLAGS},
        {54, 2, 57, RV_ELF_HEADERS},
        {32, 8, FILE_BYTES - 56, RV_ELF_HEADERS},
        {32, 8, UINT64_MAX, RV_ELF_HEADERS},
        {64, 4, 2, RV_ELF_DYNAMIC},
        {120, 4, 3, RV_ELF_DYNAMIC},
        {120, 4, 6, RV_ELF_OK},           /* a type that does not count */
        {56, 2, 0, RV_ELF_SEGMENTS},
        {64 + 8, 8, FILE_BYTES, RV_ELF_SEGMENT_RANGE},
        {64 + 32, 8, FILE_BYTES, RV_ELF_SEGMENT_RANGE},
        {64 + 40, 8, 0x10, RV_ELF_OK},    /* file and memory: four instructions */
        {64 + 40, 8, 0x0c, RV_ELF_SEGMENT_RANGE},
        {64 + 40, 8, 0x14, RV_ELF_SEGMENT_CODE},
        {64 + 16, 8, 4092, RV_ELF_SEGMENT_ADDRESS},
        {120 + 16, 8, UINT64_MAX - 4096, RV_ELF_SEGMENT_ADDRESS},
        {120 + 4, 4, 7, RV_ELF_SEGMENT_FLAGS},
        {120 + 4, 4, 3, RV_ELF_SEGMENT_FLAGS},
        {120 + 4, 4, 2, RV_ELF_SEGMENT_FLAGS},
        {120 + 4, 4, 4, RV_ELF_OK},
        {64 + 16, 8, CODE + 2, RV_ELF_SEGMENT_CODE},
        {120 + 16, 8, CODE + 12, RV_ELF_SEGMENT_OVERLAP},
        {120 + 16, 8, CODE - 4096, RV_ELF_SEGMENT_OVERLAP},
        {120 + 16, 8, CODE - DATA_BYTES, RV_ELF_OK},
        {120 + 40, 8, RV_MEMORY_MAX, RV_ELF_MEMORY},
        {24, 8, CODE + 2, RV_ELF_ENTRY},
        {24, 8, CODE + 16, RV_ELF_ENTRY},
        {24, 8, DATA, RV_ELF_ENTRY},
        {24, 8, CODE + 12, RV_ELF_OK},
    };
    const u32 code[] = {nop, nop, nop, nop};
    struct rv_image image;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        make_file(code, COUNT_OF(code));
        put(row[i].at, row[i].len, row[i].value);
        if (rv_elf_read(&image, bytes_of(file, sizeof file)) != row[i].e)
            fail_msg("row %zu: expected: %s", i, rv_elf_message(row[i].e));
    }
    make_file(code, COUNT_OF(code));
    assert_int_equal(rv_elf_read(&image, bytes_of(file, 63)), RV_ELF_SHORT);
}

/* The program runs to its end with x5 = x, x6 = y, x7 the address of the data. */
static struct rv_machine run(const u32 *code, size_t count, u64 x, u64 y, u64 limit)
{
    struct rv_image *image = ARENA_TAKE(&arena, struct rv_image, 1);
    struct rv_machine m;
    make_file(code, count);
    assert_int_equal(rv_elf_read(image, bytes_of(file, sizeof file)), RV_ELF_OK);
    assert_int_equal(rv_machine_open(&m, &arena, image, BYTES_LITERAL("input")), OK);
    m.x[5] = x;
    m.x[6] = y;
    m.x[7] = DATA;
    rv_run(&m, limit);
    return m;
}

static void division(void **state)
{
    (void)state;
    enum { DIV = 0x0262c433, DIVU = 0x0262d433, REM = 0x0262e433, REMU = 0x0262f433, WORD = 0x08 }; /* x8 = x5 op x6 */
    const u64 least = 1ull << 63, least_word = 0xffffffff80000000;
    const struct {
        u32 code;
        u64 x, y, result;
    } row[] = {
        {DIVU, 7, 0, UINT64_MAX}, {REMU, 7, 0, 7},
        {DIV, 7, 0, UINT64_MAX}, {REM, 7, 0, 7},
        {DIV, least, UINT64_MAX, least}, {REM, least, UINT64_MAX, 0},
        {DIVU | WORD, 7, 0, UINT64_MAX}, {REMU | WORD, 0x80000000, 0, least_word},
        {DIV | WORD, 7, 0, UINT64_MAX}, {REM | WORD, 0x80000007, 0, 0xffffffff80000007},
        {DIV | WORD, 0x80000000, 0xffffffff, least_word}, {REM | WORD, 0x80000000, 0xffffffff, 0},
        {DIV, (u64)-7, 2, (u64)-3}, {REM, (u64)-7, 2, (u64)-1},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct rv_machine m = run(&row[i].code, 1, row[i].x, row[i].y, 1);
        assert_int_equal(m.end, RV_END_LIMIT);
        assert_true(m.x[8] == row[i].result);
        rv_machine_close(&m);
    }
}

static void ends(void **state)
{
    (void)state;
    static const struct {
        u32 code;
        u64 x; /* x5 */
        enum rv_end end;
        u64 at;
    } row[] = {
        {0x00000000, 0, RV_END_ILLEGAL, CODE},
        {0xffffffff, 0, RV_END_ILLEGAL, CODE},
        {0x0000100f, 0, RV_END_ILLEGAL, CODE},                /* fence.i */
        {0xc0002473, 0, RV_END_ILLEGAL, CODE},                /* rdcycle */
        {0x00000001, 0, RV_END_ILLEGAL, CODE},                /* c.nop */
        {0x00100073, 0, RV_END_BREAKPOINT, CODE},
        {0x00000073, 0, RV_END_SYSTEM_CALL, CODE},            /* ecall 0 */
        {0x00028067, DATA, RV_END_FETCH, DATA},               /* jr x5 */
        {0x00028067, 0, RV_END_FETCH, 0},
        {0x00028067, CODE + 2, RV_END_JUMP_MISALIGNED, CODE + 2},
        {0x00028067, CODE + 4, RV_END_FETCH, CODE + 4},       /* behind the code */
        {0x0002b403, 0, RV_END_LOAD, 0},                      /* ld x8, 0(x5) */
        {0x0002b403, 4088, RV_END_LOAD, 4088},
        {0x0002b403, DATA + 4, RV_END_LOAD_MISALIGNED, DATA + 4},
        {0x0002a403, DATA + 2, RV_END_LOAD_MISALIGNED, DATA + 2}, /* lw */
        {0x00029403, DATA + 1, RV_END_LOAD_MISALIGNED, DATA + 1}, /* lh */
        {0x0002b403, DATA + DATA_BYTES, RV_END_LOAD, DATA + DATA_BYTES},
        {0x0002b403, DATA - 8, RV_END_LOAD, DATA - 8},
        {0x0002b403, UINT64_MAX - 7, RV_END_LOAD, UINT64_MAX - 7},
        {0x0062b023, CODE, RV_END_STORE, CODE},               /* sd x6, 0(x5): code is not writable */
        {0x0062b023, DATA + 1, RV_END_STORE_MISALIGNED, DATA + 1},
        {0x0062b023, 0, RV_END_STORE, 0},
        {0x0002b403, DATA + DATA_BYTES - 8, RV_END_FETCH, CODE + 4}, /* legal: runs on, and off the end */
        {0x0ff0000f, 0, RV_END_FETCH, CODE + 4},              /* fence */
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct rv_machine m = run(&row[i].code, 1, row[i].x, 0, 100);
        if (m.end != row[i].end || m.fault_address != row[i].at)
            fail_msg("row %zu: %s, address %llx", i, rv_end_message(m.end), (unsigned long long)m.fault_address);
        rv_machine_close(&m);
    }
}

enum {
    LI_A7_READ = 0x03f00893,
    LI_A7_WRITE = 0x04000893,
    LI_A7_EXIT = 0x05d00893,
    ECALL = 0x73,
    LI_A0_0 = 0x00000513,
    LI_A0_1 = 0x00100513,
    LI_A0_3 = 0x00300513,
    LI_A2_64 = 0x04000613,
    MV_A1_X7 = 0x00038593,
    MV_A2_A0 = 0x00050613,
};

/* Echoes its input, then exits with code 3. */
static void calls(void **state)
{
    (void)state;
    static const u32 code[] = {LI_A0_0, MV_A1_X7, LI_A2_64, LI_A7_READ, ECALL, MV_A2_A0, LI_A0_1, LI_A7_WRITE, ECALL,
                               LI_A0_3, LI_A7_EXIT, ECALL};
    struct rv_machine m = run(code, COUNT_OF(code), 0, 0, UINT64_MAX);
    assert_int_equal(m.end, RV_END_EXIT);
    assert_int_equal(m.exit_code, 3);
    assert_int_equal(m.instructions, COUNT_OF(code));
    assert_int_equal(m.input.len, 0);
    assert_true(bytes_eq(buffer_bytes(&m.output), BYTES_LITERAL("input")));
    assert_int_equal(rv_pages_used(&m), 2);
    const struct rv_count_list counts = rv_count_sections(&m, &arena);
    assert_int_equal(counts.count, 1);
    assert_int_equal(counts.entry[0].instructions, COUNT_OF(code));
    rv_machine_close(&m);

    enum { LUI_A2_1_MIB = 0x00100637, ADDI_A2_1 = 0x00160613, LUI_A1_CODE = 0x000105b7 };
    static const u32 too_much[] = {LI_A0_1, MV_A1_X7, LUI_A2_1_MIB, ADDI_A2_1, LI_A7_WRITE, ECALL};
    m = run(too_much, COUNT_OF(too_much), 0, 0, UINT64_MAX);
    assert_int_equal(m.end, RV_END_OUTPUT_LIMIT);
    rv_machine_close(&m);
    static const u32 not_there[] = {LI_A0_1, LI_A2_64, LI_A7_WRITE, ECALL}; /* a1 = 0 */
    m = run(not_there, COUNT_OF(not_there), 0, 0, UINT64_MAX);
    assert_int_equal(m.end, RV_END_LOAD);
    rv_machine_close(&m);
    static const u32 into_code[] = {LI_A0_0, LUI_A1_CODE, LI_A2_64, LI_A7_READ, ECALL};
    m = run(into_code, COUNT_OF(into_code), 0, 0, UINT64_MAX);
    assert_int_equal(m.end, RV_END_STORE);
    rv_machine_close(&m);
}

static void limit_and_zero(void **state)
{
    (void)state;
    static const u32 code[] = {0x00128013 /* addi x0, x5, 1 */, 0x00128293 /* addi x5, x5, 1 */, 0xff9ff06f /* j -8 */};
    struct rv_machine m = run(code, COUNT_OF(code), 0, 0, 30);
    assert_int_equal(m.end, RV_END_LIMIT);
    assert_int_equal(m.instructions, 30);
    assert_int_equal(m.x[5], 10);
    assert_int_equal(m.x[0], 0);
    assert_int_equal(rv_run(&m, 60), RV_END_LIMIT);
    assert_int_equal(m.x[5], 20);
    rv_machine_close(&m);
}

/* Everything that is loaded is in the id, and nothing else. */
static void id(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        bool matters;
    } row[] = {
        {TEXT, true}, {24, true}, {64 + 4, true}, {120 + 17, true}, {120 + 40, true}, {8, false}, {400, false},
    };
    const u32 code[] = {nop, nop};
    struct rv_image image;
    hash32 first, other;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        make_file(code, COUNT_OF(code));
        assert_int_equal(rv_elf_read(&image, bytes_of(file, sizeof file)), RV_ELF_OK);
        rv_image_id(&first, &image);
        file[row[i].at] ^= 4;
        if (rv_elf_read(&image, bytes_of(file, sizeof file)) != RV_ELF_OK)
            fail_msg("row %zu does not load", i);
        rv_image_id(&other, &image);
        assert_int_equal(hash32_eq(&first, &other), !row[i].matters);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elf_rules), cmocka_unit_test(division), cmocka_unit_test(ends),
        cmocka_unit_test(calls), cmocka_unit_test(limit_and_zero), cmocka_unit_test(id),
    };
    arena_init(&arena, &system_memory);
    const int failures = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failures;
}
