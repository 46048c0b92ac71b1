/* The VM against @ethereumjs/evm (tests/vectors/evm.json), its own table of instructions, and its contract with
 * hosts and hooks. The official fixtures run elsewhere (scope statetest). */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/keccak.h"
#include "evm/world_for_tests.h"
#include "io/json.h"

enum { SELF = 0xaaaa, CALLER = 0xcccc };

static struct world world;
static struct json vectors;

static void add(u64 at, u64 balance, const char *hex)
{
    u8 code[256];
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        code[i] = (u8)byte;
    }
    const address a = world_address(at);
    const u256 b = u256_from_u64(balance);
    world_add(&world, &a, &b, 1, bytes_of(code, len));
}

/* The neighbours of tests/vectors/evm.mjs. */
static int open_world(void **state)
{
    (void)state;
    world_open(&world);
    struct complaint complaint = {0};
    if (json_read_file(&world.arena, &vectors, &complaint, "tests/vectors/evm.json", 64 << 20) != OK) {
        fprintf(stderr, "%s: %s\n", complaint.file, complaint.text);
        return 1;
    }
    static const hash32 blob_hash = {{0x01, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
                                      0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
                                      0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77}};
    world.block = (struct evm_block){.number = 1000,
                                     .timestamp = 1700000000,
                                     .gas_limit = 30000000,
                                     .coinbase = world_address(0xc01b),
                                     .difficulty = {{0x20000, 0, 0, 0}},
                                     .base_fee = {{1000, 0, 0, 0}},
                                     .blob_base_fee = {{7, 0, 0, 0}},
                                     .chain_id = 1};
    memset(world.block.prevrandao.b, 0x5a, 32);
    world.tx = (struct evm_tx){
        .origin = world_address(CALLER), .gas_price = {{11, 0, 0, 0}}, .blob_hash = &blob_hash, .blob_hash_count = 1};
    add(CALLER, 1000, "");
    add(0xb1, 7, "3660006000373660" "00f3");
    add(0xb2, 0, "602060005b3360005260406000fd");
    add(0xb3, 0, "fe");
    add(0xb4, 5, "");
    add(0xb5, 0, "6001600154016001556001546000526020" "6000f3");
    add(0xb6, 0, "33ff");
    add(0xb7, 0, "3033343" "23a1818181860005260206000f3");
    return 0;
}

static int release_world(void **state)
{
    (void)state;
    world_release(&world);
    return 0;
}

static void set_storage_slot(const struct account *a, u64 key, u64 value)
{
    const struct storage_slot *storage_slot;
    const u256 k = u256_from_u64(key), v = u256_from_u64(value);
    must_work(state_storage_slot(world.state, &storage_slot, NULL, a, &k), "state_storage_slot");
    state_set_storage_slot(world.state, a, storage_slot, &v);
}

struct outcome {
    enum err err;
    struct evm_result r;
    u8 output[64];
    hash32 output_hash;
};

/* code at SELF with storage slots 0, 5, 0, 9, called by CALLER as a transaction of its own; nothing of it stays. */
static struct outcome run(const struct hooks *hooks, enum fork_id fork, struct bytes code, struct bytes input, i64 gas,
                          u64 value)
{
    static u8 nothing;
    const address self = world_address(SELF), caller = world_address(CALLER);
    const u256 balance = u256_from_u64(100);
    const u64 before = evm_host_mark(&world.host);
    const struct account *a = world_add(&world, &self, &balance, 1, code);
    set_storage_slot(a, 1, 5);
    set_storage_slot(a, 3, 9);
    state_tx_begin(world.state);
    const u64 mark = evm_host_mark(&world.host);
    bool cold;
    must_work(state_account(world.state, &a, &cold, &self), "state_account");
    must_work(state_account(world.state, &a, &cold, &caller), "state_account");
    const struct evm_message m = {.kind = MESSAGE_CALL,
                                  .gas = gas,
                                  .recipient = self,
                                  .code_address = self,
                                  .sender = caller,
                                  .input = input.len ? input : bytes_of(&nothing, 0),
                                  .value = u256_from_u64(value)};
    struct outcome o = {0};
    world_fork(&world, fork);
    world.vm.hooks = hooks;
    o.err = evm_execute(&world.vm, &o.r, &m);
    world.vm.hooks = NULL;
    if (o.err == OK) {
        keccak256(&o.output_hash, o.r.output.ptr, o.r.output.len);
        memcpy(o.output, o.r.output.ptr ? o.r.output.ptr : &nothing,
               o.r.output.len < sizeof o.output ? o.r.output.len : 0);
    }
    evm_host_rewind(&world.host, mark);
    state_tx_end(world.state, &(struct state_rules){.clears_empty = true});
    evm_host_rewind(&world.host, before);
    return o;
}

static enum err no_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    (void)vm;
    (void)m;
    (void)s;
    ++*(u64 *)context;
    return OK;
}

/* Every program ends as it does in @ethereumjs/evm: same end, gas, refund and output; traced, as bytes and translated.
 */
static void programs_agree(void **state)
{
    (void)state;
    u64 steps = 0;
    unsigned count = 0, wrong = 0;
    const struct hooks tracer = {.context = &steps, .step = no_step};
    for (struct json_iterator p = json_items(json_get(vectors, "programs")); json_next(&p);) {
        char fork_name[32];
        const struct bytes fork_text = json_text(json_at(p.value, 0)), name = json_text(json_at(p.value, 1)),
                           ends = json_text(json_at(p.value, 6));
        struct bytes code, input, output;
        u64 gas, value, used, refund;
        snprintf(fork_name, sizeof fork_name, "%.*s", (int)fork_text.len, (const char *)fork_text.ptr);
        const struct fork *fork = fork_by_name(fork_name);
        assert_non_null(fork);
        must_work(json_hex(&world.arena, &code, json_at(p.value, 2)), "code");
        must_work(json_hex(&world.arena, &input, json_at(p.value, 3)), "input");
        must_work(json_u64(&gas, json_at(p.value, 4)), "gas");
        must_work(json_u64(&value, json_at(p.value, 5)), "value");
        must_work(json_u64(&used, json_at(p.value, 7)), "used");
        const struct bytes refund_text = json_text(json_at(p.value, 8));
        const bool negative = refund_text.len && refund_text.ptr[0] == '-';
        if (!negative)
            must_work(json_u64(&refund, json_at(p.value, 8)), "refund");
        must_work(json_hex(&world.arena, &output, json_at(p.value, 9)), "output");
        static const struct { const char *name; bool traced; enum evm_tier tier; } form[] = {
            {"traced", true, EVM_TIER_AUTO}, {"bytes", false, EVM_TIER_BYTES}, {"translated", false, EVM_TIER_PROGRAM}};
        for (unsigned i = 0; i < COUNT_OF(form); i++) {
            world.vm.tier = form[i].tier;
            const struct outcome o = run(form[i].traced ? &tracer : NULL, fork->id, code, input, (i64)gas, value);
            world.vm.tier = EVM_TIER_AUTO;
            assert_int_equal(o.err, OK);
            const char *end = halt_is_success(o.r.halt) ? "ok" : o.r.halt == HALT_REVERT ? "revert" : "fail";
            hash32 wanted;
            keccak256(&wanted, output.ptr, output.len);
            if (!bytes_eq(bytes_of(end, strlen(end)), ends) || (i64)gas - o.r.gas_left != (i64)used ||
                (!negative && o.r.gas_refund != (i64)refund) || !hash32_eq(&wanted, &o.output_hash)) {
                fprintf(
                    stderr,
                    "%s %.*s (row %u, %s): %s (%s), want %.*s; gas %lld, want %llu; refund %lld, want %llu; output %zu bytes %02x..%02x, want %zu\n",
                    fork_name, (int)name.len, (const char *)name.ptr, p.index, form[i].name, end, halt_name(o.r.halt),
                    (int)ends.len, (const char *)ends.ptr, (long long)((i64)gas - o.r.gas_left),
                    (unsigned long long)used, (long long)o.r.gas_refund, (unsigned long long)refund, o.r.output.len,
                    o.output[0], o.output[31], output.len);
                wrong++;
            }
            count++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(count, 3 * json_count(json_get(vectors, "programs")));
    assert_true(count > 3000 && steps > 10000);
}

/* Each byte as an instruction, in each fork, on zeros: what it costs there, or that it is none. */
static void instructions_agree(void **state)
{
    world.vm.tier = *(enum evm_tier *)*state;
    unsigned wrong = 0, forks = 0;
    for (struct json_iterator f = json_items(json_get(vectors, "opcodes")); json_next(&f); forks++) {
        char fork_name[32];
        snprintf(fork_name, sizeof fork_name, "%.*s", (int)f.key.len, (const char *)f.key.ptr);
        const struct fork *fork = fork_by_name(fork_name);
        assert_non_null(fork);
        assert_int_equal(json_count(f.value), 256);
        for (struct json_iterator c = json_items(f.value); json_next(&c);) {
            u8 code[35];
            for (int i = 0; i < 17; i++) {
                code[2 * i] = 0x60;
                code[2 * i + 1] = 0;
            }
            code[34] = (u8)c.index;
            const struct outcome o = run(NULL, fork->id, BYTES_OF(code), bytes_of(NULL, 0), 1000000, 0);
            assert_int_equal(o.err, OK);
            const i64 cost =
                halt_is_success(o.r.halt) || o.r.halt == HALT_REVERT ? 1000000 - o.r.gas_left - 17 * 3 : -1;
            char want[24];
            snprintf(want, sizeof want, "%lld", (long long)cost);
            const struct bytes text = json_source(c.value);
            if (!bytes_eq(text, bytes_of(want, strlen(want)))) {
                fprintf(stderr, "%s, instruction %02x: %s, want %.*s (%s)\n", fork_name, c.index, want, (int)text.len,
                        (const char *)text.ptr, halt_name(o.r.halt));
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(forks, FORK_COUNT);
    world.vm.tier = EVM_TIER_AUTO;
}

static const struct {
    u8 byte;
    const char *name;
    int in, out;
    i64 gas;
} ops[] = {
#define OP(op_byte, op_name, op_in, op_out, cost, since, shape) {op_byte, #op_name, op_in, op_out, cost},
#include "evm/ops.def"
#undef OP
};

/* No instruction runs with an item too few, with no room for what it leaves, or with a unit of gas too little. */
static void instructions_check_their_row(void **state)
{
    world.vm.tier = *(enum evm_tier *)*state;
    for (unsigned i = 0; i < COUNT_OF(ops); i++) {
        u8 code[3000];
        size_t len = 0;
        for (int j = 0; j < ops[i].in - 1; j++)
            code[len++] = 0x58; /* PC */
        code[len++] = ops[i].byte;
        if (ops[i].in > 0) {
            const struct outcome o = run(NULL, FORK_OSAKA, bytes_of(code, len), bytes_of(NULL, 0), 1000000, 0);
            assert_int_equal(o.err, OK);
            assert_int_equal(o.r.halt, HALT_STACK_UNDERFLOW);
            assert_int_equal(o.r.gas_left, 0);
        }
        len = 0;
        for (int j = 0; j < 1024; j++)
            code[len++] = 0x58;
        code[len++] = ops[i].byte;
        const struct outcome full = run(NULL, FORK_OSAKA, bytes_of(code, len), bytes_of(NULL, 0), 10000000, 0);
        assert_int_equal(full.err, OK);
        assert_int_equal(full.r.halt == HALT_STACK_OVERFLOW, ops[i].out > ops[i].in);
        if (ops[i].gas > 0) {
            len = 0;
            for (int j = 0; j < ops[i].in; j++)
                code[len++] = 0x3d; /* RETURNDATASIZE: 0 */
            code[len++] = ops[i].byte;
            const struct outcome o =
                run(NULL, FORK_OSAKA, bytes_of(code, len), bytes_of(NULL, 0), 2 * ops[i].in + ops[i].gas - 1, 0);
            assert_int_equal(o.err, OK);
            assert_int_equal(o.r.halt, HALT_OUT_OF_GAS);
        }
    }
    world.vm.tier = EVM_TIER_AUTO;
}

/* ---- what hosts and hooks are promised ---- */

/* calls 0x..bb with the calldata, and returns what it answers */
static const u8 forwarder[] = {0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x5f, 0x60,
                               0xbb, 0x5a, 0xf1, 0x15, 0x3d, 0x5f, 0x5f, 0x3e, 0x60, 0x1a,
                               0x57, 0x3d, 0x5f, 0xf3, 0x00, 0x00, 0x5b, 0x3d, 0x5f, 0xfd};

struct notes {
    char text[512];
    enum err answer;
    u64 value;
};

static void note(struct notes *n, const char *what)
{
    strncat(n->text, what, sizeof n->text - strlen(n->text) - 1);
}

static enum err note_enter(void *context, struct evm *vm, const struct evm_message *m)
{
    char line[64];
    (void)vm;
    snprintf(line, sizeof line, "enter %u %02x%02x;", m->depth, m->recipient.b[18], m->recipient.b[19]);
    note(context, line);
    return ((struct notes *)context)->answer;
}

static enum err note_leave(void *context, struct evm *vm, const struct evm_message *m, const struct evm_result *r)
{
    char line[64];
    (void)vm;
    snprintf(line, sizeof line, "leave %u %s %zu;", m->depth, halt_name(r->halt), r->output.len);
    note(context, line);
    return OK;
}

static enum err serve(void *context, struct evm *vm, const struct evm_message *m, struct evm_result *r, bool *served)
{
    static const u8 answer[] = {1, 2, 3};
    struct notes *n = context;
    (void)vm;
    note(n, "codeless;");
    if (m->input.len == 1 && m->input.ptr[0] == 7)
        return n->answer;
    *served = true;
    *r = (struct evm_result){.halt = HALT_RETURN, .gas_left = m->gas - 100, .output = BYTES_OF(answer)};
    return OK;
}

static void frames_are_announced_in_order(void **state)
{
    (void)state;
    struct notes n = {.answer = OK};
    const struct hooks hooks = {.context = &n, .enter = note_enter, .leave = note_leave};
    const struct outcome o = run(&hooks, FORK_OSAKA, BYTES_OF(forwarder), bytes_of("abc", 3), 100000, 0);
    assert_int_equal(o.err, OK);
    assert_string_equal(n.text, "enter 0 aaaa;enter 1 00bb;leave 1 stop 0;leave 0 return 0;");
}

/* An account without code can be served from outside: its answer is return data, its gas is paid by the caller. */
static void codeless_calls_can_be_served(void **state)
{
    (void)state;
    struct notes n = {.answer = REJECT_PROOF};
    const struct hooks hooks = {.context = &n, .call_codeless = serve};
    const struct outcome plain = run(NULL, FORK_OSAKA, BYTES_OF(forwarder), bytes_of("abc", 3), 100000, 0);
    const struct outcome o = run(&hooks, FORK_OSAKA, BYTES_OF(forwarder), bytes_of("abc", 3), 100000, 0);
    assert_int_equal(o.err, OK);
    assert_int_equal(o.r.halt, HALT_RETURN);
    assert_int_equal(o.r.output.len, 3);
    assert_memory_equal(o.output, ((u8[]){1, 2, 3}), 3);
    assert_true(plain.r.gas_left - o.r.gas_left >= 100);
    /* a precompile is not such an account */
    static const u8 call_identity[] = {0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x60, 0x04, 0x5a, 0xf1};
    n.text[0] = 0;
    assert_int_equal(run(&hooks, FORK_OSAKA, BYTES_OF(call_identity), bytes_of(NULL, 0), 100000, 0).err, OK);
    assert_string_equal(n.text, "");
    /* a REJECT goes through every frame */
    assert_int_equal(run(&hooks, FORK_OSAKA, BYTES_OF(forwarder), bytes_of("\7", 1), 100000, 0).err, REJECT_PROOF);
}

static enum err nested_message(void *context, struct evm *vm, const struct evm_message *m, const struct log *log)
{
    struct notes *n = context;
    note(n, "log;");
    if (m->depth > 900)
        return OK;
    assert_int_equal(log->data.len, 4);
    const struct evm_message inner = {.kind = MESSAGE_CALL,
                                      .depth = m->depth + 1,
                                      .gas = 50000,
                                      .recipient = world_address(0xb1),
                                      .code_address = world_address(0xb1),
                                      .sender = world_address(0xb1),
                                      .input = bytes_of("a nested message", 16)};
    struct evm_result r;
    const enum err e = evm_execute(vm, &r, &inner);
    if (e != OK)
        return e;
    assert_int_equal(r.halt, HALT_RETURN);
    assert_int_equal(r.output.len, 16);
    assert_memory_equal(r.output.ptr, "a nested message", 16);
    return OK;
}

/* A log's listener may run messages on the same VM; the frame that logged keeps its stack, memory and return data. */
static void messages_nest_inside_of_logs(void **state)
{
    (void)state;
    static const u8 code[] = {
        0x60, 0x2a, 0x5f, 0x52,                                     /* memory[0] = 42 */
        0x5f, 0x5f, 0x60, 0x20, 0x5f, 0x60, 0xb1, 0x5a, 0xfa,       /* return data: the word, echoed */
        0x60, 0x04, 0x60, 0x1c, 0xa0,                               /* LOG0(28, 4) */
        0x60, 0x20, 0x5f, 0x60, 0x20, 0x3e,                         /* memory[32] = return data */
        0x5f, 0x52,                                                 /* memory[0] = the call's success */
        0x60, 0x40, 0x5f, 0xf3};
    struct notes n = {{0}, OK, 0};
    const struct hooks hooks = {.context = &n, .log = nested_message};
    const struct outcome o = run(&hooks, FORK_OSAKA, BYTES_OF(code), bytes_of(NULL, 0), 100000, 0);
    assert_int_equal(o.err, OK);
    assert_int_equal(o.r.halt, HALT_RETURN);
    assert_string_equal(n.text, "log;");
    assert_int_equal(o.r.output.len, 64);
    assert_memory_equal(o.r.output.ptr + 31, "\1", 1);
    assert_memory_equal(o.r.output.ptr + 63, "\x2a", 1);
}

static enum err refuse_environment(void *context, struct evm *vm, const struct evm_message *m, u8 opcode)
{
    (void)vm;
    (void)m;
    ((struct notes *)context)->value = opcode;
    return ((struct notes *)context)->answer;
}

/* Whatever reads the block or the transaction can be seen, and refused. */
static void environment_reads_are_seen(void **state)
{
    (void)state;
    static const u8 reads[] = {0x32, 0x3a, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x48, 0x4a, 0x40, 0x49};
    for (unsigned i = 0; i < COUNT_OF(reads); i++) {
        struct notes n = {.answer = OK};
        const struct hooks hooks = {.context = &n, .read_environment = refuse_environment};
        const u8 code[] = {0x5f, reads[i]};
        assert_int_equal(run(&hooks, FORK_OSAKA, BYTES_OF(code), bytes_of(NULL, 0), 1000, 0).err, OK);
        assert_int_equal(n.value, reads[i]);
        n.answer = REJECT_PROOF;
        assert_int_equal(run(&hooks, FORK_OSAKA, BYTES_OF(code), bytes_of(NULL, 0), 1000, 0).err, REJECT_PROOF);
    }
}

static enum err note_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    char line[64];
    (void)vm;
    (void)m;
    snprintf(line, sizeof line, "%u %02x %lld %u %u;", s->pc, s->opcode, (long long)s->gas, s->stack_count,
             s->memory_size);
    note(context, line);
    return OK;
}

/* Each instruction is announced with the gas before it, once, the last implied STOP included. */
static void steps_are_exact(void **state)
{
    (void)state;
    static const u8 code[] = {0x60, 0x02, 0x60, 0x03, 0x01, 0x5f, 0x52, 0x5a};
    struct notes n = {.answer = OK};
    const struct hooks hooks = {.context = &n, .step = note_step};
    assert_int_equal(run(&hooks, FORK_OSAKA, BYTES_OF(code), bytes_of(NULL, 0), 1000, 0).r.halt, HALT_STOP);
    assert_string_equal(n.text, "0 60 1000 0 0;2 60 997 1 0;4 01 994 2 0;5 5f 991 1 0;6 52 989 2 0;7 5a 983 0 32;8 00 981 1 32;");
}

/* counts itself in transient slot 0, calls itself, returns the count */
static const u8 self_caller[] = {0x60, 0x01, 0x5f, 0x5c, 0x01, 0x5f, 0x5d,             /* t[0] += 1 */
                                 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf1, 0x50, /* CALL(self) */
                                 0x5f, 0x5c, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};

static void *call_self(void *unused)
{
    (void)unused;
    const struct outcome o = run(NULL, FORK_OSAKA, BYTES_OF(self_caller), bytes_of(NULL, 0), (i64)1 << 50, 0);
    assert_int_equal(o.err, OK);
    const u256 count = u256_from_be(o.output);
    assert_int_equal(count.w[0], 1025);
    assert_int_equal(o.r.gas_refund, 0);
    return NULL;
}

/* 1024 calls deep and no deeper, on a stack as small as evm.h says that it may be. */
static void calls_nest_1024_deep(void **state)
{
    (void)state;
    pthread_attr_t attributes;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, EVM_STACK_BYTES + 256 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attributes, call_self, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

/* Where the shell says how far the thread's stack goes, a call that would go further is a FAULT and no crash. */
static void thread_stack_is_watched(void **state)
{
    (void)state;
    u8 here;
    world.vm.thread_stack_floor = (uintptr_t)&here - 8192;
    assert_int_equal(run(NULL, FORK_OSAKA, BYTES_OF(self_caller), bytes_of(NULL, 0), (i64)1 << 50, 0).err,
                     FAULT_CALL_DEPTH);
    world.vm.thread_stack_floor = 0;
}

/* A callee that fails for want of items, after it has done something, leaves its caller's items alone: in the
 * translated form a result may not be put early where only a later check will have shown that there is an item. */
static void callers_keep_their_stack(void **state)
{
    (void)state;
    u8 callee[128], caller[256];
    for (unsigned deep = 1; deep <= 16; deep++) {
        size_t len = 0;
        callee[len++] = 0x36; /* CALLDATASIZE: the result */
        callee[len++] = 0x5f;
        callee[len++] = 0x54; /* SLOAD: what it asks the host ends the first check */
        callee[len++] = 0x50;
        for (unsigned i = deep; i > 0; i--) { /* down by SWAP and POP, for which there are no items */
            callee[len++] = 0x90;
            callee[len++] = 0x50;
        }
        callee[len++] = 0x5f;
        callee[len++] = 0x5f;
        callee[len++] = 0xa0; /* LOG0: everything has to be in its place */
        const address at = world_address(0xbb);
        const u256 nothing = u256_from_u64(0);
        const u64 before = evm_host_mark(&world.host);
        world_add(&world, &at, &nothing, 1, bytes_of(callee, len));

        len = 0;
        for (u8 i = 1; i <= 12; i++) { /* items 1 to 12 */
            caller[len++] = 0x60;
            caller[len++] = i;
        }
        static const u8 call[] = {0x5f, 0x5f, 0x60, 0x40, 0x5f, 0x5f, 0x60, 0xbb, 0x61, 0xff, 0xff, 0xf1};
        memcpy(caller + len, call, sizeof call);
        len += sizeof call;
        for (int i = 0; i < 12; i++) /* their sum, and the call's 0 */
            caller[len++] = 0x01;
        static const u8 answer[] = {0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
        memcpy(caller + len, answer, sizeof answer);
        len += sizeof answer;
        for (int tier = EVM_TIER_AUTO; tier <= EVM_TIER_PROGRAM; tier++) {
            world.vm.tier = (enum evm_tier)tier;
            const struct outcome o = run(NULL, FORK_OSAKA, bytes_of(caller, len), bytes_of(NULL, 0), 1000000, 0);
            world.vm.tier = EVM_TIER_AUTO;
            assert_int_equal(o.err, OK);
            assert_int_equal(o.r.halt, HALT_RETURN);
            const u256 sum = u256_from_be(o.output);
            assert_int_equal(sum.w[0], 78);
        }
        evm_host_rewind(&world.host, before);
    }
}

/* Results above the stack, at its limit: a superblock may rise far after its first check. */
static void full_stacks_have_room(void **state)
{
    (void)state;
    u8 code[2600];
    for (unsigned items = 600; items <= 1024; items += 8) {
        size_t len = 0;
        for (unsigned i = 0; i < items; i++)
            code[len++] = 0x36;
        code[len++] = 0x5b;
        code[len++] = 0x5a; /* GAS: the first check ends */
        for (unsigned i = 0; i < 390; i++)
            code[len++] = i % 3 ? 0x5f : i % 2 ? 0x5a : 0x36;
        world.vm.tier = EVM_TIER_BYTES;
        const struct outcome want = run(NULL, FORK_OSAKA, bytes_of(code, len), bytes_of(NULL, 0), 100000, 0);
        world.vm.tier = EVM_TIER_PROGRAM;
        const struct outcome got = run(NULL, FORK_OSAKA, bytes_of(code, len), bytes_of(NULL, 0), 100000, 0);
        world.vm.tier = EVM_TIER_AUTO;
        assert_int_equal(want.r.halt, items + 391 > 1024 ? HALT_STACK_OVERFLOW : HALT_STOP);
        assert_int_equal(got.r.halt, want.r.halt);
        assert_int_equal(got.r.gas_left, want.r.gas_left);
    }
}

static enum err missing_account(void *host, const struct account **out, bool *cold, const address *at)
{
    if (at->b[19] == 0xbb)
        return FAULT_STATE_MISSING;
    return evm_host_ops.account(host, out, cold, at);
}

/* What the machine cannot answer ends the execution as a FAULT that no contract sees. */
static void faults_pass_through(void **state)
{
    (void)state;
    struct host_ops ops_with_holes = evm_host_ops;
    ops_with_holes.account = missing_account;
    world.vm.ops = &ops_with_holes;
    assert_int_equal(run(NULL, FORK_OSAKA, BYTES_OF(forwarder), bytes_of(NULL, 0), 100000, 0).err, FAULT_STATE_MISSING);
    static const u8 balance[] = {0x60, 0xbb, 0x31};
    assert_int_equal(run(NULL, FORK_OSAKA, BYTES_OF(balance), bytes_of(NULL, 0), 100000, 0).err, FAULT_STATE_MISSING);
    world.vm.ops = &evm_host_ops;
}

/* Addresses of creations, by cast compute-address (nonces of no, one and more bytes) and EIP-1014's first example. */
static void creation_addresses(void **state)
{
    (void)state;
    static const struct { u64 nonce; address want;
    } row[] = {
        {0, {{0xcd, 0x23, 0x4a, 0x47, 0x1b, 0x72, 0xba, 0x2f, 0x1c, 0xcf,
              0x0a, 0x70, 0xfc, 0xab, 0xa6, 0x48, 0xa5, 0xee, 0xcd, 0x8d}}},
        {1, {{0x34, 0x3c, 0x43, 0xa3, 0x7d, 0x37, 0xdf, 0xf0, 0x8a, 0xe8,
              0xc4, 0xa1, 0x15, 0x44, 0xc7, 0x18, 0xab, 0xb4, 0xfc, 0xf8}}},
        {127, {{0x06, 0xd9, 0xa7, 0x7f, 0x5e, 0x4b, 0x31, 0x1b, 0xae, 0x8d,
                0x55, 0x9d, 0xb9, 0xcd, 0xb4, 0xdf, 0x94, 0x10, 0x4a, 0xa0}}},
        {128, {{0x08, 0xe1, 0x90, 0xdc, 0xb7, 0xb7, 0x3f, 0x5f, 0xcd, 0xab,
                0xb4, 0x3e, 0x10, 0x22, 0x15, 0xc8, 0x36, 0x59, 0xa7, 0x6d}}},
        {300, {{0x47, 0xbb, 0xbb, 0x5f, 0xe9, 0x7a, 0xa8, 0x4c, 0x3f, 0xa3,
                0x0d, 0xaf, 0xbb, 0x06, 0x72, 0x84, 0xd2, 0x50, 0xc2, 0x4c}}},
    };
    const address sender = {{0x6a, 0xc7, 0xea, 0x33, 0xf8, 0x83, 0x1e, 0xa9, 0xdc, 0xc5,
                             0x33, 0x93, 0xaa, 0xa8, 0x8b, 0x25, 0xa7, 0x85, 0xdb, 0xf0}};
    address a;
    for (unsigned i = 0; i < COUNT_OF(row); i++) {
        evm_create_address(&a, &sender, row[i].nonce);
        assert_memory_equal(a.b, row[i].want.b, 20);
    }
    const address zero = {{0}}, want = {{0x4d, 0x1a, 0x2e, 0x2b, 0xb4, 0xf8, 0x8f, 0x02, 0x50, 0xf2,
                                         0x6f, 0xff, 0xf0, 0x98, 0xb0, 0xb3, 0x0b, 0x26, 0xbf, 0x38}};
    const u256 salt = {{0, 0, 0, 0}};
    hash32 hash;
    keccak256(&hash, "", 1); /* init code 0x00 */
    evm_create2_address(&a, &zero, &salt, &hash);
    assert_memory_equal(a.b, want.b, 20);
}

/* A cache gives back what was put, keeps what is in use, and drops the rest when it is over its limit. */
static void cache_keeps_to_its_limit(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    struct code_cache *cache = code_cache_open(&system_memory, 100000);
    hash32 hash[COUNT];
    u8 code[300] = {0x5b};
    for (u32 i = 0; i < COUNT; i++) {
        memcpy(code + 1, &i, 4);
        keccak256(&hash[i], code, sizeof code);
        assert_null(code_cache_get(cache, &hash[i]));
        const struct code *c = code_cache_put(cache, &hash[i], BYTES_OF(code));
        assert_true(bytes_eq(code_bytes(c), BYTES_OF(code)));
        assert_ptr_equal(code_cache_put(cache, &hash[i], BYTES_OF(code)), c);
        assert_true(code_is_jumpdest(c, 0));
    }
    code_cache_trim(cache); /* everything was used since the last one: it all stays */
    for (u32 i = 0; i < COUNT; i += 100)
        assert_non_null(code_cache_get(cache, &hash[i]));
    code_cache_trim(cache);
    for (u32 i = 0; i < COUNT; i++)
        assert_int_equal(code_cache_get(cache, &hash[i]) != NULL, i % 100 == 0);
    code_cache_trim(cache);
    assert_non_null(code_cache_get(cache, &hash[0]));
    code_cache_release(cache);
}

/* Bytes are found under their own hash or not at all, whatever else the cache holds; what was dropped is not found. */
static void cache_knows_bytes(void **state)
{
    (void)state;
    enum { COUNT = 600, LEN = 300 };
    struct code_cache *cache = code_cache_open(&system_memory, 100000);
    static u8 code[COUNT][LEN];
    static hash32 hash[COUNT];
    hash32 got;
    u32 found = 0;
    for (u32 i = 0; i < COUNT; i++) {
        /* every other one differs in bytes that no sample takes in, the rest at the end, where compilers put a hash */
        memcpy(code[i] + (i % 2 ? 1 : LEN - 4), &i, 4);
        keccak256(&hash[i], code[i], LEN);
        assert_false(code_cache_hash_of(cache, &got, BYTES_OF(code[i])));
        (void)code_cache_put(cache, &hash[i], BYTES_OF(code[i]));
        assert_true(code_cache_hash_of(cache, &got, BYTES_OF(code[i])));
        assert_memory_equal(got.b, hash[i].b, 32);
        assert_false(code_cache_hash_of(cache, &got, bytes_of(code[i], LEN - 1)));
    }
    code_cache_hide(cache);
    for (u32 i = 0; i < COUNT; i++)
        if (code_cache_hash_of(cache, &got, BYTES_OF(code[i]))) {
            assert_memory_equal(got.b, hash[i].b, 32);
            found++;
        }
    assert_in_range(found, COUNT / 4, COUNT);
    for (u32 i = 0; i < LEN; i++) {
        hash32 want;
        code[0][i] ^= 1;
        keccak256(&want, code[0], LEN); /* it may be another one of them */
        if (code_cache_hash_of(cache, &got, BYTES_OF(code[0])))
            assert_memory_equal(got.b, want.b, 32);
        code[0][i] ^= 1;
    }
    code_cache_trim(cache);
    code_cache_trim(cache); /* over the limit, and nothing was used */
    for (u32 i = 0; i < COUNT; i++)
        assert_false(code_cache_hash_of(cache, &got, BYTES_OF(code[i])));
    const struct bytes none = bytes_of(NULL, 0);
    assert_false(code_cache_hash_of(cache, &got, none));
    code_cache_release(cache);
}

int main(void)
{
    static enum evm_tier bytes = EVM_TIER_BYTES, program = EVM_TIER_PROGRAM;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_agree),
        cmocka_unit_test_prestate(instructions_agree, &bytes),
        cmocka_unit_test_prestate(instructions_agree, &program),
        cmocka_unit_test_prestate(instructions_check_their_row, &bytes),
        cmocka_unit_test_prestate(instructions_check_their_row, &program),
        cmocka_unit_test(frames_are_announced_in_order),
        cmocka_unit_test(codeless_calls_can_be_served),
        cmocka_unit_test(messages_nest_inside_of_logs),
        cmocka_unit_test(environment_reads_are_seen),
        cmocka_unit_test(steps_are_exact),
        cmocka_unit_test(calls_nest_1024_deep),
        cmocka_unit_test(thread_stack_is_watched),
        cmocka_unit_test(callers_keep_their_stack),
        cmocka_unit_test(full_stacks_have_room),
        cmocka_unit_test(faults_pass_through),
        cmocka_unit_test(creation_addresses),
        cmocka_unit_test(cache_keeps_to_its_limit),
        cmocka_unit_test(cache_knows_bytes),
    };
    return cmocka_run_group_tests(tests, open_world, release_world);
}
