/* bytecode: a program in three forms. Bytes one by one, traced, and translated must do the same: end alike, with the
 * same gas, refund and output, and ask the host the same questions in the same order, answers included.
 *
 * The first byte chooses fork, gas and how the rest is read: as code, or as tokens of an assembler whose jumps
 * mostly meet and whose offsets are mostly small, so that programs get far. */
#include "crypto/keccak.h"
#include "evm/world_for_tests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SELF = 0xaaaa, CALLER = 0xcccc, CODE_MAX = 8192 };

static struct world world;

/* ---- a host that takes notes ---- */

static struct keccak notes;

static void note(u8 what, const void *ptr, size_t len)
{
    keccak_add(&notes, &what, 1);
    if (len)
        keccak_add(&notes, ptr, len);
}

static enum err noting_account(void *host, const struct account **out, bool *cold, const address *at)
{
    const enum err e = evm_host_ops.account(host, out, cold, at);
    note(1, at->b, 20);
    note(cold ? *cold : 2, &(*out)->nonce, 8);
    note(0, (*out)->balance.w, 32);
    return e;
}

static enum err noting_storage_slot(void *host, const struct storage_slot **out, bool *cold, const struct account *a,
                                    const u256 *key)
{
    const enum err e = evm_host_ops.storage_slot(host, out, cold, a, key);
    note(2, key->w, 32);
    note(*cold, (*out)->current.w, 32);
    return e;
}

static void noting_set_storage_slot(void *host, const struct account *a, const struct storage_slot *s,
                                    const u256 *value)
{
    note(3, value->w, 32);
    evm_host_ops.set_storage_slot(host, a, s, value);
}

static void noting_transient(void *host, u256 *out, const struct account *a, const u256 *key)
{
    note(4, key->w, 32);
    evm_host_ops.transient(host, out, a, key);
}

static void noting_set_transient(void *host, const struct account *a, const u256 *key, const u256 *value)
{
    note(5, key->w, 32);
    note(5, value->w, 32);
    evm_host_ops.set_transient(host, a, key, value);
}

static void noting_transfer(void *host, const struct account *from, const struct account *to, const u256 *value)
{
    note(6, to->at.b, 20);
    note(6, value->w, 32);
    evm_host_ops.transfer(host, from, to, value);
}

static void noting_set_code(void *host, const struct account *a, struct bytes code)
{
    note(7, code.ptr, code.len);
    evm_host_ops.set_code(host, a, code);
}

static void noting_destroy(void *host, const struct account *a, const struct account *beneficiary)
{
    note(8, beneficiary->at.b, 20);
    evm_host_ops.destroy(host, a, beneficiary);
}

static void noting_log(void *host, const struct log *log)
{
    note(9, log->topic, log->topic_count * sizeof(hash32));
    note(9, log->data.ptr, log->data.len);
    evm_host_ops.log(host, log);
}

static void noting_rewind(void *host, u64 mark)
{
    note(10, NULL, 0);
    evm_host_ops.rewind(host, mark);
}

/* ---- the world ---- */

static struct host_ops noting_ops;

static void add(u64 at, u64 balance, const u8 *code, size_t len)
{
    const address a = world_address(at);
    const u256 b = u256_from_u64(balance);
    world_add(&world, &a, &b, 1, bytes_of(code, len));
}

static void open_once(void)
{
    static bool is_open;
    if (is_open)
        return;
    is_open = true;
    world_open(&world);
    world.block = (struct evm_block){.number = 3, .timestamp = 1700000000, .gas_limit = 30000000, .chain_id = 1};
    noting_ops = evm_host_ops;
    noting_ops.account = noting_account;
    noting_ops.storage_slot = noting_storage_slot;
    noting_ops.set_storage_slot = noting_set_storage_slot;
    noting_ops.transient = noting_transient;
    noting_ops.set_transient = noting_set_transient;
    noting_ops.transfer = noting_transfer;
    noting_ops.set_code = noting_set_code;
    noting_ops.destroy = noting_destroy;
    noting_ops.log = noting_log;
    noting_ops.rewind = noting_rewind;
    world.vm.ops = &noting_ops;
    world.host.parent_number = 2;
    static const u8 echo[] = {0x36, 0x60, 0, 0x60, 0, 0x37, 0x36, 0x60, 0, 0xf3}, reverts[] = {0x60, 32, 0x60, 0, 0xfd},
                    stores[] = {0x36, 0x60, 1, 0x55};
    add(CALLER, 1000, NULL, 0);
    add(0xb1, 7, echo, sizeof echo);
    add(0xb2, 0, reverts, sizeof reverts);
    add(0xb3, 0, stores, sizeof stores);
}

static enum err quiet_step(void *context, struct evm *vm, const struct evm_message *m, const struct evm_step *s)
{
    (void)context;
    (void)vm;
    (void)m;
    return s->stack_count <= 1024 ? OK : FAULT_UNSUPPORTED;
}

/* ---- tokens to code ---- */

static void push(u8 *code, size_t *len, u64 x, unsigned bytes)
{
    code[(*len)++] = (u8)(0x5f + bytes);
    for (unsigned i = bytes; i-- > 0;)
        code[(*len)++] = (u8)(x >> (8 * i));
}

static size_t assemble(u8 *code, const u8 *data, size_t size)
{
    size_t len = 0, fix[256], fix_count = 0;
    u16 label[256] = {0};
    size_t label_count = 0;
    u8 fix_label[256];
    for (size_t i = 0; i < size && len + 64 < CODE_MAX; i++) {
        const u8 token = data[i], next = i + 1 < size ? data[i + 1] : 0;
        if (token < 0x40) {
            push(code, &len, token * 8 + next % 8, 2);
        } else if (token < 0x48) { /* a wide constant */
            code[len++] = 0x7f;
            for (int j = 0; j < 32; j++)
                code[len++] = (u8)(token & 1 ? 0xff : j == (token & 31) ? next : 0);
        } else if (token < 0x50) { /* memory at small offsets */
            push(code, &len, next, 1);
            code[len++] = token & 1 ? 0x51 : 0x52;
        } else if (token < 0x60) { /* jumps to labels */
            if (fix_count < 256) {
                fix_label[fix_count] = next;
                fix[fix_count++] = len + 1;
                push(code, &len, 0, 2);
                code[len++] = token < 0x58 ? 0x57 : token < 0x5a ? 0x56 : 0x50;
                i++;
            }
        } else if (token < 0x68) {
            if (label_count < 256)
                label[label_count++] = (u16)len;
            code[len++] = 0x5b;
        } else if (token < 0x90) { /* arithmetic and stack */
            static const u8 ops[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12,
                                     0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x5a, 0x58,
                                     0x59, 0x30, 0x33, 0x34, 0x36, 0x38, 0x3d, 0x50, 0x54, 0x55, 0x5c, 0x5d};
            code[len++] = ops[token - 0x68];
        } else if (token < 0xd0) {
            code[len++] = (u8)(0x80 + (token - 0x90) % 32); /* DUP, SWAP */
        } else if (token < 0xe0) { /* calls to neighbours */
            static const u8 kind[] = {0xf1, 0xf2, 0xf4, 0xfa};
            const u8 op = kind[token % 4];
            push(code, &len, next % 64, 1);
            push(code, &len, next, 1);
            push(code, &len, next % 32, 1);
            push(code, &len, 0, 1);
            if (op == 0xf1 || op == 0xf2)
                push(code, &len, next % 3, 1);
            push(code, &len, token & 4 ? 0xb1 + next % 4 : SELF, 2);
            push(code, &len, 20000, 2);
            code[len++] = op;
        } else if (token < 0xe8) { /* copies */
            static const u8 kind[] = {0x37, 0x39, 0x3e, 0x5e};
            push(code, &len, next % 80, 1);
            push(code, &len, next % 7, 1);
            push(code, &len, next, 1);
            code[len++] = kind[token % 4];
        } else {
            code[len++] = next; /* anything */
            i++;
        }
    }
    for (size_t i = 0; i < fix_count && label_count; i++) {
        const u16 target = label[fix_label[i] % label_count];
        code[fix[i]] = (u8)(target >> 8);
        code[fix[i] + 1] = (u8)target;
    }
    return len;
}

struct outcome {
    enum err err;
    int ends;
    i64 gas_left, gas_refund;
    hash32 output, notes;
};

static struct outcome run(enum evm_tier tier, const struct hooks *hooks, const struct evm_message *m, struct bytes code)
{
    const u64 before = evm_host_mark(&world.host);
    const u256 balance = u256_from_u64(100);
    const struct account *a = world_add(&world, &m->recipient, &balance, 1, code);
    (void)a;
    code_cache_release(world.codes); /* nothing learned before */
    world.codes = world.host.codes = code_cache_open(&system_memory, 0);
    state_tx_begin(world.state);
    const u64 mark = evm_host_mark(&world.host);
    struct evm_result r;
    struct outcome o;
    memset(&o, 0, sizeof o);
    keccak_init(&notes);
    world.vm.tier = tier;
    world.vm.hooks = hooks;
    o.err = evm_execute(&world.vm, &r, m);
    if (o.err == OK) {
        o.ends = halt_is_success(r.halt) ? 0 : r.halt == HALT_REVERT ? 1 : 2;
        o.gas_left = r.gas_left;
        o.gas_refund = r.gas_refund;
        keccak256(&o.output, r.output.ptr, r.output.len);
    }
    keccak_end(&notes, &o.notes);
    evm_host_rewind(&world.host, mark);
    state_tx_end(world.state, &(struct state_rules){.clears_empty = true});
    evm_host_rewind(&world.host, before);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_once();
    if (size < 2 || size > 4096)
        return 0;
    static u8 code[CODE_MAX];
    size_t len;
    const u8 how = data[0];
    if (how & 0x80) {
        len = size - 1;
        memcpy(code, data + 1, len);
    } else {
        len = assemble(code, data + 1, size - 1);
    }
    static const enum fork_id fork[] = {FORK_OSAKA,    FORK_OSAKA,          FORK_PRAGUE,    FORK_LONDON,
                                        FORK_ISTANBUL, FORK_CONSTANTINOPLE, FORK_BYZANTIUM, FORK_FRONTIER};
    world_fork(&world, fork[how % 8]);
    const struct evm_message m = {.kind = MESSAGE_CALL,
                                  .gas = how & 0x10 ? 3000 : 150000,
                                  .recipient = world_address(SELF),
                                  .code_address = world_address(SELF),
                                  .sender = world_address(CALLER),
                                  .input = bytes_of(data, size < 100 ? size : 100)};
    const struct hooks traced = {.step = quiet_step};
    const struct outcome bytes = run(EVM_TIER_BYTES, NULL, &m, bytes_of(code, len));
    const struct outcome forms[] = {run(EVM_TIER_PROGRAM, NULL, &m, bytes_of(code, len)),
                                    run(EVM_TIER_AUTO, NULL, &m, bytes_of(code, len)),
                                    run(EVM_TIER_AUTO, &traced, &m, bytes_of(code, len))};
    for (unsigned i = 0; i < COUNT_OF(forms); i++)
        if (memcmp(&forms[i], &bytes, sizeof bytes) != 0) {
            static const char *const name[] = {"translated", "turning hot", "traced"};
            fprintf(
                stderr,
                "%s: err %d ends %d gas %lld refund %lld; as bytes: err %d ends %d gas %lld refund %lld; output %s, host %s\ncode ",
                name[i], forms[i].err, forms[i].ends, (long long)forms[i].gas_left, (long long)forms[i].gas_refund,
                bytes.err, bytes.ends, (long long)bytes.gas_left, (long long)bytes.gas_refund,
                hash32_eq(&forms[i].output, &bytes.output) ? "same" : "differs",
                hash32_eq(&forms[i].notes, &bytes.notes) ? "same" : "differs");
            for (size_t j = 0; j < len; j++)
                fprintf(stderr, "%02x", code[j]);
            fprintf(stderr, "\nfork %s\n", world.vm.fork->name);
            abort();
        }
    return 0;
}
