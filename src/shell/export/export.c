#include "export/export.h"

#include "base/u256.h"
#include "builder/query.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "ledger/sidecar.h"

static bool is_existing_account(const struct account_leaf *a)
{
    return a->nonce || !u256_is_zero(&a->balance) || !hash32_eq(&a->code_hash, &keccak_of_empty) ||
           !hash32_eq(&a->storage_root, &trie_empty_root);
}

static enum err write_account(struct json_writer *w, struct session *s, u64 chain_id, const address *at,
                              const struct account_leaf *a)
{
    struct bytes code;
    if (!hash32_eq(&a->storage_root, &trie_empty_root))
        return FAULT_UNSUPPORTED; /* no L1 genesis here has storage */
    TRY(session_code(s, &code, chain_id, 0, at));
    u8 key[42 + 1] = {0};
    address_write(key, at);
    json_write_key(w, (const char *)key);
    json_write_object(w);
    json_write_key(w, "balance");
    json_write_quantity_u256(w, &a->balance);
    json_write_key(w, "nonce");
    json_write_quantity(w, a->nonce);
    json_write_key(w, "code");
    json_write_hex(w, code);
    json_write_key(w, "storage");
    json_write_object(w);
    json_write_end(w);
    json_write_end(w);
    return OK;
}

static enum err write_alloc(struct json_writer *w, struct session *s, u64 chain_id, const address *candidate,
                            size_t count)
{
    size_t written = 0, all;
    json_write_key(w, "alloc");
    json_write_object(w);
    for (size_t i = 0; i < count; i++) {
        struct account_leaf a;
        TRY(session_account(s, &a, chain_id, 0, &candidate[i]));
        if (!is_existing_account(&a))
            continue;
        TRY(write_account(w, s, chain_id, &candidate[i], &a));
        written++;
    }
    json_write_end(w);
    TRY(session_account_count(s, &all, chain_id, 0));
    return written == all ? OK : FAULT_STATE_MISSING;
}

static void write_exported_block(struct json_writer *w, const struct ledger_block *b)
{
    json_write_object(w);
    json_write_key(w, "rlp");
    json_write_hex(w, b->rlp);
    json_write_key(w, "hash");
    json_write_hex(w, BYTES_OF(b->hash.b));
    json_write_end(w);
}

/* Compared with cast and viem by tests/client/transactions.mjs. */
static void write_transaction(struct json_writer *w, const struct tx *t, struct arena *scratch)
{
    struct buffer raw = buffer_in(scratch);
    tx_encode(&raw, t);
    json_write_object(w);
    json_write_key(w, "raw");
    json_write_hex(w, buffer_bytes(&raw));
    json_write_key(w, "hash");
    json_write_hex(w, BYTES_OF(t->hash.b));
    json_write_key(w, "type");
    json_write_u64(w, t->type);
    json_write_key(w, "sender");
    json_write_address(w, &t->sender);
    json_write_key(w, "authorities");
    json_write_array(w);
    for (u32 i = 0; i < t->authorization_count; i++) {
        struct authorization a = t->authorization[i];
        authorization_recover(&a);
        if (a.signer_is == SIGNER_FOUND)
            json_write_address(w, &a.signer);
        else
            json_write_null(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static void write_points(struct json_writer *w, const char *key, const struct kzg_point *p, size_t count)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < count; i++)
        json_write_hex(w, BYTES_OF(p[i].b));
    json_write_end(w);
}

/* The blobs of a transaction, and its network encoding. */
static void write_sidecar(struct json_writer *w, const struct ledger_block *b, const struct sidecar *s,
                          struct arena *scratch)
{
    for (u32 i = 0; i < b->tx_count; i++) {
        if (!sidecar_is_of(s, &b->tx[i]))
            continue;
        struct buffer network = buffer_in(scratch);
        sidecar_encode(&network, &b->tx[i], s);
        json_write_object(w);
        json_write_key(w, "transaction");
        json_write_hex(w, BYTES_OF(b->tx[i].hash.b));
        json_write_key(w, "network");
        json_write_hex(w, buffer_bytes(&network));
        json_write_key(w, "blobs");
        json_write_array(w);
        for (size_t j = 0; j < s->blob_count; j++) {
            json_write_object(w);
            json_write_key(w, "blob");
            json_write_hex(w, BYTES_OF(s->blob[j].b));
            json_write_key(w, "commitment");
            json_write_hex(w, BYTES_OF(s->commitment[j].b));
            write_points(w, "cellProofs", s->cell_proof + j * KZG_CELLS, KZG_CELLS);
            json_write_end(w);
        }
        json_write_end(w);
        json_write_end(w);
    }
}

enum err export_chain(struct json_writer *w, struct session *s, u64 chain_id, const char *fork,
                      const address *candidate, size_t count, struct arena *scratch)
{
    const struct ledger_block *b;
    json_write_object(w);
    json_write_key(w, "fork");
    json_write_z(w, fork);
    json_write_key(w, "chainId");
    json_write_quantity(w, chain_id);
    TRY(write_alloc(w, s, chain_id, candidate, count));
    TRY(session_block(s, &b, chain_id, 0));
    json_write_key(w, "genesis");
    write_exported_block(w, b);
    json_write_key(w, "blocks");
    json_write_array(w);
    for (u64 n = 1;; n++) {
        TRY(session_block(s, &b, chain_id, n));
        if (!b)
            break;
        write_exported_block(w, b);
    }
    json_write_end(w);
    json_write_key(w, "sidecars");
    json_write_array(w);
    for (u64 n = 1;; n++) {
        TRY(session_block(s, &b, chain_id, n));
        if (!b)
            break;
        const struct sidecar *sidecar = b->sidecar;
        if (sidecar) {
            TRY(session_sidecar(s, &sidecar, n));
            write_sidecar(w, b, sidecar, scratch);
        }
    }
    json_write_end(w);
    json_write_key(w, "transactions");
    json_write_array(w);
    for (u64 n = 1;; n++) {
        TRY(session_block(s, &b, chain_id, n));
        if (!b)
            break;
        for (u32 i = 0; i < b->tx_count; i++)
            write_transaction(w, &b->tx[i], scratch);
    }
    json_write_end(w);
    json_write_end(w);
    json_write_finish(w);
    return OK;
}
