/* forged: whatever state a request to a prover names, executing it ends in a statement or a REJECT. The input is
 * the rules that a prover would have, and a request; the mutator changes a value of an account, a slot or a header,
 * and hashes again what names it, up to the parent's header: so lies are executed, not refused at the first hash. */
#include "crypto/keccak.h"
#include "io/memory.h"
#include "prover/request.h"
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* L1's chain id, SharedBridge, coinbase, gas limit; the request follows */
enum { RULES_BYTES = 8 + 20 + 20 + 8, BLOCKS_MAX = 64, LINKS_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct prove_request r;
    struct rollup_rules rules;
    address bridge, coinbase;
    hash32 statement;
    if (size < RULES_BYTES)
        return 0;
    arena_init(&arena, &system_memory);
    memcpy(bridge.b, data + 8, 20);
    memcpy(coinbase.b, data + 28, 20);
    if (prove_request_decode(&r, &arena, bytes_of(data + RULES_BYTES, size - RULES_BYTES)) == OK) {
        rollup_rules_init(&rules, r.chain_id, load_be64(data), &bridge, &coinbase, load_be64(data + 48));
        const struct settlement_context context = {.l1_chain_id = load_be64(data), .bridge = bridge};
        const struct verify_input in = {.rules = &rules, .context = &context, .witness = r.witness, .data = r.data,
                                        .blocks_max = BLOCKS_MAX};
        const enum err e = verify(&statement, NULL, &system_memory, &in);
        BUG_UNLESS(e == OK || e == FAULT_STATE_MISSING || err_is_reject(e));
    }
    arena_release(&arena);
    return 0;
}

/* --- the mutator --- */

static u32 draw(u32 *seed, u32 below)
{
    *seed = *seed * 1664525 + 1013904223;
    return below ? (*seed >> 8) % below : 0;
}

/* 0, 1, borders of 32, 63, 64, 128, 255 and, most often, 256 bits, as the shortest big-endian text. */
static struct bytes border(struct arena *arena, u32 *seed)
{
    static const u16 bits[] = {1, 8, 32, 63, 64, 128, 255, 256, 256, 256, 256, 256};
    const u32 shift = bits[draw(seed, COUNT_OF(bits))], kind = draw(seed, 3);
    u8 *b = arena_take_zero(arena, 33);
    b[32 - shift / 8] = (u8)(1 << shift % 8); /* 2^shift */
    if (kind || shift == 256)
        for (u32 i = 33; i-- > 0 && b[i]-- == 0;) /* minus 1 */
            ;
    if (kind == 2)
        b[32] &= (u8)~draw(seed, 256);
    u32 from = 0;
    while (from < 33 && b[from] == 0)
        from++;
    return bytes_of(b + from, 33 - from);
}

static u32 count_items(struct bytes list)
{
    struct rlp_reader r = rlp_reader(list), items;
    struct bytes item;
    u32 n = 0;
    if (rlp_list(&r, &items) != OK || !rlp_at_end(&r))
        return 0;
    while (!rlp_at_end(&items) && rlp_item(&items, &item) == OK)
        n++;
    return n;
}

/* The list with another value in one place; an account, which a leaf has as text, is a list in a list. */
static struct bytes change_item(struct arena *arena, u32 *seed, struct bytes list)
{
    const u32 count = count_items(list), is_leaf = count == 2;
    const u32 at = is_leaf ? 1 : draw(seed, count); /* never the path */
    struct rlp_reader r = rlp_reader(list), items;
    struct bytes item, text;
    struct buffer out = buffer_in(arena);
    if (rlp_list(&r, &items) != OK)
        return list;
    const size_t opened = rlp_open(&out);
    for (u32 i = 0; !rlp_at_end(&items) && rlp_item(&items, &item) == OK; i++) {
        struct rlp_reader one = rlp_reader(item);
        if (i != at)
            buffer_add_bytes(&out, item);
        else if (rlp_is_list(&one))
            buffer_add_bytes(&out, change_item(arena, seed, item));
        else if (rlp_string(&one, &text) == OK && count_items(text))
            rlp_add_string(&out, change_item(arena, seed, text));
        else
            rlp_add_string(&out, border(arena, seed));
    }
    rlp_close(&out, opened);
    return buffer_bytes(&out);
}

struct link {
    hash32 from, to;
};

static u8 *find_hash(struct bytes in, const hash32 *hash)
{
    for (size_t i = 0; i + sizeof hash->b <= in.len; i++)
        if (memcmp(in.ptr + i, hash->b, sizeof hash->b) == 0)
            return (u8 *)in.ptr + i; /* copies of ours */
    return NULL;
}

/* Every item that names a hash gets the new one, and has then a new hash itself. */
static void relink(struct bytes *item, size_t count, struct link *link, size_t *links, const struct link *of)
{
    for (size_t i = 0; i < count; i++) {
        u8 *at = find_hash(item[i], &of->from);
        if (!at || *links == LINKS_MAX)
            continue;
        struct link *next = &link[(*links)++];
        keccak256(&next->from, item[i].ptr, item[i].len);
        memcpy(at, of->to.b, sizeof of->to.b);
        keccak256(&next->to, item[i].ptr, item[i].len);
    }
}

static struct bytes *copy_all(struct arena *arena, const struct bytes *item, size_t count)
{
    struct bytes *copy = ARENA_TAKE(arena, struct bytes, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = arena_copy(arena, item[i]);
    return copy;
}

static void forge(struct arena *arena, struct prove_request *r, u32 seed)
{
    struct witness *w = &r->witness;
    struct bytes *node = copy_all(arena, w->node, w->node_count),
                 *header = copy_all(arena, w->header, w->header_count);
    struct link *link = ARENA_TAKE(arena, struct link, LINKS_MAX);
    size_t links = 1;
    const bool of_header = w->header_count && (w->node_count == 0 || draw(&seed, 4) == 0);
    if (!of_header && w->node_count == 0)
        return;
    struct bytes *changed = of_header ? &header[draw(&seed, (u32)w->header_count)]
                                      : &node[draw(&seed, (u32)w->node_count)];
    keccak256(&link->from, changed->ptr, changed->len);
    *changed = change_item(arena, &seed, *changed);
    keccak256(&link->to, changed->ptr, changed->len);
    for (size_t i = 0; i < links; i++) {
        relink(node, w->node_count, link, &links, &link[i]);
        relink(header, w->header_count, link, &links, &link[i]);
    }
    w->node = node;
    w->header = header;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    struct arena arena;
    struct prove_request r;
    if (size < RULES_BYTES || seed % 16 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    arena_init(&arena, &system_memory);
    struct buffer out = buffer_in(&arena);
    if (prove_request_decode(&r, &arena, bytes_of(data + RULES_BYTES, size - RULES_BYTES)) == OK) {
        forge(&arena, &r, seed);
        prove_request_encode(&out, &r);
    }
    if (out.len && out.len + RULES_BYTES <= max_size) {
        memcpy(data + RULES_BYTES, out.ptr, out.len);
        size = RULES_BYTES + out.len;
    } else
        size = LLVMFuzzerMutate(data, size, max_size);
    arena_release(&arena);
    return size;
}
