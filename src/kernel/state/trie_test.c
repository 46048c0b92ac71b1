/* Roots come from ethereum/tests (TrieTests), and from naive_trie.h, which builds a tree by its definition; the
 * comparison with @ethereumjs/mpt is in client_test.c. */
#include "state/trie.h"

#include "codec/hex.h"
#include "io/memory.h"
#include "state/naive_trie.h"
#include "state/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static u64 dice_state;

static u32 dice(u32 sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (u32)((dice_state >> 16) % sides);
}

static hash32 unhex32(const char *text)
{
    hash32 h;
    assert_int_equal(hex_fixed(h.b, 32, bytes_of(text, strlen(text))), OK);
    return h;
}

static void assert_hash(const hash32 *got, const hash32 *want)
{
    assert_memory_equal(got->b, want->b, 32);
}

/* --- a map beside the tree --- */

enum { KEYS = 96 };

struct model {
    struct bytes key[KEYS];
    struct bytes value[KEYS]; /* empty: not there */
};

static void model_root(hash32 *root, const struct model *m)
{
    struct naive_pair *pair = ARENA_TAKE(&arena, struct naive_pair, KEYS);
    size_t n = 0;
    for (size_t i = 0; i < KEYS; i++)
        if (m->value[i].len)
            naive_pair_set(&pair[n++], m->key[i], m->value[i]);
    naive_root(root, &arena, pair, n);
}

/* Shapes of keys that reach every case: dense short ones; sparse ones (embedded branches and extensions), prefixes of
 * each other (values in branches), long ones that share long prefixes (extensions that split), and hashed ones (secure
 * trees). */
enum shape { SHAPE_DENSE, SHAPE_SPARSE, SHAPE_PREFIXES, SHAPE_LONG, SHAPE_HASHED, SHAPE_COUNT };

static struct bytes new_key(enum shape shape, u32 i)
{
    u8 *key = arena_take(&arena, 64);
    hash32 hash;
    memset(key, 0, 64);
    switch (shape) {
    case SHAPE_DENSE:
        key[0] = (u8)i;
        return bytes_of(key, 1);
    case SHAPE_SPARSE: /* seven bits, each a nibble */
        for (u32 bit = 0; bit < 7; bit++)
            key[bit / 2] |= (u8)((i >> bit & 1) << (bit & 1 ? 0 : 4));
        return bytes_of(key, 4);
    case SHAPE_PREFIXES: { /* base 3 digits of i, as many as it has: 0 is a prefix of 00 is a prefix of 001 */
        size_t len = 0;
        for (u32 left = i; left; left = (left - 1) / 3)
            key[len++] = (u8)(((left - 1) % 3) * 0x11);
        return bytes_of(key, len);
    }
    case SHAPE_LONG:
        memset(key, 0xab, 32);
        for (u32 bit = 0; bit < 7; bit++) /* seven places where keys part */
            if (i >> bit & 1)
                key[bit * 5 % 32] ^= (u8)(1u << bit);
        return bytes_of(key, 32);
    default:
        keccak256(&hash, &i, sizeof i);
        memcpy(key, hash.b, 32);
        return bytes_of(key, 32);
    }
}

static struct bytes new_value(void)
{
    const u32 len = dice(4) == 0 ? 1 + dice(80) : 1 + dice(4);
    u8 *value = arena_take(&arena, len);
    for (u32 i = 0; i < len; i++)
        value[i] = (u8)(dice(3) ? dice(256) : 0);
    return bytes_of(value, len);
}

static void model_init(struct model *m, enum shape shape)
{
    for (u32 i = 0; i < KEYS; i++) {
        m->key[i] = new_key(shape, i);
        m->value[i] = bytes_of(NULL, 0);
    }
}

/* Random changes of the model, written to change. eager: how many of 8 are insertions. */
static size_t model_change(struct model *m, struct trie_change *change, u32 how_many, u32 eager)
{
    size_t n = 0;
    const u32 start = dice(KEYS), step = 1 + 2 * dice(KEYS / 2 - 1);
    for (u32 k = 0; k < how_many; k++) {
        const u32 i = (start + k * step) % KEYS;
        bool twice = false;
        for (u32 j = 0; j < k; j++)
            twice |= (start + j * step) % KEYS == i;
        if (twice)
            continue;
        if (dice(8) < eager)
            m->value[i] = dice(5) == 0 && m->value[i].len ? m->value[i] : new_value();
        else
            m->value[i] = bytes_of(NULL, 0);
        change[n++] = (struct trie_change){m->key[i], m->value[i]};
    }
    return n;
}

static void assert_holds(struct trie_db *db, const hash32 *root, const struct model *m)
{
    for (size_t i = 0; i < KEYS; i++) {
        bool found;
        struct bytes value;
        assert_int_equal(trie_get(db, &found, &value, root, m->key[i]), OK);
        assert_int_equal(found, m->value[i].len != 0);
        assert_true(bytes_eq(value, m->value[i]));
    }
}

/* --- a store of nodes by hash --- */

enum { STORE_ROOM = 8192 };

struct store {
    hash32 hash[STORE_ROOM];
    struct bytes rlp[STORE_ROOM];
    size_t count;
    size_t hidden; /* this one is not there; STORE_ROOM: all are */
    size_t asked;
};

static enum err store_put(void *context, const hash32 *hash, struct bytes rlp)
{
    struct store *s = context;
    hash32 check;
    keccak256(&check, rlp.ptr, rlp.len);
    assert_hash(&check, hash);
    for (size_t i = 0; i < s->count; i++)
        if (hash32_eq(&s->hash[i], hash))
            return OK;
    assert_true(s->count < STORE_ROOM);
    s->hash[s->count] = *hash;
    s->rlp[s->count++] = arena_copy(&arena, rlp);
    return OK;
}

static enum err store_get(void *context, struct bytes *rlp, const hash32 *hash)
{
    struct store *s = context;
    s->asked++;
    for (size_t i = 0; i < s->count; i++) {
        if (i != s->hidden && hash32_eq(&s->hash[i], hash)) {
            *rlp = s->rlp[i];
            return OK;
        }
    }
    return FAULT_STATE_MISSING;
}

static struct store *new_store(void)
{
    struct store *s = ARENA_TAKE_ZERO(&arena, struct store, 1);
    s->hidden = STORE_ROOM;
    return s;
}

/* --- tests --- */

/* The roots of ethereum/tests: trietest.json and trieanyorder.json (all files: scope trietest). */
static void vectors(void **state)
{
    (void)state;
    static const struct {
        const char *root;
        struct { const char *key, *value; } put[8];
    } row[] = {
        {"d23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab",
         {{"A", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
        {"8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3",
         {{"doe", "reindeer"}, {"dog", "puppy"}, {"dogglesworth", "cat"}}},
        {"17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3", {{"foo", "bar"}, {"food", "bass"}}},
        {"3f67c7a47520f79faa29255d2d3c084a7a6df0453116ed7232ff10277a8be68b",
         {{"be", "e"}, {"dog", "puppy"}, {"bed", "d"}}},
        {"8452568af70d8d140f58d941338542f645fcca50094b20f3c3d8c3df49337928", {{"test", "test"}, {"te", "testy"}}},
        {"5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84",
         {{"do", "verb"},
          {"ether", "wookiedoo"},
          {"horse", "stallion"},
          {"shaman", "horse"},
          {"doge", "coin"},
          {"ether", ""},
          {"dog", "puppy"},
          {"shaman", ""}}},
        {"cb65032e2f76c48b82b5c24b3db8f670ce73982869d38cd39a624f23d62a9e89",
         {{"key1aa", "0123456789012345678901234567890123456789xxx"},
          {"key1", "0123456789012345678901234567890123456789Very_Long"},
          {"key2bb", "aval3"},
          {"key2", "short"},
          {"key3cc", "aval3"},
          {"key3", "1234567890123456789012345678901"}}},
        {"7a320748f780ad9ad5b0837302075ce0eeba6c26e3d8562c67ccc0f1b273298a",
         {{"abc", "123"}, {"abcd", "abcd"}, {"abc", "abc"}}},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        hash32 root = trie_empty_root, want = unhex32(row[i].root);
        for (size_t k = 0; k < 8 && row[i].put[k].key; k++) {
            const struct trie_change c = {bytes_of(row[i].put[k].key, strlen(row[i].put[k].key)),
                                          bytes_of(row[i].put[k].value, strlen(row[i].put[k].value))};
            assert_int_equal(trie_update(db, &root, &root, &c, 1), OK);
        }
        assert_hash(&root, &want);
        trie_db_release(db);
    }
}

/* After any changes, in batches of any size, the root is that of the definition, the tree holds what the
 * map holds, and all older trees still hold what they held. */
static void like_the_definition(void **state)
{
    (void)state;
    enum { ROUNDS = 40, OLD = 4 };
    for (u32 run = 0; run < 6 * SHAPE_COUNT; run++) {
        struct model m, old[OLD];
        hash32 root = trie_empty_root, old_root[OLD], want;
        struct trie_change change[KEYS];
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        model_init(&m, run % SHAPE_COUNT);
        for (u32 k = 0; k < OLD; k++) {
            old[k] = m;
            old_root[k] = root;
        }
        for (u32 round = 0; round < ROUNDS; round++) {
            const u32 eager = round < ROUNDS / 2 ? 6 : 2; /* first it grows, then it shrinks */
            const size_t n = model_change(&m, change, dice(3) ? 1 + dice(5) : 1 + dice(KEYS - 1), eager);
            assert_int_equal(trie_update(db, &root, &root, change, n), OK);
            model_root(&want, &m);
            assert_hash(&root, &want);
            if (round % 8 == 7) {
                assert_holds(db, &root, &m);
                for (u32 k = 0; k < OLD; k++)
                    assert_holds(db, &old_root[k], &old[k]);
                old[round / 8 % OLD] = m;
                old_root[round / 8 % OLD] = root;
            }
        }
        for (size_t i = 0; i < KEYS; i++)
            change[i] = (struct trie_change){m.key[i], bytes_of(NULL, 0)};
        assert_int_equal(trie_update(db, &root, &root, change, KEYS), OK);
        assert_hash(&root, &trie_empty_root);
        trie_db_release(db);
        arena_release(&arena);
    }
}

/* What an update and its reads touched is enough to do them again, gives the same root, and nothing of it
 * can be spared. */
static void witness(void **state)
{
    (void)state;
    for (u32 run = 0; run < 10 * SHAPE_COUNT; run++) {
        struct model m;
        struct trie_change change[KEYS], later[KEYS];
        hash32 root = trie_empty_root, middle, after, again;
        struct store *all = new_store(), *touched = new_store();
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        model_init(&m, run % SHAPE_COUNT);
        size_t n = model_change(&m, change, KEYS, 6);
        assert_int_equal(trie_update(db, &root, &root, change, n), OK);
        assert_int_equal(trie_made_since(db, &root, 0, store_put, all), OK);
        const bool cold = run / SHAPE_COUNT & 1; /* from a store, or from memory */
        if (cold) {
            trie_db_release(db);
            db = trie_db_open(&system_memory, &(struct node_source){store_get, all});
        }
        trie_record(db, true);
        n = model_change(&m, change, 1 + dice(6), 3);
        const struct bytes read = m.key[dice(KEYS)];
        bool found;
        struct bytes value;
        assert_int_equal(trie_get(db, &found, &value, &root, read), OK);
        assert_int_equal(trie_update(db, &middle, &root, change, n), OK);
        assert_int_equal(trie_get(db, &found, &value, &middle, read), OK);
        const size_t n_later = model_change(&m, later, 1 + dice(6), 3);
        assert_int_equal(trie_update(db, &after, &middle, later, n_later), OK);
        trie_record(db, false);
        assert_int_equal(trie_recorded(db, store_put, touched), OK);
        for (size_t hidden = touched->count + 1; hidden-- > 0;) {
            touched->hidden = hidden;
            struct trie_db *other = trie_db_open(&system_memory, &(struct node_source){store_get, touched});
            again = (hash32){{0}};
            enum err e = trie_get(other, &found, &value, &root, read);
            if (e == OK)
                e = trie_update(other, &middle, &root, change, n);
            if (e == OK)
                e = trie_get(other, &found, &value, &middle, read);
            if (e == OK)
                e = trie_update(other, &again, &middle, later, n_later);
            assert_int_equal(e, hidden == touched->count ? OK : FAULT_STATE_MISSING);
            assert_hash(&again, hidden == touched->count ? &after : &(hash32){{0}});
            trie_db_release(other);
        }
        trie_db_release(db);
        arena_release(&arena);
    }
}

/* A tree that is written down piece by piece can be read from what was written. */
static void export(void **state)
{
    (void)state;
    for (u32 run = 0; run < 3 * SHAPE_COUNT; run++) {
        struct model m;
        struct trie_change change[KEYS];
        hash32 root = trie_empty_root;
        struct store *all = new_store();
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        model_init(&m, run % SHAPE_COUNT);
        for (u32 round = 0; round < 12; round++) {
            const u32 since = trie_now(db);
            const size_t n = model_change(&m, change, 1 + dice(20), 5);
            assert_int_equal(trie_update(db, &root, &root, change, n), OK);
            assert_int_equal(trie_made_since(db, &root, since, store_put, all), OK);
        }
        struct trie_db *other = trie_db_open(&system_memory, &(struct node_source){store_get, all});
        assert_holds(other, &root, &m);
        const size_t asked = all->asked;
        assert_holds(other, &root, &m); /* what was loaded stays */
        assert_int_equal(all->asked, asked);
        trie_db_release(other);
        trie_db_release(db);
        arena_release(&arena);
    }
}

/* trie_collect keeps what it is told to, linked trees too, and nothing else. */
static hash32 linked_root;
static bool link_value(hash32 *root, struct bytes value)
{
    if (value.len != 4 || memcmp(value.ptr, "link", 4) != 0)
        return false;
    *root = linked_root;
    return true;
}

static void collect(void **state)
{
    (void)state;
    struct model m, kept;
    struct trie_change change[KEYS];
    struct bytes value;
    bool found;
    hash32 root = trie_empty_root, dropped, unlinked = trie_empty_root;
    struct trie_db *db = trie_db_open(&system_memory, NULL);
    model_init(&m, SHAPE_HASHED);
    size_t n = model_change(&m, change, 40, 8);
    assert_int_equal(trie_update(db, &dropped, &root, change, n), OK);
    linked_root = trie_empty_root;
    const struct trie_change small = {BYTES_LITERAL("key"), BYTES_LITERAL("a value of the tree that is linked to")};
    assert_int_equal(trie_update(db, &linked_root, &linked_root, &small, 1), OK);
    const struct trie_change other = {BYTES_LITERAL("key"), BYTES_LITERAL("a value of a tree that nothing links to")};
    assert_int_equal(trie_update(db, &unlinked, &unlinked, &other, 1), OK);
    n = model_change(&m, change, 30, 4);
    m.value[7] = BYTES_LITERAL("link");
    root = dropped;
    assert_int_equal(trie_update(db, &root, &root, change, n), OK);
    const struct trie_change link = {m.key[7], m.value[7]};
    assert_int_equal(trie_update(db, &root, &root, &link, 1), OK);
    kept = m;
    const size_t before = trie_db_bytes(db);
    trie_collect(db, &root, 1, link_value);
    assert_true(trie_db_bytes(db) < before);
    assert_holds(db, &root, &kept);
    assert_int_equal(trie_get(db, &found, &value, &linked_root, small.key), OK);
    assert_true(found && bytes_eq(value, small.value));
    assert_int_equal(trie_get(db, &found, &value, &unlinked, other.key), FAULT_STATE_MISSING);
    assert_int_equal(trie_get(db, &found, &value, &dropped, m.key[0]), FAULT_STATE_MISSING);
    const size_t live = trie_db_bytes(db);
    trie_collect(db, &root, 1, link_value); /* nothing left to drop, nothing lost */
    assert_int_equal(trie_db_bytes(db), live);
    hash32 want;
    n = model_change(&m, change, 30, 4);
    assert_int_equal(trie_update(db, &root, &root, change, n), OK);
    model_root(&want, &m);
    assert_hash(&root, &want);
    trie_db_release(db);
    arena_release(&arena);
}

static enum err in_order(void *context, struct bytes key, struct bytes value)
{
    struct model *seen = context;
    size_t i = 0;
    while (seen->key[i].ptr)
        i++;
    seen->key[i] = arena_copy(&arena, key);
    seen->value[i] = value;
    return OK;
}

static int compare_keys(struct bytes here, struct bytes there)
{
    const size_t less = here.len < there.len ? here.len : there.len;
    const int order = less ? memcmp(here.ptr, there.ptr, less) : 0;
    return order ? order : (here.len > there.len) - (here.len < there.len);
}

/* Keys come in order, and each key's neighbors are those of the sorted list, for keys that are there or not. */
static void order(void **state)
{
    (void)state;
    for (u32 run = 0; run < 5 * SHAPE_COUNT; run++) {
        struct model m;
        struct trie_change change[KEYS];
        hash32 root = trie_empty_root;
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        model_init(&m, run % SHAPE_COUNT);
        const size_t n = model_change(&m, change, 1 + dice(KEYS - 1), 5);
        assert_int_equal(trie_update(db, &root, &root, change, n), OK);
        struct { struct model m; struct bytes end; } seen = {0};
        assert_int_equal(trie_each(db, &root, in_order, &seen.m), OK);
        size_t count = 0, want_count = 0;
        for (; seen.m.key[count].ptr; count++)
            assert_true(count == 0 || compare_keys(seen.m.key[count - 1], seen.m.key[count]) < 0);
        for (size_t i = 0; i < KEYS; i++)
            want_count += m.value[i].len != 0;
        assert_int_equal(count, want_count);
        for (size_t i = 0; i < KEYS; i++) {
            u8 key[TRIE_KEY_MAX];
            size_t len;
            bool found;
            struct bytes value;
            const struct bytes *above = NULL, *below = NULL;
            for (size_t k = 0; k < count; k++) {
                const int side = compare_keys(seen.m.key[k], m.key[i]);
                if (side > 0 && !above)
                    above = &seen.m.key[k];
                if (side < 0)
                    below = &seen.m.key[k];
            }
            assert_int_equal(trie_neighbor(db, &found, key, &len, &value, &root, m.key[i], TRIE_ABOVE), OK);
            assert_int_equal(found, above != NULL);
            assert_true(!above || bytes_eq(bytes_of(key, len), *above));
            assert_int_equal(trie_neighbor(db, &found, key, &len, &value, &root, m.key[i], TRIE_BELOW), OK);
            assert_int_equal(found, below != NULL);
            assert_true(!below || bytes_eq(bytes_of(key, len), *below));
        }
        trie_db_release(db);
        arena_release(&arena);
    }
}

/* A proof holds for every key, there or not; and with any bit of any node changed, a node left out, one more or two
 * swapped, for none. */
static void proofs(void **state)
{
    (void)state;
    for (u32 run = 0; run < 3 * SHAPE_COUNT; run++) {
        struct model m;
        struct trie_change change[KEYS];
        hash32 root = trie_empty_root;
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        model_init(&m, run % SHAPE_COUNT);
        const size_t n = model_change(&m, change, 60, 6);
        assert_int_equal(trie_update(db, &root, &root, change, n), OK);
        for (size_t i = 0; i < KEYS; i++) {
            const struct arena_mark mark = arena_mark(&arena);
            struct bytes *node, value;
            size_t count;
            bool found;
            assert_int_equal(trie_prove(db, &arena, &node, &count, &root, m.key[i]), OK);
            assert_int_equal(trie_verify_proof(&found, &value, &root, m.key[i], node, count, &arena), OK);
            assert_int_equal(found, m.value[i].len != 0);
            assert_true(bytes_eq(value, m.value[i]));
            for (size_t k = 0; k < count; k++) {
                u8 *byte = (u8 *)node[k].ptr + dice((u32)node[k].len);
                const u8 was = *byte;
                *byte ^= (u8)(1u << dice(8));
                assert_int_equal(trie_verify_proof(&found, &value, &root, m.key[i], node, count, &arena), REJECT_PROOF);
                *byte = was;
                if (k + 1 < count) {
                    const struct bytes swap = node[k];
                    node[k] = node[k + 1];
                    node[k + 1] = swap;
                    assert_int_equal(trie_verify_proof(&found, &value, &root, m.key[i], node, count, &arena),
                                     REJECT_PROOF);
                    node[k + 1] = node[k];
                    node[k] = swap;
                }
            }
            assert_int_equal(trie_verify_proof(&found, &value, &root, m.key[i], node, count - 1, &arena), REJECT_PROOF);
            node[count] = node[count - 1];
            assert_int_equal(trie_verify_proof(&found, &value, &root, m.key[i], node, count + 1, &arena), REJECT_PROOF);
            arena_rewind(&arena, mark);
        }
        trie_db_release(db);
        arena_release(&arena);
    }
    bool found = true;
    struct bytes value, *node;
    size_t count = 9;
    const struct bytes key = BYTES_LITERAL("key"), preimage = BYTES_LITERAL("\x80"), wrong = BYTES_LITERAL("\x81");
    struct trie_db *db = trie_db_open(&system_memory, NULL);
    assert_int_equal(trie_prove(db, &arena, &node, &count, &trie_empty_root, key), OK);
    assert_int_equal(count, 0);
    assert_int_equal(trie_verify_proof(&found, &value, &trie_empty_root, key, NULL, 0, &arena), OK);
    assert_false(found);
    assert_int_equal(trie_verify_proof(&found, &value, &trie_empty_root, key, &preimage, 1, &arena), OK);
    assert_false(found);
    assert_int_equal(trie_verify_proof(&found, &value, &trie_empty_root, key, &wrong, 1, &arena), REJECT_PROOF);
    trie_db_release(db);
    arena_release(&arena);
}

/* What is not the one encoding of a node is refused, with its place still empty afterwards. */
static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *why, *rlp;
        enum err want;
    } row[] = {
        {"a leaf", "c22001", OK},
        {"no list", "01", REJECT_TRIE_NODE},
        {"nothing", "", REJECT_TRIE_NODE},
        {"bytes after it", "c2200100", REJECT_TRIE_NODE},
        {"one item", "c120", REJECT_TRIE_NODE},
        {"three items", "c3200101", REJECT_TRIE_NODE},
        {"no path", "c28001", REJECT_TRIE_NODE},
        {"a flag that is none", "c26001", REJECT_TRIE_NODE},
        {"padding that is not zero", "c22101", REJECT_TRIE_NODE},
        {"a leaf without value", "c22080", REJECT_TRIE_NODE},
        {"a leaf with a list for value", "c220c0", REJECT_TRIE_NODE},
        {"an extension without path", "e200a00101010101010101010101010101010101010101010101010101010101010101", REJECT_TRIE_NODE},
        {"an extension to nothing", "c21180", REJECT_TRIE_NODE},
        {"an extension to a short hash", "c4118201ff", REJECT_TRIE_NODE},
        {"an extension to an embedded leaf", "c411c22001", REJECT_TRIE_NODE},
        {"a branch with one child", "d3c2310180808080808080808080808080808080", REJECT_TRIE_NODE},
        {"a branch with two children", "d5c23101c23101808080808080808080808080808080", OK},
        {"a branch with 18 items", "d6c23101c2310180808080808080808080808080808080", REJECT_TRIE_NODE},
        {"a branch with a value alone", "d18080808080808080808080808080808001", REJECT_TRIE_NODE},
        {"an embedded child of 32 bytes", "f2df319d0101010101010101010101010101010101010101010101010101010101c23101808080808080808080808080808080", REJECT_TRIE_NODE},
        {"a path of odd length for a root", "c23101", REJECT_TRIE_NODE},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct store *all = new_store();
        struct bytes rlp, value = BYTES_LITERAL("as it was");
        hash32 hash;
        bool found = true;
        assert_int_equal(hex_bytes(&arena, &rlp, bytes_of(row[i].rlp, strlen(row[i].rlp))), OK);
        keccak256(&hash, rlp.ptr, rlp.len);
        assert_int_equal(store_put(all, &hash, rlp), OK);
        struct trie_db *db = trie_db_open(&system_memory, &(struct node_source){store_get, all});
        const enum err e = trie_get(db, &found, &value, &hash, BYTES_LITERAL("\x01"));
        if (e != row[i].want)
            fail_msg("%s: %s", row[i].why, err_name(e));
        assert_true(e == OK || bytes_eq(value, BYTES_LITERAL("as it was")));
        trie_db_release(db);
        const enum err proof = trie_verify_proof(&found, &value, &hash, BYTES_LITERAL("\x01"), &rlp, 1, &arena);
        if (proof != (row[i].want == OK ? OK : REJECT_PROOF))
            fail_msg("%s, as a proof: %s", row[i].why, err_name(proof));
        arena_release(&arena);
    }
    /* two nodes, each well formed by itself: an extension, and below it a leaf */
    struct store *all = new_store();
    const struct bytes key = BYTES_LITERAL("\x01");
    u8 leaf[40] = {0xe7, 0x20, 0xa5}, extension[37] = {0xe4, 0x82, 0x00, 0x01, 0xa0};
    const struct bytes node[] = {BYTES_OF(extension), BYTES_OF(leaf)};
    hash32 root, below;
    struct bytes value;
    bool found;
    memset(leaf + 3, 0x77, sizeof leaf - 3);
    keccak256(&below, leaf, sizeof leaf);
    memcpy(extension + 5, below.b, 32);
    keccak256(&root, extension, sizeof extension);
    assert_int_equal(store_put(all, &root, node[0]), OK);
    assert_int_equal(store_put(all, &below, node[1]), OK);
    struct trie_db *db = trie_db_open(&system_memory, &(struct node_source){store_get, all});
    assert_int_equal(trie_get(db, &found, &value, &root, key), REJECT_TRIE_NODE);
    assert_int_equal(trie_verify_proof(&found, &value, &root, key, node, 2, &arena), REJECT_PROOF);
    assert_int_equal(trie_verify_proof(&found, &value, &below, bytes_of(NULL, 0), &node[1], 1, &arena), OK);
    assert_true(found);
    trie_db_release(db);
    arena_release(&arena);
}

/* A path so long that its count of nibbles, cut to 16 bits, would be 2. */
static void long_path(void **state)
{
    (void)state;
    struct store *all = new_store();
    struct buffer b = buffer_in(&arena);
    const size_t len = 1 + (65536 + 2) / 2;
    u8 *path = arena_take_zero(&arena, len);
    path[0] = 0x20;
    const size_t opened = rlp_open(&b);
    rlp_add_string(&b, bytes_of(path, len));
    rlp_add_u64(&b, 1);
    rlp_close(&b, opened);
    const struct bytes rlp = bytes_of(b.ptr + opened - 1, b.len - (opened - 1));
    hash32 hash;
    bool found;
    struct bytes value;
    keccak256(&hash, rlp.ptr, rlp.len);
    assert_int_equal(store_put(all, &hash, rlp), OK);
    struct trie_db *db = trie_db_open(&system_memory, &(struct node_source){store_get, all});
    assert_int_equal(trie_get(db, &found, &value, &hash, BYTES_LITERAL("\x00")), REJECT_TRIE_NODE);
    trie_db_release(db);
    arena_release(&arena);
}

/* A list's root is that of the map from rlp(index), on both sides of each length of index. */
static void lists(void **state)
{
    (void)state;
    static const size_t length[] = {0, 1, 2, 3, 16, 17, 126, 127, 128, 129, 130, 255, 256, 257, 300, 700};
    for (size_t i = 0; i < COUNT_OF(length); i++) {
        const size_t count = length[i];
        struct bytes *item = ARENA_TAKE(&arena, struct bytes, count);
        struct naive_pair *pair = ARENA_TAKE(&arena, struct naive_pair, count);
        for (size_t k = 0; k < count; k++) {
            struct buffer key = buffer_in(&arena);
            const u32 len = 1 + dice(k % 7 == 0 ? 3000 : 200);
            u8 *content = arena_take(&arena, len);
            memset(content, (int)dice(256), len);
            item[k] = bytes_of(content, len);
            rlp_add_u64(&key, k);
            naive_pair_set(&pair[k], buffer_bytes(&key), item[k]);
        }
        hash32 root, want;
        trie_list_root(&root, &arena, item, count);
        naive_root(&want, &arena, pair, count);
        assert_hash(&root, &want);
        arena_release(&arena);
    }
}

/* Thousands of changes at once, in any order of their keys; some keys agree in their first 8 bytes, and some begin
 * others. */
static void large(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    for (u32 run = 0; run < 4; run++) {
        struct trie_change *change = ARENA_TAKE(&arena, struct trie_change, COUNT);
        struct naive_pair *pair = ARENA_TAKE(&arena, struct naive_pair, COUNT);
        for (u32 i = 0; i < COUNT; i++) {
            hash32 *key = ARENA_TAKE(&arena, hash32, 1);
            keccak256(key, &i, sizeof i);
            if (run == 1)
                memset(key->b, 0x5a, 8);
            const bool short_key = run == 2 && i % 3 == 0;
            if (run == 2)
                memset(key->b + 12, 0, 20);
            change[i] = (struct trie_change){bytes_of(key->b, short_key ? 12 : 32), new_value()};
            naive_pair_set(&pair[i], change[i].key, change[i].value);
        }
        const struct trie_change last = change[COUNT - 1]; /* run 3: sorted but for the last */
        for (u32 i = COUNT - 1; run == 3 && i > 0; i--)
            change[i] = change[i - 1];
        if (run == 3)
            change[0] = last;
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        hash32 root, want, again;
        assert_int_equal(trie_update(db, &root, &trie_empty_root, change, COUNT), OK);
        naive_root(&want, &arena, pair, COUNT);
        assert_hash(&root, &want);
        for (u32 i = 0; i < COUNT; i++) /* half of them go again, the other half stays as it is */
            change[i].value = i % 2 ? change[i].value : bytes_of(NULL, 0);
        assert_int_equal(trie_update(db, &root, &root, change, COUNT), OK);
        size_t n = 0;
        for (u32 i = 0; i < COUNT; i++)
            if (change[i].value.len)
                naive_pair_set(&pair[n++], change[i].key, change[i].value);
        naive_root(&want, &arena, pair, n);
        assert_hash(&root, &want);
        const size_t bytes = trie_db_bytes(db);
        assert_int_equal(trie_update(db, &again, &root, change, COUNT), OK); /* nothing left to do: no node is made */
        assert_hash(&again, &root);
        assert_int_equal(trie_db_bytes(db), bytes);
        trie_db_release(db);
        arena_release(&arena);
    }
}

/* Several trees in one update: all change, or, when a node is missing, none does. */
static void many(void **state)
{
    (void)state;
    struct trie_db *db = trie_db_open(&system_memory, NULL);
    const struct trie_change first = {BYTES_LITERAL("one"), BYTES_LITERAL("1")},
                             second = {BYTES_LITERAL("two"), BYTES_LITERAL("2")};
    const hash32 unknown = unhex32("00000000000000000000000000000000000000000000000000000000000000ff");
    hash32 alone[2];
    assert_int_equal(trie_update(db, &alone[0], &trie_empty_root, &first, 1), OK);
    assert_int_equal(trie_update(db, &alone[1], &trie_empty_root, &second, 1), OK);
    struct trie_job job[] = {{trie_empty_root, &first, 1}, {trie_empty_root, &second, 1}, {unknown, &second, 1}};
    assert_int_equal(trie_update_many(db, job, 3), FAULT_STATE_MISSING);
    assert_hash(&job[0].root, &trie_empty_root);
    assert_hash(&job[1].root, &trie_empty_root);
    assert_hash(&job[2].root, &unknown);
    assert_int_equal(trie_update_many(db, job, 2), OK);
    assert_hash(&job[0].root, &alone[0]);
    assert_hash(&job[1].root, &alone[1]);
    assert_int_equal(trie_update_many(db, job, 0), OK);
    trie_db_release(db);
}

int main(void)
{
    arena_init(&arena, &system_memory);
    dice_state = 0x1234567890abcdef;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),   cmocka_unit_test(like_the_definition),
        cmocka_unit_test(witness),   cmocka_unit_test(export),
        cmocka_unit_test(collect),   cmocka_unit_test(order),
        cmocka_unit_test(proofs),    cmocka_unit_test(malformed),
        cmocka_unit_test(long_path), cmocka_unit_test(lists),
        cmocka_unit_test(many), cmocka_unit_test(large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
