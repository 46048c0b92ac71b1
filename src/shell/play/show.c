#include "play/show.h"

#include "builder/query.h"
#include "chain/tx.h"
#include "codec/abi_path.h"
#include "codec/hex.h"
#include "codec/number.h"
#include "codec/text.h"

enum { DECODED_BYTES_MAX = 1 << 20, TEXT_MAX = 900, BYTES_SHOWN = 68, REASON_TEXT_MAX = 8192 };

u32 show_chain_index(const struct binder *b, u64 chain_id)
{
    for (u32 i = 0; i < b->scenario->chain_count; i++)
        if (b->scenario->chain[i].id.value.w[0] == chain_id)
            return i;
    BUG("a chain that is not in the scenario");
}

static u64 chain_id(const struct binder *b, u32 chain)
{
    return b->scenario->chain[chain].id.value.w[0];
}

/* --- names of addresses ----------------------------------------------------------------------- */

/* A RemoteAccount: an EIP-1167 clone that carries bridge:20 || chainId:8 || account:20 behind its code. */
struct remote {
    bool is;
    u32 chain;
    address account;
};

static struct remote read_remote(struct binder *b, u32 chain, const address *at)
{
    enum { BEFORE = 10, CODE = 45, BRIDGE = 20, ALL = CODE + 48 };
    static const u8 before[BEFORE] = {0x36, 0x3d, 0x3d, 0x37, 0x3d, 0x3d, 0x3d, 0x36, 0x3d, 0x73};
    struct bytes code;
    u64 number;
    hash32 hash, root;
    const struct session_contracts *c = session_contracts(b->session);
    const address *bridge = chain == b->scenario->l1 ? &c->shared_bridge : &c->rollup_bridge;
    if (session_head(b->session, &number, &hash, &root, chain_id(b, chain)) ||
        session_code(b->session, &code, chain_id(b, chain), number, at) || code.len != ALL)
        return (struct remote){.is = false};
    if (memcmp(code.ptr, before, BEFORE) != 0 || memcmp(code.ptr + CODE, bridge->b, sizeof bridge->b) != 0)
        return (struct remote){.is = false};
    const u64 of = load_be64(code.ptr + CODE + BRIDGE);
    struct remote r = {.is = false};
    for (u32 i = 0; i < b->scenario->chain_count; i++)
        if (chain_id(b, i) == of) {
            r = (struct remote){.is = true, .chain = i};
            memcpy(r.account.b, code.ptr + CODE + BRIDGE + 8, sizeof r.account.b);
        }
    return r;
}

/* The protocol's own contracts, as the scenario would write them. */
static const char *protocol_name(const struct binder *b, u32 chain, const address *at)
{
    const struct session_contracts *c = session_contracts(b->session);
    const struct {
        const char *name;
        bool on_l1;
        const address *at;
    } row[] = {
        {"bridge", true, &c->shared_bridge},
        {"registry", true, &c->proof_registry},
        {"verifier", true, &c->quorum_verifier},
        {"account", true, &c->scoped_account},
        {"reader", true, &c->reader},
        {"queue", true, &c->forced_queue},
        {"bridge", false, &c->rollup_bridge},
        {"context", false, &c->l1_context},
    };
    if (address_eq(at, &system_sender))
        return "system";
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (row[i].on_l1 == (chain == b->scenario->l1) && address_eq(row[i].at, at))
            return row[i].name;
    return NULL;
}

/* A contract or account that the scenario names; chain NO_CHAIN: a contract of any chain, if only one fits. */
static const struct symbol *named(const struct binder *b, u32 chain, const address *at)
{
    const struct symbol *found = NULL;
    for (u32 i = 0; i < b->scenario->symbol_count; i++) {
        const struct symbol *s = &b->scenario->symbol[i];
        const bool fits =
            s->kind == SYMBOL_ACCOUNT || (s->kind == SYMBOL_CONTRACT && (chain == NO_CHAIN || s->chain == chain));
        if (!fits || !b->binding[i].resolved || !address_eq(&b->binding[i].at, at))
            continue;
        if (found)
            return NULL;
        found = s;
    }
    return found;
}

static void add_name(struct binder *b, struct buffer *out, u32 chain, const address *at)
{
    const struct symbol *symbol = named(b, chain, at);
    const char *word = symbol ? symbol->name : protocol_name(b, chain, at);
    if (word) {
        text_add_z(out, word);
        return;
    }
    const struct remote remote = read_remote(b, chain, at);
    if (remote.is) {
        text_add(out, "remote(");
        text_add_z(out, b->scenario->chain[remote.chain].head.name);
        text_add(out, ", ");
        add_name(b, out, remote.chain, &remote.account);
        text_add(out, ")");
        return;
    }
    address_add(out, at);
}

struct bytes show_address(struct binder *b, u32 chain, const address *at)
{
    struct buffer out = buffer_in(b->arena);
    add_name(b, &out, chain, at);
    return buffer_bytes(&out);
}

struct report_party show_party(struct binder *b, u32 chain, const address *at)
{
    return (struct report_party){b->scenario->chain[chain].head.name, show_address(b, chain, at), *at};
}

/* Whether at is the RemoteAccount, on a chain, of a symbol's account on another. */
static bool is_remote_of(struct binder *b, u32 chain, const address *at, u32 of_chain, u32 symbol)
{
    const struct symbol *s = &b->scenario->symbol[symbol];
    address remote;
    const bool fits = s->kind == SYMBOL_ACCOUNT || (s->kind == SYMBOL_CONTRACT && s->chain == of_chain);
    return fits && of_chain != chain && b->binding[symbol].resolved &&
           session_remote_account(b->session, &remote, chain_id(b, chain), chain_id(b, of_chain),
                                  &b->binding[symbol].at) == OK &&
           address_eq(&remote, at);
}

struct report_party show_frame_party(struct binder *b, u32 chain, const address *at)
{
    enum { TRIES_MAX = 256 };
    u32 tries = 0;
    struct report_party party = show_party(b, chain, at);
    if (party.name.len != 42 || party.name.ptr[0] != '0')
        return party;
    for (u32 c = 0; c < b->scenario->chain_count; c++)
        for (u32 i = 0; i < b->scenario->symbol_count && tries < TRIES_MAX; i++) {
            tries += c != chain;
            if (!is_remote_of(b, chain, at, c, i))
                continue;
            struct buffer out = buffer_in(b->arena);
            text_add(&out, "remote(");
            text_add_z(&out, b->scenario->chain[c].head.name);
            text_add(&out, ", ");
            text_add_z(&out, b->scenario->symbol[i].name);
            text_add(&out, ")");
            party.name = buffer_bytes(&out);
            return party;
        }
    return party;
}

const struct interface *show_interface(struct binder *b, u32 chain, const address *at)
{
    const struct session_contracts *c = session_contracts(b->session);
    const struct symbol *symbol = named(b, chain, at);
    if (symbol)
        return symbol->kind == SYMBOL_CONTRACT ? &b->binding[symbol - b->scenario->symbol].artifact.interface : NULL;
    if (chain == b->scenario->l1 && address_eq(at, &c->shared_bridge))
        return &b->protocol[0];
    const char *word = protocol_name(b, chain, at);
    if (word && chain != b->scenario->l1)
        return strcmp(word, "bridge") == 0 ? &b->protocol[5] : &b->protocol[6];
    const struct remote remote = read_remote(b, chain, at);
    return remote.is ? show_interface(b, remote.chain, &remote.account) : NULL;
}

/* --- values ------------------------------------------------------------------------------------- */

/* An address in data usually belongs to the chain where the data is used; else it is named if its name is unique. */
static struct bytes address_in_data(struct binder *b, u32 chain, struct bytes text)
{
    address at;
    if (address_read(&at, text))
        return text;
    if (named(b, chain, &at) && named(b, NO_CHAIN, &at))
        return show_address(b, chain, &at);
    const struct symbol *elsewhere = named(b, NO_CHAIN, &at);
    struct buffer out = buffer_in(b->arena);
    if (elsewhere) {
        text_add_z(&out, b->scenario->chain[elsewhere->chain].head.name);
        text_add(&out, " ");
        text_add_z(&out, elsewhere->name);
        return buffer_bytes(&out);
    }
    return show_address(b, chain, &at);
}

/* Numbers that the protocol gives a name: chain ids, and the lanes of ISharedBridge.MailboxMismatch. */
static struct bytes number_in_data(const struct binder *b, const struct abi_type *type, struct bytes text)
{
    static const char *const chain_words[] = {
        "here", "there", "chainId", "sourceChainId", "targetChainId", "rollupChainId", "l1ChainId"};
    static const char *const lane[] = {"requestsOut", "requestsIn", "responsesOut", "responsesIn"};
    u64 number;
    if (number_u64(&number, text))
        return text;
    if (bytes_eq(type->name, BYTES_LITERAL("lane")) && number < COUNT_OF(lane))
        return bytes_of(lane[number], strlen(lane[number]));
    for (size_t i = 0; i < COUNT_OF(chain_words); i++)
        if (bytes_eq(type->name, bytes_of(chain_words[i], strlen(chain_words[i]))))
            for (u32 c = 0; c < b->scenario->chain_count; c++)
                if (chain_id(b, c) == number)
                    return bytes_of(b->scenario->chain[c].head.name, strlen(b->scenario->chain[c].head.name));
    return text;
}

/* Names for addresses, "max" for the greatest number, an error's name for revert data within data. */
static struct abi_value readable_value(struct binder *b, u32 chain, const struct abi_type *type,
                                       const struct abi_value *value)
{
    static const char max[] = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    struct abi_value r = *value;
    if (value->list) {
        struct abi_value *item = ARENA_TAKE(b->arena, struct abi_value, value->count);
        for (u32 i = 0; i < value->count; i++)
            item[i] = readable_value(b, chain, abi_item_type(type, i), &value->item[i]);
        r.item = item;
    } else if (type->kind == ABI_ADDRESS) {
        r.text = address_in_data(b, chain, value->text);
    } else if (type->kind == ABI_UINT && bytes_eq(value->text, BYTES_LITERAL(max))) {
        r.text = BYTES_LITERAL("max");
    } else if (type->kind == ABI_UINT) {
        r.text = number_in_data(b, type, value->text);
    }
    return r;
}

static struct bytes cut(struct binder *b, struct bytes text)
{
    if (text.len <= TEXT_MAX)
        return text;
    size_t len = TEXT_MAX;
    while (len && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    struct buffer out = buffer_in(b->arena);
    text_add_bytes(&out, bytes_of(text.ptr, len));
    text_add(&out, "...");
    return buffer_bytes(&out);
}

struct bytes show_text(struct binder *b, u32 chain, const struct abi_type *type, const struct abi_value *value)
{
    const struct abi_value r = readable_value(b, chain, type, value);
    struct buffer out = buffer_in(b->arena);
    abi_add_value(&out, type, &r, BYTES_SHOWN);
    return cut(b, buffer_bytes(&out));
}

struct report_data show_values(struct binder *b, u32 chain, const char *name, const struct abi_type *type,
                               const struct abi_value *values, struct bytes raw)
{
    struct report_argument *a = ARENA_TAKE(b->arena, struct report_argument, type->count);
    for (u32 i = 0; i < type->count; i++)
        a[i] = (struct report_argument){&type->item[i], &values->item[i],
                                        show_text(b, chain, &type->item[i], &values->item[i])};
    return (struct report_data){.function = name, .argument = a, .argument_count = type->count, .raw = raw};
}

/* --- calls, answers, errors --------------------------------------------------------------------- */

static const struct member *function_of(struct binder *b, u32 chain, const address *to, struct bytes data)
{
    const struct interface *i = data.len >= 4 ? show_interface(b, chain, to) : NULL;
    const struct member *m = i ? interface_by_selector(i, ABI_ITEM_FUNCTION, data.ptr) : NULL;
    if (m || data.len < 4)
        return m;
    m = interface_by_selector(&b->remote_account, ABI_ITEM_FUNCTION, data.ptr);
    for (size_t k = 0; k < COUNT_OF(b->protocol) && !m; k++) /* an account is delegated to ScopedAccount, for one */
        m = interface_by_selector(&b->protocol[k], ABI_ITEM_FUNCTION, data.ptr);
    return m;
}

struct report_data show_call(struct binder *b, u32 chain, const address *to, struct bytes data)
{
    const struct member *m = function_of(b, chain, to, data);
    struct abi_value *values = arena_take(b->arena, sizeof *values);
    if (!m ||
        abi_decode(b->arena, values, &m->abi.inputs, bytes_of(data.ptr + 4, data.len - 4), DECODED_BYTES_MAX, NULL))
        return (struct report_data){.raw = data};
    struct report_data d = show_values(b, chain, m->name, &m->abi.inputs, values, data);
    d.signature = m->text;
    return d;
}

struct report_data show_response(struct binder *b, u32 chain, const address *to, struct bytes request,
                                 struct bytes response, bool success)
{
    if (!success)
        return show_revert(b, chain, response);
    if (response.len == 0)
        return (struct report_data){.function = ""};
    const struct member *m = function_of(b, chain, to, request);
    struct abi_value *values = arena_take(b->arena, sizeof *values);
    if (!m || abi_decode(b->arena, values, &m->abi.outputs, response, DECODED_BYTES_MAX, NULL))
        return (struct report_data){.raw = response};
    return show_values(b, chain, "", &m->abi.outputs, values, response);
}

/* Error(string) and Panic(uint256) are the language's own. */
static const struct member *language_error(struct binder *b, const u8 selector[4])
{
    static const char *const text[] = {"error Error(string reason)", "error Panic(uint256 code)"};
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct member *m = arena_take(b->arena, sizeof *m);
        struct complaint ignored = {0};
        if (interface_parse(b->arena, m, &ignored, (struct place){0, 0}, text[i]) == OK &&
            memcmp(m->abi.hash.b, selector, 4) == 0)
            return m;
    }
    return NULL;
}

const struct member *show_find_error(struct binder *b, struct bytes data)
{
    if (data.len < 4)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(b->protocol); i++) {
        const struct member *m = interface_by_selector(&b->protocol[i], ABI_ITEM_ERROR, data.ptr);
        if (m)
            return m;
    }
    for (u32 i = 0; i < b->scenario->symbol_count; i++) {
        const struct member *m = interface_by_selector(&b->binding[i].artifact.interface, ABI_ITEM_ERROR, data.ptr);
        if (m)
            return m;
    }
    return language_error(b, data.ptr);
}

static const u8 panic_selector[4] = {0x4e, 0x48, 0x7b, 0x71}; /* Panic(uint256) */

/* "0x11: arithmetic overflow or underflow" */
static struct bytes panic_text(struct binder *b, const struct abi_value *decoded)
{
    u256 code;
    struct buffer out = buffer_in(b->arena);
    if (number_u256(&code, decoded->text))
        BUG("a decoded number does not parse");
    const struct bytes meaning = abi_panic_meaning(&code);
    quantity_add_u256(&out, &code);
    if (meaning.len) {
        text_add(&out, ": ");
        text_add_bytes(&out, meaning);
    }
    return buffer_bytes(&out);
}

static bool wraps_a_reason(const struct abi_type *type)
{
    return type->kind == ABI_BYTES && bytes_eq(type->name, BYTES_LITERAL("reason"));
}

struct report_data show_revert(struct binder *b, u32 chain, struct bytes data)
{
    const struct member *m = show_find_error(b, data);
    struct abi_value *values = arena_take(b->arena, sizeof *values);
    if (!m ||
        abi_decode(b->arena, values, &m->abi.inputs, bytes_of(data.ptr + 4, data.len - 4), DECODED_BYTES_MAX, NULL))
        return (struct report_data){.raw = data};
    struct report_data d = show_values(b, chain, m->name, &m->abi.inputs, values, data);
    d.signature = m->text;
    struct report_argument *a = ARENA_TAKE(b->arena, struct report_argument, d.argument_count);
    for (u32 i = 0; i < d.argument_count; i++) {
        struct bytes reason;
        a[i] = d.argument[i];
        /* each level is shorter by a selector at least, so this ends, and soon */
        if (wraps_a_reason(a[i].type) && a[i].value->text.len <= REASON_TEXT_MAX &&
            hex_bytes(b->arena, &reason, a[i].value->text) == OK && reason.len >= 4)
            a[i].text = show_revert_text(b, chain, reason);
    }
    if (memcmp(m->abi.hash.b, panic_selector, sizeof panic_selector) == 0)
        a[0].text = panic_text(b, a[0].value);
    d.argument = a;
    return d;
}

struct bytes show_revert_text(struct binder *b, u32 chain, struct bytes data)
{
    const struct report_data d = show_revert(b, chain, data);
    struct buffer out = buffer_in(b->arena);
    if (!d.function) {
        if (data.len)
            text_add_hex_cut(&out, data, BYTES_SHOWN);
        else
            text_add(&out, "no reason given");
        return buffer_bytes(&out);
    }
    text_add_z(&out, d.function);
    text_add(&out, "(");
    for (u32 i = 0; i < d.argument_count; i++) {
        if (i)
            text_add(&out, ", ");
        text_add_bytes(&out, d.argument[i].text);
    }
    text_add(&out, ")");
    return cut(b, buffer_bytes(&out));
}
