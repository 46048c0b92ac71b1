#include "image/platform.h"

#include "base/arena.h"

/* The calls of docs/guest.md, numbered as Linux does. */
enum { CALL_READ = 63,
       CALL_WRITE = 64,
       CALL_EXIT = 93,
       INPUT = 0,
       OUTPUT = 1,
       LOG = 2,
       EXIT_MEMORY = 3 };

extern u8 _heap_start[], _heap_end[];

static long call(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

_Noreturn void halt(int code)
{
    for (;;)
        call(CALL_EXIT, code, 0, 0);
}

static void write_all(long to, const void *ptr, size_t size)
{
    const u8 *p = ptr;
    while (size) {
        const long done = call(CALL_WRITE, to, (long)(uintptr_t)p, (long)size);
        if (done <= 0)
            halt(EXIT_MEMORY);
        p += done;
        size -= (size_t)done;
    }
}

void write_output(const uint8_t *output, size_t size)
{
    write_all(OUTPUT, output, size);
}

void write_log(const char *text)
{
    size_t len = 0;
    while (text[len])
        len++;
    write_all(LOG, text, len);
    write_all(LOG, "\n", 1);
}

/* ---- memory: taken upwards; given back only by the last that took ---- */

static u8 *heap_next; /* NULL: nothing was taken yet */

static u8 *next_free(void)
{
    return heap_next ? heap_next : _heap_start;
}

static size_t rounded(size_t size)
{
    return (size + 63) & ~(size_t)63;
}

static void *take(void *context, size_t size)
{
    (void)context;
    u8 *const p = next_free();
    if (size > (size_t)(_heap_end - p) || rounded(size) > (size_t)(_heap_end - p)) {
        write_log("FAULT_MEMORY");
        halt(EXIT_MEMORY);
    }
    heap_next = p + rounded(size);
    return p;
}

static void give(void *context, void *ptr, size_t size)
{
    (void)context;
    if (ptr && (u8 *)ptr + rounded(size) == heap_next)
        heap_next = ptr;
}

const struct memory image_memory = {take, give, NULL};

void read_input(const uint8_t **buf_ptr, size_t *buf_size)
{
    static const u8 *input;
    static size_t len;
    if (!input) {
        u8 *const p = next_free();
        const size_t room = (size_t)(_heap_end - p);
        while (len < room) {
            const long got = call(CALL_READ, INPUT, (long)(uintptr_t)(p + len), (long)(room - len));
            if (got <= 0)
                break;
            len += (size_t)got;
        }
        input = take(NULL, len);
    }
    *buf_ptr = input;
    *buf_size = len;
}
