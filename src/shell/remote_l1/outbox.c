#include "remote_l1/outbox.h"

#include "codec/rlp.h"
#include "ledger/sidecar.h"

void outbox_init(struct outbox *o, const struct memory *memory,
                 enum err (*put)(void *context, u64 ordinal, struct bytes row), void *context)
{
    *o = (struct outbox){.put = put, .context = context};
    arena_init(&o->arena, memory);
}

void outbox_release(struct outbox *o)
{
    arena_release(&o->arena);
}

static struct outbox_entry *append_entry(struct outbox *o)
{
    return *LIST_ADD(&o->entry, &o->arena) = ARENA_TAKE_ZERO(&o->arena, struct outbox_entry, 1);
}

struct outbox_entry *outbox_add(struct outbox *o)
{
    struct outbox_entry *e = append_entry(o);
    e->ordinal = o->next_ordinal++;
    e->is_claimed = true;
    return e;
}

static enum err read_sidecar(struct outbox *o, const struct sidecar **out, struct bytes kept)
{
    struct sidecar *s = ARENA_TAKE(&o->arena, struct sidecar, 1);
    TRY(sidecar_restore(s, &o->arena, kept));
    if (!s->cell_proof)
        return REJECT_ENCODING; /* no node would accept it */
    *out = s;
    return OK;
}

const struct sidecar *outbox_copy_sidecar(struct outbox *o, const struct sidecar *s)
{
    const struct sidecar *copy = NULL;
    if (!s)
        return NULL;
    struct buffer kept = buffer_in(&o->arena);
    sidecar_persist(&kept, s);
    BUG_UNLESS(read_sidecar(o, &copy, buffer_bytes(&kept)) == OK);
    return copy;
}

/* Decoded from its copied bytes, so that nothing points elsewhere. */
void outbox_add_variant(struct outbox *o, struct outbox_entry *e, const struct tx *t)
{
    BUG_UNLESS(e->count < OUTBOX_VARIANTS_MAX);
    struct buffer envelope = buffer_in(&o->arena);
    struct tx *copy = &e->variant[e->count++];
    tx_encode(&envelope, t);
    BUG_UNLESS(tx_decode(copy, &o->arena, buffer_bytes(&envelope), TX_TYPES_ALL) == OK && t->has_sender);
    copy->sender = t->sender;
    copy->has_sender = true;
}

/* --- rows --- */

static void add_expected(struct buffer *out, const struct expected_outcome *f)
{
    const size_t list = rlp_open(out);
    rlp_add_string(out, BYTES_OF(f->parent.b));
    rlp_add_u64(out, f->success);
    rlp_add_u64(out, (u64)f->halt);
    rlp_add_u64(out, f->gas_used);
    rlp_add_u64(out, f->log_count);
    rlp_add_string(out, BYTES_OF(f->logs.b));
    rlp_add_string(out, f->output);
    rlp_close(out, list);
}

static void encode(struct buffer *out, const struct outbox_entry *e)
{
    struct buffer envelope = buffer_in(out->arena), sidecar = buffer_in(out->arena);
    const size_t all = rlp_open(out);
    rlp_add_u64(out, (u64)e->purpose);
    rlp_add_u64(out, e->is_pinned);
    rlp_add_u64(out, e->parent_number);
    rlp_add_string(out, BYTES_OF(e->parent.b));
    add_expected(out, &e->expected);
    rlp_add_string(out, e->note);
    if (e->sidecar)
        sidecar_persist(&sidecar, e->sidecar);
    rlp_add_string(out, buffer_bytes(&sidecar));
    const size_t variants = rlp_open(out);
    for (size_t i = 0; i < e->count; i++) {
        envelope.len = 0;
        tx_encode(&envelope, &e->variant[i]);
        rlp_add_string(out, buffer_bytes(&envelope));
    }
    rlp_close(out, variants);
    rlp_close(out, all);
}

enum err outbox_save(struct outbox *o, const struct outbox_entry *e)
{
    const struct arena_mark mark = arena_mark(&o->arena);
    struct buffer row = buffer_in(&o->arena);
    encode(&row, e);
    const enum err result = o->put(o->context, e->ordinal, buffer_bytes(&row));
    arena_rewind(&o->arena, mark);
    return result;
}

static enum err read_entry_flag(struct rlp_reader *r, bool *out)
{
    u64 x;
    TRY(rlp_u64(r, &x));
    *out = x == 1;
    return x > 1 ? REJECT_STORE_CORRUPT : OK;
}

static enum err read_expected(struct rlp_reader *from, struct expected_outcome *f, struct arena *arena)
{
    struct rlp_reader r;
    u64 halt, log_count;
    struct bytes output;
    TRY(rlp_list(from, &r));
    TRY(rlp_fixed(&r, f->parent.b, sizeof f->parent.b));
    TRY(read_entry_flag(&r, &f->success));
    TRY(rlp_u64(&r, &halt));
    TRY(rlp_u64(&r, &f->gas_used));
    TRY(rlp_u64(&r, &log_count));
    TRY(rlp_fixed(&r, f->logs.b, sizeof f->logs.b));
    TRY(rlp_string(&r, &output));
    TRY(rlp_end(&r));
    if (halt >= HALT_COUNT || log_count > UINT32_MAX)
        return REJECT_STORE_CORRUPT;
    f->halt = (enum halt)halt;
    f->log_count = (u32)log_count;
    f->output = arena_copy(arena, output);
    return OK;
}

static enum err read_variant(struct rlp_reader *from, struct outbox *o, struct outbox_entry *e)
{
    struct bytes envelope;
    struct tx t;
    TRY(rlp_string(from, &envelope));
    if (e->count == OUTBOX_VARIANTS_MAX)
        return REJECT_STORE_CORRUPT;
    TRY(tx_decode(&t, &o->arena, envelope, TX_TYPES_ALL));
    TRY(tx_recover(&t, true, &o->arena));
    if ((t.type == TX_BLOB) != (e->sidecar != NULL) || (e->sidecar && !sidecar_is_of(e->sidecar, &t)))
        return REJECT_STORE_CORRUPT;
    if (e->count && (t.nonce != e->variant[0].nonce || !address_eq(&t.sender, &e->variant[0].sender)))
        return REJECT_STORE_CORRUPT;
    outbox_add_variant(o, e, &t);
    return OK;
}

static enum err decode_entry(struct outbox *o, struct outbox_entry *e, struct bytes row)
{
    struct rlp_reader whole = rlp_reader(row), r, variants;
    u64 purpose;
    struct bytes note, sidecar;
    TRY(rlp_list(&whole, &r));
    TRY(rlp_end(&whole));
    TRY(rlp_u64(&r, &purpose));
    if (purpose >= PURPOSE_COUNT)
        return REJECT_STORE_CORRUPT;
    e->purpose = (enum l1_purpose)purpose;
    TRY(read_entry_flag(&r, &e->is_pinned));
    TRY(rlp_u64(&r, &e->parent_number));
    TRY(rlp_fixed(&r, e->parent.b, sizeof e->parent.b));
    TRY(read_expected(&r, &e->expected, &o->arena));
    TRY(rlp_string(&r, &note));
    e->note = arena_copy(&o->arena, note);
    TRY(rlp_string(&r, &sidecar));
    if (sidecar.len)
        TRY(read_sidecar(o, &e->sidecar, sidecar));
    TRY(rlp_list(&r, &variants));
    TRY(rlp_end(&r));
    while (!rlp_at_end(&variants))
        TRY(read_variant(&variants, o, e));
    return e->count ? OK : REJECT_STORE_CORRUPT;
}

enum err outbox_read(struct outbox *o, u64 ordinal, struct bytes row)
{
    struct outbox_entry *e = append_entry(o);
    e->ordinal = ordinal;
    if (ordinal < o->next_ordinal || ordinal == UINT64_MAX || decode_entry(o, e, row) != OK) {
        o->entry.count--;
        return REJECT_STORE_CORRUPT;
    }
    o->next_ordinal = ordinal + 1;
    return OK;
}

/* --- looking --- */

struct outbox_entry *outbox_next_of_slot(const struct outbox *o)
{
    for (size_t i = 0; i < o->entry.count; i++)
        if (!o->entry.item[i]->is_claimed &&
            (o->entry.item[i]->purpose == PURPOSE_BUNDLE || o->entry.item[i]->purpose == PURPOSE_DELEGATION))
            return o->entry.item[i];
    return NULL;
}

/* Nonce and fees apart: those are the chain's. */
static bool is_same(const struct tx *here, const struct tx *there)
{
    if (!address_eq(&here->sender, &there->sender) || here->is_creation != there->is_creation ||
        (!here->is_creation && !address_eq(&here->to, &there->to)) || !u256_eq(&here->value, &there->value) ||
        here->gas_limit != there->gas_limit || !bytes_eq(here->data, there->data) ||
        here->authorization_count != there->authorization_count)
        return false;
    for (u32 i = 0; i < here->authorization_count; i++)
        if (!address_eq(&here->authorization[i].at, &there->authorization[i].at) ||
            here->authorization[i].nonce != there->authorization[i].nonce)
            return false;
    return true;
}

struct outbox_entry *outbox_find(const struct outbox *o, enum l1_purpose purpose, const struct tx *t)
{
    for (size_t i = 0; i < o->entry.count; i++)
        if (!o->entry.item[i]->is_claimed && o->entry.item[i]->purpose == purpose &&
            is_same(&o->entry.item[i]->variant[0], t))
            return o->entry.item[i];
    return NULL;
}

struct outbox_entry *outbox_first(const struct outbox *o)
{
    for (size_t i = 0; i < o->entry.count; i++)
        if (!o->entry.item[i]->is_claimed && o->entry.item[i]->purpose != PURPOSE_FUNDS)
            return o->entry.item[i];
    return NULL;
}

void outbox_forget(struct outbox *o)
{
    memset(&o->entry, 0, sizeof o->entry);
    o->next_ordinal = 0;
    arena_rewind(&o->arena, (struct arena_mark){0});
}
