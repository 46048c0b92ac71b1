/* evm_bench - how fast programs run: nanoseconds a call, and gas per second.
 *
 *     build/release/evm/evm_bench [--json] [--rounds N] [--ms N | --count N] [--only TEXT] [FOLDER]
 *
 * FOLDER (../shared/bench and build/bench/programs if not named) holds state tests as ipsilon/evm-benchmarks has them
 * (main/ and micro/). Each program is called N times by a small looping contract inside one transaction; N is chosen so
 * that a round takes about --ms milliseconds. The time is that of the round divided by N, the median over --rounds.
 * Programs marked "once" are called by themselves, one call a round, so that their slots are cold. The state is the
 * real one, rewound between rounds. The peers of docs/performance.md are measured in the same way
 * (tools/bench_peers.mjs). */
#include <getopt.h>
#include <dirent.h>
#include <time.h>

#include "codec/hex.h"
#include "evm/world_for_tests.h"
#include "io/json.h"

/* calldata: count, target, data of each call */
static const u8 looper_code[] = {
    0x60, 0x40, 0x36, 0x03,       /* size = CALLDATASIZE - 0x40 */
    0x80, 0x60, 0x40, 0x5f, 0x37, /* memory[0..size) = data */
    0x60, 0x20, 0x35,             /* target */
    0x5f, 0x35,                   /* count */
    0x5b,                         /* 14: loop */
    0x5f, 0x5f, 0x84, 0x5f, 0x5f, 0x86, 0x5a, 0xf1, 0x50, /* CALL(gas, target, 0, 0, size, 0, 0) */
    0x60, 0x01, 0x90, 0x03,       /* count - 1 */
    0x80, 0x60, 0x0e, 0x57,       /* again unless 0 */
    0x00,
};

static const address looper_at = {{0xbe, 0x1c, 1}}, caller_at = {{0xbe, 0x1c, 2}};
enum { ROUNDS_MAX = 101 };
static const i64 PLENTY = (i64)1 << 50;

struct options {
    bool json;
    int rounds;
    double ms;
    u64 count; /* calls in a round; 0: by ms */
    const char *only;
};

static void die(const char *what, const char *where)
{
    fprintf(stderr, "evm_bench: %s: %s\n", where, what);
    exit(3);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others on the machine do not count */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare_doubles(const void *here, const void *there)
{
    const double x = *(const double *)here, y = *(const double *)there;
    return (x > y) - (x < y);
}

/* Runs it once as a transaction's message, and takes everything back. */
static double run(struct world *w, struct evm_result *out, const address *to, struct bytes input)
{
    state_tx_begin(w->state);
    const u64 mark = evm_host_mark(&w->host);
    const struct evm_message m = {.kind = MESSAGE_CALL,
                                  .gas = PLENTY,
                                  .recipient = *to,
                                  .code_address = *to,
                                  .sender = caller_at,
                                  .input = input};
    const double start = now_ns();
    must_work(evm_execute(&w->vm, out, &m), "evm");
    const double took = now_ns() - start;
    evm_host_rewind(&w->host, mark);
    state_tx_end(w->state, &(struct state_rules){.clears_empty = true});
    return took;
}

static double loop(struct world *w, const address *target, struct bytes data, u64 count, u8 *room)
{
    const u256 n = u256_from_u64(count), at = u256_from_address(target);
    struct evm_result r;
    u256_to_be(room, &n);
    u256_to_be(room + 32, &at);
    if (data.len)
        memcpy(room + 64, data.ptr, data.len);
    const double took = run(w, &r, &looper_at, bytes_of(room, 64 + data.len));
    if (r.halt != HALT_STOP)
        die(halt_name(r.halt), "the looping contract");
    return took;
}

static void measure(struct world *w, const struct options *o, const char *name, const address *target,
                    struct bytes data, bool once, bool *first)
{
    struct evm_result r;
    double round[ROUNDS_MAX];
    u8 *room = arena_take(&w->arena, 64 + data.len);
    (void)run(w, &r, target, data);
    const i64 gas = PLENTY - r.gas_left;
    const enum halt halt = r.halt;
    u64 count = 1;
    double took = loop(w, target, data, count, room);
    while (!once && !o->count && took < o->ms * 1e6 / 4) {
        count *= 2;
        took = loop(w, target, data, count, room);
    }
    if (o->count)
        count = o->count;
    else if (!once)
        count = (u64)((double)count * o->ms * 1e6 / took) + 1;
    for (int i = 0; i < o->rounds; i++)
        round[i] = once ? run(w, &r, target, data) : loop(w, target, data, count, room) / (double)count;
    qsort(round, (size_t)o->rounds, sizeof *round, compare_doubles);
    const double ns = round[o->rounds / 2];
    if (o->json)
        printf(
            "%s\n  {\"program\": \"%s\", \"halt\": \"%s\", \"gas\": %lld, \"ns\": %.1f, \"min_ns\": %.1f, \"max_ns\": %.1f, \"mgas_per_s\": %.2f}",
            *first ? "" : ",", name, halt_name(halt), (long long)gas, ns, round[0], round[o->rounds - 1],
            (double)gas * 1e3 / ns);
    else
        printf("%-44s %-8s %12lld gas %14.1f ns %10.1f Mgas/s   (%.1f to %.1f)\n", name, halt_name(halt), (long long)gas, ns,
               (double)gas * 1e3 / ns, round[0], round[o->rounds - 1]);
    fflush(stdout);
    *first = false;
}

static void measure_file(const struct options *o, const char *folder, const char *path, bool *first)
{
    struct world w;
    struct complaint complaint = {0};
    struct json root;
    world_open(&w);
    w.block = (struct evm_block){
        .number = 1, .timestamp = 1638455945, .gas_limit = 1000000000, .chain_id = 1, .base_fee = {{1, 0, 0, 0}}};
    if (json_read_file(&w.arena, &root, &complaint, path, 64 << 20) != OK)
        die(complaint.text, path);
    const u256 plenty = {{0, 0, 1, 0}};
    world_add(&w, &looper_at, &plenty, 1, BYTES_OF(looper_code));
    world_add(&w, &caller_at, &plenty, 1, bytes_of(NULL, 0));
    for (struct json_iterator test = json_items(root); json_next(&test);) {
        for (struct json_iterator a = json_items(json_get(test.value, "pre")); json_next(&a);) {
            address at;
            u256 balance;
            struct bytes code;
            must_work(address_read(&at, a.key), path);
            must_work(json_u256(&balance, json_get(a.value, "balance")), path);
            must_work(json_hex(&w.arena, &code, json_get(a.value, "code")), path);
            const struct account *account = world_add(&w, &at, &balance, 1, code);
            for (struct json_iterator each = json_items(json_get(a.value, "storage")); json_next(&each);) {
                const struct slot *slot;
                u8 key[32];
                u256 value;
                must_work(hex_fixed(key, sizeof key, each.key), path);
                must_work(json_u256(&value, each.value), path);
                const u256 number = u256_from_be(key);
                must_work(state_slot(w.state, &slot, NULL, account, &number), path);
                state_set_slot(w.state, account, slot, &value);
            }
        }
        const struct json tx = json_get(test.value, "transaction"),
                          labels = json_get(json_get(test.value, "_info"), "labels");
        const bool once = json_kind(json_get(json_get(test.value, "_info"), "once")) == JSON_TRUE;
        address to;
        must_work(json_hex_fixed(to.b, sizeof to.b, json_get(tx, "to")), path);
        for (struct json_iterator d = json_items(json_get(tx, "data")); json_next(&d);) {
            char index[16], name[256];
            struct bytes data;
            snprintf(index, sizeof index, "%u", d.index);
            const struct bytes label = json_text(json_get(labels, index));
            snprintf(name, sizeof name, "%s/%.*s/%.*s", folder, (int)test.key.len, (const char *)test.key.ptr,
                     (int)label.len, (const char *)label.ptr);
            if (o->only && !strstr(name, o->only))
                continue;
            must_work(json_hex(&w.arena, &data, d.value), path);
            measure(&w, o, name, &to, data, once, first);
        }
    }
    world_release(&w);
}

static int is_json(const struct dirent *e)
{
    const size_t len = strlen(e->d_name);
    return len > 5 && strcmp(e->d_name + len - 5, ".json") == 0;
}

/* False if there is neither main/ nor micro/. */
static bool measure_folder(const struct options *o, const char *folder, bool *first)
{
    static const char *const parts[] = {"main", "micro"};
    bool any = false;
    for (unsigned i = 0; i < COUNT_OF(parts); i++) {
        char path[4096];
        struct dirent **entry;
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        const int count = scandir(path, &entry, is_json, alphasort);
        if (count < 0)
            continue;
        any = true;
        for (int j = 0; j < count; j++) {
            snprintf(path, sizeof path, "%s/%s/%s", folder, parts[i], entry[j]->d_name);
            measure_file(o, parts[i], path, first);
            free(entry[j]);
        }
        free(entry);
    }
    return any;
}

int main(int argc, char **argv)
{
    struct options o = {.rounds = 7, .ms = 100};
    static const struct option known[] = {{"json", no_argument, NULL, 'j'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"ms", required_argument, NULL, 'm'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"only", required_argument, NULL, 'o'},
                                          {0}};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'j': o.json = true; break;
        case 'r': o.rounds = atoi(optarg); break;
        case 'm': o.ms = atof(optarg); break;
        case 'c':
            o.count = strtoull(optarg, NULL, 10);
            break;
        case 'o': o.only = optarg; break;
        default: return 2;
        }
    }
    if (optind < argc - 1 || o.rounds < 1 || o.rounds > ROUNDS_MAX || !(o.ms > 0)) {
        fprintf(stderr, "usage: evm_bench [--json] [--rounds 1..%d] [--ms N | --count N] [--only TEXT] [FOLDER]\n", ROUNDS_MAX);
        return 2;
    }
    bool first = true;
    if (o.json)
        printf("[");
    if (optind < argc) {
        if (!measure_folder(&o, argv[optind], &first))
            die("no such folder, or no main/ or micro/ in it", argv[optind]);
    } else {
        static const char *const usual[] = {"../shared/bench", "build/bench/programs"};
        bool any = false;
        for (unsigned i = 0; i < COUNT_OF(usual); i++)
            if (measure_folder(&o, usual[i], &first))
                any = true;
        if (!any)
            die("neither is there: name a folder, or run tools/bench_programs.mjs", "../shared/bench, build/bench/programs");
    }
    if (o.json)
        printf("\n]\n");
    return 0;
}
