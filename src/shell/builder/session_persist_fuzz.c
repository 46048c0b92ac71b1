/* A persisted session, arbitrarily corrupted: rejected, or restored and then persisted as something that can be
 * restored again. */
#include "builder/devnet_for_tests.h"
#include "builder/session_persist.h"

#include <stddef.h>

static struct session *open_session(void)
{
    const struct funded_account funded[] = {{A, address_of(1), {{0, 1}}}};
    struct session_config config = devnet(funded, COUNT_OF(funded));
    struct session *s;
    config.rollup_count = 1;
    BUG_UNLESS(session_open(&s, &system_memory, &config) == OK);
    return s;
}

static enum err key_of_account(void *context, hash32 *key, const address *at)
{
    (void)context;
    for (u8 i = 1; i <= 2; i++) {
        const address known = address_of(i);
        *key = key_of(i);
        if (address_eq(&known, at))
            return OK;
    }
    return REJECT_STORE_MISMATCH;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct session_deployment known;
    const enum err told = session_persisted_deployment(&known, bytes_of(data, size));
    struct session *s = open_session();
    const enum err e = session_restore(s, bytes_of(data, size), key_of_account, NULL);
    BUG_UNLESS(e == REJECT_STORE_CORRUPT || e == REJECT_STORE_MISMATCH || (e == OK && told == OK));
    if (e == OK) {
        struct arena arena;
        arena_init(&arena, &system_memory);
        struct buffer again = buffer_in(&arena);
        session_persist(&again, s);
        struct session *next = open_session();
        BUG_UNLESS(session_restore(next, buffer_bytes(&again), key_of_account, NULL) == OK);
        session_close(next);
        arena_release(&arena);
    }
    session_close(s);
    return 0;
}
