/* The interpreter: see interpreter_loop.h. */
#include "evm/alu.h"
#include "evm/frame.h"

/* A big-endian number of count bytes, a constant, in code that has CODE_PADDING bytes after it. */
static inline __attribute__((always_inline)) u256 push_data(const u8 *p, const unsigned count)
{
    u256 x = {{0, 0, 0, 0}};
    if (count == 0)
        return x;
    if (count <= 8) {
        x.w[0] = load_be64(p) >> (64 - 8 * count);
        return x;
    }
    /* whole limbs from the end, then what is left at the front */
    const unsigned whole = count / 8, rest = count % 8;
    for (unsigned i = 0; i < whole; i++)
        x.w[i] = load_be64(p + count - 8 * (i + 1));
    if (rest)
        x.w[whole] = load_be64(p) >> (64 - 8 * rest);
    return x;
}

/* Labels as values are what makes dispatch threaded; the rest of the file is strict C17. */
#pragma GCC diagnostic ignored "-Wpedantic"

#define TRACED 0
#define INTERPRET interpret
#include "evm/interpreter_loop.h"
#undef TRACED
#undef INTERPRET

#define TRACED 1
#define INTERPRET interpret_traced
#include "evm/interpreter_loop.h"
