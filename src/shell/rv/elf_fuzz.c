/* elf: a file is rejected by a rule, or its segments are as the rules say and it runs without leaving them; the
 * instructions that ran are those that are counted, and register 0 stays 0. */
#include "rv/machine.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUN_MOST = 4096 };

static u64 counted(const struct rv_machine *m)
{
    u64 sum = 0;
    for (size_t i = 0; i < m->memory_count; i++)
        for (u64 at = 0; m->memory[i].executed && at < m->memory[i].size / 4; at++)
            sum += m->memory[i].executed[at];
    return sum;
}

static void check_names(const struct rv_image *image, u64 at)
{
    u64 begin = at;
    const char *section = rv_section_of(image, at), *function = rv_function_of(image, at, &begin);
    BUG_UNLESS(!section || strlen(section) <= image->section_name.len);
    BUG_UNLESS(!function || (begin <= at && strlen(function) <= image->symbol_name.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rv_image image;
    struct rv_machine m;
    struct arena arena;
    if (rv_elf_read(&image, bytes_of(data, size)) != RV_ELF_OK)
        return 0;
    u64 end = RV_PAGE_BYTES;
    for (size_t i = 0; i < image.segment_count; i++) {
        const struct rv_segment *s = &image.segment[i];
        BUG_UNLESS(s->at >= end && s->content.len <= s->size && !(s->writable && s->executable));
        end = s->at + s->size;
    }
    arena_init(&arena, &system_memory);
    BUG_UNLESS(rv_machine_open(&m, &arena, &image, bytes_of(data, size)) == OK);
    const enum rv_end e = rv_run(&m, RUN_MOST);
    BUG_UNLESS(m.x[0] == 0 && m.pc % 4 == 0 && counted(&m) == m.instructions);
    BUG_UNLESS(m.instructions <= RUN_MOST && (e == RV_END_LIMIT) == (m.instructions == RUN_MOST && e != RV_END_EXIT));
    check_names(&image, m.pc);
    check_names(&image, m.fault_address);
    rv_machine_close(&m);
    arena_release(&arena);
    return 0;
}
