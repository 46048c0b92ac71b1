#include "scenario/binder_private.h"

#include "builder/query.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"
#include "verify/rollup.h"

#include <stdio.h>

/* --- the protocol's contracts ------------------------------------------------------------------- */

/* `at`: in struct session_contracts. */
static const struct {
    const char *word, *contract;
    enum chain_kind kind;
    size_t at;
} protocol[] = {
    {"bridge", "SharedBridge", CHAIN_L1, offsetof(struct session_contracts, shared_bridge)},
    {"registry", "ProofRegistry", CHAIN_L1, offsetof(struct session_contracts, proof_registry)},
    {"verifier", "QuorumVerifier", CHAIN_L1, offsetof(struct session_contracts, quorum_verifier)},
    {"account", "ScopedAccount", CHAIN_L1, offsetof(struct session_contracts, scoped_account)},
    {"reader", "Reader", CHAIN_L1, offsetof(struct session_contracts, reader)},
    {"queue", "ForcedQueue", CHAIN_L1, offsetof(struct session_contracts, forced_queue)},
    {"bridge", "RollupBridge", CHAIN_ROLLUP, offsetof(struct session_contracts, rollup_bridge)},
    {"context", "L1Context", CHAIN_ROLLUP, offsetof(struct session_contracts, l1_context)},
};
_Static_assert(COUNT_OF(protocol) == COUNT_OF(((struct binder *)0)->protocol), "one interface each");

static enum err load_protocol(struct binder *b)
{
    for (size_t i = 0; i < COUNT_OF(protocol); i++) {
        struct artifact a;
        struct complaint inner = {0};
        char path[64];
        snprintf(path, sizeof path, "scope:%s", protocol[i].contract);
        if (artifact_load(&b->store, &a, &inner, path, NULL, ARTIFACT_ABI)) {
            complain(b->complaint, (struct place){0, 0}, "contract %s is not compiled into this program: %s",
                     protocol[i].contract, inner.text);
            return FAULT_UNSUPPORTED;
        }
        b->protocol[i] = a.interface;
    }
    struct artifact remote;
    struct complaint inner = {0};
    if (artifact_load(&b->store, &remote, &inner, "scope:RemoteAccount", NULL, ARTIFACT_ABI)) {
        complain(b->complaint, (struct place){0, 0}, "contract RemoteAccount is not compiled into this program: %s",
                 inner.text);
        return FAULT_UNSUPPORTED;
    }
    b->remote_account = remote.interface;
    return OK;
}

enum err binder_init(struct binder *b, struct arena *arena, struct complaint *complaint, const struct scenario *s,
                     const char *file)
{
    *b = (struct binder){.scenario = s, .arena = arena, .complaint = complaint, .store = {.arena = arena}};
    const char *slash = strrchr(file, '/');
    const size_t len = slash ? (size_t)(slash + 1 - file) : 0;
    char *folder = arena_take(arena, len + 1);
    memcpy(folder, file, len);
    folder[len] = 0;
    b->folder = folder;
    b->binding = ARENA_TAKE_ZERO(arena, struct binding, s->symbol_count);
    for (u32 i = 0; i < s->symbol_count; i++)
        if (s->symbol[i].kind == SYMBOL_ACCOUNT) {
            b->binding[i].at = s->account[s->symbol[i].index].at;
            b->binding[i].resolved = true;
        }
    return load_protocol(b);
}

/* --- names -------------------------------------------------------------------------------------- */

static const struct symbol *known_symbol(const struct binder *b, const char *name)
{
    for (u32 i = 0; i < b->scenario->symbol_count; i++)
        if (strcmp(b->scenario->symbol[i].name, name) == 0)
            return &b->scenario->symbol[i];
    BUG("a name that was checked is not there");
}

u32 binder_chain(const struct binder *b, const char *name)
{
    return known_symbol(b, name)->index;
}

const struct scenario_account *binder_account(const struct binder *b, const char *name)
{
    return &b->scenario->account[known_symbol(b, name)->index];
}

struct binding *binder_binding(const struct binder *b, const char *name)
{
    return &b->binding[known_symbol(b, name) - b->scenario->symbol];
}

/* A word of an expression, for which a message needs an end. */
static const char *word_z(const struct binder *b, struct bytes word)
{
    char *z = arena_take(b->arena, word.len + 1);
    memcpy(z, word.ptr, word.len);
    z[word.len] = 0;
    return z;
}

static struct bytes trim(struct bytes text)
{
    while (text.len && text.ptr[0] == ' ')
        text = bytes_of(text.ptr + 1, text.len - 1);
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

static const struct symbol *find_symbol(const struct binder *b, struct place place, struct bytes word, unsigned kinds)
{
    if (word.len && word.ptr[0] == '$')
        word = bytes_of(word.ptr + 1, word.len - 1);
    return scenario_find(b->scenario, b->complaint, place, word_z(b, word), kinds, b->step);
}

/* --- results ------------------------------------------------------------------------------------ */

struct abi_value sample_value(struct arena *arena, const struct abi_type *type)
{
    switch (type->kind) {
    case ABI_UINT:
    case ABI_INT:
        return (struct abi_value){.text = BYTES_LITERAL("0")};
    case ABI_ADDRESS:
        return (struct abi_value){.text = BYTES_LITERAL("0x0000000000000000000000000000000000000000")};
    case ABI_BOOL:
        return (struct abi_value){.text = BYTES_LITERAL("false")};
    case ABI_STRING:
        return (struct abi_value){.text = {NULL, 0}};
    case ABI_BYTES:
        return (struct abi_value){.text = BYTES_LITERAL("0x")};
    case ABI_FIXED_BYTES:
    case ABI_FUNCTION: {
        static const u8 zeros[32];
        struct buffer text = buffer_in(arena);
        hex_add(&text, bytes_of(zeros, type->size));
        return (struct abi_value){.text = buffer_bytes(&text)};
    }
    case ABI_ARRAY:
        return (struct abi_value){.list = true};
    case ABI_FIXED_ARRAY:
    case ABI_TUPLE: {
        struct abi_value *item = ARENA_TAKE_ZERO(arena, struct abi_value, type->count);
        for (u32 i = 0; i < type->count; i++)
            item[i] = sample_value(arena, type->kind == ABI_TUPLE ? &type->item[i] : type->item);
        return (struct abi_value){.list = true, .count = type->count, .item = item};
    }
    }
    BUG("a type without a kind");
}

struct bytes binder_type_text(const struct binder *b, const struct abi_type *type)
{
    struct buffer text = buffer_in(b->arena);
    abi_add_type(&text, type);
    return buffer_bytes(&text);
}

/* Which of several outputs: by number from 0, or by name. */
static enum err select_output(const struct binder *b, u32 *out, const struct abi_type *outputs, struct bytes member,
                              struct place place)
{
    for (u32 i = 0; i < outputs->count; i++)
        if (outputs->item[i].name.len && bytes_eq(outputs->item[i].name, member)) {
            *out = i;
            return OK;
        }
    u64 index;
    if (number_u64(&index, member) == OK && index < outputs->count) {
        *out = (u32)index;
        return OK;
    }
    complain(b->complaint, place, "no result \"%.60s\"; the results are %.*s", word_z(b, member),
             (int)binder_type_text(b, outputs).len, binder_type_text(b, outputs).ptr);
    return REJECT_SCENARIO;
}

/* $name or $name.member: the type and value of a result. */
enum err binder_result(struct binder *b, const struct abi_type **type, struct abi_value *value, struct bytes word,
                       struct place place)
{
    struct bytes name = word, member = {NULL, 0};
    const u8 *dot = memchr(word.ptr, '.', word.len);
    if (dot) {
        name.len = (size_t)(dot - word.ptr);
        member = bytes_of(dot + 1, word.len - name.len - 1);
    }
    const struct symbol *symbol = find_symbol(b, place, name, 1u << SYMBOL_RESULT);
    if (!symbol)
        return REJECT_SCENARIO;
    const struct binding *binding = &b->binding[symbol - b->scenario->symbol];
    const struct abi_type *outputs = &binding->function->outputs;
    u32 index = 0;
    if (member.len)
        TRY(select_output(b, &index, outputs, member, place));
    else if (outputs->count != 1) {
        complain(b->complaint, place, "\"%s\" has %u results; select one, for example %s.0", symbol->name,
                 outputs->count, symbol->name);
        return REJECT_SCENARIO;
    }
    *type = &outputs->item[index];
    *value = binding->resolved ? binding->value.item[index] : sample_value(b->arena, *type);
    value->name = (struct bytes){NULL, 0};
    return OK;
}

/* --- addresses ---------------------------------------------------------------------------------- */

static enum err use_contract(struct binder *b, const struct symbol *symbol, address *out)
{
    const u32 index = (u32)(symbol - b->scenario->symbol);
    if (b->session && !b->binding[index].resolved)
        TRY(b->await(b->context, index));
    *out = b->binding[index].at;
    return OK;
}

/* An account, a contract or a result. */
static enum err use_name(struct binder *b, struct target *out, struct bytes word, struct place place)
{
    const struct symbol *symbol =
        find_symbol(b, place, word, 1u << SYMBOL_ACCOUNT | 1u << SYMBOL_CONTRACT | 1u << SYMBOL_RESULT);
    if (!symbol)
        return REJECT_SCENARIO;
    *out = (struct target){.chain = NO_CHAIN};
    if (symbol->kind == SYMBOL_ACCOUNT) {
        out->at = b->scenario->account[symbol->index].at;
        return OK;
    }
    if (symbol->kind == SYMBOL_CONTRACT) {
        out->chain = symbol->chain;
        out->interface = &b->binding[symbol - b->scenario->symbol].artifact.interface;
        return use_contract(b, symbol, &out->at);
    }
    const struct abi_type *type;
    struct abi_value value;
    TRY(binder_result(b, &type, &value, word.len && word.ptr[0] == '$' ? bytes_of(word.ptr + 1, word.len - 1) : word,
                      place));
    if (type->kind != ABI_ADDRESS) {
        complain(b->complaint, place, "\"%s\" is a result of type %.*s; expected an address", symbol->name,
                 (int)binder_type_text(b, type).len, binder_type_text(b, type).ptr);
        return REJECT_SCENARIO;
    }
    return address_read(&out->at, value.text);
}

/* An address that only a running session knows. */
static enum err refuse_at_genesis(struct binder *b, struct place place, const char *what)
{
    complain(b->complaint, place, "%s is not known at genesis; set it in a step, for example with an initializer", what);
    return REJECT_SCENARIO;
}

/* chain.word */
static enum err use_protocol(struct binder *b, struct target *out, struct bytes chain, struct bytes word,
                             struct place place)
{
    const struct symbol *symbol = find_symbol(b, place, chain, 1u << SYMBOL_CHAIN);
    if (!symbol)
        return REJECT_SCENARIO;
    const enum chain_kind kind = (enum chain_kind)b->scenario->chain[symbol->index].kind.value.w[0];
    for (size_t i = 0; i < COUNT_OF(protocol); i++) {
        if (protocol[i].kind != kind || !bytes_eq(word, bytes_of(protocol[i].word, strlen(protocol[i].word))))
            continue;
        *out = (struct target){.chain = symbol->index, .interface = &b->protocol[i]};
        if (b->is_genesis && kind == CHAIN_L1)
            return refuse_at_genesis(b, place, "the address of a contract on the l1");
        if (b->is_genesis)
            out->at = protocol[i].at == offsetof(struct session_contracts, rollup_bridge) ? rollup_bridge_address
                                                                                          : l1_context_address;
        if (b->session)
            memcpy(&out->at, (const u8 *)session_contracts(b->session) + protocol[i].at, sizeof out->at);
        return OK;
    }
    complain(b->complaint, place, "\"%s\" has no contract \"%.40s\"; expected %s", symbol->name, word_z(b, word),
             kind == CHAIN_L1 ? "bridge, registry, verifier, account or reader" : "bridge or context");
    return REJECT_SCENARIO;
}

static enum err resolve(struct binder *b, struct target *out, struct bytes word, struct place place, u32 on_chain);

enum { REMOTE_ARGUMENTS_MAX = 3 };

/* remote(account), remote(chain, account), remote(chain, account, on) */
static enum err use_remote(struct binder *b, struct target *out, struct bytes inner, struct place place, u32 on_chain)
{
    struct bytes argument[REMOTE_ARGUMENTS_MAX] = {{NULL, 0}};
    u32 count = 0;
    for (bool more = true; more; count++) {
        const u8 *comma = inner.len ? memchr(inner.ptr, ',', inner.len) : NULL;
        const size_t len = comma ? (size_t)(comma - inner.ptr) : inner.len;
        if (count == REMOTE_ARGUMENTS_MAX || len == 0 || memchr(inner.ptr, '(', len)) {
            complain(b->complaint, place,
                     "expected remote(contract), remote(chain, account) or remote(chain, account, on)");
            return REJECT_SCENARIO;
        }
        argument[count] = trim(bytes_of(inner.ptr, len));
        more = comma != NULL;
        inner = more ? bytes_of(comma + 1, inner.len - len - 1) : inner;
    }
    u32 of_chain = NO_CHAIN;
    if (count > 1) {
        const struct symbol *symbol = find_symbol(b, place, argument[0], 1u << SYMBOL_CHAIN);
        if (!symbol)
            return REJECT_SCENARIO;
        of_chain = symbol->index;
    }
    if (count > 2) {
        const struct symbol *symbol = find_symbol(b, place, argument[2], 1u << SYMBOL_CHAIN);
        if (!symbol)
            return REJECT_SCENARIO;
        on_chain = symbol->index;
    }
    struct target account;
    TRY(resolve(b, &account, argument[count > 1], place, NO_CHAIN));
    if (of_chain == NO_CHAIN)
        of_chain = account.chain;
    const char *why =
        of_chain == NO_CHAIN   ? "remote(): missing chain of the account; write remote(chain, account)"
        : on_chain == NO_CHAIN ? "remote(): missing chain; write remote(chain, account, on)"
        : of_chain == on_chain ? "remote(): the account is on the same chain; a RemoteAccount stands for an account of another chain"
        : account.chain != NO_CHAIN && account.chain != of_chain ? "remote(): the contract is on another chain"
                                                                 : NULL;
    if (why) {
        complain(b->complaint, place, "%s", why);
        return REJECT_SCENARIO;
    }
    if (b->is_genesis)
        return refuse_at_genesis(b, place, "the address of a RemoteAccount");
    *out = (struct target){.chain = on_chain, .interface = account.interface};
    if (!b->session)
        return OK;
    const struct scenario_chain *chain = b->scenario->chain;
    return session_remote_account(b->session, &out->at, chain[on_chain].id.value.w[0], chain[of_chain].id.value.w[0],
                                  &account.at);
}

static enum err resolve(struct binder *b, struct target *out, struct bytes word, struct place place, u32 on_chain)
{
    word = trim(word);
    if (word.len >= 2 && word.ptr[0] == '0' && word.ptr[1] == 'x') {
        address at;
        const enum err e = address_read(&at, word);
        if (e) {
            complain(b->complaint, place,
                     e == REJECT_CHECKSUM ? "\"%.60s\": invalid address checksum (EIP-55)"
                                          : "\"%.60s\" is not an address, 0x and 40 hexadecimal digits",
                     word_z(b, word));
            return REJECT_SCENARIO;
        }
        *out = (struct target){.at = at, .chain = NO_CHAIN};
        return OK;
    }
    if (word.len > 7 && memcmp(word.ptr, "remote(", 7) == 0) {
        if (word.ptr[word.len - 1] == ')')
            return use_remote(b, out, bytes_of(word.ptr + 7, word.len - 8), place, on_chain);
        complain(
            b->complaint, place,
            "\"%.60s\": missing closing parenthesis; inside [] and {} quote the value, since a comma ends it",
            word_z(b, word));
        return REJECT_SCENARIO;
    }
    const u8 *dot = word.len && word.ptr[0] != '$' ? memchr(word.ptr, '.', word.len) : NULL;
    if (dot) {
        const size_t len = (size_t)(dot - word.ptr);
        return use_protocol(b, out, bytes_of(word.ptr, len), bytes_of(dot + 1, word.len - len - 1), place);
    }
    return use_name(b, out, word, place);
}

enum err binder_target(struct binder *b, struct target *out, const struct yaml *y, u32 on_chain)
{
    if (y->kind != YAML_SCALAR || y->len == 0) {
        complain(b->complaint, y->place, "expected a name or an address, found %s", yaml_kind_name(y));
        return REJECT_SCENARIO;
    }
    return resolve(b, out, bytes_of(y->text, y->len), y->place, on_chain);
}
