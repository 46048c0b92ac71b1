#include "chain/tx.h"

#include "base/u256.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

const address system_sender = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};

/* --- the types as lists of fields --- */

enum field {
    CHAIN_ID, NONCE, GAS_PRICE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, MAX_BLOB_FEE,
    BLOB_HASHES, AUTHORIZATIONS, V, Y_PARITY, R, S, BLOCK_NUMBER, INDEX, FIELD_COUNT
};

struct layout {
    u8 count;     /* fields in all */
    u8 unsigned_count; /* fields that are signed: the rest is the signature */
    u8 field[14];
};

static const struct layout layout_legacy = /* yellow paper 4.3 */
    {9, 6, {NONCE, GAS_PRICE, GAS_LIMIT, TO, VALUE, DATA, V, R, S}};
static const struct layout layout_access_list = /* EIP-2930 */
    {11, 8, {CHAIN_ID, NONCE, GAS_PRICE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, Y_PARITY, R, S}};
static const struct layout layout_dynamic_fee = /* EIP-1559 */
    {12, 9, {CHAIN_ID, NONCE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, Y_PARITY, R, S}};
static const struct layout layout_blob = /* EIP-4844 */
    {14, 11, {CHAIN_ID, NONCE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, MAX_BLOB_FEE,
              BLOB_HASHES, Y_PARITY, R, S}};
static const struct layout layout_set_code = /* EIP-7702 */
    {13, 10, {CHAIN_ID, NONCE, MAX_PRIORITY_FEE, MAX_FEE, GAS_LIMIT, TO, VALUE, DATA, ACCESS_LIST, AUTHORIZATIONS,
              Y_PARITY, R, S}};
static const struct layout layout_system = /* docs/protocol.md section 11 */
    {6, 6, {CHAIN_ID, BLOCK_NUMBER, INDEX, TO, GAS_LIMIT, DATA}};

static const struct layout *layout_of(unsigned type)
{
    switch (type) {
    case TX_LEGACY: return &layout_legacy;
    case TX_ACCESS_LIST: return &layout_access_list;
    case TX_DYNAMIC_FEE: return &layout_dynamic_fee;
    case TX_BLOB: return &layout_blob;
    case TX_SET_CODE: return &layout_set_code;
    case TX_SYSTEM: return &layout_system;
    default: return NULL;
    }
}

/* Where a field lives, and how its errors are called. Zero rows of err_* stand for the general name. */
static const struct field_row {
    enum { OTHER, U64, U256, BE256 } kind; /* OTHER: a reader and writer of its own */
    u16 offset;
    enum err is_list;     /* a list where a string belongs */
    enum err zeros;       /* a number with leading zeros */
    enum err size_zeros;  /* an RLP length that is not the shortest */
    enum err overflow;    /* a number that is too large */
} row[FIELD_COUNT] = {
    [CHAIN_ID] = {U64, offsetof(struct tx, chain_id), 0, 0, 0, REJECT_TX_INVALID_CHAINID},
    [NONCE] = {U64, offsetof(struct tx, nonce), REJECT_TX_RLP_INVALID_NONCE, REJECT_TX_RLP_LEADING_ZEROS_NONCE,
               REJECT_TX_RLP_LEADING_ZEROS_NONCE_SIZE, REJECT_TX_NONCE_OVERFLOW},
    [GAS_PRICE] = {U256, offsetof(struct tx, max_fee), 0, REJECT_TX_RLP_LEADING_ZEROS_GASPRICE, 0,
                   REJECT_TX_GASPRICE_OVERFLOW},
    [MAX_PRIORITY_FEE] = {U256, offsetof(struct tx, max_priority_fee), 0, REJECT_TX_RLP_LEADING_ZEROS_PRIORITY_FEE, 0,
                          REJECT_TX_PRIORITY_OVERFLOW},
    [MAX_FEE] = {U256, offsetof(struct tx, max_fee), 0, REJECT_TX_RLP_LEADING_ZEROS_BASEFEE, 0,
                 REJECT_TX_GASPRICE_OVERFLOW},
    [GAS_LIMIT] = {U64, offsetof(struct tx, gas_limit), REJECT_TX_RLP_INVALID_GASLIMIT,
                   REJECT_TX_RLP_LEADING_ZEROS_GASLIMIT, 0, REJECT_TX_GASLIMIT_OVERFLOW},
    [TO] = {OTHER, 0, REJECT_TX_RLP_INVALID_TO, 0, 0, 0},
    [VALUE] = {U256, offsetof(struct tx, value), REJECT_TX_RLP_INVALID_VALUE, REJECT_TX_RLP_LEADING_ZEROS_VALUE, 0,
               REJECT_TX_VALUE_OVERFLOW},
    [DATA] = {OTHER, 0, REJECT_TX_RLP_INVALID_DATA, 0, REJECT_TX_RLP_LEADING_ZEROS_DATA_SIZE, 0},
    [MAX_BLOB_FEE] = {U256, offsetof(struct tx, max_blob_fee), 0, 0, 0, REJECT_TX_FIELD_SIZE},
    [V] = {OTHER, 0, 0, REJECT_TX_RLP_LEADING_ZEROS_V, 0, 0},
    [Y_PARITY] = {OTHER, 0, 0, REJECT_TX_RLP_LEADING_ZEROS_V, 0, REJECT_TX_INVALID_SIGNATURE_VRS},
    [R] = {BE256, offsetof(struct tx, signature.r), REJECT_TX_RLP_INVALID_SIGNATURE_R, REJECT_TX_RLP_LEADING_ZEROS_R, 0,
           REJECT_TX_INVALID_SIGNATURE_VRS},
    [S] = {BE256, offsetof(struct tx, signature.s), REJECT_TX_RLP_INVALID_SIGNATURE_S, REJECT_TX_RLP_LEADING_ZEROS_S, 0,
           REJECT_TX_INVALID_SIGNATURE_VRS},
    [BLOCK_NUMBER] = {U64, offsetof(struct tx, block_number), 0, 0, 0, REJECT_TX_FIELD_SIZE},
    [INDEX] = {U64, offsetof(struct tx, index), 0, 0, 0, REJECT_TX_FIELD_SIZE},
};

static enum err or_else(enum err e, enum err general)
{
    return e != OK ? e : general;
}

/* --- decoding --- */

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

static enum err take_string(struct rlp_reader *r, struct bytes *out, const struct field_row *f)
{
    if (rlp_at_end(r))
        return REJECT_TX_RLP_TOO_FEW_ELEMENTS;
    if (rlp_is_list(r))
        return or_else(f->is_list, REJECT_TX_RLP_INVALID_FIELD);
    if (rlp_string(r, out) != OK)
        return why_no_item(r, or_else(f->size_zeros, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS));
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
static enum err count_items(struct rlp_reader list, u32 *out)
{
    u32 count = 0;
    struct bytes item;
    for (; !rlp_at_end(&list); count++)
        if (rlp_item(&list, &item) != OK)
            return why_no_item(&list, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS);
    *out = count;
    return OK;
}

static enum err take_number(struct decoder *d, struct rlp_reader *r, const struct field_row *f, size_t width, u256 *out)
{
    struct bytes s;
    TRY(take_string(r, &s, f));
    if (s.len && s.ptr[0] == 0)
        return or_else(f->zeros, REJECT_TX_RLP_LEADING_ZEROS);
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
    TRY(take_string(r, &s, &row[TO]));
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
    TRY(take_string(r, &s, &(struct field_row){0}));
    if (s.len != len)
        return s.len < len ? shorter : longer;
    memcpy(out, s.ptr, len);
    return OK;
}

static enum err take_access_list(struct decoder *d, struct rlp_reader *r)
{
    struct rlp_reader list, entry, keys;
    TRY(take_list(r, &list));
    TRY(count_items(list, &d->tx->access_count));
    struct access *access = ARENA_TAKE(d->arena, struct access, d->tx->access_count);
    d->tx->access = access;
    for (struct access *a = access; !rlp_at_end(&list); a++) {
        TRY(take_list(&list, &entry));
        TRY(take_sized(&entry, a->at.b, sizeof(address), REJECT_TX_ACCESS_LIST_ADDRESS_TOO_SHORT,
                       REJECT_TX_ACCESS_LIST_ADDRESS_TOO_LONG));
        TRY(take_list(&entry, &keys));
        if (!rlp_at_end(&entry))
            return REJECT_TX_RLP_TOO_MANY_ELEMENTS;
        TRY(count_items(keys, &a->key_count));
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
    TRY(count_items(list, &d->tx->blob_hash_count));
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
    TRY(count_items(list, &d->tx->authorization_count));
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
    struct field_row f = row[V];
    f.overflow = wrong;
    TRY(take_number(d, r, &f, 32, &v));
    struct tx *t = d->tx;
    if (v.w[1] > 1 || v.w[2] || v.w[3]) {
        note_range(d, wrong); /* a chain id above 2^64 is nobody's */
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

static enum err take_field(struct decoder *d, struct rlp_reader *r, enum field field)
{
    const struct field_row *f = &row[field];
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
    const struct layout *layout = layout_of(d->tx->type);
    if (!rlp_is_list(&r))
        return REJECT_TX_RLP_ERROR_SIZE;
    if (rlp_list(&r, &list) != OK)
        return why_no_item(&r, REJECT_TX_RLP_ERROR_SIZE_LEADING_ZEROS);
    if (!rlp_at_end(&r))
        return REJECT_TX_RLP_ERROR_SIZE;
    if (d->tx->type == TX_BLOB && rlp_is_list(&list))
        return REJECT_TX_BLOB_FULL; /* EIP-4844's network form, with blobs, does not belong in a block */
    for (unsigned i = 0; i < layout->count; i++)
        TRY(take_field(d, &list, (enum field)layout->field[i]));
    return rlp_at_end(&list) ? OK : REJECT_TX_RLP_TOO_MANY_ELEMENTS;
}

enum err tx_decode(struct tx *out, struct arena *arena, struct bytes envelope, u32 admitted)
{
    if (envelope.len == 0)
        return REJECT_TX_RLP_ERROR_SIZE;
    /* EIP-2718: a first byte of 0xc0 and above begins a legacy list, below 0x80 it is a type */
    const u8 first = envelope.ptr[0];
    const unsigned type = first >= 0xc0 ? TX_LEGACY : first;
    if (!layout_of(type) || (type == TX_LEGACY && first < 0xc0))
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

/* --- encoding --- */

static void add_bytes(struct buffer *b, const void *ptr, size_t len)
{
    rlp_add_string(b, bytes_of(ptr, len));
}

static void add_access_list(struct buffer *b, const struct tx *t)
{
    const size_t list = rlp_open(b);
    for (u32 i = 0; i < t->access_count; i++) {
        const size_t entry = rlp_open(b);
        add_bytes(b, t->access[i].at.b, sizeof(address));
        const size_t keys = rlp_open(b);
        for (u32 k = 0; k < t->access[i].key_count; k++)
            add_bytes(b, t->access[i].key[k].b, sizeof(hash32));
        rlp_close(b, keys);
        rlp_close(b, entry);
    }
    rlp_close(b, list);
}

static void add_be256(struct buffer *b, const hash32 *h)
{
    const u256 x = u256_from_hash32(h);
    rlp_add_u256(b, &x);
}

static void add_authorizations(struct buffer *b, const struct tx *t)
{
    const size_t list = rlp_open(b);
    for (u32 i = 0; i < t->authorization_count; i++) {
        const struct authorization *a = &t->authorization[i];
        const size_t item = rlp_open(b);
        rlp_add_u256(b, &a->chain_id);
        add_bytes(b, a->at.b, sizeof(address));
        rlp_add_u64(b, a->nonce);
        rlp_add_u64(b, a->y_parity);
        add_be256(b, &a->r);
        add_be256(b, &a->s);
        rlp_close(b, item);
    }
    rlp_close(b, list);
}

static void add_v(struct buffer *b, const struct tx *t)
{
    if (!t->has_chain_id) {
        rlp_add_u64(b, 27u + t->signature.y_parity);
        return;
    }
    const u128 v = (u128)t->chain_id * 2 + 35 + t->signature.y_parity; /* EIP-155 */
    const u256 wide = {{(u64)v, (u64)(v >> 64), 0, 0}};
    rlp_add_u256(b, &wide);
}

static void add_field(struct buffer *b, const struct tx *t, enum field field)
{
    const struct field_row *f = &row[field];
    const u8 *at = (const u8 *)t + f->offset;
    u64 n;
    u256 x;
    hash32 h;
    switch (f->kind) {
    case U64: memcpy(&n, at, 8); rlp_add_u64(b, n); return;
    case U256: memcpy(&x, at, 32); rlp_add_u256(b, &x); return;
    case BE256: memcpy(&h, at, 32); add_be256(b, &h); return;
    case OTHER: break;
    }
    switch (field) {
    case TO: add_bytes(b, t->to.b, t->is_creation ? 0 : sizeof(address)); return;
    case DATA: rlp_add_string(b, t->data); return;
    case ACCESS_LIST: add_access_list(b, t); return;
    case BLOB_HASHES: {
        const size_t list = rlp_open(b);
        for (u32 i = 0; i < t->blob_hash_count; i++)
            add_bytes(b, t->blob_hash[i].b, sizeof(hash32));
        rlp_close(b, list);
        return;
    }
    case AUTHORIZATIONS: add_authorizations(b, t); return;
    case V: add_v(b, t); return;
    case Y_PARITY: rlp_add_u64(b, t->signature.y_parity); return;
    default: BUG("field without a writer");
    }
}

void tx_encode(struct buffer *out, const struct tx *t)
{
    const struct layout *layout = layout_of(t->type);
    if (t->type != TX_LEGACY)
        buffer_add_u8(out, (u8)t->type);
    const size_t list = rlp_open(out);
    for (unsigned i = 0; i < layout->count; i++)
        add_field(out, t, (enum field)layout->field[i]);
    rlp_close(out, list);
}

void tx_encode_item(struct buffer *out, const struct tx *t)
{
    if (t->type == TX_LEGACY) {
        tx_encode(out, t);
        return;
    }
    const struct arena_mark mark = arena_mark(out->arena);
    struct buffer envelope = buffer_in(out->arena);
    tx_encode(&envelope, t);
    const bool fits = out->room - out->len >= rlp_string_size(buffer_bytes(&envelope));
    rlp_add_string(out, buffer_bytes(&envelope));
    if (fits) /* out did not grow: the envelope is the newest in the arena */
        arena_rewind(out->arena, mark);
}

/* --- hashes and signatures --- */

void tx_hash(hash32 *out, const struct tx *t, struct arena *scratch)
{
    if (t->has_hash) {
        *out = t->hash;
        return;
    }
    const struct arena_mark mark = arena_mark(scratch);
    struct buffer b = buffer_in(scratch);
    tx_encode(&b, t);
    keccak256(out, b.ptr, b.len);
    arena_rewind(scratch, mark);
}

void tx_signing_hash(hash32 *out, const struct tx *t, struct arena *scratch)
{
    const struct arena_mark mark = arena_mark(scratch);
    const struct layout *layout = layout_of(t->type);
    struct buffer b = buffer_in(scratch);
    if (t->type != TX_LEGACY)
        buffer_add_u8(&b, (u8)t->type);
    const size_t list = rlp_open(&b);
    for (unsigned i = 0; i < layout->unsigned_count; i++)
        add_field(&b, t, (enum field)layout->field[i]);
    if (t->type == TX_LEGACY && t->has_chain_id) { /* EIP-155: chain_id, 0, 0 in the signature's place */
        rlp_add_u64(&b, t->chain_id);
        rlp_add_u64(&b, 0);
        rlp_add_u64(&b, 0);
    }
    rlp_close(&b, list);
    keccak256(out, b.ptr, b.len);
    arena_rewind(scratch, mark);
}

enum err tx_sign(struct tx *t, const hash32 *private_key, struct arena *scratch)
{
    hash32 digest;
    struct signature signature;
    address sender;
    BUG_UNLESS(t->type != TX_SYSTEM);
    tx_signing_hash(&digest, t, scratch);
    TRY(secp256k1_address(&sender, private_key));
    TRY(secp256k1_sign(&signature, &digest, private_key));
    t->signature = signature;
    t->sender = sender;
    t->has_sender = true;
    t->has_hash = false;
    tx_hash(&t->hash, t, scratch);
    t->has_hash = true;
    return OK;
}

/* 1 <= x < n: the order of secp256k1 (SEC 2, 2.4.1) */
static bool is_scalar(const hash32 *x)
{
    static const hash32 order = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}};
    return !hash32_is_zero(x) && memcmp(x->b, order.b, 32) < 0;
}

enum err tx_recover(struct tx *t, bool low_s, struct arena *scratch)
{
    if (t->has_sender)
        return OK;
    if (!is_scalar(&t->signature.r) || !is_scalar(&t->signature.s) || (low_s && !secp256k1_is_low_s(&t->signature.s)))
        return REJECT_TX_INVALID_SIGNATURE_VRS;
    hash32 digest;
    address sender;
    tx_signing_hash(&digest, t, scratch);
    if (secp256k1_recover(&sender, &digest, &t->signature) != OK)
        return REJECT_TX_EC_RECOVERY_FAIL;
    t->sender = sender;
    t->has_sender = true;
    return OK;
}

void authorization_signing_hash(hash32 *out, const struct authorization *a)
{
    u8 room[96]; /* never grows: 1 + 2 + 33 + 21 + 9 bytes at most */
    struct buffer b = {.ptr = room, .room = sizeof room};
    buffer_add_u8(&b, 0x05); /* EIP-7702: MAGIC */
    const size_t list = rlp_open(&b);
    rlp_add_u256(&b, &a->chain_id);
    add_bytes(&b, a->at.b, sizeof(address));
    rlp_add_u64(&b, a->nonce);
    rlp_close(&b, list);
    keccak256(out, b.ptr, b.len);
}

enum err authorization_sign(struct authorization *a, const hash32 *private_key)
{
    hash32 digest;
    struct signature signature;
    address signer;
    authorization_signing_hash(&digest, a);
    TRY(secp256k1_address(&signer, private_key));
    TRY(secp256k1_sign(&signature, &digest, private_key));
    a->r = signature.r;
    a->s = signature.s;
    a->y_parity = signature.y_parity;
    a->signer = signer;
    a->signer_is = SIGNER_FOUND;
    return OK;
}

void authorization_recover(struct authorization *a)
{
    if (a->signer_is != SIGNER_UNKNOWN)
        return;
    a->signer_is = SIGNER_NONE;
    if (a->y_parity > 1 || !is_scalar(&a->r) || !is_scalar(&a->s) || !secp256k1_is_low_s(&a->s))
        return;
    hash32 digest;
    authorization_signing_hash(&digest, a);
    const struct signature signature = {a->r, a->s, (u8)a->y_parity};
    if (secp256k1_recover(&a->signer, &digest, &signature) == OK)
        a->signer_is = SIGNER_FOUND;
}
