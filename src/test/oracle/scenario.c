/* A program as a scenario file: the same keys, so the same addresses, so the same scripts. */
#include "codec/text.h"
#include "oracle/oracle_private.h"

static void add_name(struct buffer *out, const char *kind, u32 chain, u32 number)
{
    text_add_z(out, kind);
    text_add_u64(out, chain);
    text_add(out, "_");
    text_add_u64(out, number);
}

static void add_chain(struct buffer *out, u32 chain)
{
    text_add_z(out, chain ? "r" : "l1");
    if (chain)
        text_add_u64(out, chain);
}

static void add_account(struct buffer *out, const char *kind, u32 chain, u32 number, const hash32 *key, u64 wei)
{
    text_add(out, "  ");
    add_name(out, kind, chain, number);
    text_add(out, ": { key: \"");
    text_add_hex(out, BYTES_OF(key->b));
    text_add(out, "\", balance: { ");
    add_chain(out, chain);
    text_add(out, ": ");
    if (chain)
        text_add_u64(out, wei);
    else
        text_add(out, "10000 ether");
    text_add(out, " } }\n");
}

static void add_set_up(struct buffer *out, const struct cast *cast, struct arena *arena)
{
    text_add(out, "chains:\n  l1: { kind: l1, id: 1 }\n");
    for (u32 i = 1; i < cast->chain_count; i++) {
        text_add(out, "  ");
        add_chain(out, i);
        text_add(out, ": { kind: rollup, id: ");
        text_add_u64(out, cast->chain_id[i]);
        text_add(out, ", gasLimit: 1073741824, baseFee: 7 }\n");
    }
    text_add(out, "\naccounts:\n");
    for (u32 i = 0; i < cast->chain_count; i++) {
        const hash32 deployer = oracle_deployer_key(i);
        add_account(out, "deployer", i, 0, &deployer, ORACLE_DEPLOYER_WEI);
        for (u32 j = 0; j < ORACLE_USERS; j++) {
            const hash32 key = oracle_user_key(i, j);
            add_account(out, "user", i, j, &key, ORACLE_USER_WEI);
        }
    }
    text_add(out, "\nsteps:\n");
    for (u32 i = 0; i < cast->chain_count; i++)
        for (u32 j = 0; j < ORACLE_PUPPETS; j++) {
            text_add(out, "  - { deploy: ");
            add_name(out, "puppet", i, j);
            text_add(out, ", chain: ");
            add_chain(out, i);
            text_add(out, ", from: ");
            add_name(out, "deployer", i, 0);
            text_add(
                out,
                ", artifact: ../build/contracts/solc-output.json, contract: \"oracle/Puppet.sol:Puppet\", args: [");
            add_chain(out, i);
            text_add(out, ".bridge], value: ");
            text_add_u64(out, j ? ORACLE_POOR_WEI : ORACLE_RICH_WEI);
            text_add(out, " }\n");
        }
    for (u32 i = 0; i < cast->chain_count; i++) {
        text_add(out, "  - send: RemoteAccounts on ");
        add_chain(out, i);
        text_add(out, "\n    from: ");
        add_name(out, "deployer", i, 0);
        text_add(out, "\n    to: ");
        add_name(out, "puppet", i, 0);
        text_add(out, "\n    gasLimit: 16_000_000\n    function: run\n    args: [\"");
        text_add_hex(out, oracle_remotes_script(cast, i, arena));
        text_add(out, "\"]\n");
    }
}

/* Puppets that are called, but that no deploy names: children, and puppets by their RemoteAccounts. */
static void add_attached(struct buffer *out, const struct program *p, const struct cast *cast)
{
    for (u32 i = 0; i < p->work_count; i++) {
        u32 number = 0;
        for (const struct act *a = p->work[i].act; a && !p->work[i].removed; a = a->next, number++) {
            const bool is_named = a->kind == ACT_CALL && a->puppet < ORACLE_PUPPETS;
            if (a->removed || a->kind == ACT_SCOPED || a->kind == ACT_LOOK_SCOPED || is_named)
                continue;
            const u32 here = p->work[i].chain;
            const address *at =
                a->kind == ACT_REMOTE ? &cast->remote[here][a->chain][a->puppet] : &cast->puppet[here][a->puppet];
            text_add(out, "  - { attach: ");
            add_name(out, "target", i, number);
            text_add(out, ", chain: ");
            add_chain(out, here);
            text_add(out, ", address: \"");
            text_add_hex(out, BYTES_OF(at->b));
            text_add(out,
                     "\", artifact: ../build/contracts/solc-output.json, contract: \"oracle/Puppet.sol:Puppet\" }\n");
        }
    }
}

/* scopedCall and its kin: the arguments are words at known places. */
static void add_scoped(struct buffer *out, const struct act *a, const struct program_work *w, struct bytes data)
{
    static const char *const function[] = {"scopedCall",
                                           "tryScopedCall(uint256,address,(address,uint256,uint256,bytes))",
                                           "tryScopedCall(uint256,address,(address,uint256,uint256,bytes),uint32)",
                                           "tryScopedCall(uint256,address,(address,uint256,uint256,bytes),uint32)"};
    const bool has_flags = a->kind == ACT_SCOPED && a->how >= HOW_TRY_FLAGS_0;
    const u8 *request = data.ptr + 4 + 32 * (has_flags ? 4 : 3);
    add_chain(out, w->chain);
    text_add(out, ".bridge, function: \"");
    text_add_z(out, a->kind == ACT_LOOK_SCOPED ? "scopedStaticCall" : function[a->how]);
    text_add(out, "\", args: [");
    text_add_u64(out, load_be64(data.ptr + 4 + 24));
    text_add(out, ", ");
    add_name(out, "user", w->chain, w->user);
    text_add(out, ", { to: \"");
    text_add_hex(out, bytes_of(request + 12, 20));
    text_add(out, "\", value: ");
    text_add_u64(out, a->value);
    text_add(out, ", gasLimit: ");
    text_add_u64(out, a->gas);
    text_add(out, ", data: \"");
    text_add_hex(out, bytes_of(request + 32 * 5, (size_t)load_be64(request + 32 * 4 + 24)));
    text_add(out, "\" }");
    if (has_flags)
        text_add_z(out, a->how == HOW_TRY_FLAGS_1 ? ", 1" : ", 0");
    text_add(out, "]");
}

static void add_call(struct buffer *out, const struct act *a, const struct program_work *w, u32 work, u32 number,
                     const struct program_call *c)
{
    text_add(out, "to: ");
    if (a->kind == ACT_SCOPED || a->kind == ACT_LOOK_SCOPED) {
        add_scoped(out, a, w, c->data);
    } else {
        if (a->kind == ACT_CALL && a->puppet < ORACLE_PUPPETS)
            add_name(out, "puppet", w->chain, a->puppet);
        else
            add_name(out, "target", work, number);
        if (c->data.len) {
            text_add(out, ", function: run, args: [\"");
            text_add_hex(out, c->data);
            text_add(out, "\"]");
        }
    }
    text_add(out, ", value: ");
    text_add_u64(out, a->value);
}

static void add_work(struct buffer *out, const struct program *p, u32 i, const struct cast *cast, struct arena *arena)
{
    const struct program_work *w = &p->work[i];
    u32 number = 0;
    if (w->chain == 0) {
        text_add(out, "      - operate: work ");
        text_add_u64(out, i);
        text_add(out, "\n        account: ");
        add_name(out, "user", 0, w->user);
        text_add(out, "\n        gasLimit: ");
        text_add_u64(out, ORACLE_OPERATION_GAS);
        text_add(out, "\n        calls:\n");
    }
    for (const struct act *a = w->act; a; a = a->next, number++) {
        if (a->removed)
            continue;
        const struct program_call c = program_call_of(a, cast, w, arena);
        if (w->chain == 0) {
            text_add(out, "          - { ");
        } else {
            text_add(out, "      - { send: work ");
            text_add_u64(out, i);
            text_add(out, ", from: ");
            add_name(out, "user", w->chain, w->user);
            text_add(out, ", gasLimit: ");
            text_add_u64(out, ORACLE_TX_GAS);
            text_add(out, ", ");
        }
        add_call(out, a, w, i, number, &c);
        text_add(out, " }\n");
        if (w->chain != 0)
            return;
    }
}

static void add_slot(struct buffer *out, const struct program *p, u32 slot, const struct finding *f,
                     const struct cast *cast, struct arena *arena)
{
    static const char *const is[] = {
        [EXPECTED_SETTLED] = "settled", [EXPECTED_REVERTED] = "reverted", [EXPECTED_REFUSED] = "rejected"};
    bool any = false;
    for (u32 i = 0; i < p->work_count; i++)
        any |= p->work[i].slot == slot && program_call_count(&p->work[i]) > 0;
    if (!any)
        return;
    text_add(out, "  - slot: ");
    text_add_u64(out, slot);
    text_add(out, "\n    submit:\n");
    for (u32 i = 0; i < p->work_count; i++)
        if (p->work[i].slot == slot && program_call_count(&p->work[i]) > 0)
            add_work(out, p, i, cast, arena);
    text_add(out, "    expect:\n");
    for (u32 i = 0; i < p->work_count; i++)
        if (p->work[i].slot == slot && f->expected[i] != EXPECTED_NOTHING) {
            text_add(out, "      - { outcome: work ");
            text_add_u64(out, i);
            text_add(out, ", is: ");
            text_add_z(out, is[f->expected[i]]);
            text_add(out, " }\n");
        }
    text_add(out, "      - { conserved: ETH }\n");
}

void oracle_print_scenario(struct oracle *o, struct buffer *out, const struct program *p, const struct finding *finding)
{
    text_add(out, "# ");
    text_add_z(out, finding_name(finding->kind));
    text_add(out, ": ");
    text_add_z(out, finding->text);
    text_add(out, "\nscenario: What the one-chain oracle found with seed ");
    text_add_u64(out, p->seed);
    text_add(out, "\n\n");
    add_set_up(out, &o->cast, out->arena);
    add_attached(out, p, &o->cast);
    for (u32 slot = 0; slot < p->slot_count; slot++)
        add_slot(out, p, slot, finding, &o->cast, out->arena);
}
