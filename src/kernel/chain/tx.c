#include "chain/tx_layout.h"

#include "base/u256.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

const address system_sender = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};

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

static void add_field(struct buffer *b, const struct tx *t, enum tx_field field)
{
    const struct tx_field_row *f = &tx_field_row[field];
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
    const struct tx_layout *layout = tx_layout_of(t->type);
    if (t->type != TX_LEGACY)
        buffer_add_u8(out, (u8)t->type);
    const size_t list = rlp_open(out);
    for (unsigned i = 0; i < layout->count; i++)
        add_field(out, t, (enum tx_field)layout->field[i]);
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
    const u8 *place = out->ptr;
    rlp_add_string(out, buffer_bytes(&envelope));
    if (out->ptr == place) /* out did not grow: the envelope is the newest in the arena */
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
    const struct tx_layout *layout = tx_layout_of(t->type);
    struct buffer b = buffer_in(scratch);
    if (t->type != TX_LEGACY)
        buffer_add_u8(&b, (u8)t->type);
    const size_t list = rlp_open(&b);
    for (unsigned i = 0; i < layout->unsigned_count; i++)
        add_field(&b, t, (enum tx_field)layout->field[i]);
    if (t->type == TX_LEGACY && t->has_chain_id) { /* EIP-155: chain_id, 0, 0 in the signature's place */
        rlp_add_u64(&b, t->chain_id);
        rlp_add_u64(&b, 0);
        rlp_add_u64(&b, 0);
    }
    rlp_close(&b, list);
    keccak256(out, b.ptr, b.len);
    arena_rewind(scratch, mark);
}

/* 1 <= x < n: the order of secp256k1 (SEC 2, 2.4.1) */
static bool is_signature_scalar(const hash32 *x)
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
    if (!is_signature_scalar(&t->signature.r) || !is_signature_scalar(&t->signature.s) ||
        (low_s && !secp256k1_is_low_s(&t->signature.s)))
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

void authorization_recover(struct authorization *a)
{
    if (a->signer_is != SIGNER_UNKNOWN)
        return;
    a->signer_is = SIGNER_NONE;
    if (a->y_parity > 1 || !is_signature_scalar(&a->r) || !is_signature_scalar(&a->s) || !secp256k1_is_low_s(&a->s))
        return;
    hash32 digest;
    authorization_signing_hash(&digest, a);
    const struct signature signature = {a->r, a->s, (u8)a->y_parity};
    if (secp256k1_recover(&a->signer, &digest, &signature) == OK)
        a->signer_is = SIGNER_FOUND;
}
