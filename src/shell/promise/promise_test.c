/* What is signed is what ScopePreconfSlasher takes; what is in the journal is never contradicted. */
#include "promise/journal.h"

#include "crypto/keccak.h"
#include "io/memory.h"
#include "signer/secp256k1_sign.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/vector.h"

/* In memory where there is such a folder: the tests sync some ten thousand times. */
static char in_memory[] = "/dev/shm/promise_test.XXXXXX", on_disk[] = "/tmp/promise_test.XXXXXX";
static char *path = in_memory;

/* --- the digests of viem: tests/vectors/preconf.mjs --- */

static void read_vector_signature(u8 out[PROMISE_SIGNATURE_LEN], struct json v)
{
    assert_int_equal(json_hex_fixed(out, PROMISE_SIGNATURE_LEN, json_get(v, "signature")), OK);
}

static struct promise read_vector_promise(struct json v)
{
    return (struct promise){
        .chain_id = vector_u64(v, "chainId"),
        .transaction_hash = vector_hash(v, "transactionHash"),
        .sender = vector_address(v, "sender"),
        .nonce = vector_u64(v, "nonce"),
        .block_number = vector_u64(v, "blockNumber"),
        .index = vector_u64(v, "index"),
        .receipt_hash = vector_hash(v, "receiptHash"),
        .deadline = vector_u64(v, "deadline"),
        .l1_number = vector_u64(v, "l1Number"),
        .l1_hash = vector_hash(v, "l1Hash"),
        .sequence = vector_u64(v, "sequence"),
    };
}

static struct answer read_vector_answer(struct json v)
{
    return (struct answer){
        .chain_id = vector_u64(v, "chainId"),
        .request_hash = vector_hash(v, "requestHash"),
        .response_hash = vector_hash(v, "responseHash"),
        .l1_number = vector_u64(v, "l1Number"),
        .l1_hash = vector_hash(v, "l1Hash"),
        .sequence = vector_u64(v, "sequence"),
    };
}

static void digests_are_viems(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, &system_memory);
    const struct json root = vector_open(&arena, "tests/vectors/preconf.json"), domain = json_get(root, "domain");
    const struct promise_domain d = {vector_u64(domain, "chainId"), vector_address(domain, "verifyingContract")};
    const address builder = vector_address(root, "builder");
    struct json_iterator row = json_items(json_get(root, "promises"));
    hash32 digest;
    address signer;
    size_t rows = 0;
    for (; json_next(&row); rows++) {
        struct signed_promise p = {.message = read_vector_promise(row.value)};
        promise_digest(&digest, &d, &p.message);
        assert_hash(&digest, row.value, "digest");
        read_vector_signature(p.signature, row.value);
        assert_int_equal(promise_signer(&signer, &d, &p), OK);
        assert_true(address_eq(&signer, &builder));
    }
    row = json_items(json_get(root, "answers"));
    for (; json_next(&row); rows++) {
        struct signed_answer a = {.message = read_vector_answer(row.value)};
        answer_digest(&digest, &d, &a.message);
        assert_hash(&digest, row.value, "digest");
        read_vector_signature(a.signature, row.value);
        assert_int_equal(answer_signer(&signer, &d, &a), OK);
        assert_true(address_eq(&signer, &builder));
    }
    assert_int_equal(rows, 7);
    arena_release(&arena);
}

/* --- contradictions --- */

static struct promise promise_at(u64 block_number, u64 index)
{
    struct promise p = {
        .chain_id = 901,
        .nonce = 7,
        .block_number = block_number,
        .index = index,
        .deadline = 1000,
        .l1_number = 900,
        .l1_hash = {{0x11}},
        .transaction_hash = {{0xaa}},
        .sender = {{0x5e}},
    };
    if (block_number)
        p.receipt_hash = (hash32){{0x7e}};
    return p;
}

static struct promise with_receipt(struct promise p, u8 x)
{
    p.receipt_hash.b[0] = x;
    return p;
}

static struct promise with_transaction(struct promise p, u8 x)
{
    p.transaction_hash.b[0] = x;
    return p;
}

static struct promise with_nonce(struct promise p, u64 nonce)
{
    p.nonce = nonce;
    return p;
}

static struct promise with_chain(struct promise p, u64 chain_id)
{
    p.chain_id = chain_id;
    return p;
}

static struct promise with_deadline(struct promise p, u64 deadline)
{
    p.deadline = deadline;
    return p;
}

/* As testContradictions and testNoContradictions in contracts/test/Preconf.t.sol. */
static void contradictions(void **state)
{
    (void)state;
    const struct promise p = promise_at(2, 1), any = promise_at(0, 0);
    const struct {
        const char *what;
        struct promise p, q;
        bool contradict;
    } row[] = {
        {"another receipt at the place", p, with_receipt(p, 9), true},
        {"another transaction at the place", p, with_nonce(with_transaction(p, 9), 8), true},
        {"another transaction with the nonce", p, with_transaction(promise_at(5, 0), 9), true},
        {"another transaction with the nonce, in any block", p, with_transaction(any, 9), true},
        {"both in any block", any, with_transaction(any, 9), true},
        {"one transaction at two places", p, promise_at(2, 0), true},
        {"one transaction in two blocks", p, promise_at(3, 1), true},
        {"the same", p, p, false},
        {"another deadline", p, with_deadline(p, 2000), false},
        {"in a block, and in any", p, any, false},
        {"a receipt where none is promised", p, with_receipt(any, 9), false},
        {"the next place and nonce", p, with_nonce(with_transaction(promise_at(2, 2), 9), 8), false},
        {"another rollup", p, with_chain(with_receipt(with_transaction(p, 9), 9), 902), false},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        if (promises_contradict(&row[i].p, &row[i].q) != row[i].contradict ||
            promises_contradict(&row[i].q, &row[i].p) != row[i].contradict)
            fail_msg("%s", row[i].what);
    }
}

/* --- the journal --- */

static bool is_promised(struct journal *j, struct signed_promise *out, const struct promise *p)
{
    bool is_signed;
    assert_int_equal(journal_promises(j, &is_signed, out, p, 1), OK);
    return is_signed;
}

static bool is_answered(struct journal *j, struct signed_answer *out, const struct answer *a)
{
    bool is_signed;
    assert_int_equal(journal_answer(j, &is_signed, out, a), OK);
    return is_signed;
}

static const struct promise_domain domain = {1, {{0x0d, 0xe5}}};

static hash32 key_of(u8 x)
{
    hash32 k = {{0}};
    k.b[31] = x;
    return k;
}

static enum err open_as(struct journal **out, u8 key, u64 l1_chain_id, u8 slasher)
{
    struct complaint c = {0};
    const struct journal_config config = {
        .path = path, .domain = {l1_chain_id, {{slasher, 0xe5}}}, .key = key_of(key)};
    return journal_open(out, &c, &system_memory, &config);
}

static struct journal *reopened(void)
{
    struct journal *j = NULL;
    assert_int_equal(open_as(&j, 1, 1, 0x0d), OK);
    return j;
}

static struct journal *created(void)
{
    unlink(path);
    return reopened();
}

static void assert_signed(const struct journal *j, const struct signed_promise *p)
{
    address signer;
    assert_int_equal(promise_signer(&signer, &domain, p), OK);
    assert_true(address_eq(&signer, journal_signer(j)));
}

static void assert_same_promise(const struct signed_promise *p, const struct signed_promise *q)
{
    hash32 left, right;
    promise_digest(&left, &domain, &p->message);
    promise_digest(&right, &domain, &q->message);
    assert_true(hash32_eq(&left, &right));
    assert_memory_equal(p->signature, q->signature, sizeof p->signature);
}

static void nothing_is_contradicted(void **state)
{
    (void)state;
    struct journal *j = created();
    struct signed_promise first, again, other;
    struct signed_answer answer;
    const struct promise p = promise_at(2, 1), wrong = with_receipt(p, 9);
    const struct answer a = {.chain_id = 902, .request_hash = {{1}}, .response_hash = {{2}}, .l1_number = 900};
    struct answer b = a;
    b.response_hash.b[0] = 3;
    assert_true(is_promised(j, &first, &p));
    assert_signed(j, &first);
    assert_true(is_promised(j, &again, &p));
    assert_same_promise(&first, &again);
    assert_false(is_promised(j, &other, &wrong));
    assert_true(is_answered(j, &answer, &a));
    assert_int_equal(answer.message.sequence, 1);
    assert_false(is_answered(j, &answer, &b));
    journal_close(j);
    j = reopened(); /* all of it again */
    assert_int_equal(journal_count(j), 2);
    assert_true(is_promised(j, &again, &p));
    assert_same_promise(&first, &again);
    assert_false(is_promised(j, &other, &wrong));
    assert_false(is_answered(j, &answer, &b));
    const struct promise later = with_deadline(p, 2000);
    assert_true(is_promised(j, &other, &later));
    assert_int_equal(other.message.sequence, 2);
    journal_close(j);
}

static void many_at_once(void **state)
{
    (void)state;
    struct journal *j = created();
    const struct promise p[] = {promise_at(2, 1), with_receipt(promise_at(2, 1), 9),
                                with_nonce(with_transaction(promise_at(2, 2), 9), 8), promise_at(2, 1)};
    struct signed_promise out[4];
    bool is_signed[4];
    assert_int_equal(journal_promises(j, is_signed, out, p, 4), OK);
    assert_true(is_signed[0]);
    assert_false(is_signed[1]); /* within the batch, too */
    assert_true(is_signed[2]);
    assert_true(is_signed[3]);
    assert_same_promise(&out[0], &out[3]);
    assert_int_equal(out[2].message.sequence, 1);
    assert_signed(j, &out[2]);
    journal_close(j);
}

/* --- the file --- */

static size_t file_size(void)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (size_t)st.st_size;
}

static void flip(size_t at)
{
    u8 x;
    const int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &x, 1, (off_t)at), 1);
    x ^= 0x10;
    assert_int_equal(pwrite(fd, &x, 1, (off_t)at), 1);
    close(fd);
}

static void sign_some(u64 count)
{
    struct journal *j = created();
    struct signed_promise s;
    for (u64 i = 0; i < count; i++) {
        const struct promise p = with_nonce(with_transaction(promise_at(2, i), (u8)i), i);
        assert_true(is_promised(j, &s, &p));
    }
    journal_close(j);
}

static size_t read_file(u8 *out, size_t room)
{
    const int fd = open(path, O_RDONLY);
    const ssize_t n = read(fd, out, room);
    assert_true(n >= 0 && (size_t)n < room);
    close(fd);
    return (size_t)n;
}

static void write_file(const u8 *data, size_t len)
{
    const int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    close(fd);
}

/* Cut anywhere, as a process that dies while it writes leaves it: what is whole is there. */
static void an_incomplete_record_is_cut_off(void **state)
{
    (void)state;
    u8 data[4096];
    sign_some(0);
    const size_t header = file_size();
    sign_some(3);
    const size_t size = read_file(data, sizeof data), record = (size - header) / 3;
    for (size_t cut = 0; cut < size; cut++) {
        write_file(data, cut);
        struct journal *j = reopened();
        const size_t whole = cut < header ? 0 : (cut - header) / record;
        assert_int_equal(journal_count(j), whole);
        assert_int_equal(file_size(), header + whole * record);
        journal_close(j);
    }
}

static void damage_is_refused(void **state)
{
    (void)state;
    struct journal *j = NULL;
    sign_some(3);
    const size_t size = file_size();
    for (size_t at = 0; at < size; at++) {
        flip(at);
        const enum err e = open_as(&j, 1, 1, 0x0d);
        if (e == OK)
            fail_msg("byte %zu of %zu", at, size);
        flip(at);
    }
    j = reopened();
    assert_int_equal(journal_count(j), 3);
    assert_int_equal(open_as(&j, 1, 1, 0x0d), FAULT_STORE_BUSY);
    journal_close(j);
    assert_int_equal(open_as(&j, 2, 1, 0x0d), REJECT_STORE_MISMATCH);
    assert_int_equal(open_as(&j, 1, 5, 0x0d), REJECT_STORE_MISMATCH);
    assert_int_equal(open_as(&j, 1, 1, 0x0e), REJECT_STORE_MISMATCH);
    flip(0);
    assert_int_equal(open_as(&j, 1, 1, 0x0d), REJECT_NOT_A_STORE);
    flip(0);
    flip(size - 1);
    assert_int_equal(open_as(&j, 1, 1, 0x0d), REJECT_STORE_CORRUPT);
}

/* A record that was removed from the middle. */
static void a_gap_is_refused(void **state)
{
    (void)state;
    struct journal *j = NULL;
    u8 data[4096];
    sign_some(0);
    const size_t header = file_size();
    sign_some(3);
    const size_t size = read_file(data, sizeof data), record = (size - header) / 3;
    memmove(data + header + record, data + header + 2 * record, record);
    write_file(data, size - record);
    assert_int_equal(open_as(&j, 1, 1, 0x0d), REJECT_STORE_CORRUPT);
}

/* --- kill -9 --- */

/* Signs and sends each signature, until it is killed. */
static void sign_until_killed(int out)
{
    struct journal *j = reopened();
    struct signed_promise s;
    for (u64 i = journal_count(j);; i++) {
        struct promise p = with_nonce(promise_at(2, i), i);
        store_be64(p.transaction_hash.b + 8, i);
        if (!is_promised(j, &s, &p) || write(out, &s, sizeof s) != (ssize_t)sizeof s)
            _exit(1);
    }
}

static bool read_whole(int in, void *to, size_t len)
{
    u8 *next = to;
    for (size_t done = 0; done < len;) {
        const ssize_t n = read(in, next + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* Whatever left before the kill is in the journal after it: the other receipt is never signed. */
static void killed_at_any_moment(void **state)
{
    (void)state;
    enum { KILLS = 20 };
    journal_close(created());
    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        struct signed_promise got, other;
        int pipe_fd[2];
        u64 seen = 0;
        assert_int_equal(pipe(pipe_fd), 0);
        const pid_t child = fork();
        if (child == 0)
            sign_until_killed(pipe_fd[1]);
        close(pipe_fd[1]);
        bool is_killed = false;
        while (read_whole(pipe_fd[0], &got, sizeof got)) {
            seen = got.message.sequence + 1;
            if (!is_killed && seen % 7 == (u64)kill_number % 7)
                is_killed = kill(child, SIGKILL) == 0;
        }
        close(pipe_fd[0]);
        waitpid(child, NULL, 0);
        struct journal *j = reopened();
        assert_true(seen && journal_count(j) >= seen);
        const struct promise wrong = with_receipt(got.message, 9);
        assert_false(is_promised(j, &other, &wrong));
        journal_close(j);
    }
}

/* --- random runs: forks of L1, restarts, and whatever a builder asks its journal for --- */

enum { L1_BLOCKS = 24, STEPS = 40, SIGNED_MAX = STEPS };

struct l1_block {
    u64 number;
    int parent; /* -1: none */
};

struct world {
    u64 random;
    struct l1_block block[L1_BLOCKS];
    int block_count, head;
    struct signed_promise kept[SIGNED_MAX];
    size_t kept_count;
};

static u64 below(struct world *w, u64 limit)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random % limit;
}

static hash32 hash_of_block(int block)
{
    hash32 h = {{0x11}};
    h.b[31] = (u8)block;
    return h;
}

static bool is_ancestor(const struct world *w, int head, u64 number, const hash32 *hash)
{
    for (int b = head; b >= 0; b = w->block[b].parent) {
        const hash32 h = hash_of_block(b);
        if (w->block[b].number == number)
            return hash32_eq(&h, hash);
    }
    return false;
}

static bool is_canonical_here(void *context, u64 number, const hash32 *hash)
{
    const struct world *w = context;
    return is_ancestor(w, w->head, number, hash);
}

/* A new block on the head or, after a reorganization, on any block; or an older fork is the head again. */
static void move_l1(struct world *w)
{
    if (w->block_count == L1_BLOCKS || below(w, 4) == 0) {
        w->head = (int)below(w, (u64)w->block_count);
        return;
    }
    const int parent = below(w, 3) ? w->head : (int)below(w, (u64)w->block_count);
    w->block[w->block_count] = (struct l1_block){w->block[parent].number + 1, parent};
    w->head = w->block_count++;
}

static struct promise any_promise(struct world *w)
{
    int condition = below(w, 5) ? w->head : (int)below(w, (u64)w->block_count); /* or one that is not L1's */
    for (u64 up = below(w, 3); up && w->block[condition].parent >= 0; up--)
        condition = w->block[condition].parent;
    struct promise p = promise_at(below(w, 3), below(w, 2));
    p.nonce = below(w, 2);
    p.transaction_hash.b[0] = (u8)below(w, 3);
    p.receipt_hash.b[0] = (u8)below(w, 2);
    if (!p.block_number)
        p.index = p.receipt_hash.b[0] = 0;
    p.l1_number = w->block[condition].number;
    p.l1_hash = hash_of_block(condition);
    return p;
}

/* slashEquivocation on the chain of `head`, written from its description. */
static bool is_equivocation(const struct world *w, int head, const struct promise *p, const struct promise *q)
{
    const bool one_condition = p->l1_number == q->l1_number && hash32_eq(&p->l1_hash, &q->l1_hash);
    if (!one_condition && !(is_ancestor(w, head, p->l1_number, &p->l1_hash) &&
                            is_ancestor(w, head, q->l1_number, &q->l1_hash)))
        return false;
    hash32 left, right;
    promise_digest(&left, &domain, p);
    promise_digest(&right, &domain, q);
    if (!hash32_eq(&left, &right) && p->sequence == q->sequence)
        return true;
    const bool one_transaction = hash32_eq(&p->transaction_hash, &q->transaction_hash);
    if (p->nonce == q->nonce && !one_transaction)
        return true;
    if (!p->block_number || !q->block_number)
        return false;
    const bool one_place = p->block_number == q->block_number && p->index == q->index;
    const bool one_receipt = hash32_eq(&p->receipt_hash, &q->receipt_hash);
    return one_place ? !one_transaction || !one_receipt : one_transaction;
}

static struct journal *reopen_in(struct world *w, bool can_tell)
{
    struct journal *j = NULL;
    struct complaint c = {0};
    const struct journal_config config = {.path = path, .domain = domain, .key = key_of(1),
                                          .is_canonical = can_tell ? is_canonical_here : NULL, .context = w};
    assert_int_equal(journal_open(&j, &c, &system_memory, &config), OK);
    return j;
}

static void leave_incomplete_record(struct world *w)
{
    u8 record[64] = {1};
    const int fd = open(path, O_WRONLY | O_APPEND);
    assert_true(write(fd, record, 1 + below(w, 60)) > 0);
    close(fd);
}

/* Returns how many promises contradict an earlier one whose condition is gone. */
static size_t run_builder(u64 seed, bool can_tell)
{
    struct world w = {.random = seed * 0x9e3779b97f4a7c15ull + 1, .block = {{100, -1}}, .block_count = 1};
    size_t replaced = 0;
    unlink(path);
    struct journal *j = reopen_in(&w, can_tell);
    for (int step = 0; step < STEPS; step++) {
        const u64 what = below(&w, 16);
        if (what < 5) {
            move_l1(&w);
        } else if (what == 5) {
            journal_close(j);
            if (below(&w, 2))
                leave_incomplete_record(&w);
            j = reopen_in(&w, can_tell);
        } else {
            const struct promise p = any_promise(&w);
            w.kept_count += is_promised(j, &w.kept[w.kept_count], &p);
        }
    }
    journal_close(j);
    for (size_t a = 0; a < w.kept_count; a++)
        for (size_t b = 0; b < a; b++) {
            replaced += promises_contradict(&w.kept[a].message, &w.kept[b].message);
            for (int head = 0; head < w.block_count; head++)
                if (is_equivocation(&w, head, &w.kept[a].message, &w.kept[b].message))
                    fail_msg("seed %llu: promises %zu and %zu, on block %d", (unsigned long long)seed, b, a, head);
        }
    return replaced;
}

/* PROMISE_RUNS: another number than in `make check`. */
static void no_random_run_equivocates(void **state)
{
    (void)state;
    const char *runs = getenv("PROMISE_RUNS");
    const u64 count = runs ? strtoull(runs, NULL, 10) : 200;
    size_t replaced = 0;
    for (u64 seed = 1; seed <= count; seed++)
        replaced += run_builder(seed, seed % 4 != 0);
    assert_true(replaced > 0); /* or the conditions were never tested */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_viems),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(nothing_is_contradicted),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(an_incomplete_record_is_cut_off),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(a_gap_is_refused),
        cmocka_unit_test(killed_at_any_moment),
        cmocka_unit_test(no_random_run_equivocates),
    };
    int fd = mkstemp(in_memory);
    if (fd < 0) {
        path = on_disk;
        fd = mkstemp(on_disk);
    }
    if (fd < 0)
        return 1;
    close(fd);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
