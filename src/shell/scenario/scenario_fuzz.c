/* Any bytes as a scenario file: read, or rejected with a position in the file and a message. */
#include "io/memory.h"
#include "scenario/scenario.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct arena arena;
    struct scenario *s = NULL;
    struct complaint c = {.file = "f"};
    arena_init(&arena, &system_memory);
    const enum err e = scenario_read(&arena, &s, &c, bytes_of(data, size));
    BUG_UNLESS((e == OK) == (s != NULL) && (e == OK) == !c.raised);
    if (e == OK) {
        BUG_UNLESS(s->l1 < s->chain_count && s->symbol_count <= s->chain_count + s->account_count + s->step_count);
        for (u32 i = 0; i < s->symbol_count; i++)
            BUG_UNLESS(name_is_valid(s->symbol[i].name) && s->symbol[i].known_from <= s->step_count);
    } else {
        u32 lines = 1; /* YAML also breaks lines at U+0085, U+2028 and U+2029: their last bytes */
        for (size_t i = 0; i < size; i++)
            lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
        BUG_UNLESS((e == REJECT_YAML || e == REJECT_SCENARIO) && c.text[0] && c.place.line <= lines + 1);
    }
    arena_release(&arena);
    return 0;
}
