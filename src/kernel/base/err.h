/* err - four kinds of bad news, never mixed.
 *
 *   HALT    what an EVM program did. Data, not an error: see evm/evm.h.
 *   REJECT  which rule the input broke, named as the specification names it.
 *   FAULT   what the machine failed to do: disk, network, memory, a feature that is not there.
 *   BUG     what we got wrong. It aborts, with the place.
 *
 * A function that can fail returns enum err and leaves its outputs alone on failure. A rejected
 * input never changes a view; a FAULT never turns into a REJECT. The rows are in err.def. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/types.h"

enum err {
#define ERR(name, text) name,
#include "base/err.def"
#undef ERR
    ERR_COUNT
};

#define TRY(call)                      \
    do {                               \
        const enum err try_err_ = (call); \
        if (UNLIKELY(try_err_ != OK))  \
            return try_err_;           \
    } while (0)

/* "REJECT_TX_NONCE_LOW" */
const char *err_name(enum err e);
/* The text of its row. */
const char *err_text(enum err e);
bool err_is_fault(enum err e);
bool err_is_reject(enum err e);

/* Ends the program: a bug of ours at this place. */
_Noreturn void bug(const char *file, int line, const char *what);
#define BUG(what) bug(__FILE__, __LINE__, (what))
#define BUG_UNLESS(condition)      \
    do {                           \
        if (UNLIKELY(!(condition))) \
            BUG(#condition);       \
    } while (0)

#endif
