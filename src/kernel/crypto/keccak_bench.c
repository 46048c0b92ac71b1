/* keccak_bench - nanoseconds a message: one by one, and side by side at each width.
 *
 * Processor time, the least of 40 runs. Trie nodes are leaves of about 110 bytes and branches of 532.
 *
 *   keccak_bench [--json] */
#include "crypto/keccak.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { MESSAGES = 1024,
       RUNS = 40 };

static const struct row {
    const char *name;
    size_t count, len, every, other_len; /* one in every is of other_len */
} rows[] = {
    {"32 bytes", 1, 32, 0, 0},
    {"64 bytes", 1, 64, 0, 0},
    {"532 bytes", 1, 532, 0, 0},
    {"8 KiB", 1, 8192, 0, 0},
    {"16 leaves", 16, 110, 0, 0},
    {"16 branches", 16, 532, 0, 0},
    {"1024 leaves", MESSAGES, 110, 0, 0},
    {"1024 branches", MESSAGES, 532, 0, 0},
    {"1024 nodes, one branch in 5", MESSAGES, 110, 5, 532},
};
static const unsigned widths[] = {1, 4, 8};

static u8 data[8192 + MESSAGES];
static hash32 digest[MESSAGES];

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_ns(const struct row *row, unsigned width)
{
    struct bytes message[MESSAGES];
    for (size_t i = 0; i < row->count; i++)
        message[i] = bytes_of(data + i, row->every && i % row->every == 0 ? row->other_len : row->len);
    const unsigned times = (unsigned)(MESSAGES / row->count);
    double least = INFINITY;
    for (unsigned run = 0; run < RUNS; run++) {
        const double start = now_ns();
        for (unsigned i = 0; i < times; i++)
            keccak256_many_at_most(digest, message, row->count, width);
        least = fmin(least, (now_ns() - start) / (times * (double)row->count));
    }
    return least;
}

int main(int argc, char **argv)
{
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    printf(json ? "[" : "%-30s %10s %10s %10s   ns a message\n", "keccak256", "1", "4", "8 at once");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double ns[COUNT_OF(widths)];
        for (size_t w = 0; w < COUNT_OF(widths); w++)
            ns[w] = time_ns(&rows[i], widths[w]);
        if (json)
            printf("%s\n  {\"name\": \"%s\", \"ns\": %.1f, \"ns_4\": %.1f, \"ns_8\": %.1f}", i ? "," : "", rows[i].name,
                   ns[0], ns[1], ns[2]);
        else
            printf("%-30s %10.1f %10.1f %10.1f\n", rows[i].name, ns[0], ns[1], ns[2]);
    }
    if (json)
        printf("\n]\n");
    return 0;
}
