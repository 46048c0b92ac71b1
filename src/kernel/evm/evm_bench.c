/* evm_bench - how fast programs run: nanoseconds a call, and gas per second.
 *
 *     build/release/evm/evm_bench [--json] [--rounds N] [--ms N | --count N | --first] [--tier auto|bytes|program]
 *                                 [--only TEXT] [FOLDER]
 *
 * FOLDER (../shared/bench and build/bench/programs if not named) holds state tests as ipsilon/evm-benchmarks has them
 * (main/ and micro/). Each program is called N times by a small looping contract inside one transaction; N is chosen so
 * that a round takes about --ms milliseconds. The time is that of the round divided by N, the median over --rounds.
 * Programs marked "once" are called by themselves, one call a round, by a VM that remembers nothing, so that their
 * storage slots are cold. The state is the
 * real one, rewound between rounds.
 *
 * With --first a program is called once in each round, and each time on codes that were never run: no map of
 * JUMPDESTs, nothing translated, the processor's caches and predictors as the loading of the state left them.
 *
 * The peers of docs/performance.md are measured in the same way
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
    bool json, first;
    enum evm_tier tier;
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

/* A program as a file has it, in the world that the file describes. */
struct program {
    const char *name;
    address to;
    struct bytes data;
    bool once;
};

/* The rows printed so far; what a row is made of. */
struct report {
    const struct options *options;
    bool any;
};

struct times {
    enum halt halt;
    i64 gas;
    double round[ROUNDS_MAX];
};

static void print_row(struct report *report, const char *name, struct times *t)
{
    const int rounds = report->options->rounds;
    qsort(t->round, (size_t)rounds, sizeof *t->round, compare_doubles);
    const double ns = t->round[rounds / 2], least = t->round[0], most = t->round[rounds - 1];
    const double mgas = (double)t->gas * 1e3 / ns;
    if (report->options->json)
        printf("%s\n  {\"program\": \"%s\", \"halt\": \"%s\", \"gas\": %lld, \"ns\": %.1f, \"min_ns\": %.1f, "
               "\"max_ns\": %.1f, \"mgas_per_s\": %.2f}",
               report->any ? "," : "", name, halt_name(t->halt), (long long)t->gas, ns, least, most, mgas);
    else
        printf("%-44s %-8s %12lld gas %14.1f ns %10.1f Mgas/s   (%.1f to %.1f)\n", name, halt_name(t->halt),
               (long long)t->gas, ns, mgas, least, most);
    fflush(stdout);
    report->any = true;
}

/* A VM that has seen no hash and no modulus yet; codes stay translated. */
static void forget(struct world *w)
{
    const struct evm old = w->vm;
    evm_release(&w->vm);
    evm_init(&w->vm, &system_memory);
    struct evm_stacks *fresh = w->vm.stacks;
    w->vm = old;
    w->vm.stacks = fresh;
}

static void measure(struct world *w, struct report *report, const struct program *p)
{
    const struct options *o = report->options;
    struct evm_result r;
    struct times t;
    u8 *room = arena_take(&w->arena, 64 + p->data.len);
    (void)run(w, &r, &p->to, p->data);
    t.gas = PLENTY - r.gas_left;
    t.halt = r.halt;
    u64 count = 1;
    double took = p->once ? 0 : loop(w, &p->to, p->data, count, room);
    while (!p->once && !o->count && took < o->ms * 1e6 / 4) {
        count *= 2;
        took = loop(w, &p->to, p->data, count, room);
    }
    if (o->count)
        count = o->count;
    else if (!p->once)
        count = (u64)((double)count * o->ms * 1e6 / took) + 1;
    for (int i = 0; i < o->rounds; i++) {
        if (p->once)
            forget(w);
        t.round[i] =
            p->once ? run(w, &r, &p->to, p->data) : loop(w, &p->to, p->data, count, room) / (double)count;
    }
    print_row(report, p->name, &t);
}

static void world_fill(struct world *w, struct json pre, const char *path)
{
    const u256 plenty = {{0, 0, 1, 0}};
    world_add(w, &looper_at, &plenty, 1, BYTES_OF(looper_code));
    world_add(w, &caller_at, &plenty, 1, bytes_of(NULL, 0));
    for (struct json_iterator a = json_items(pre); json_next(&a);) {
        address at;
        u256 balance;
        struct bytes code;
        must_work(address_read(&at, a.key), path);
        must_work(json_u256(&balance, json_get(a.value, "balance")), path);
        must_work(json_hex(&w->arena, &code, json_get(a.value, "code")), path);
        const struct account *account = world_add(w, &at, &balance, 1, code);
        for (struct json_iterator each = json_items(json_get(a.value, "storage")); json_next(&each);) {
            const struct storage_slot *storage_slot;
            u8 key[32];
            u256 value;
            must_work(hex_fixed(key, sizeof key, each.key), path);
            must_work(json_u256(&value, each.value), path);
            const u256 number = u256_from_be(key);
            must_work(state_storage_slot(w->state, &storage_slot, NULL, account, &number), path);
            state_set_storage_slot(w->state, account, storage_slot, &value);
        }
    }
}

static void open_for(struct world *w, const struct options *o, struct json test, const char *path)
{
    world_open(w);
    w->vm.tier = o->tier;
    w->block = (struct evm_block){
        .number = 1, .timestamp = 1638455945, .gas_limit = 1000000000, .chain_id = 1, .base_fee = {{1, 0, 0, 0}}};
    world_fill(w, json_get(test, "pre"), path);
}

/* The first call of all, in as many worlds as there are rounds. */
static void measure_first(struct report *report, struct json test, const struct program *p, const char *path)
{
    struct times t;
    for (int i = 0; i < report->options->rounds; i++) {
        struct world w;
        struct evm_result r;
        open_for(&w, report->options, test, path);
        t.round[i] = run(&w, &r, &p->to, p->data);
        t.gas = PLENTY - r.gas_left;
        t.halt = r.halt;
        world_release(&w);
    }
    print_row(report, p->name, &t);
}

static void measure_test(struct report *report, const char *folder, const char *path, struct json test,
                         struct bytes test_name)
{
    struct world w;
    open_for(&w, report->options, test, path);
    const struct json tx = json_get(test, "transaction"), info = json_get(test, "_info"),
                      labels = json_get(info, "labels");
    struct program p = {.once = json_kind(json_get(info, "once")) == JSON_TRUE};
    must_work(json_hex_fixed(p.to.b, sizeof p.to.b, json_get(tx, "to")), path);
    for (struct json_iterator d = json_items(json_get(tx, "data")); json_next(&d);) {
        char index[16], name[256];
        snprintf(index, sizeof index, "%u", d.index);
        const struct bytes label = json_text(json_get(labels, index));
        snprintf(name, sizeof name, "%s/%.*s/%.*s", folder, (int)test_name.len, (const char *)test_name.ptr,
                 (int)label.len, (const char *)label.ptr);
        if (report->options->only && !strstr(name, report->options->only))
            continue;
        p.name = name;
        must_work(json_hex(&w.arena, &p.data, d.value), path);
        if (report->options->first)
            measure_first(report, test, &p, path);
        else
            measure(&w, report, &p);
    }
    world_release(&w);
}

static void measure_file(struct report *report, const char *folder, const char *path)
{
    struct arena arena;
    struct complaint complaint = {0};
    struct json root;
    arena_init(&arena, &system_memory);
    if (json_read_file(&arena, &root, &complaint, path, 64 << 20) != OK)
        die(complaint.text, path);
    for (struct json_iterator test = json_items(root); json_next(&test);)
        measure_test(report, folder, path, test.value, test.key);
    arena_release(&arena);
}

static int is_json(const struct dirent *e)
{
    const size_t len = strlen(e->d_name);
    return len > 5 && strcmp(e->d_name + len - 5, ".json") == 0;
}

/* False if there is neither main/ nor micro/. */
static bool measure_folder(struct report *report, const char *folder)
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
            measure_file(report, parts[i], path);
            free(entry[j]);
        }
        free(entry);
    }
    return any;
}

static bool tier_read(enum evm_tier *out, const char *text)
{
    static const char *const name[] = {
        [EVM_TIER_AUTO] = "auto", [EVM_TIER_BYTES] = "bytes", [EVM_TIER_PROGRAM] = "program"};
    for (unsigned i = 0; i < COUNT_OF(name); i++)
        if (strcmp(text, name[i]) == 0) {
            *out = (enum evm_tier)i;
            return true;
        }
    return false;
}

int main(int argc, char **argv)
{
    struct options o = {.rounds = 7, .ms = 100, .tier = EVM_TIER_AUTO};
    static const struct option known[] = {{"json", no_argument, NULL, 'j'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"ms", required_argument, NULL, 'm'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"first", no_argument, NULL, 'f'},
                                          {"tier", required_argument, NULL, 't'},
                                          {"only", required_argument, NULL, 'o'},
                                          {0}};
    bool good = true;
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'j': o.json = true; break;
        case 'r': o.rounds = atoi(optarg); break;
        case 'm': o.ms = atof(optarg); break;
        case 'c': o.count = strtoull(optarg, NULL, 10); break;
        case 'f': o.first = true; break;
        case 't': good = tier_read(&o.tier, optarg); break;
        case 'o': o.only = optarg; break;
        default: good = false;
        }
    }
    if (!good || optind < argc - 1 || o.rounds < 1 || o.rounds > ROUNDS_MAX || !(o.ms > 0)) {
        fprintf(stderr, "usage: evm_bench [--json] [--rounds 1..%d] [--ms N | --count N | --first] [--tier auto|bytes|program] "
                "[--only TEXT] [FOLDER]\n", ROUNDS_MAX);
        return 2;
    }
    struct report report = {.options = &o};
    if (o.json)
        printf("[");
    if (optind < argc) {
        if (!measure_folder(&report, argv[optind]))
            die("no such folder, or no main/ or micro/ in it", argv[optind]);
    } else {
        static const char *const usual[] = {"../shared/bench", "build/bench/programs"};
        bool any = false;
        for (unsigned i = 0; i < COUNT_OF(usual); i++)
            if (measure_folder(&report, usual[i]))
                any = true;
        if (!any)
            die("no programs found: name a folder, or run tools/bench_programs.mjs", "../shared/bench, build/bench/programs");
    }
    if (o.json)
        printf("\n]\n");
    return 0;
}
