#include "chain/tx_layout.h"

#include "base/u256.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

static enum err specific_or(enum err e, enum err general)
{
    return e != OK ? e : general;
}

/* One pass over an envelope. What breaks RLP ends it at once; the first number that is merely too large
 * is kept for the end, behind the question whether this type is admitted at all. */
struct decoder {
    struct tx *tx;
    struct arena *arena;
    u32 admitted;
    enum err range;
};

static void note_range(struct decoder *d, enum err e)
{
    BUG_UNLESS(e != OK);
    if (d->range == OK)
        d->range = e;
}

/* Why no item could be read where there is one. */
static enum err why_no_item(const struct rlp_reader *r, enum err size_zeros)
{
    const size_t left = (size_t)(r->end - r->next);
    const u8 first = *r->next;
    if (left < 2)
        return REJECT_TX_RLP_ERROR_SIZE;
    const u8 second = r->next[1];
    if (first == 0x81)
        return second < 0x80 ? size_zeros : REJECT_TX_RLP_ERROR_SIZE;
    const bool is_long = (first > 0xb7 && first < 0xc0) || first > 0xf7;
    return is_long && second == 0 ? size_zeros : REJECT_TX_RLP_ERROR_SIZE;
}

static enum err take_string(struct rlp_reader *r, struct bytes *out, const struct tx_field_row *f)
{
    if (rlp_at_end(r))
        return REJECT_TX_RLP_TOO_FEW_ELEMENTS;
    if (rlp_is_list(r))
        return specific_or(f->is_list, REJECT_TX_RLP_INVALID_FIELD);
    if (rlp_string(r, out) != OK)
        return why_no_item(r, specific_or(f->size_zeros, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS));
    return OK;
}

static enum err take_list(struct rlp_reader *r, struct rlp_reader *items)
{
    if (rlp_at_end(r))
        return REJECT_TX_RLP_TOO_FEW_ELEMENTS;
    if (!rlp_is_list(r))
        return REJECT_TX_RLP_INVALID_FIELD;
    if (rlp_list(r, items) != OK)
        return why_no_item(r, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS);
    return OK;
}

/* How many items a list holds; what they are is checked when they are read. */
static enum err count_tx_items(struct rlp_reader list, u32 *out)
{
    u32 count = 0;
    struct bytes item;
    for (; !rlp_at_end(&list); count++)
        if (rlp_item(&list, &item) != OK)
            return why_no_item(&list, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS);
    *out = count;
    return OK;
}

static enum err take_number(struct decoder *d, struct rlp_reader *r, const struct tx_field_row *f, size_t width,
                            u256 *out)
{
    struct bytes s;
    TRY(take_string(r, &s, f));
    if (s.len && s.ptr[0] == 0)
        return specific_or(f->zeros, REJECT_TX_RLP_LEADING_ZEROS);
    if (s.len > width) {
        note_range(d, f->overflow);
        return OK;
    }
    *out = u256_from_bytes(s.ptr, s.len);
    return OK;
}

static enum err take_to(struct decoder *d, struct rlp_reader *r)
{
    struct bytes s;
    TRY(take_string(r, &s, &tx_field_row[TO]));
    d->tx->is_creation = s.len == 0 && d->tx->type != TX_SYSTEM;
    if (d->tx->is_creation)
        return OK;
    if (s.len != sizeof(address))
        return s.len < sizeof(address) ? REJECT_TX_ADDRESS_TOO_SHORT : REJECT_TX_ADDRESS_TOO_LONG;
    memcpy(d->tx->to.b, s.ptr, sizeof(address));
    return OK;
}

static enum err take_sized(struct rlp_reader *r, u8 *out, size_t len, enum err shorter, enum err longer)
{
    struct bytes s;
    TRY(take_string(r, &s, &(struct tx_field_row){0}));
    if (s.len != len)
        return s.len < len ? shorter : longer;
    memcpy(out, s.ptr, len);
    return OK;
}

static enum err take_access_list(struct decoder *d, struct rlp_reader *r)
{
    struct rlp_reader list, entry, keys;
    TRY(take_list(r, &list));
    TRY(count_tx_items(list, &d->tx->access_count));
    struct access *access = ARENA_TAKE(d->arena, struct access, d->tx->access_count);
    d->tx->access = access;
    for (struct access *a = access; !rlp_at_end(&list); a++) {
        TRY(take_list(&list, &entry));
        TRY(take_sized(&entry, a->at.b, sizeof(address), REJECT_TX_ACCESS_LIST_ADDRESS_TOO_SHORT,
                       REJECT_TX_ACCESS_LIST_ADDRESS_TOO_LONG));
        TRY(take_list(&entry, &keys));
        if (!rlp_at_end(&entry))
            return REJECT_TX_RLP_TOO_MANY_ELEMENTS;
        TRY(count_tx_items(keys, &a->key_count));
        hash32 *key = ARENA_TAKE(d->arena, hash32, a->key_count);
        a->key = key;
        for (; !rlp_at_end(&keys); key++)
            TRY(take_sized(&keys, key->b, sizeof(hash32), REJECT_TX_ACCESS_LIST_STORAGE_TOO_SHORT,
                           REJECT_TX_ACCESS_LIST_STORAGE_TOO_LONG));
    }
    return OK;
}

static enum err take_blob_hashes(struct decoder *d, struct rlp_reader *r)
{
    struct rlp_reader list;
    TRY(take_list(r, &list));
    TRY(count_tx_items(list, &d->tx->blob_hash_count));
    hash32 *hash = ARENA_TAKE(d->arena, hash32, d->tx->blob_hash_count);
    d->tx->blob_hash = hash;
    for (; !rlp_at_end(&list); hash++)
        TRY(take_sized(&list, hash->b, sizeof(hash32), REJECT_TX_FIELD_SIZE, REJECT_TX_FIELD_SIZE));
    return OK;
}

/* EIP-7702: chain_id < 2^256, nonce < 2^64, address 20 bytes, y_parity < 2^8, r and s < 2^256. */
static enum err take_authorization(struct rlp_reader *list, struct authorization *a)
{
    struct rlp_reader item;
    u256 r, s;
    *a = (struct authorization){0};
    if (rlp_list(list, &item) != OK || rlp_u256(&item, &a->chain_id) != OK ||
        rlp_fixed(&item, a->at.b, sizeof(address)) != OK || rlp_u64(&item, &a->nonce) != OK ||
        rlp_u64(&item, &a->y_parity) != OK || a->y_parity > 255 || rlp_u256(&item, &r) != OK ||
        rlp_u256(&item, &s) != OK || !rlp_at_end(&item))
        return REJECT_TX_AUTHORIZATION_FORMAT;
    a->r = u256_to_hash32(&r);
    a->s = u256_to_hash32(&s);
    return OK;
}

static enum err take_authorizations(struct decoder *d, struct rlp_reader *r)
{
    struct rlp_reader list;
    TRY(take_list(r, &list));
    TRY(count_tx_items(list, &d->tx->authorization_count));
    struct authorization *a = ARENA_TAKE(d->arena, struct authorization, d->tx->authorization_count);
    d->tx->authorization = a;
    for (; !rlp_at_end(&list); a++)
        TRY(take_authorization(&list, a));
    return OK;
}

/* Legacy v: 27 or 28, or from EIP-155 on chain_id * 2 + 35 or 36. */
static enum err take_v(struct decoder *d, struct rlp_reader *r)
{
    const enum err wrong = d->admitted & TX_ADMITS_EIP155 ? REJECT_TX_INVALID_CHAINID : REJECT_TX_INVALID_SIGNATURE_VRS;
    u256 v = {{0}};
    struct tx_field_row f = tx_field_row[V];
    f.overflow = wrong;
    TRY(take_number(d, r, &f, 32, &v));
    struct tx *t = d->tx;
    if (v.w[1] > 1 || v.w[2] || v.w[3]) {
        note_range(d, wrong); /* no chain has an id above 2^64 */
        return OK;
    }
    const u128 n = (u128)v.w[1] << 64 | v.w[0];
    if (n == 27 || n == 28) {
        t->signature.y_parity = (u8)(n - 27);
    } else if (n >= 35 && (n - 35) / 2 <= UINT64_MAX && d->admitted & TX_ADMITS_EIP155) {
        t->has_chain_id = true;
        t->chain_id = (u64)((n - 35) / 2);
        t->signature.y_parity = (u8)((n - 35) & 1);
    } else {
        note_range(d, n <= 1 ? REJECT_TX_INVALID_SIGNATURE_VRS
                             : wrong); /* 0 and 1 name no chain: a y_parity in the wrong place */
    }
    return OK;
}

static enum err take_field(struct decoder *d, struct rlp_reader *r, enum tx_field field)
{
    const struct tx_field_row *f = &tx_field_row[field];
    u8 *at = (u8 *)d->tx + f->offset;
    u256 x = {{0}};
    switch (f->kind) {
    case U64:
        TRY(take_number(d, r, f, 8, &x));
        memcpy(at, &x.w[0], 8);
        return OK;
    case U256:
        TRY(take_number(d, r, f, 32, &x));
        memcpy(at, &x, 32);
        return OK;
    case BE256:
        TRY(take_number(d, r, f, 32, &x));
        u256_to_be(at, &x);
        return OK;
    case OTHER: break;
    }
    switch (field) {
    case TO: return take_to(d, r);
    case DATA: return take_string(r, &d->tx->data, f);
    case ACCESS_LIST: return take_access_list(d, r);
    case BLOB_HASHES: return take_blob_hashes(d, r);
    case AUTHORIZATIONS: return take_authorizations(d, r);
    case V: return take_v(d, r);
    case Y_PARITY:
        TRY(take_number(d, r, f, 32, &x));
        if (u256_saturate_u64(&x) > 1)
            note_range(d, REJECT_TX_INVALID_SIGNATURE_VRS);
        d->tx->signature.y_parity = (u8)(x.w[0] & 1);
        return OK;
    default: BUG("field without a reader");
    }
}

static enum err take_fields(struct decoder *d, struct bytes payload)
{
    struct rlp_reader r = rlp_reader(payload), list;
    const struct tx_layout *layout = tx_layout_of(d->tx->type);
    if (!rlp_is_list(&r))
        return REJECT_TX_RLP_ERROR_SIZE;
    if (rlp_list(&r, &list) != OK)
        return why_no_item(&r, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS);
    if (!rlp_at_end(&r))
        return REJECT_TX_RLP_ERROR_SIZE;
    if (d->tx->type == TX_BLOB && rlp_is_list(&list))
        return REJECT_TX_BLOB_FULL; /* EIP-4844's network form, with blobs, does not belong in a block */
    for (unsigned i = 0; i < layout->count; i++)
        TRY(take_field(d, &list, (enum tx_field)layout->field[i]));
    return rlp_at_end(&list) ? OK : REJECT_TX_RLP_TOO_MANY_ELEMENTS;
}

enum err tx_decode(struct tx *out, struct arena *arena, struct bytes envelope, u32 admitted)
{
    if (envelope.len == 0)
        return REJECT_TX_RLP_ERROR_SIZE;
    /* EIP-2718: a first byte of 0xc0 and above begins a legacy list, below 0x80 it is a type */
    const u8 first = envelope.ptr[0];
    const unsigned type = first >= 0xc0 ? TX_LEGACY : first;
    if (!tx_layout_of(type) || (type == TX_LEGACY && first < 0xc0))
        return REJECT_TX_TYPE_NOT_SUPPORTED;

    struct tx t = {.type = (enum tx_type)type, .has_chain_id = type != TX_LEGACY};
    struct decoder d = {&t, arena, admitted, OK};
    const size_t skip = type == TX_LEGACY ? 0 : 1;
    TRY(take_fields(&d, bytes_of(envelope.ptr + skip, envelope.len - skip)));
    if (!(admitted & tx_type_bit(t.type)))
        return REJECT_TX_TYPE_NOT_SUPPORTED;
    TRY(d.range);

    if (t.type == TX_LEGACY || t.type == TX_ACCESS_LIST)
        t.max_priority_fee = t.max_fee;
    if (t.type == TX_SYSTEM) {
        t.sender = system_sender;
        t.has_sender = true;
    }
    keccak256(&t.hash, envelope.ptr, envelope.len);
    t.has_hash = true;
    *out = t;
    return OK;
}

enum err tx_decode_item(struct tx *out, struct arena *arena, struct bytes item, u32 admitted)
{
    struct rlp_reader r = rlp_reader(item);
    struct bytes envelope = item;
    if (!rlp_is_list(&r)) {
        if (rlp_string(&r, &envelope) != OK || !rlp_at_end(&r))
            return REJECT_TX_RLP_ERROR_SIZE;
        if (envelope.len && envelope.ptr[0] >= 0xc0)
            return REJECT_TX_TYPE_NOT_SUPPORTED; /* a legacy transaction wrapped in a string */
    }
    return tx_decode(out, arena, envelope, admitted);
}
