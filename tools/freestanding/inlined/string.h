/* The kernel's string.h (../include), by the compiler's own forms, which -ffreestanding would not inline:
 * a copy of a few bytes is loads and stores, not a call. */
#ifndef FREESTANDING_INLINED_STRING_H
#define FREESTANDING_INLINED_STRING_H

#include_next <string.h>

#define memcpy(to, from, len) __builtin_memcpy(to, from, len)
#define memmove(to, from, len) __builtin_memmove(to, from, len)
#define memset(to, byte, len) __builtin_memset(to, byte, len)
#define memcmp(here, there, len) __builtin_memcmp(here, there, len)

#endif
