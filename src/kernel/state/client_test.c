/* Trees, lists, states and proofs against @ethereumjs/mpt and @ethereumjs/statemanager: tests/client/trie.mjs makes
 * random operations and says what came of them, and checks our proofs. Run from the project's folder, with npm's
 * packages installed. */
#include "base/u256.h"
#include "codec/hex.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "io/memory.h"
#include "state/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LINE_ROOM = 1 << 20, WORDS = 512 };

static struct arena arena;      /* of one line */
static struct arena tree_arena; /* of one tree: its keys */

struct line {
    char *text;
    u64 number;
    const char *word[WORDS];
    size_t words;
};

static bool next_line(FILE *f, struct line *l)
{
    if (!fgets(l->text, LINE_ROOM, f))
        return false;
    l->number++;
    l->words = 0;
    for (char *p = strtok(l->text, " \n"); p && l->words < WORDS; p = strtok(NULL, " \n"))
        l->word[l->words++] = p;
    return l->words > 0;
}

static struct bytes word_bytes(const struct line *l, size_t i)
{
    struct bytes out = {0};
    if (i >= l->words || hex_bytes(&arena, &out, bytes_of(l->word[i], strlen(l->word[i]))) != OK)
        fail_msg("line %llu: word %zu is not hex", (unsigned long long)l->number, i);
    return out;
}

static u256 word_number(const struct line *l, size_t i)
{
    u8 be[32] = {0};
    const char *digits = l->word[i] + 2;
    const size_t len = strlen(digits);
    for (size_t k = 0; k < len; k++)
        be[31 - k / 2] |= (u8)(hex_digit((u8)digits[len - 1 - k]) << (k & 1 ? 4 : 0));
    return u256_from_be(be);
}

static void assert_root(const struct line *l, size_t word, const hash32 *got)
{
    if (!bytes_eq(word_bytes(l, word), BYTES_OF(got->b)))
        fail_msg("line %llu: another root than %s", (unsigned long long)l->number, l->word[word]);
}

struct client {
    struct trie_db *db;
    hash32 root;
    struct trie_change pending[WORDS]; /* put, but not in the tree yet */
    size_t pending_count;
    struct state *state;
    FILE *proofs;
    u64 proof_count;
};

/* What was put since the last root goes in as one update; of a key that came twice, the last. */
static void flush(struct client *c)
{
    struct trie_change once[WORDS];
    size_t n = 0;
    for (size_t i = 0; i < c->pending_count; i++) {
        bool again = false;
        for (size_t k = i + 1; k < c->pending_count; k++)
            again |= bytes_eq(c->pending[i].key, c->pending[k].key);
        if (!again)
            once[n++] = c->pending[i];
    }
    assert_int_equal(trie_update(c->db, &c->root, &c->root, once, n), OK);
    c->pending_count = 0;
}

static void write_hex(FILE *f, struct bytes b)
{
    fprintf(f, " 0x");
    for (size_t i = 0; i < b.len; i++)
        fprintf(f, "%02x", b.ptr[i]);
}

/* Their proof holds here; ours goes to a process that checks it. */
static void proof(struct client *c, const struct line *l)
{
    const struct bytes key = word_bytes(l, 1), want = word_bytes(l, 2);
    struct bytes node[WORDS], *ours, value;
    size_t count;
    bool found;
    for (size_t i = 3; i < l->words; i++)
        node[i - 3] = word_bytes(l, i);
    if (trie_verify_proof(&found, &value, &c->root, key, node, l->words - 3, &arena) != OK ||
        found != (want.len != 0) || !bytes_eq(value, want))
        fail_msg("line %llu: their proof does not hold", (unsigned long long)l->number);
    assert_int_equal(trie_prove(c->db, &arena, &ours, &count, &c->root, key), OK);
    fprintf(c->proofs, "proof");
    write_hex(c->proofs, BYTES_OF(c->root.b));
    write_hex(c->proofs, key);
    write_hex(c->proofs, want);
    for (size_t i = 0; i < count; i++)
        write_hex(c->proofs, ours[i]);
    fprintf(c->proofs, "\n");
    c->proof_count++;
}

static void state_line(struct client *c, const struct line *l)
{
    const struct account *a;
    address at;
    hash32 root;
    if (strcmp(l->word[0], "state-root") == 0) {
        assert_int_equal(state_commit(c->state, &root), OK);
        assert_root(l, 1, &root);
        return;
    }
    assert_int_equal(hex_fixed(at.b, 20, bytes_of(l->word[1], strlen(l->word[1]))), OK);
    assert_int_equal(state_account(c->state, &a, NULL, &at), OK);
    if (strcmp(l->word[0], "account") == 0) {
        const u256 nonce = word_number(l, 2), balance = word_number(l, 3);
        state_set_nonce(c->state, a, nonce.w[0]);
        state_set_balance(c->state, a, &balance);
    } else if (strcmp(l->word[0], "code") == 0) {
        state_set_code(c->state, a, word_bytes(l, 2));
    } else if (strcmp(l->word[0], "slot") == 0) {
        const struct storage_slot *storage_slot;
        const u256 key = word_number(l, 2), value = word_number(l, 3);
        assert_int_equal(state_storage_slot(c->state, &storage_slot, NULL, a, &key), OK);
        state_set_storage_slot(c->state, a, storage_slot, &value);
    } else if (strcmp(l->word[0], "gone") == 0) {
        state_tx_begin(c->state);
        state_destroy(c->state, a);
        state_tx_end(c->state, &(struct state_rules){.clears_empty = false});
    } else {
        fail_msg("line %llu: %s is not an operation", (unsigned long long)l->number, l->word[0]);
    }
}

static bool play(struct client *c, const struct line *l)
{
    const char *what = l->word[0];
    if (strcmp(what, "tree") == 0) {
        arena_release(&tree_arena);
        c->root = trie_empty_root;
        c->pending_count = 0;
    } else if (strcmp(what, "put") == 0) {
        assert_true(c->pending_count < WORDS);
        c->pending[c->pending_count++] = (struct trie_change){arena_copy(&tree_arena, word_bytes(l, 1)),
                                                              arena_copy(&tree_arena, word_bytes(l, 2))};
    } else if (strcmp(what, "root") == 0) {
        flush(c);
        assert_root(l, 1, &c->root);
    } else if (strcmp(what, "proof") == 0) {
        proof(c, l);
    } else if (strcmp(what, "list") == 0) {
        struct bytes item[WORDS];
        hash32 root;
        for (size_t i = 2; i < l->words; i++)
            item[i - 2] = word_bytes(l, i);
        trie_list_root(&root, &arena, item, l->words - 2);
        assert_root(l, 1, &root);
    } else if (strcmp(what, "state") == 0) {
        if (c->state)
            state_release(c->state);
        c->state = state_open(&system_memory, c->db, NULL, &trie_empty_root);
    } else if (strcmp(what, "end") == 0) {
        assert_int_equal(strtoull(l->word[1], NULL, 10), l->number - 1);
        return true;
    } else {
        state_line(c, l);
    }
    return false;
}

static void like_ethereumjs(void **state)
{
    (void)state;
    static const char *const seed[] = {"1", "2", "3"};
    struct line l = {.text = malloc(LINE_ROOM)};
    char command[256];
    struct client c = {.proofs = popen("node tests/client/trie.mjs verify", "w")};
    assert_non_null(c.proofs);
    for (size_t i = 0; i < COUNT_OF(seed); i++) {
        bool ended = false;
        l.number = 0;
        snprintf(command, sizeof command, "node tests/client/trie.mjs generate %s", seed[i]);
        FILE *theirs = popen(command, "r");
        assert_non_null(theirs);
        c.db = trie_db_open(&system_memory, NULL);
        while (!ended && next_line(theirs, &l)) {
            ended = play(&c, &l);
            arena_release(&arena);
        }
        assert_int_equal(pclose(theirs), 0);
        assert_true(ended);
        state_release(c.state);
        c.state = NULL;
        trie_db_release(c.db);
        arena_release(&tree_arena);
    }
    assert_true(c.proof_count > 100);
    fprintf(c.proofs, "end %llu\n", (unsigned long long)c.proof_count);
    assert_int_equal(pclose(c.proofs), 0);
    free(l.text);
}

int main(void)
{
    arena_init(&arena, &system_memory);
    arena_init(&tree_arena, &system_memory);
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_ethereumjs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
