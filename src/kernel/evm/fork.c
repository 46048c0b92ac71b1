#include "evm/fork.h"

/* A fork's block repeats the fields of the one before it and overrides some: that is its meaning. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

const struct fork fork_table[FORK_COUNT] = {
#define FORK(fork_id, fork_name) [FORK_##fork_id] = {.id = FORK_##fork_id, .name = fork_name, fork_id##_RULES},
#include "evm/forks.def"
#undef FORK
};

/* Other names for the same rules. */
static const struct { const char *name; enum fork_id id; } alias[] = {
    {"TangerineWhistle", FORK_TANGERINE}, {"SpuriousDragon", FORK_SPURIOUS}, {"Petersburg", FORK_PETERSBURG},
    {"MuirGlacier", FORK_ISTANBUL},       {"ArrowGlacier", FORK_LONDON},     {"GrayGlacier", FORK_LONDON},
    {"Merge", FORK_PARIS},
};

static bool names_match(const char *here, const char *there)
{
    while (*here && *here == *there) {
        here++;
        there++;
    }
    return *here == *there;
}

const struct fork *fork_by_name(const char *name)
{
    for (unsigned i = 0; i < FORK_COUNT; i++)
        if (names_match(fork_table[i].name, name))
            return &fork_table[i];
    for (unsigned i = 0; i < COUNT_OF(alias); i++)
        if (names_match(alias[i].name, name))
            return &fork_table[alias[i].id];
    return NULL;
}
