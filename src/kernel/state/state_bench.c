/* What the builder pays the state: reads, writes, marks and rewinds in ns an operation, and roots in ms.
 *
 *   world: ACCOUNTS accounts with SLOTS_EACH storage slots each, all in memory, in one trie db
 *
 * Each figure is the median of RUNS runs of CPU time of this one thread; a run does the whole set in a random order.
 *
 *   state_bench [--json] [--only TEXT] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/u256.h"
#include "crypto/keccak.h"
#include "io/memory.h"
#include "state/state.h"

enum { ACCOUNTS = 10000, SLOTS_EACH = 10, SLOTS = ACCOUNTS * SLOTS_EACH, RUNS = 7, OPERATIONS = 1000000 };

static u64 now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

static void must(enum err e)
{
    if (e == OK)
        return;
    fprintf(stderr, "state_bench: %s\n", err_text(e));
    exit(3);
}

static u64 dice_state = 0x9e3779b97f4a7c15;

static u64 dice(void)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return dice_state;
}

static address account_at(u32 i)
{
    address a;
    hash32 h;
    keccak256(&h, &i, sizeof i);
    memcpy(a.b, h.b, 20);
    return a;
}

static u256 storage_slot_key(u32 account, u32 i)
{
    hash32 h;
    const u32 both[2] = {account, i};
    keccak256(&h, both, sizeof both); /* as Solidity places a mapping's values */
    return u256_from_hash32(&h);
}

struct bench {
    struct trie_db *db;
    hash32 root;
    address at[ACCOUNTS];
    u256 key[SLOTS];
    u32 order[SLOTS];
    const struct account *account[ACCOUNTS];
};

static struct bench *b;

static void shuffle(u32 *x, u32 n)
{
    for (u32 i = 0; i < n; i++)
        x[i] = i;
    for (u32 i = n; i-- > 1;) {
        const u32 k = (u32)(dice() % (i + 1)), swap = x[i];
        x[i] = x[k];
        x[k] = swap;
    }
}

static struct state *open_view(void)
{
    return state_open(&system_memory, b->db, NULL, &b->root);
}

static void load_accounts(struct state *s)
{
    for (u32 i = 0; i < ACCOUNTS; i++)
        must(state_account(s, &b->account[i], NULL, &b->at[i]));
}

static const struct storage_slot *storage_slot_of(struct state *s, u32 i, bool *cold)
{
    const struct storage_slot *storage_slot;
    must(state_storage_slot(s, &storage_slot, cold, b->account[i / SLOTS_EACH], &b->key[i]));
    return storage_slot;
}

/* --- what is measured: seconds for `count` operations --- */

struct measured {
    const char *name;
    u64 count;
    double (*run)(u64 count);
    bool in_ms; /* for the whole, not in ns for each */
    double seconds[RUNS];
};

#define TIMED(seconds_, statement)                   \
    do {                                             \
        const u64 start_ = now_ns();                 \
        statement;                                   \
        seconds_ = (double)(now_ns() - start_) / 1e9; \
    } while (0)

static void read_accounts(struct state *s, u64 count, bool *cold)
{
    for (u64 i = 0; i < count; i++)
        must(state_account(s, &b->account[b->order[i] % ACCOUNTS], cold, &b->at[b->order[i] % ACCOUNTS]));
}

static double account_cold(u64 count)
{
    struct state *s = open_view();
    double seconds;
    bool cold;
    shuffle(b->order, (u32)count);
    TIMED(seconds, read_accounts(s, count, &cold));
    state_release(s);
    return seconds;
}

/* 100 accounts in turn, as in a busy block */
static double account_warm(u64 count)
{
    struct state *s = open_view();
    double seconds;
    bool cold;
    load_accounts(s);
    TIMED(seconds,
          for (u64 i = 0; i < count; i++) must(state_account(s, &b->account[i % 100], &cold, &b->at[i % 100])));
    state_release(s);
    return seconds;
}

static double storage_slot_cold(u64 count)
{
    struct state *s = open_view();
    double seconds;
    bool cold;
    load_accounts(s);
    shuffle(b->order, SLOTS);
    TIMED(seconds, for (u64 i = 0; i < count; i++) storage_slot_of(s, b->order[i], &cold));
    state_release(s);
    return seconds;
}

static double storage_slot_warm(u64 count)
{
    struct state *s = open_view();
    double seconds;
    bool cold;
    load_accounts(s);
    TIMED(seconds, for (u64 i = 0; i < count; i++) storage_slot_of(s, (u32)(i * 7 % 100), &cold));
    state_release(s);
    return seconds;
}

static double storage_slot_same(u64 count)
{
    struct state *s = open_view();
    double seconds;
    bool cold;
    load_accounts(s);
    TIMED(seconds, for (u64 i = 0; i < count; i++) storage_slot_of(s, 3, &cold));
    state_release(s);
    return seconds;
}

static void write_storage_slots(struct state *s, u64 count)
{
    u256 value = u256_from_u64(1);
    bool cold;
    for (u64 i = 0; i < count; i++) {
        const u32 k = (u32)(i * 7 % 100);
        const struct storage_slot *storage_slot = storage_slot_of(s, k, &cold);
        value.w[0] = i;
        state_set_storage_slot(s, b->account[k / SLOTS_EACH], storage_slot, &value);
    }
}

/* In rounds of a block's size, each rewound: the journal of a view is as long as its blocks, not as the benchmark. */
static double in_rounds(u64 count, void (*work)(struct state *s, u64 count))
{
    enum { ROUND = 10000 };
    struct state *s = open_view();
    double seconds = 0;
    load_accounts(s);
    work(s, ROUND);
    for (u64 done = 0; done < count; done += ROUND) {
        double one;
        const u64 mark = state_mark(s);
        TIMED(one, work(s, ROUND));
        seconds += one;
        state_rewind(s, mark);
    }
    state_release(s);
    return seconds;
}

static double storage_slot_write(u64 count)
{
    return in_rounds(count, write_storage_slots);
}

static void transfers(struct state *s, u64 count)
{
    const u256 one = u256_from_u64(1);
    for (u64 i = 0; i < count; i++) {
        const struct account *from, *to;
        bool cold;
        must(state_account(s, &from, &cold, &b->at[i % 100]));
        must(state_account(s, &to, &cold, &b->at[(i + 37) % 100]));
        u256 less, more;
        u256_sub(&less, &from->balance, &one);
        u256_add(&more, &to->balance, &one);
        state_set_balance(s, from, &less);
        state_set_balance(s, to, &more);
    }
}

static double transfer(u64 count)
{
    return in_rounds(count, transfers);
}

static void marks(struct state *s, u64 count, u64 writes)
{
    for (u64 i = 0; i < count; i++) {
        const u64 mark = state_mark(s);
        write_storage_slots(s, writes);
        state_rewind(s, mark);
    }
}

static double mark_nothing(u64 count)
{
    struct state *s = open_view();
    double seconds;
    TIMED(seconds, marks(s, count, 0));
    state_release(s);
    return seconds;
}

static double mark_ten(u64 count)
{
    struct state *s = open_view();
    double seconds;
    load_accounts(s);
    write_storage_slots(s, 100);
    TIMED(seconds, marks(s, count / 10, 10));
    state_release(s);
    return seconds;
}

static void txs(struct state *s, u64 count)
{
    const struct state_rules rules = {.clears_empty = true};
    for (u64 i = 0; i < count; i++) {
        state_tx_begin(s);
        transfers(s, 1);
        state_tx_end(s, &rules);
    }
}

static double tx(u64 count)
{
    return in_rounds(count, txs);
}

static void change(struct state *s, u64 storage_slots)
{
    shuffle(b->order, SLOTS);
    for (u64 i = 0; i < storage_slots; i++) {
        const u256 value = {{dice(), dice(), 0, 0}};
        const u32 k = b->order[i];
        state_set_storage_slot(s, b->account[k / SLOTS_EACH], storage_slot_of(s, k, NULL), &value);
        state_set_nonce(s, b->account[k / SLOTS_EACH], dice());
    }
}

static double commit(u64 storage_slots)
{
    struct state *s = open_view();
    double seconds;
    hash32 root;
    load_accounts(s);
    change(s, storage_slots);
    TIMED(seconds, must(state_commit(s, &root)));
    state_release(s);
    trie_collect(b->db, &b->root, 1, state_links); /* each run from the same start */
    return seconds;
}

static double first_commit(u64 storage_slots)
{
    struct trie_db *db = trie_db_open(&system_memory, NULL);
    struct state *s = state_open(&system_memory, db, NULL, &trie_empty_root);
    double seconds;
    hash32 root;
    load_accounts(s);
    change(s, storage_slots);
    TIMED(seconds, must(state_commit(s, &root)));
    state_release(s);
    trie_db_release(db);
    return seconds;
}

/* All storage slots in one account, as in a token's mapping. */
static double one_trie(u64 storage_slots)
{
    struct trie_db *db = trie_db_open(&system_memory, NULL);
    struct state *s = state_open(&system_memory, db, NULL, &trie_empty_root);
    const struct account *a;
    double seconds;
    hash32 root;
    must(state_account(s, &a, NULL, &b->at[0]));
    for (u32 round = 0; round < 2; round++) { /* the second changes what the first made */
        for (u64 i = 0; i < storage_slots; i++) {
            const struct storage_slot *storage_slot;
            const u256 value = {{dice(), dice(), 0, 0}};
            must(state_storage_slot(s, &storage_slot, NULL, a, &b->key[i]));
            state_set_storage_slot(s, a, storage_slot, &value);
        }
        TIMED(seconds, must(state_commit(s, &root)));
    }
    state_release(s);
    trie_db_release(db);
    return seconds;
}

static double collect(u64 count)
{
    double seconds;
    (void)count;
    TIMED(seconds, trie_collect(b->db, &b->root, 1, state_links));
    return seconds;
}

static double list_root(u64 count)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct bytes *item = ARENA_TAKE(&arena, struct bytes, count);
    u8 *bytes = arena_take_zero(&arena, 400);
    for (u64 i = 0; i < count; i++)
        item[i] = bytes_of(bytes, 400); /* a receipt's size */
    hash32 root;
    double seconds;
    TIMED(seconds, trie_list_root(&root, &arena, item, count));
    arena_release(&arena);
    return seconds;
}

static void setup(void)
{
    b = malloc(sizeof *b);
    if (!b)
        must(FAULT_MEMORY);
    b->db = trie_db_open(&system_memory, NULL);
    b->root = trie_empty_root;
    for (u32 i = 0; i < ACCOUNTS; i++)
        b->at[i] = account_at(i);
    for (u32 i = 0; i < SLOTS; i++)
        b->key[i] = storage_slot_key(i / SLOTS_EACH, i % SLOTS_EACH);
    struct state *s = open_view();
    load_accounts(s);
    const u256 rich = {{0, 1, 0, 0}};
    for (u32 i = 0; i < ACCOUNTS; i++)
        state_set_balance(s, b->account[i], &rich);
    change(s, SLOTS);
    must(state_commit(s, &b->root));
    state_release(s);
}

static int by_value(const void *x, const void *y)
{
    const double here = *(const double *)x, there = *(const double *)y;
    return (here > there) - (here < there);
}

int main(int argc, char **argv)
{
    static struct measured row[] = {
        {"account, first sight", ACCOUNTS, account_cold, false, {0}},
        {"account, warm, 100 in turn", OPERATIONS, account_warm, false, {0}},
        {"slot, first sight", SLOTS, storage_slot_cold, false, {0}},
        {"slot, warm, 100 in turn", OPERATIONS, storage_slot_warm, false, {0}},
        {"slot, warm, the same again", OPERATIONS, storage_slot_same, false, {0}},
        {"slot, read and written", OPERATIONS, storage_slot_write, false, {0}},
        {"transfer: two accounts", OPERATIONS, transfer, false, {0}},
        {"mark and rewind, nothing between", OPERATIONS, mark_nothing, false, {0}},
        {"write rewound, ten a mark", OPERATIONS, mark_ten, false, {0}},
        {"transaction with one transfer", OPERATIONS, tx, false, {0}},
        {"commit: 100,000 slots, 10,000 accounts changed", SLOTS, commit, true, {0}},
        {"commit: the same from an empty state", SLOTS, first_commit, true, {0}},
        {"commit: 100,000 slots of one account changed", SLOTS, one_trie, true, {0}},
        {"commit: 1,000 slots, about 1,000 accounts changed", 1000, commit, true, {0}},
        {"commit: 1 slot changed", 1, commit, true, {0}},
        {"collection of all that is live", 1, collect, true, {0}},
        {"list root of 1,000 receipts", 1000, list_root, true, {0}},
    };
    bool json = false;
    const char *only = "";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else {
            fprintf(stderr, "usage: state_bench [--json] [--only TEXT]\n");
            return 2;
        }
    }
    size_t rows = 0;
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (strstr(row[i].name, only))
            row[rows++] = row[i];
    setup();
    for (int run = 0; run < RUNS; run++)
        for (size_t i = 0; i < rows; i++)
            row[i].seconds[run] = row[i].run(row[i].count);
    for (size_t i = 0; i < rows; i++) {
        qsort(row[i].seconds, RUNS, sizeof *row[i].seconds, by_value);
        const double seconds = row[i].seconds[RUNS / 2], each = seconds * 1e9 / (double)row[i].count;
        if (json)
            printf("%s{\"name\": \"%s\", \"count\": %llu, \"ns_each\": %.1f, \"ms\": %.3f}%s", i ? "  " : "[\n  ",
                   row[i].name, (unsigned long long)row[i].count, each, seconds * 1e3, i + 1 < rows ? ",\n" : "\n]\n");
        else if (row[i].in_ms)
            printf("%-52s %10.2f ms   %8.0f ns each\n", row[i].name, seconds * 1e3, each);
        else
            printf("%-52s %10.1f ns\n", row[i].name, each);
    }
    trie_db_release(b->db);
    free(b);
    return 0;
}
