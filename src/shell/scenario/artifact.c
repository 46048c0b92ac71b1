#include "scenario/artifact.h"

#include "codec/hex.h"
#include "contracts/contracts.h"
#include "io/file.h"

#include <stdio.h>

/* One file, read once. Anything but JSON is treated as bytecode. */
struct artifact_file {
    struct artifact_file *older;
    const char *path;
    bool is_json;
    struct json root;
    struct bytes text;
};

/* Where, in a file, the parts of one contract were found. */
struct found {
    struct json abi;
    struct json code;  /* a string of hex digits, or nothing */
    struct json links; /* { file: { library: [..] } }, or nothing */
    const char *name;
};

struct loading {
    struct artifact_store *store;
    struct complaint *complaint;
    const char *path;
    const char *contract; /* as asked for; may be NULL */
};

static const struct place whole_file = {0, 0};
static const struct json nothing = {NULL, UINT32_MAX}; /* JSON_NONE */

static const char *text_z(struct arena *arena, struct bytes text)
{
    char *z = arena_take(arena, text.len + 1);
    memcpy(z, text.ptr, text.len);
    z[text.len] = 0;
    return z;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool looks_like_json(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] > ' ')
            return text.ptr[i] == '{' || text.ptr[i] == '[';
    return false;
}

static enum err open_file(const struct loading *l, const struct artifact_file **out)
{
    for (const struct artifact_file *f = l->store->newest; f; f = f->older)
        if (strcmp(f->path, l->path) == 0) {
            *out = f;
            return OK;
        }
    struct arena *arena = l->store->arena;
    struct artifact_file *f = arena_take_zero(arena, sizeof *f);
    f->path = text_z(arena, bytes_of(l->path, strlen(l->path)));
    TRY(file_read(arena, &f->text, l->complaint, f->path, ARTIFACT_BYTES_MAX));
    f->is_json = looks_like_json(f->text);
    if (f->is_json)
        TRY(json_parse(arena, &f->root, l->complaint, f->text, ARTIFACT_BYTES_MAX));
    f->older = l->store->newest;
    l->store->newest = f;
    *out = f;
    return OK;
}

/* --- which contract --------------------------------------------------------------------------- */

static struct bytes after_last(struct bytes text, u8 separator)
{
    for (size_t i = text.len; i > 0; i--)
        if (text.ptr[i - 1] == separator)
            return bytes_of(text.ptr + i, text.len - i);
    return text;
}

/* `Name`, or `File.sol:Name` with the file's whole path or the end of it. */
static bool is_asked_for(const char *asked, struct bytes file, struct bytes name)
{
    if (!asked)
        return true;
    const char *colon = strrchr(asked, ':');
    const char *asked_name = colon ? colon + 1 : asked;
    if (!bytes_eq(name, bytes_of(asked_name, strlen(asked_name))))
        return false;
    if (!colon)
        return true;
    const size_t len = (size_t)(colon - asked);
    if (len > file.len || memcmp(file.ptr + file.len - len, asked, len) != 0)
        return false;
    return len == file.len || file.ptr[file.len - len - 1] == '/';
}

struct choice {
    const struct loading *l;
    struct found chosen;
    u32 matches, all;
    struct buffer names;   /* of those that match, for messages */
    const char **known;    /* all of them, for a suggestion */
    u32 room;
};

static void offer(struct choice *c, struct bytes file, struct bytes name, struct found found)
{
    struct arena *arena = c->l->store->arena;
    found.name = text_z(arena, name);
    if (c->all < c->room)
        c->known[c->all++] = found.name;
    if (!is_asked_for(c->l->contract, file, name))
        return;
    if (c->matches++ == 0)
        c->chosen = found;
    if (c->names.len < 240) {
        buffer_add(&c->names, ", ", c->names.len ? 2 : 0);
        buffer_add_bytes(&c->names, file);
        buffer_add(&c->names, ":", file.len ? 1 : 0);
        buffer_add_bytes(&c->names, name);
    }
}

static enum err settle_choice(const struct choice *c, struct found *out)
{
    const char *asked = c->l->contract;
    if (c->matches == 1) {
        *out = c->chosen;
        return OK;
    }
    if (c->matches > 1)
        complain(c->l->complaint, whole_file, "%s%.80s%s; select one as File.sol:Name: %.*s%s",
                 asked ? "several contracts are named \"" : "contains several contracts", asked ? asked : "",
                 asked ? "\"" : "", (int)c->names.len, c->names.ptr, c->names.len >= 240 ? ", ..." : "");
    else if (c->all == 0)
        complain(c->l->complaint, whole_file, "contains no contracts");
    else {
        const char *bare = asked && strrchr(asked, ':') ? strrchr(asked, ':') + 1 : asked;
        const char *near = bare ? nearest_name(bare, c->known, c->all) : NULL;
        complain(c->l->complaint, whole_file, "contains no contract \"%.80s\"%s%s%s", asked,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    return REJECT_ARTIFACT;
}

/* contracts: { file: { name: {..} } } of standard JSON, or { "file:name": {..} } of combined JSON. */
static void offer_all(struct choice *c, struct json table)
{
    for (struct json_iterator outer = json_items(table); json_next(&outer);) {
        const struct json bin = json_get(outer.value, "bin"), abi = json_get(outer.value, "abi");
        if (json_kind(bin) != JSON_NONE || json_kind(abi) == JSON_ARRAY || json_kind(abi) == JSON_STRING) {
            const struct bytes name = after_last(outer.key, ':');
            const size_t file_len = outer.key.len - name.len;
            offer(c, bytes_of(outer.key.ptr, file_len ? file_len - 1 : 0), name,
                  (struct found){.abi = abi, .code = bin, .links = nothing});
            continue;
        }
        for (struct json_iterator inner = json_items(outer.value); json_next(&inner);) {
            const struct json bytecode = json_get(json_get(inner.value, "evm"), "bytecode");
            offer(c, outer.key, inner.key,
                  (struct found){.abi = json_get(inner.value, "abi"),
                                 .code = json_get(bytecode, "object"),
                                 .links = json_get(bytecode, "linkReferences")});
        }
    }
}

static u32 count_names(struct json table)
{
    u32 n = json_count(table);
    for (struct json_iterator it = json_items(table); json_next(&it);)
        n += json_count(it.value);
    return n;
}

static enum err choose_contract(const struct loading *l, struct found *out, struct json table)
{
    struct arena *arena = l->store->arena;
    struct choice c = {.l = l, .names = buffer_in(arena), .room = count_names(table)};
    c.known = ARENA_TAKE(arena, const char *, c.room);
    offer_all(&c, table);
    return settle_choice(&c, out);
}

/* Foundry, Hardhat, Truffle, Waffle: one contract a file. */
static enum err take_single(const struct loading *l, struct found *out, struct json root)
{
    const struct json evm_code = json_get(json_get(root, "evm"), "bytecode");
    struct json code = json_get(root, "bytecode"), links = json_get(root, "linkReferences");
    if (json_kind(evm_code) == JSON_OBJECT)
        code = evm_code;
    if (json_kind(code) == JSON_OBJECT) {
        links = json_get(code, "linkReferences");
        code = json_get(code, "object");
    }
    struct bytes name = json_text(json_get(root, "contractName"));
    struct choice c = {.l = l, .names = buffer_in(l->store->arena), .known = (const char *[1]){NULL}, .room = 1};
    const struct found found = {.abi = json_get(root, "abi"), .code = code, .links = links};
    if (name.len) {
        offer(&c, json_text(json_get(root, "sourceName")), name, found);
        return settle_choice(&c, out);
    }
    *out = found;
    name = after_last(bytes_of(l->path, strlen(l->path)), '/');
    out->name = text_z(l->store->arena, bytes_of(name.ptr, name.len - (name.len > 5 ? 5 : 0))); /* without .json */
    return OK;
}

static enum err find_contract(const struct loading *l, struct found *out, struct json root)
{
    if (json_kind(root) == JSON_ARRAY) {
        const struct bytes name = after_last(bytes_of(l->path, strlen(l->path)), '/');
        *out = (struct found){.abi = root, .code = nothing, .links = nothing, .name = text_z(l->store->arena, name)};
        return OK;
    }
    const struct json table = json_get(root, "contracts");
    if (json_kind(table) == JSON_OBJECT)
        return choose_contract(l, out, table);
    if (json_kind(json_get(root, "abi")) != JSON_NONE || json_kind(json_get(root, "bytecode")) != JSON_NONE ||
        json_kind(json_get(root, "evm")) != JSON_NONE)
        return take_single(l, out, root);
    if (json_kind(json_get(root, "errors")) == JSON_ARRAY)
        complain(l->complaint, whole_file, "contains compiler errors and no contracts");
    else
        complain(l->complaint, whole_file,
                 "is not an artifact: no \"contracts\", \"abi\" or \"bytecode\"");
    return REJECT_ARTIFACT;
}

/* --- its parts -------------------------------------------------------------------------------- */

/* Unlinked bytecode has a placeholder for a library's address: __$34 hash digits$__ or __File.sol:Name___. */
static enum err refuse_unlinked(const struct loading *l, const struct found *f, struct bytes code)
{
    for (struct json_iterator file = json_items(f->links); json_next(&file);)
        for (struct json_iterator library = json_items(file.value); json_next(&library);) {
            complain(l->complaint, whole_file, "%s is not linked: missing address of library %.*s:%.*s", f->name,
                     (int)(file.key.len < 120 ? file.key.len : 120), file.key.ptr,
                     (int)(library.key.len < 80 ? library.key.len : 80), library.key.ptr);
            return REJECT_ARTIFACT;
        }
    for (size_t i = 0; i + 40 <= code.len; i++)
        if (code.ptr[i] == '_') {
            complain(l->complaint, whole_file, "%s is not linked: its bytecode contains the placeholder %.40s", f->name, code.ptr + i);
            return REJECT_ARTIFACT;
        }
    return OK;
}

static enum err take_artifact_code(const struct loading *l, struct artifact *out, const struct found *f)
{
    const struct bytes code = json_text(f->code);
    const bool prefixed = code.len >= 2 && code.ptr[0] == '0' && (code.ptr[1] == 'x' || code.ptr[1] == 'X');
    if (json_kind(f->code) != JSON_STRING || code.len == (prefixed ? 2 : 0)) {
        complain(l->complaint, whole_file, "%s has no bytecode: it is an interface, an abstract contract, or an ABI alone", f->name);
        return REJECT_ARTIFACT;
    }
    if (json_count(f->links) || memchr(code.ptr, '_', code.len))
        TRY(refuse_unlinked(l, f, code));
    if (hex_bytes(l->store->arena, &out->creation_code, code)) {
        complain(l->complaint, json_place(f->code), "invalid bytecode of %s: expected an even number of hexadecimal digits", f->name);
        return REJECT_ARTIFACT;
    }
    return OK;
}

/* Combined JSON of older compilers has the ABI as a string. */
static enum err take_abi(const struct loading *l, struct artifact *out, const struct found *f)
{
    struct json abi = f->abi;
    if (json_kind(abi) == JSON_STRING)
        TRY(json_parse(l->store->arena, &abi, l->complaint, json_text(f->abi), ARTIFACT_BYTES_MAX));
    if (json_kind(abi) == JSON_NONE) {
        complain(l->complaint, whole_file, "%s has no ABI", f->name);
        return REJECT_ARTIFACT;
    }
    return interface_read(l->store->arena, &out->interface, l->complaint, abi);
}

static enum err take_bytecode_file(const struct loading *l, struct artifact *out, struct bytes text)
{
    while (text.len && text.ptr[text.len - 1] <= ' ')
        text.len--;
    while (text.len && text.ptr[0] <= ' ')
        text = bytes_of(text.ptr + 1, text.len - 1);
    const struct bytes name = after_last(bytes_of(l->path, strlen(l->path)), '/');
    out->name = text_z(l->store->arena, name);
    out->interface = (struct interface){NULL, 0};
    if (text.len == 0) {
        complain(l->complaint, whole_file, "is empty");
        return REJECT_ARTIFACT;
    }
    if (hex_bytes(l->store->arena, &out->creation_code, text) || out->creation_code.len == 0) {
        complain(l->complaint, whole_file,
                 "is neither JSON nor bytecode (an even number of hexadecimal digits, with or without 0x)");
        return REJECT_ARTIFACT;
    }
    return OK;
}

/* --- the project's own ------------------------------------------------------------------------ */

static enum err load_embedded(const struct loading *l, struct artifact *out, const char *name)
{
    struct arena *arena = l->store->arena;
    const struct contract *c = contract_find(name);
    if (!c) {
        const char **names = ARENA_TAKE(arena, const char *, contract_count);
        for (size_t i = 0; i < contract_count; i++)
            names[i] = contract_table[i].name;
        const char *near = nearest_name(name, names, contract_count);
        complain(l->complaint, whole_file, "no such contract in this program%s%s%s",
                 near ? "; did you mean \"scope:" : "", near ? near : "", near ? "\"?" : "");
        return REJECT_ARTIFACT;
    }
    struct json abi;
    TRY(json_parse(arena, &abi, l->complaint, c->abi, ARTIFACT_BYTES_MAX));
    out->name = c->name;
    out->creation_code = c->creation_code;
    return interface_read(arena, &out->interface, l->complaint, abi);
}

enum err artifact_load(struct artifact_store *store, struct artifact *out, struct complaint *complaint,
                       const char *path, const char *contract, enum artifact_need need)
{
    const struct loading l = {store, complaint, path, contract};
    struct artifact a = {0};
    complaint->file = path;
    if (strncmp(path, "scope:", 6) == 0) {
        TRY(load_embedded(&l, &a, path + 6));
        *out = a;
        return OK;
    }
    const struct artifact_file *file;
    TRY(open_file(&l, &file));
    if (file->is_json) {
        struct found found;
        TRY(find_contract(&l, &found, file->root));
        a.name = found.name;
        if (need == ARTIFACT_CODE)
            TRY(take_artifact_code(&l, &a, &found));
        TRY(take_abi(&l, &a, &found));
    } else {
        TRY(take_bytecode_file(&l, &a, file->text));
    }
    *out = a;
    return OK;
}
