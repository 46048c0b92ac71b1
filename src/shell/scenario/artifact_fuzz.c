/* Any bytes as an artifact: a contract with code and a consistent interface, or rejected with a message. */
#include "io/memory.h"
#include "scenario/artifact.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void check(struct artifact_store *store, const char *path, const char *contract, enum artifact_need need)
{
    struct artifact a;
    struct complaint c = {0};
    const enum err e = artifact_load(store, &a, &c, path, contract, need);
    BUG_UNLESS((e == OK) == !c.raised);
    if (e) {
        BUG_UNLESS(c.text[0] && c.file);
        return;
    }
    BUG_UNLESS(a.name && (need == ARTIFACT_ABI || a.creation_code.len));
    for (u32 i = 0; i < a.interface.count; i++) {
        const struct member *m = &a.interface.member[i], *found = NULL;
        struct complaint ignored = {0};
        if (interface_find(store->arena, &found, &ignored, (struct place){1, 1}, &a.interface, m->abi.item, m->text,
                           UINT32_MAX) == OK)
            BUG_UNLESS(strcmp(found->text, m->text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct arena arena;
    char path[64];
    const int fd = memfd_create("artifact", 0);
    BUG_UNLESS(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    arena_init(&arena, &system_memory);
    struct artifact_store store = {.arena = &arena};
    check(&store, path, NULL, ARTIFACT_CODE);
    check(&store, path, "A", ARTIFACT_CODE);
    check(&store, path, "a.sol:A", ARTIFACT_ABI);
    arena_release(&arena);
    close(fd);
    return 0;
}
