/* Acts as the bytes that puppets, bridges and RemoteAccounts take. */
#include "base/u256.h"
#include "bridge/calldata.h"
#include "codec/abi.h"
#include "oracle/program.h"

static void add_be(struct buffer *out, u64 x, u32 bytes)
{
    u8 *p = buffer_extend(out, bytes);
    for (u32 i = 0; i < bytes; i++)
        p[i] = (u8)(x >> 8 * (bytes - 1 - i));
}

/* Who runs the script. */
struct actor {
    u32 chain;
    const address *own_remote; /* by chain: the actor's RemoteAccounts; NULL: it has none that is known */
    u32 stride;
};

static void add_script(struct buffer *out, const struct act *list, const struct cast *cast, const struct actor *actor);

static struct bytes script_of(const struct act *list, const struct cast *cast, const struct actor *actor,
                              struct arena *arena)
{
    struct buffer b = buffer_in(arena);
    add_script(&b, list, cast, actor);
    return buffer_bytes(&b);
}

static struct actor puppet_actor(const struct cast *cast, u32 chain, u32 puppet)
{
    return (struct actor){chain, &cast->remote[0][chain][puppet], ORACLE_CHAINS_MAX * ORACLE_CONTRACTS};
}

static const address *own_remote(const struct actor *actor, u32 on)
{
    return &actor->own_remote[on * actor->stride];
}

/* execute(bytes32 mode, bytes abi.encode(Call[])): ERC-7821 */
static struct bytes batch_of(const struct act *list, const struct cast *cast, u32 chain, struct arena *arena)
{
    enum { EXECUTE = (int)0xe9ae5c53 };
    static const u8 mode[32] = {1};
    u32 count = 0;
    for (const struct act *a = list; a; a = a->next)
        count += !a->removed;
    struct buffer inner = buffer_in(arena), out = buffer_in(arena);
    struct abi_writer w = abi_writer(&inner);
    abi_open(&w, 1);
    abi_open_array(&w, count, 1);
    for (const struct act *a = list; a; a = a->next) {
        if (a->removed)
            continue;
        const struct actor puppet = puppet_actor(cast, a->chain, a->puppet);
        abi_open_tuple(&w, 3);
        abi_add_address(&w, a->kind == ACT_REMOTE ? &cast->remote[chain][a->chain][a->puppet]
                                                  : &cast->puppet[chain][a->puppet]);
        abi_add_u64(&w, a->value);
        abi_add_bytes(&w, script_of(a->body, cast, &puppet, arena));
        abi_close(&w);
    }
    abi_close(&w);
    abi_close(&w);
    add_be(&out, (u32)EXECUTE, 4);
    w = abi_writer(&out);
    abi_open(&w, 2);
    abi_add_word(&w, mode);
    abi_add_bytes(&w, buffer_bytes(&inner));
    abi_close(&w);
    return buffer_bytes(&out);
}

/* Target and calldata of a call. */
struct call_target {
    u64 chain_id;
    address to;
    struct bytes data;
};

static struct call_target target_of(const struct act *a, const struct cast *cast, const struct actor *actor,
                                    struct arena *arena)
{
    struct call_target t = {0};
    const bool is_there = a->chain < cast->chain_count;
    const u32 chain = is_there ? a->chain : 0;
    const struct actor puppet = puppet_actor(cast, chain, a->puppet);
    t.chain_id = is_there ? cast->chain_id[chain] : 77;
    t.to = cast->puppet[chain][a->puppet];
    if (a->to == TO_SINK)
        t.to = cast->sink[chain];
    else if (a->to == TO_BRIDGE)
        t.to = cast->bridge[chain];
    else if (a->to == TO_SELF)
        t.to = *own_remote(actor, chain);
    if (a->kind == ACT_REMOTE || a->kind == ACT_LOOK_REMOTE)
        t.to = cast->remote[actor->chain][chain][a->puppet];
    t.data = a->to == TO_SELF ? batch_of(a->body, cast, chain, arena) : script_of(a->body, cast, &puppet, arena);
    return t;
}

static void add_act(struct buffer *out, const struct act *a, const struct cast *cast, const struct actor *actor)
{
    struct call_target t;
    switch (a->kind) {
    case ACT_MIX:
        add_be(out, 1, 1), add_be(out, a->word, 8);
        break;
    case ACT_NOTE:
        add_be(out, 2, 1), add_be(out, a->word, 8);
        break;
    case ACT_READ:
        add_be(out, 3, 1);
        break;
    case ACT_BALANCE:
        add_be(out, 4, 1);
        break;
    case ACT_CALL:
    case ACT_REMOTE:
        t = target_of(a, cast, actor, out->arena);
        add_be(out, 5, 1), add_be(out, (u32)a->caught | (u32)a->wrong_value << 7, 1);
        buffer_add(out, t.to.b, 20);
        add_be(out, a->value, 8), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_SCOPED:
    case ACT_LOOK_SCOPED:
        t = target_of(a, cast, actor, out->arena);
        add_be(out, a->kind == ACT_SCOPED ? 6 : 15, 1),
            add_be(out, (u32)a->caught | (u32)a->how << 1 | (u32)a->wrong_from << 3 | (u32)a->wrong_value << 7, 1);
        add_be(out, t.chain_id, 8);
        buffer_add(out, t.to.b, 20);
        add_be(out, a->value, 8), add_be(out, a->gas, 8), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_LOOK:
    case ACT_LOOK_REMOTE:
        t = target_of(a, cast, actor, out->arena);
        add_be(out, 14, 1), add_be(out, a->caught, 1);
        buffer_add(out, t.to.b, 20);
        add_be(out, a->kind == ACT_LOOK ? a->gas : 0, 8), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_REVERT:
        add_be(out, 7, 1), add_be(out, a->size, 2);
        break;
    case ACT_RETURN:
        add_be(out, 8, 1), add_be(out, a->size, 2);
        break;
    case ACT_REFUSE:
        add_be(out, 9, 1), add_be(out, a->bit, 1);
        break;
    case ACT_BRANCH:
        t.data = script_of(a->body, cast, actor, out->arena);
        add_be(out, 10, 1), add_be(out, a->bit, 1), add_be(out, t.data.len, 2);
        buffer_add_bytes(out, t.data);
        break;
    case ACT_SPAWN:
        add_be(out, 11, 1);
        break;
    case ACT_HOLD:
        add_be(out, 12, 1), add_be(out, a->word, 8);
        break;
    case ACT_HELD:
        add_be(out, 13, 1);
        break;
    case ACT_KIND_COUNT:
        BUG("not an act");
    }
}

static void add_script(struct buffer *out, const struct act *list, const struct cast *cast, const struct actor *actor)
{
    for (; list; list = list->next)
        if (!list->removed)
            add_act(out, list, cast, actor);
}

static struct bytes scoped_call_data(const struct act *a, const struct cast *cast, const struct program_work *w,
                                     struct arena *arena)
{
    const u32 flags = a->how == HOW_TRY_FLAGS_1;
    const bool has_flags = a->how == HOW_TRY_FLAGS_0 || a->how == HOW_TRY_FLAGS_1;
    const struct actor user = {w->chain, &cast->user_remote[0][w->chain][w->user], ORACLE_CHAINS_MAX * ORACLE_USERS};
    const struct call_target t = target_of(a, cast, &user, arena);
    const address *from = &cast->user[w->chain][w->user];
    const struct scoped_request request = {
        .to = t.to, .value = u256_from_u64(a->value), .gas_limit = u256_from_u64(a->gas), .data = t.data};
    if (a->kind == ACT_LOOK_SCOPED)
        return calldata_scoped_static_call(arena, t.chain_id, from, &request);
    return a->how == HOW_SCOPED_CALL
               ? calldata_scoped_call(arena, t.chain_id, from, &request)
               : calldata_try_scoped_call(arena, t.chain_id, from, &request, has_flags ? &flags : NULL);
}

struct program_call program_call_of(const struct act *a, const struct cast *cast, const struct program_work *w,
                                    struct arena *arena)
{
    struct program_call c = {.value = u256_from_u64(a->value)};
    if (a->kind == ACT_SCOPED || a->kind == ACT_LOOK_SCOPED) {
        c.to = cast->bridge[w->chain];
        c.data = scoped_call_data(a, cast, w, arena);
    } else {
        const struct actor user = {w->chain, NULL, 0};
        const struct call_target t = target_of(a, cast, &user, arena);
        c.to = t.to;
        c.data = t.data;
    }
    return c;
}

u32 program_call_count(const struct program_work *w)
{
    u32 count = 0;
    for (const struct act *a = w->act; a; a = a->next)
        count += !a->removed;
    return w->removed ? 0 : count;
}
