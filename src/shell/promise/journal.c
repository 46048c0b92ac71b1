#include "promise/journal.h"

#include "base/buffer.h"
#include "base/list.h"
#include "base/map.h"
#include "crypto/keccak.h"
#include "io/file.h"
#include "signer/secp256k1_sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "scope promises 1\n";

enum {
    MAGIC_LEN = sizeof magic - 1,
    HEADER_LEN = MAGIC_LEN + 8 + 20 + 20,
    CHECKSUM_LEN = 8,
    PROMISE_LEN = 8 + 32 + 20 + 8 + 8 + 8 + 32 + 8 + 8 + 32 + 8,
    ANSWER_LEN = 8 + 32 + 32 + 8 + 32 + 8,
    RECORD_MAX = 1 + PROMISE_LEN + CHECKSUM_LEN,
    TOPICS_MAX = 3,
};

enum kind { KIND_PROMISE = 1, KIND_ANSWER = 2 };

struct entry {
    enum kind kind;
    union {
        struct promise promise;
        struct answer answer;
    };
};

/* The entries that share a topic: a nonce of a sender, a place in a block, a transaction; a call. Topics are hashes,
 * and entries are compared as a whole: a collision costs time and nothing else. */
struct topic {
    u64 hash;
    LIST(const struct entry *) entry;
};

struct journal {
    struct arena arena;
    struct promise_domain domain;
    hash32 key;
    address signer;
    bool (*is_canonical)(void *context, u64 l1_number, const hash32 *l1_hash);
    void *context;
    int fd;
    bool is_broken; /* a write failed: what is on the disk is not known */
    u64 count;
    u8 checksum[CHECKSUM_LEN]; /* of the last record, or of the header */
    struct map topics;
    struct map_seed seed;
    struct buffer pending; /* records that are not written yet */
};

/* --- records --- */

struct writer {
    u8 *next;
};

static void put_bytes(struct writer *w, const void *from, size_t len)
{
    memcpy(w->next, from, len);
    w->next += len;
}

static void put_be64(struct writer *w, u64 x)
{
    store_be64(w->next, x);
    w->next += 8;
}

static void put_promise(struct writer *w, const struct promise *p)
{
    put_be64(w, p->chain_id);
    put_bytes(w, p->transaction_hash.b, 32);
    put_bytes(w, p->sender.b, 20);
    put_be64(w, p->nonce);
    put_be64(w, p->block_number);
    put_be64(w, p->index);
    put_bytes(w, p->receipt_hash.b, 32);
    put_be64(w, p->deadline);
    put_be64(w, p->l1_number);
    put_bytes(w, p->l1_hash.b, 32);
    put_be64(w, p->sequence);
}

static void put_answer(struct writer *w, const struct answer *a)
{
    put_be64(w, a->chain_id);
    put_bytes(w, a->request_hash.b, 32);
    put_bytes(w, a->response_hash.b, 32);
    put_be64(w, a->l1_number);
    put_bytes(w, a->l1_hash.b, 32);
    put_be64(w, a->sequence);
}

struct reader {
    const u8 *next;
};

static void get_bytes(struct reader *r, void *to, size_t len)
{
    memcpy(to, r->next, len);
    r->next += len;
}

static u64 get_u64(struct reader *r)
{
    r->next += 8;
    return load_be64(r->next - 8);
}

static void get_promise(struct reader *r, struct promise *p)
{
    p->chain_id = get_u64(r);
    get_bytes(r, p->transaction_hash.b, 32);
    get_bytes(r, p->sender.b, 20);
    p->nonce = get_u64(r);
    p->block_number = get_u64(r);
    p->index = get_u64(r);
    get_bytes(r, p->receipt_hash.b, 32);
    p->deadline = get_u64(r);
    p->l1_number = get_u64(r);
    get_bytes(r, p->l1_hash.b, 32);
    p->sequence = get_u64(r);
}

static void get_answer(struct reader *r, struct answer *a)
{
    a->chain_id = get_u64(r);
    get_bytes(r, a->request_hash.b, 32);
    get_bytes(r, a->response_hash.b, 32);
    a->l1_number = get_u64(r);
    get_bytes(r, a->l1_hash.b, 32);
    a->sequence = get_u64(r);
}

/* Of a whole record; 0: no such kind. */
static size_t record_len(u8 kind)
{
    switch (kind) {
    case KIND_PROMISE: return 1 + PROMISE_LEN + CHECKSUM_LEN;
    case KIND_ANSWER: return 1 + ANSWER_LEN + CHECKSUM_LEN;
    default: return 0;
    }
}

/* Each checksum covers the one before: a record cannot be left out. */
static void checksum_of(u8 out[CHECKSUM_LEN], const u8 before[CHECKSUM_LEN], const u8 *data, size_t len)
{
    u8 preimage[CHECKSUM_LEN + RECORD_MAX];
    hash32 h;
    memcpy(preimage, before, CHECKSUM_LEN);
    memcpy(preimage + CHECKSUM_LEN, data, len);
    keccak256(&h, preimage, CHECKSUM_LEN + len);
    memcpy(out, h.b, CHECKSUM_LEN);
}

static void append_record(struct journal *j, const struct entry *e)
{
    u8 record[RECORD_MAX] = {(u8)e->kind};
    struct writer w = {record + 1};
    if (e->kind == KIND_PROMISE)
        put_promise(&w, &e->promise);
    else
        put_answer(&w, &e->answer);
    const size_t len = (size_t)(w.next - record);
    checksum_of(j->checksum, j->checksum, record, len);
    put_bytes(&w, j->checksum, CHECKSUM_LEN);
    buffer_add(&j->pending, record, len + CHECKSUM_LEN);
}

/* --- what was signed, by topic --- */

static u64 topic_hash(const struct journal *j, u64 tag, u64 chain_id, const u8 *data, size_t len, u64 number)
{
    u8 preimage[32 + 64] = {0};
    hash32 h;
    store_be64(preimage, tag);
    store_be64(preimage + 8, chain_id);
    store_be64(preimage + 16, number);
    memcpy(preimage + 32, data, len);
    keccak256(&h, preimage, 32 + len);
    const u64 x = load_be64(h.b);
    return map_hash_words(&j->seed, x, 0, 0, 0);
}

static size_t topics_of(const struct journal *j, u64 out[TOPICS_MAX], const struct entry *e)
{
    enum { BY_NONCE, BY_TRANSACTION, BY_PLACE, BY_CALL };
    const struct promise *p = &e->promise;
    u8 number[8];
    if (e->kind == KIND_ANSWER) {
        out[0] = topic_hash(j, BY_CALL, e->answer.chain_id, e->answer.request_hash.b, 32, 0);
        return 1;
    }
    store_be64(number, p->index);
    out[0] = topic_hash(j, BY_NONCE, p->chain_id, p->sender.b, 20, p->nonce);
    out[1] = topic_hash(j, BY_TRANSACTION, p->chain_id, p->transaction_hash.b, 32, 0);
    out[2] = topic_hash(j, BY_PLACE, p->chain_id, number, 8, p->block_number);
    return p->block_number ? 3 : 2;
}

static struct topic *find_topic(const struct journal *j, u64 hash)
{
    for (const struct map_cell *c = map_first(&j->topics, hash); c->item; c = map_next(&j->topics, c))
        if (c->hash == hash)
            return c->item;
    return NULL;
}

static void index_entry(struct journal *j, const struct entry *e)
{
    u64 hash[TOPICS_MAX];
    const size_t count = topics_of(j, hash, e);
    struct entry *copy = ARENA_TAKE(&j->arena, struct entry, 1);
    *copy = *e;
    for (size_t i = 0; i < count; i++) {
        struct topic *t = find_topic(j, hash[i]);
        if (!t) {
            t = ARENA_TAKE_ZERO(&j->arena, struct topic, 1);
            t->hash = hash[i];
            map_add(&j->topics, t->hash, t);
        }
        *LIST_ADD(&t->entry, &j->arena) = copy;
    }
    j->count++;
}

/* --- contradictions --- */

struct condition {
    u64 number;
    const hash32 *hash;
};

static struct condition condition_of(const struct entry *e)
{
    if (e->kind == KIND_PROMISE)
        return (struct condition){e->promise.l1_number, &e->promise.l1_hash};
    return (struct condition){e->answer.l1_number, &e->answer.l1_hash};
}

static bool holds_on_l1(const struct journal *j, struct condition c)
{
    return j->is_canonical(j->context, c.number, c.hash);
}

/* Whether no chain can have both: L1's chain has `now`, at or above the number of `then`, and not `then`. */
static bool exclude(const struct journal *j, const struct entry *now, const struct entry *then)
{
    const struct condition n = condition_of(now), t = condition_of(then);
    return j->is_canonical && n.number >= t.number && holds_on_l1(j, n) && !holds_on_l1(j, t);
}

static bool contradict(const struct entry *a, const struct entry *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == KIND_PROMISE ? promises_contradict(&a->promise, &b->promise)
                                   : answers_contradict(&a->answer, &b->answer);
}

/* But for the sequence number. */
static bool says_the_same(const struct entry *a, const struct entry *b)
{
    u8 left[PROMISE_LEN], right[PROMISE_LEN];
    struct writer x = {left}, y = {right};
    if (a->kind != b->kind)
        return false;
    if (a->kind == KIND_PROMISE) {
        put_promise(&x, &a->promise);
        put_promise(&y, &b->promise);
    } else {
        put_answer(&x, &a->answer);
        put_answer(&y, &b->answer);
    }
    return memcmp(left, right, (size_t)(x.next - left) - 8) == 0;
}

static void set_sequence(struct entry *e, u64 sequence)
{
    if (e->kind == KIND_PROMISE)
        e->promise.sequence = sequence;
    else
        e->answer.sequence = sequence;
}

static u64 sequence_of(const struct entry *e)
{
    return e->kind == KIND_PROMISE ? e->promise.sequence : e->answer.sequence;
}

/* Sets the sequence number: of the statement that says the same, or the next one, appended. False: it contradicts
 * one. */
static bool enter(struct journal *j, struct entry *e)
{
    u64 hash[TOPICS_MAX];
    const size_t count = topics_of(j, hash, e);
    for (size_t i = 0; i < count; i++) {
        const struct topic *t = find_topic(j, hash[i]);
        for (size_t k = 0; t && k < t->entry.count; k++) {
            const struct entry *then = t->entry.item[k];
            if (says_the_same(e, then)) {
                set_sequence(e, sequence_of(then));
                return true;
            }
            if (contradict(e, then) && !exclude(j, e, then))
                return false;
        }
    }
    set_sequence(e, j->count);
    append_record(j, e);
    index_entry(j, e);
    return true;
}

/* --- the disk --- */

/* Nothing is signed that is not on the disk. After a failure the disk may have any part of it. */
static enum err sync_journal(struct journal *j)
{
    if (!j->pending.len)
        return OK;
    j->is_broken = !file_write_all(j->fd, buffer_bytes(&j->pending)) || fdatasync(j->fd) != 0;
    j->pending.len = 0;
    return j->is_broken ? FAULT_IO : OK;
}

static enum err sign(const struct journal *j, u8 out[PROMISE_SIGNATURE_LEN], const hash32 *digest)
{
    struct signature s;
    TRY(secp256k1_sign(&s, digest, &j->key));
    memcpy(out, s.r.b, 32);
    memcpy(out + 32, s.s.b, 32);
    out[64] = 27 + s.y_parity;
    return OK;
}

enum err journal_promises(struct journal *j, bool *is_signed, struct signed_promise *out, const struct promise *p,
                          size_t count)
{
    if (j->is_broken)
        return FAULT_IO;
    for (size_t i = 0; i < count; i++) {
        struct entry e = {.kind = KIND_PROMISE, .promise = p[i]};
        is_signed[i] = enter(j, &e);
        if (is_signed[i])
            out[i].message = e.promise;
    }
    TRY(sync_journal(j));
    for (size_t i = 0; i < count; i++) {
        hash32 digest;
        if (!is_signed[i])
            continue;
        promise_digest(&digest, &j->domain, &out[i].message);
        TRY(sign(j, out[i].signature, &digest));
    }
    return OK;
}

enum err journal_answer(struct journal *j, bool *is_signed, struct signed_answer *out, const struct answer *a)
{
    struct entry e = {.kind = KIND_ANSWER, .answer = *a};
    hash32 digest;
    if (j->is_broken)
        return FAULT_IO;
    *is_signed = enter(j, &e);
    if (!*is_signed)
        return OK;
    TRY(sync_journal(j));
    out->message = e.answer;
    answer_digest(&digest, &j->domain, &out->message);
    return sign(j, out->signature, &digest);
}

/* --- opening --- */

static void header_of(const struct journal *j, u8 out[HEADER_LEN])
{
    struct writer w = {out};
    put_bytes(&w, magic, MAGIC_LEN);
    put_be64(&w, j->domain.l1_chain_id);
    put_bytes(&w, j->domain.slasher.b, 20);
    put_bytes(&w, j->signer.b, 20);
}

static enum err refuse_journal(struct complaint *c, enum err e, const char *what)
{
    complain(c, (struct place){0, 0}, "%s", what);
    return e;
}

static enum err system_error(struct complaint *c, const char *what)
{
    const int reason = errno;
    complain(c, (struct place){0, 0}, "%s: %s", what, strerror(reason));
    return path_error(reason);
}

static enum err create_journal(struct journal *j, struct complaint *c, const char *path, const u8 header[HEADER_LEN])
{
    if (ftruncate(j->fd, 0) != 0 || !file_write_all(j->fd, bytes_of(header, HEADER_LEN)) || fsync(j->fd) != 0 ||
        !file_sync_folder(path))
        return system_error(c, "cannot write");
    return OK;
}

static enum err check_record(struct journal *j, const u8 *record, size_t len)
{
    u8 checksum[CHECKSUM_LEN];
    struct entry e = {.kind = record[0]};
    struct reader r = {record + 1};
    checksum_of(checksum, j->checksum, record, len - CHECKSUM_LEN);
    if (memcmp(checksum, record + len - CHECKSUM_LEN, CHECKSUM_LEN) != 0)
        return REJECT_STORE_CORRUPT;
    if (e.kind == KIND_PROMISE)
        get_promise(&r, &e.promise);
    else
        get_answer(&r, &e.answer);
    if (sequence_of(&e) != j->count)
        return REJECT_STORE_CORRUPT;
    memcpy(j->checksum, checksum, CHECKSUM_LEN);
    index_entry(j, &e);
    return OK;
}

static enum err read_records(struct journal *j, struct complaint *c, struct bytes records)
{
    size_t at = 0;
    while (at < records.len) {
        const size_t len = record_len(records.ptr[at]);
        if (len > records.len - at)
            break; /* a process died while it wrote: no signature depends on it */
        if (!len || check_record(j, records.ptr + at, len) != OK)
            return refuse_journal(c, REJECT_STORE_CORRUPT, "damaged: the key of this journal must not sign again");
        at += len;
    }
    if (at < records.len && (ftruncate(j->fd, (off_t)(HEADER_LEN + at)) != 0 || fsync(j->fd) != 0))
        return system_error(c, "cannot cut an incomplete record off");
    return OK;
}

static enum err read_journal(struct journal *j, struct complaint *c, const char *path)
{
    enum { SIZE_MAX_BYTES = 1 << 30 };
    u8 header[HEADER_LEN];
    struct bytes content;
    header_of(j, header);
    checksum_of(j->checksum, (const u8[CHECKSUM_LEN]){0}, header, HEADER_LEN);
    TRY(file_read(&j->arena, &content, c, path, SIZE_MAX_BYTES));
    if (content.len < HEADER_LEN && memcmp(content.ptr, header, content.len) == 0)
        return create_journal(j, c, path, header);
    if (content.len < HEADER_LEN || memcmp(content.ptr, magic, MAGIC_LEN) != 0)
        return refuse_journal(c, REJECT_NOT_A_STORE, "not a journal of promises");
    if (memcmp(content.ptr, header, HEADER_LEN) != 0)
        return refuse_journal(c, REJECT_STORE_MISMATCH, "the journal of another key, L1 or ScopePreconfSlasher");
    return read_records(j, c, bytes_of(content.ptr + HEADER_LEN, content.len - HEADER_LEN));
}

static enum err open_locked(struct journal *j, struct complaint *c, const char *path)
{
    j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (j->fd < 0)
        return system_error(c, "cannot open");
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? refuse_journal(c, FAULT_STORE_BUSY, "in use by another process")
                                    : system_error(c, "cannot lock");
    return read_journal(j, c, path);
}

enum err journal_open(struct journal **out, struct complaint *complaint, const struct memory *memory,
                      const struct journal_config *config)
{
    struct arena arena;
    hash32 seed;
    complaint->file = config->path;
    arena_init(&arena, memory);
    struct journal *j = ARENA_TAKE_ZERO(&arena, struct journal, 1);
    j->arena = arena;
    j->domain = config->domain;
    j->key = config->key;
    j->is_canonical = config->is_canonical;
    j->context = config->context;
    j->fd = -1;
    j->pending = buffer_in(&j->arena);
    keccak256(&seed, config->key.b, sizeof config->key.b); /* secret, as the key is */
    j->seed = map_seed_from(&seed);
    map_init(&j->topics, &j->arena, 256);
    enum err e = secp256k1_address(&j->signer, &j->key);
    if (e == OK)
        e = open_locked(j, complaint, config->path);
    if (e != OK) {
        journal_close(j);
        return e;
    }
    *out = j;
    return OK;
}

void journal_close(struct journal *j)
{
    struct arena arena = j->arena;
    if (j->fd >= 0)
        close(j->fd); /* and with it the lock */
    arena_release(&arena);
}

const address *journal_signer(const struct journal *j)
{
    return &j->signer;
}

u64 journal_count(const struct journal *j)
{
    return j->count;
}
