/* trietest - runs trie tests (ethereum/tests, TrieTests).
 *
 *   {"jeff": {"in": [["key", "value"], ["key", null], ..], "root": "0x.."}}   in this order; null deletes
 *   {"dogs": {"in": {"key": "value", ..}, "root": "0x.."}}                    in any order
 *   {"basic": {"in": ["key", ..], "tests": [["probe", "before", "after"], ..]}}   neighbors; "" is none
 *
 * A text that begins with 0x is hex. In a file whose name has "secure" in it keys are hashed. What may come in any
 * order is put in one by one from the front and from the back, and all at once: each must give the root. Then
 * every key must read back, and its proof must hold. */
#include "codec/hex.h"
#include "options/commands.h"
#include "conformance/fixture.h"
#include "crypto/keccak.h"
#include "io/memory.h"
#include "state/node.h"
#include "state/trie.h"

static const struct bytes no_fork = BYTES_LITERAL("-"); /* trees are the same in all of them */

struct test {
    struct trie_change *change;
    size_t count;
    bool ordered;
    hash32 root;
};

static enum err read_text(struct arena *arena, struct bytes *out, struct bytes text)
{
    if (text.len >= 2 && text.ptr[0] == '0' && text.ptr[1] == 'x')
        return hex_bytes(arena, out, text);
    *out = text;
    return OK;
}

static enum err read_key(struct arena *arena, struct bytes *out, struct bytes text, bool secure)
{
    struct bytes key;
    TRY(read_text(arena, &key, text));
    if (secure) {
        hash32 *hash = ARENA_TAKE(arena, hash32, 1);
        keccak256(hash, key.ptr, key.len);
        key = BYTES_OF(hash->b);
    }
    if (key.len > TRIE_KEY_MAX)
        return REJECT_TOO_LONG;
    *out = key;
    return OK;
}

static enum err read_test(struct arena *arena, struct test *out, struct json v, bool secure)
{
    const struct json in = json_get(v, "in");
    out->ordered = json_kind(in) == JSON_ARRAY;
    out->count = 0;
    out->change = ARENA_TAKE(arena, struct trie_change, json_count(in));
    for (struct json_iterator it = json_items(in); json_next(&it);) {
        struct trie_change *c = &out->change[out->count++];
        const struct json value = out->ordered ? json_at(it.value, 1) : it.value;
        if (json_kind(value) != JSON_NULL && json_kind(value) != JSON_STRING)
            return REJECT_JSON;
        TRY(read_key(arena, &c->key, out->ordered ? json_text(json_at(it.value, 0)) : it.key, secure));
        TRY(read_text(arena, &c->value, json_text(value)));
    }
    return json_hex_fixed(out->root.b, 32, json_get(v, "root"));
}

/* The root after the changes one by one, from the front or from the back. */
static enum err put_each(struct trie_db *db, hash32 *root, const struct test *t, bool backwards)
{
    *root = trie_empty_root;
    for (size_t i = 0; i < t->count; i++)
        TRY(trie_update(db, root, root, &t->change[backwards ? t->count - 1 - i : i], 1));
    return OK;
}

/* Whether change i is the last word on its key. */
static bool is_last(const struct test *t, size_t i)
{
    for (size_t k = i + 1; k < t->count; k++)
        if (bytes_eq(t->change[k].key, t->change[i].key))
            return false;
    return true;
}

static const char *read_back(struct trie_db *db, struct arena *arena, const struct test *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct trie_change *c = &t->change[i];
        struct bytes value, *node;
        size_t nodes;
        bool found;
        if (!is_last(t, i))
            continue;
        if (trie_get(db, &found, &value, &t->root, c->key) != OK || found != (c->value.len != 0) ||
            !bytes_eq(value, c->value))
            return "a key does not read back";
        if (trie_prove(db, arena, &node, &nodes, &t->root, c->key) != OK ||
            trie_verify_proof(&found, &value, &t->root, c->key, node, nodes, arena) != OK ||
            found != (c->value.len != 0) || !bytes_eq(value, c->value))
            return "a key's proof does not hold";
    }
    return NULL;
}

/* What is wrong, or NULL. */
static const char *trietest_examine(struct trie_db *db, struct arena *arena, const struct test *t)
{
    hash32 root;
    if (put_each(db, &root, t, false) != OK || !hash32_eq(&root, &t->root))
        return "another root";
    if (t->ordered)
        return read_back(db, arena, t);
    if (put_each(db, &root, t, true) != OK || !hash32_eq(&root, &t->root))
        return "another root from the back";
    if (trie_update(db, &root, &trie_empty_root, t->change, t->count) != OK || !hash32_eq(&root, &t->root))
        return "another root when all come at once";
    return read_back(db, arena, t);
}

static bool neighbor_is(struct trie_db *db, const hash32 *root, struct bytes probe, enum trie_side side,
                        struct bytes want)
{
    u8 key[TRIE_KEY_MAX];
    size_t len;
    bool found;
    struct bytes value;
    if (trie_neighbor(db, &found, key, &len, &value, root, probe, side) != OK)
        return false;
    return found ? bytes_eq(bytes_of(key, len), want) : want.len == 0;
}

static const char *examine_neighbors(struct trie_db *db, struct json v)
{
    hash32 root = trie_empty_root;
    for (struct json_iterator it = json_items(json_get(v, "in")); json_next(&it);) {
        const struct trie_change c = {json_text(it.value), json_text(it.value)};
        if (c.key.len == 0 || c.key.len > TRIE_KEY_MAX || trie_update(db, &root, &root, &c, 1) != OK)
            return "a key cannot be put in";
    }
    unsigned tests = 0;
    for (struct json_iterator it = json_items(json_get(v, "tests")); json_next(&it); tests++) {
        const struct bytes probe = json_text(json_at(it.value, 0));
        if (probe.len > TRIE_KEY_MAX || !neighbor_is(db, &root, probe, TRIE_BELOW, json_text(json_at(it.value, 1))))
            return "another key before";
        if (!neighbor_is(db, &root, probe, TRIE_ABOVE, json_text(json_at(it.value, 2))))
            return "another key after";
    }
    return tests ? NULL : "no neighbors to look for";
}

static bool has_word(const char *path, const char *word)
{
    const size_t len = strlen(word);
    for (; *path; path++) {
        size_t i = 0;
        while (i < len && (path[i] | 0x20) == word[i])
            i++;
        if (i == len)
            return true;
    }
    return false;
}

static enum err trietest_run_file(struct fixture_worker *w, struct json root)
{
    const char *slash = strrchr(w->path, '/');
    const bool secure = has_word(slash ? slash + 1 : w->path, "secure");
    for (struct json_iterator it = json_items(root); json_next(&it);) {
        struct test t;
        if (!fixture_wanted(w, no_fork, it.key))
            continue;
        const char *skip = fixture_skip(w, it.key);
        if (skip) {
            fixture_report(w, no_fork, it.key, FIXTURE_SKIPPED, "%s", skip);
            continue;
        }
        const bool neighbors = json_kind(json_get(it.value, "tests")) == JSON_ARRAY;
        if (!neighbors && read_test(&w->arena, &t, it.value, secure) != OK)
            return json_unexpected(&w->complaint, it.value, "\"in\" with keys and values, and \"root\" in hex");
        struct trie_db *db = trie_db_open(&system_memory, NULL);
        const char *wrong = neighbors ? examine_neighbors(db, it.value) : trietest_examine(db, &w->arena, &t);
        fixture_report(w, no_fork, it.key, wrong ? FIXTURE_FAILED : FIXTURE_PASSED, "%s", wrong ? wrong : "passed");
        trie_db_release(db);
    }
    return OK;
}

int cmd_trietest(const struct command_line *line)
{
    const struct fixture_command command = {"trietest", trietest_run_file};
    return fixture_main(&command, line);
}
