#include "bridge/alloc.h"

#include "base/u256.h"
#include "codec/hex.h"
#include "codec/number.h"

static enum err refuse_alloc(struct complaint *complaint, struct json at, const char *what)
{
    complain(complaint, json_place(at), "alloc: %s", what);
    return REJECT_JSON;
}

/* Hex, with or without 0x, as geth writes keys. */
static enum err storage_word(u256 *out, struct bytes text)
{
    u8 be[32];
    if (hex_fixed(be, sizeof be, text) != OK)
        return number_u256(out, text);
    *out = u256_from_be(be);
    return OK;
}

static enum err read_alloc_slots(struct genesis_account *out, struct arena *arena, struct complaint *complaint,
                                 struct json storage)
{
    struct genesis_slot *slot = ARENA_TAKE_ZERO(arena, struct genesis_slot, json_count(storage));
    for (struct json_iterator it = json_items(storage); json_next(&it);)
        if (storage_word(&slot[it.index].key, it.key) != OK || json_kind(it.value) != JSON_STRING ||
            storage_word(&slot[it.index].value, json_text(it.value)) != OK)
            return refuse_alloc(complaint, it.value, "expected a storage key and its word, both of 32 bytes");
    out->slot = slot;
    out->slot_count = json_count(storage);
    return OK;
}

static bool is_absent(struct json v)
{
    return json_kind(v) == JSON_NONE;
}

static enum err read_account_fields(struct genesis_account *out, struct arena *arena, struct complaint *complaint,
                                    struct json fields)
{
    const struct json nonce = json_get(fields, "nonce"), balance = json_get(fields, "balance"),
                      code = json_get(fields, "code"), storage = json_get(fields, "storage");
    if (!is_absent(nonce) && json_u64(&out->nonce, nonce) != OK)
        return refuse_alloc(complaint, nonce, "nonce: expected a number below 2^64");
    if (!is_absent(balance) && json_u256(&out->balance, balance) != OK)
        return refuse_alloc(complaint, balance, "balance: expected wei");
    if (!is_absent(code) && json_hex(arena, &out->code, code) != OK)
        return refuse_alloc(complaint, code, "code: expected hexadecimal digits");
    if (is_absent(storage))
        return OK;
    return json_kind(storage) == JSON_OBJECT ? read_alloc_slots(out, arena, complaint, storage)
                                             : refuse_alloc(complaint, storage, "storage: expected an object");
}

static enum err read_genesis_account(struct genesis_account *out, struct arena *arena, struct complaint *complaint,
                                     struct bytes key, struct json value)
{
    if (hex_fixed(out->at.b, sizeof out->at.b, key) != OK)
        return refuse_alloc(complaint, value, "expected an address and its account");
    if (json_kind(value) == JSON_OBJECT)
        return read_account_fields(out, arena, complaint, value);
    return json_u256(&out->balance, value) == OK ? OK : refuse_alloc(complaint, value, "expected an account, or wei");
}

enum err alloc_accounts_read(const struct genesis_account **out, size_t *count, struct arena *arena,
                             struct complaint *complaint, struct json alloc)
{
    if (json_kind(alloc) != JSON_OBJECT)
        return refuse_alloc(complaint, alloc, "expected an object of accounts");
    struct genesis_account *account = ARENA_TAKE_ZERO(arena, struct genesis_account, json_count(alloc));
    for (struct json_iterator it = json_items(alloc); json_next(&it);)
        TRY(read_genesis_account(&account[it.index], arena, complaint, it.key, it.value));
    *out = account;
    *count = json_count(alloc);
    return OK;
}

/* --- writing ------------------------------------------------------------------------------------- */

static struct bytes alloc_word(u8 text[66], const u256 *x)
{
    u8 be[32];
    u256_to_be(be, x);
    text[0] = '0';
    text[1] = 'x';
    hex_write(text + 2, be, sizeof be);
    return bytes_of(text, 66);
}

static void write_alloc_slots(struct json_writer *w, const struct genesis_account *a)
{
    u8 text[66];
    json_write_key(w, "storage");
    json_write_object(w);
    for (size_t i = 0; i < a->slot_count; i++) {
        json_write_key_bytes(w, alloc_word(text, &a->slot[i].key));
        json_write_string(w, alloc_word(text, &a->slot[i].value));
    }
    json_write_end(w);
}

static void write_account_fields(struct json_writer *w, const struct genesis_account *a)
{
    json_write_object(w);
    json_write_key(w, "nonce");
    json_write_u64(w, a->nonce);
    json_write_key(w, "balance");
    json_write_u256(w, &a->balance);
    json_write_key(w, "code");
    json_write_hex(w, a->code);
    write_alloc_slots(w, a);
    json_write_end(w);
}

void alloc_accounts_write(struct json_writer *w, const struct genesis_account *account, size_t count)
{
    json_write_object(w);
    for (size_t i = 0; i < count; i++) {
        const struct genesis_account *a = &account[i];
        u8 key[42 + 1] = {0};
        address_write(key, &a->at);
        json_write_key(w, (const char *)key);
        if (a->nonce || a->code.len || a->slot_count)
            write_account_fields(w, a);
        else
            json_write_u256(w, &a->balance);
    }
    json_write_end(w);
}
