/* count - where the instructions of a run went: by section of the program's code, and by function.
 *
 * The guest's linker script puts each part of the program (Keccak, signatures, EVM, trie ..) into a section of its own,
 * .text.PART. Memory: in the arena; names point into the program's file. */
#ifndef RV_COUNT_H
#define RV_COUNT_H

#include "rv/machine.h"

struct rv_count {
    const char *name; /* "?" where the file does not say */
    u64 instructions;
};

struct rv_count_list {
    struct rv_count *entry; /* descending by instructions, then as they lie in memory */
    size_t count;
};

struct rv_count_list rv_count_sections(const struct rv_machine *m, struct arena *arena);
struct rv_count_list rv_count_functions(const struct rv_machine *m, struct arena *arena);

#endif
