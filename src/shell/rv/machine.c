#include "rv/machine.h"

#include "rv/accelerate.h"
#include "rv/machine_memory.h"

#include <sys/mman.h>

enum {
    A0 = 10,
    A1 = 11,
    A2 = 12,
    A7 = 17,
    CALL_READ = 63,
    CALL_WRITE = 64,
    CALL_EXIT = 93,
};

/* ---- memory ---- */

static u8 *take_pages(u64 size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

enum err rv_machine_open(struct rv_machine *m, struct arena *arena, const struct rv_image *image, struct bytes input)
{
    *m = (struct rv_machine){.pc = image->entry, .image = image, .input = input};
    m->output = buffer_in(arena);
    m->log = buffer_in(arena);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct rv_segment *s = &image->segment[i];
        struct rv_memory *memory = &m->memory[i];
        *memory = (struct rv_memory){
            .at = s->at,
            .size = s->size,
            .bytes = take_pages(s->size),
            .readable = s->readable,
            .writable = s->writable,
            .executable = s->executable,
        };
        if (!memory->bytes) {
            rv_machine_close(m);
            return FAULT_MEMORY;
        }
        m->memory_count++;
        if (s->content.len)
            memcpy(memory->bytes, s->content.ptr, s->content.len);
        if (s->executable) {
            memory->executed = ARENA_TAKE(arena, u64, s->size / 4);
            memset(memory->executed, 0, s->size / 4 * sizeof(u64));
        }
    }
    return OK;
}

void rv_machine_close(struct rv_machine *m)
{
    for (size_t i = 0; i < m->memory_count; i++)
        munmap(m->memory[i].bytes, m->memory[i].size);
    m->memory_count = 0;
}

u64 rv_pages_used(const struct rv_machine *m)
{
    static const u8 zero[RV_PAGE_BYTES];
    u64 used = 0;
    for (size_t i = 0; i < m->memory_count; i++) {
        const struct rv_memory *s = &m->memory[i];
        for (u64 at = 0; at < s->size; at += RV_PAGE_BYTES) {
            const u64 len = s->size - at < RV_PAGE_BYTES ? s->size - at : RV_PAGE_BYTES;
            used += memcmp(s->bytes + at, zero, len) != 0;
        }
    }
    return used;
}

static u64 bytes_to_number(const u8 *p, unsigned len)
{
    u64 x = 0;
    memcpy(&x, p, len); /* the host is little endian as well */
    return x;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "memory of the machine is memory of the host");

/* ---- numbers ---- */

static u64 sign_extend(u64 x, unsigned bits)
{
    return (u64)((i64)(x << (64 - bits)) >> (64 - bits));
}

static u64 low_word(u64 x)
{
    return sign_extend(x, 32);
}

static u64 shift_right_signed(u64 x, unsigned by)
{
    return (u64)((i64)x >> by);
}

static u64 multiply_high(u64 x, u64 y)
{
    return (u64)((u128)x * y >> 64);
}

static u64 multiply_high_signed(u64 x, u64 y)
{
    return multiply_high(x, y) - ((i64)x < 0 ? y : 0) - ((i64)y < 0 ? x : 0);
}

static u64 multiply_high_signed_unsigned(u64 x, u64 y)
{
    return multiply_high(x, y) - ((i64)x < 0 ? y : 0);
}

/* Division by 0 gives all ones and the dividend as the remainder; the one overflow gives the dividend and 0. */
static u64 divide(u64 x, u64 y)
{
    if (y == 0)
        return UINT64_MAX;
    return y == UINT64_MAX ? 0 - x : (u64)((i64)x / (i64)y);
}

static u64 remainder_of(u64 x, u64 y)
{
    if (y == 0)
        return x;
    return y == UINT64_MAX ? 0 : (u64)((i64)x % (i64)y);
}

static u64 divide_unsigned(u64 x, u64 y)
{
    return y ? x / y : UINT64_MAX;
}

static u64 remainder_unsigned(u64 x, u64 y)
{
    return y ? x % y : x;
}

/* ---- instructions: each returns false when the run ends there ---- */

static unsigned rd(u32 i)
{
    return i >> 7 & 31;
}

static unsigned funct3(u32 i)
{
    return i >> 12 & 7;
}

static unsigned rs1(u32 i)
{
    return i >> 15 & 31;
}

static unsigned rs2(u32 i)
{
    return i >> 20 & 31;
}

static u64 immediate_i(u32 i)
{
    return sign_extend(i >> 20, 12);
}

static u64 immediate_s(u32 i)
{
    return sign_extend((i >> 25) << 5 | rd(i), 12);
}

static u64 immediate_b(u32 i)
{
    return sign_extend((i >> 31) << 12 | (i >> 7 & 1) << 11 | (i >> 25 & 0x3f) << 5 | (i >> 8 & 0xf) << 1, 13);
}

static u64 immediate_j(u32 i)
{
    return sign_extend((i >> 31) << 20 | (i >> 12 & 0xff) << 12 | (i >> 20 & 1) << 11 | (i >> 21 & 0x3ff) << 1, 21);
}

static bool set(struct rv_machine *m, u32 i, u64 value)
{
    if (rd(i))
        m->x[rd(i)] = value;
    m->pc += 4;
    return true;
}

static bool illegal(struct rv_machine *m)
{
    return rv_fault(m, RV_END_ILLEGAL, m->pc);
}

static bool jump(struct rv_machine *m, u32 i, u64 to, bool link)
{
    if (to % 4)
        return rv_fault(m, RV_END_JUMP_MISALIGNED, to);
    if (link && rd(i))
        m->x[rd(i)] = m->pc + 4;
    m->pc = to;
    return true;
}

static bool do_branch(struct rv_machine *m, u32 i)
{
    const u64 x = m->x[rs1(i)], y = m->x[rs2(i)];
    bool taken;
    switch (funct3(i)) {
    case 0: taken = x == y; break;
    case 1: taken = x != y; break;
    case 4: taken = (i64)x < (i64)y; break;
    case 5: taken = (i64)x >= (i64)y; break;
    case 6: taken = x < y; break;
    case 7: taken = x >= y; break;
    default: return illegal(m);
    }
    return jump(m, i, taken ? m->pc + immediate_b(i) : m->pc + 4, false);
}

static bool do_load(struct rv_machine *m, u32 i)
{
    const unsigned kind = funct3(i), len = 1u << (kind & 3);
    const u64 at = m->x[rs1(i)] + immediate_i(i);
    if (kind == 7)
        return illegal(m);
    if (at % len)
        return rv_fault(m, RV_END_LOAD_MISALIGNED, at);
    const u8 *p = rv_readable(m, at, len);
    if (!p)
        return rv_fault(m, RV_END_LOAD, at);
    const u64 x = bytes_to_number(p, len);
    return set(m, i, kind & 4 ? x : sign_extend(x, 8 * len));
}

static bool do_store(struct rv_machine *m, u32 i)
{
    const unsigned kind = funct3(i), len = 1u << (kind & 3);
    const u64 at = m->x[rs1(i)] + immediate_s(i);
    if (kind > 3)
        return illegal(m);
    if (at % len)
        return rv_fault(m, RV_END_STORE_MISALIGNED, at);
    u8 *p = rv_writable(m, at, len);
    if (!p)
        return rv_fault(m, RV_END_STORE, at);
    memcpy(p, &m->x[rs2(i)], len);
    m->pc += 4;
    return true;
}

static bool do_immediate(struct rv_machine *m, u32 i)
{
    const u64 x = m->x[rs1(i)], y = immediate_i(i);
    const unsigned by = i >> 20 & 63, top = i >> 26;
    switch (funct3(i)) {
    case 0: return set(m, i, x + y);
    case 1: return top ? illegal(m) : set(m, i, x << by);
    case 2: return set(m, i, (i64)x < (i64)y);
    case 3: return set(m, i, x < y);
    case 4: return set(m, i, x ^ y);
    case 5: return top == 0 ? set(m, i, x >> by) : top == 0x10 ? set(m, i, shift_right_signed(x, by)) : illegal(m);
    case 6: return set(m, i, x | y);
    default: return set(m, i, x & y);
    }
}

static bool do_immediate_word(struct rv_machine *m, u32 i)
{
    const u64 x = m->x[rs1(i)];
    const unsigned by = rs2(i), top = i >> 25;
    switch (funct3(i)) {
    case 0: return set(m, i, low_word(x + immediate_i(i)));
    case 1: return top ? illegal(m) : set(m, i, low_word(x << by));
    case 5:
        if (top == 0)
            return set(m, i, low_word((u32)x >> by));
        return top == 0x20 ? set(m, i, shift_right_signed(low_word(x), by)) : illegal(m);
    default: return illegal(m);
    }
}

static bool do_multiply(struct rv_machine *m, u32 i, u64 x, u64 y)
{
    switch (funct3(i)) {
    case 0: return set(m, i, x * y);
    case 1: return set(m, i, multiply_high_signed(x, y));
    case 2: return set(m, i, multiply_high_signed_unsigned(x, y));
    case 3: return set(m, i, multiply_high(x, y));
    case 4: return set(m, i, divide(x, y));
    case 5: return set(m, i, divide_unsigned(x, y));
    case 6: return set(m, i, remainder_of(x, y));
    default: return set(m, i, remainder_unsigned(x, y));
    }
}

static bool do_register(struct rv_machine *m, u32 i)
{
    const u64 x = m->x[rs1(i)], y = m->x[rs2(i)];
    const unsigned top = i >> 25;
    if (top == 1)
        return do_multiply(m, i, x, y);
    if (top == 0x20)
        return funct3(i) == 0   ? set(m, i, x - y)
               : funct3(i) == 5 ? set(m, i, shift_right_signed(x, y & 63))
                                : illegal(m);
    if (top)
        return illegal(m);
    switch (funct3(i)) {
    case 0: return set(m, i, x + y);
    case 1: return set(m, i, x << (y & 63));
    case 2: return set(m, i, (i64)x < (i64)y);
    case 3: return set(m, i, x < y);
    case 4: return set(m, i, x ^ y);
    case 5: return set(m, i, x >> (y & 63));
    case 6: return set(m, i, x | y);
    default: return set(m, i, x & y);
    }
}

static bool do_multiply_word(struct rv_machine *m, u32 i, u64 x, u64 y)
{
    switch (funct3(i)) {
    case 0: return set(m, i, low_word(x * y));
    case 4: return set(m, i, low_word(divide(low_word(x), low_word(y))));
    case 5: return set(m, i, low_word(divide_unsigned((u32)x, (u32)y)));
    case 6: return set(m, i, low_word(remainder_of(low_word(x), low_word(y))));
    case 7: return set(m, i, low_word(remainder_unsigned((u32)x, (u32)y)));
    default: return illegal(m);
    }
}

static bool do_register_word(struct rv_machine *m, u32 i)
{
    const u64 x = m->x[rs1(i)], y = m->x[rs2(i)];
    switch (i >> 25 << 3 | funct3(i)) {
    case 0x00 << 3 | 0: return set(m, i, low_word(x + y));
    case 0x20 << 3 | 0: return set(m, i, low_word(x - y));
    case 0x00 << 3 | 1: return set(m, i, low_word(x << (y & 31)));
    case 0x00 << 3 | 5: return set(m, i, low_word((u32)x >> (y & 31)));
    case 0x20 << 3 | 5: return set(m, i, shift_right_signed(low_word(x), y & 31));
    default: return i >> 25 == 1 ? do_multiply_word(m, i, x, y) : illegal(m);
    }
}

static bool do_read(struct rv_machine *m)
{
    const u64 at = m->x[A1], len = m->x[A2] < m->input.len ? m->x[A2] : m->input.len;
    if (len) {
        u8 *p = rv_writable(m, at, len);
        if (!p)
            return rv_fault(m, RV_END_STORE, at);
        memcpy(p, m->input.ptr, len);
        m->input = bytes_of(m->input.ptr + len, m->input.len - len);
    }
    m->x[A0] = len;
    return true;
}

static bool do_write(struct rv_machine *m, struct buffer *to)
{
    const u64 at = m->x[A1], len = m->x[A2];
    if (len > RV_OUTPUT_MAX - to->len)
        return rv_fault(m, RV_END_OUTPUT_LIMIT, m->pc);
    const u8 *p = len ? rv_readable(m, at, len) : NULL;
    if (len && !p)
        return rv_fault(m, RV_END_LOAD, at);
    buffer_add(to, p, len);
    m->x[A0] = len;
    return true;
}

static bool do_ecall(struct rv_machine *m)
{
    const u64 descriptor = m->x[A0];
    bool done;
    if (m->x[A7] == CALL_EXIT) {
        m->exit_code = m->x[A0];
        m->instructions++;
        return rv_fault(m, RV_END_EXIT, m->pc);
    }
    if (m->x[A7] == CALL_READ && descriptor == 0)
        done = do_read(m);
    else if (m->x[A7] == CALL_WRITE && (descriptor == 1 || descriptor == 2))
        done = do_write(m, descriptor == 1 ? &m->output : &m->log);
    else if (!rv_accelerate(m, &done))
        done = rv_fault(m, RV_END_SYSTEM_CALL, m->pc);
    if (done)
        m->pc += 4;
    return done;
}

static bool do_system(struct rv_machine *m, u32 i)
{
    if (i == 0x00000073)
        return do_ecall(m);
    return i == 0x00100073 ? rv_fault(m, RV_END_BREAKPOINT, m->pc) : illegal(m);
}

static bool do_fence(struct rv_machine *m, u32 i)
{
    if (funct3(i) != 0)
        return illegal(m);
    m->pc += 4;
    return true;
}

static bool step(struct rv_machine *m, u32 i)
{
    switch (i & 0x7f) {
    case 0x03: return do_load(m, i);
    case 0x0f: return do_fence(m, i);
    case 0x13: return do_immediate(m, i);
    case 0x17: return set(m, i, m->pc + low_word(i & 0xfffff000));
    case 0x1b: return do_immediate_word(m, i);
    case 0x23: return do_store(m, i);
    case 0x33: return do_register(m, i);
    case 0x37: return set(m, i, low_word(i & 0xfffff000));
    case 0x3b: return do_register_word(m, i);
    case 0x63: return do_branch(m, i);
    case 0x67: return funct3(i) ? illegal(m) : jump(m, i, (m->x[rs1(i)] + immediate_i(i)) & ~1ull, true);
    case 0x6f: return jump(m, i, m->pc + immediate_j(i), true);
    case 0x73: return do_system(m, i);
    default: return illegal(m);
    }
}

enum rv_end rv_run(struct rv_machine *m, u64 limit)
{
    const struct rv_memory *code = NULL;
    for (; m->instructions < limit; m->instructions++) {
        if (!code || m->pc - code->at >= code->size) { /* sizes are multiples of 4, and so is pc */
            code = rv_memory_at(m, m->pc, 4);
            if (!code || !code->executable) {
                rv_fault(m, RV_END_FETCH, m->pc);
                return m->end;
            }
        }
        const u64 offset = m->pc - code->at;
        if (!step(m, (u32)bytes_to_number(code->bytes + offset, 4))) {
            code->executed[offset / 4] += m->end == RV_END_EXIT;
            return m->end;
        }
        code->executed[offset / 4]++;
    }
    rv_fault(m, RV_END_LIMIT, m->pc);
    return m->end;
}

const char *rv_end_message(enum rv_end e)
{
    static const char *const message[] = {
#define TRAP(name, text) text,
#include "rv/traps.def"
#undef TRAP
    };
    return message[e];
}
