/* The statement that L1 settled, made again from the blocks that were derived.
 *
 *   the rollup's state    blocks, roots, mailboxes, the L1 block that it is anchored to
 *   L1's transaction      submitter, and the plan that it executed
 *   L1's block            number and parent, where the bundle touched L1; else neither
 *
 * One hash holds all of it, so whatever the bundle's calldata lists of mailboxes and anchors need not be read: the
 * bridge has put just that into the statement of its event. docs/protocol.md section 9. */
#include "derive/derive_private.h"

#include "base/buffer.h"
#include "codec/abi.h"
#include "codec/abi_value.h"
#include "crypto/keccak.h"
#include "scope/selector.h"
#include "scope/settlement.h"

enum { DECODED_BYTES_MAX = 256 << 20 }; /* the gas of a transaction pays for much less */

static const char *signature_of(enum selector selector)
{
    static const struct { enum selector selector; const char *text; } row[] = {
#define SELECTOR(name, value, signature) {SELECTOR_##name, signature},
#include "scope/selector.def"
#undef SELECTOR
    };
    for (size_t i = 0; i < COUNT_OF(row); i++)
        if (row[i].selector == selector)
            return row[i].text;
    BUG("a selector without its row");
}

/* keccak256(abi.encode(preconditions, fills, nested, steps)), of executeBundle((submitter, those, transitions)). */
static enum err plan_of(hash32 *out, address *submitter, struct arena *arena, struct bytes calldata)
{
    enum { FIRST = 1, PARTS = 4 };
    const char *text = signature_of(SELECTOR_EXECUTE_BUNDLE);
    const struct bytes arguments = bytes_of(calldata.ptr + 4, calldata.len - 4);
    struct abi_signature signature;
    struct abi_value value;
    struct abi_type plan;
    struct abi_reader reader = abi_reader(arguments), bundle;
    struct buffer encoded = buffer_in(arena);
    TRY(abi_tuple(&reader, &bundle));
    TRY(abi_address(&bundle, submitter));
    BUG_UNLESS(abi_parse_signature(arena, &signature, bytes_of(text, strlen(text)), NULL) == OK);
    TRY(abi_decode(arena, &value, &signature.inputs, arguments, DECODED_BYTES_MAX, NULL));
    BUG_UNLESS(abi_tuple_of(&plan, signature.inputs.item[0].item + FIRST, PARTS, NULL) == OK);
    const struct abi_value parts = {.list = true, .count = PARTS, .item = value.item[0].item + FIRST};
    TRY(abi_encode(&encoded, &plan, &parts, NULL));
    keccak256(out, encoded.ptr, encoded.len);
    return OK;
}

static enum err read_state(struct transition *t, struct arena *arena, struct ledger *l, const hash32 *parent_forced)
{
    struct l1_anchor anchor;
    struct mailbox *mailbox;
    struct state *view = ledger_view(l);
    enum err e = rollup_anchor(view, &anchor);
    if (e == OK)
        e = rollup_forced(view, NULL, &t->forced_hash);
    if (e == OK)
        e = rollup_mailboxes(view, arena, &mailbox, &t->mailbox_count, t->first_block);
    state_release(view);
    TRY(e);
    if (hash32_eq(&t->forced_hash, parent_forced))
        t->forced_hash = (hash32){{0}};
    t->mailbox = mailbox;
    t->anchor_number = anchor.number;
    t->anchor_hash = anchor.hash;
    return OK;
}

enum err derive_statement(const struct derivation *d, const struct derived_rollup *r, struct arena *arena,
                          const struct l1_place *block, struct bytes calldata, const struct settled *s,
                          const hash32 *parent_forced)
{
    const struct ledger_block *parent = ledger_block_at(r->ledger, s->first_block - 1), *head = ledger_head(r->ledger);
    struct settlement_context c = {.l1_chain_id = r->rules->l1_chain_id, .bridge = d->shared_bridge};
    struct transition t = {
        .chain_id = r->rules->chain.chain_id,
        .parent_block_hash = parent->hash,
        .pre_state_root = parent->header.state_root,
        .block_hash = head->hash,
        .state_root = head->header.state_root,
        .first_block = s->first_block,
        .last_block = s->last_block,
        .last_timestamp = head->header.timestamp,
        .da_hash = s->da_hash,
    };
    hash32 is;
    TRY(plan_of(&c.plan_hash, &c.submitter, arena, calldata));
    TRY(read_state(&t, arena, r->ledger, parent_forced));
    rollup_rules_hash(&t.rules_hash, r->rules);
    TRY(statement_hash(&is, &c, &t, arena));
    if (hash32_eq(&is, &s->statement))
        return OK;
    c.l1_block_number = block->number;
    c.l1_parent_hash = block->parent_hash;
    TRY(statement_hash(&is, &c, &t, arena));
    return hash32_eq(&is, &s->statement) ? OK : REJECT_DERIVED_OTHERWISE;
}
