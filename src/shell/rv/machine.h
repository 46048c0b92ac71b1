/* machine - executes a program for RV64IM: the unprivileged ISA manual, RV64I 2.1 and M 2.0, little endian.
 *
 *   read_input    the program reads it with ecall 63 (read) from descriptor 0
 *   output        ecall 64 (write) to descriptor 1; to descriptor 2: the log
 *   end           ecall 93 (exit), exit code in a0
 *
 *   accelerators  accelerators.def
 *
 * The first three are Linux's calls, so that qemu-riscv64 runs the same file; any other ecall is a trap. The machine
 * starts with all registers 0, the stack pointer too: a program brings its own stack. A misaligned access is a trap,
 * since the machine that proves a run need not have any. FENCE does nothing; CSR instructions and FENCE.I are illegal.
 *
 * Memory outside of the segments is not there: an access is a trap, as in the guard regions that zkvm-standards ask
 * for (the first 4 KiB, and below the stack).
 *
 * Memory: a machine takes its segments from the operating system, zero, page by page as they are touched; output and
 * counters lie in the arena. */
#ifndef RV_MACHINE_H
#define RV_MACHINE_H

#include "base/buffer.h"
#include "base/err.h"
#include "rv/elf.h"

enum { RV_OUTPUT_MAX = 1 << 20 };

enum {
#define ACCELERATOR(number, name, ...) RV_ACCELERATOR_##name,
#include "rv/accelerators.def"
#undef ACCELERATOR
    RV_ACCELERATORS
};

enum rv_end {
#define TRAP(name, message) RV_END_##name,
#include "rv/traps.def"
#undef TRAP
};
const char *rv_end_message(enum rv_end e);

struct rv_memory {
    u64 at, size;
    u8 *bytes;
    bool readable, writable, executable;
    u64 *executed; /* how often each instruction of an executable segment ran */
};

struct rv_machine {
    u64 x[32]; /* x[0] stays 0 */
    u64 pc;
    u64 instructions; /* executed so far, the one that trapped not */
    const struct rv_image *image;
    size_t memory_count;
    struct rv_memory memory[RV_SEGMENTS_MAX];
    struct bytes input; /* what has not been read yet */
    struct buffer output, log;
    u64 accelerated[RV_ACCELERATORS]; /* calls */
    u64 permutations;                 /* of Keccak, by the accelerator */
    /* how it ended */
    enum rv_end end;
    u64 exit_code;
    u64 fault_address; /* of the access or jump that trapped */
};

/* FAULT_MEMORY when the system has not enough. The image and the input must outlive the machine. */
enum err rv_machine_open(struct rv_machine *m, struct arena *arena, const struct rv_image *image,
                         struct bytes input) MUST_CHECK;
void rv_machine_close(struct rv_machine *m);

/* Runs until the end, or until limit instructions have been executed; a machine at its limit may be run on. */
enum rv_end rv_run(struct rv_machine *m, u64 limit);

/* How many pages of memory the program has touched: those that are not zero, a lower bound. */
u64 rv_pages_used(const struct rv_machine *m);

#endif
