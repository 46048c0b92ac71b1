/* elf - a static RISC-V program, by the rules of zkvm-standards (elf-loading-and-validation).
 *
 *   ET_EXEC, ELFCLASS64, little endian, EM_RISCV, no compressed instructions, soft-float ABI
 *   only PT_LOAD counts; PT_DYNAMIC and PT_INTERP are rejected
 *   no segment is writable and executable, none overlaps another, none begins in the first 4 KiB
 *   an executable segment is PF_X or PF_X + PF_R, is aligned to 4 and lies in the file entirely
 *   the entry point is an instruction of an executable segment
 *
 * Section headers and symbols are not needed to run. Where a file has them, they name what is counted (rv/machine.h).
 *
 * Memory: everything points into the file, which must outlive the image. */
#ifndef RV_ELF_H
#define RV_ELF_H

#include "base/types.h"

enum {
    RV_SEGMENTS_MAX = 8,
    RV_PAGE_BYTES = 4096,
};
/* Of all segments together, bytes. */
#define RV_MEMORY_MAX ((u64)1 << 30)

enum rv_elf_error {
#define ELF_ERROR(name, message) RV_##name,
#include "rv/elf_errors.def"
#undef ELF_ERROR
};

struct rv_segment {
    u64 at;
    u64 size;             /* in memory: what the file does not have is zero */
    struct bytes content; /* in the file */
    bool readable, writable, executable;
};

struct rv_image {
    u64 entry;
    size_t segment_count;
    struct rv_segment segment[RV_SEGMENTS_MAX]; /* ascending by address */
    /* Tables of the file, 0 entries where it has none: read with the functions below. */
    struct bytes section, section_name, symbol, symbol_name;
};

/* RV_ELF_OK, or the rule that is broken. */
enum rv_elf_error rv_elf_read(struct rv_image *out, struct bytes file) MUST_CHECK;
const char *rv_elf_message(enum rv_elf_error e);

/* The name of the section, and of the function, that an address is in; NULL when the file does not say. */
const char *rv_section_of(const struct rv_image *image, u64 at);
const char *rv_function_of(const struct rv_image *image, u64 at, u64 *begin);

#endif
