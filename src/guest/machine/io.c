#include "machine/machine.h"

#include "image/platform.h"
#include "image/zkvm_io.h"

enum { CALL_READ = 63,
       CALL_WRITE = 64,
       CALL_EXIT = 93,
       INPUT = 0,
       OUTPUT = 1,
       LOG = 2,
       INPUT_MAX = 64 << 20 };

long machine_call(long number, long a, long b, long c)
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
        machine_call(CALL_EXIT, code, 0, 0);
}

static void write_all(long to, const void *ptr, size_t size)
{
    const u8 *p = ptr;
    while (size) {
        const long done = machine_call(CALL_WRITE, to, (long)(uintptr_t)p, (long)size);
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

void read_input(const uint8_t **buf_ptr, size_t *buf_size)
{
    static _Alignas(64) u8 input[INPUT_MAX];
    static size_t len;
    static bool was_read;
    while (!was_read) {
        const long got = machine_call(CALL_READ, INPUT, (long)(uintptr_t)(input + len), (long)(sizeof input - len));
        if (got > 0)
            len += (size_t)got;
        was_read = got <= 0;
        if (len == sizeof input) {
            write_log("FAULT_MEMORY");
            halt(EXIT_MEMORY);
        }
    }
    *buf_ptr = input;
    *buf_size = len;
}
