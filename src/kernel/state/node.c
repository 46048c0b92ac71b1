#include "state/node.h"

#include "codec/rlp.h"

/* --- paths --- */

enum { PREFIX_ODD = 0x10, PREFIX_LEAF = 0x20 };

void path_encode(u8 *out, const u8 *key, u32 from, u32 to, bool leaf)
{
    u8 prefix = leaf ? PREFIX_LEAF : 0;
    if ((to - from) & 1)
        prefix |= (u8)(PREFIX_ODD | nibble_at(key, from++));
    *out++ = prefix;
    const u32 len = (to - from) / 2;
    if (len && from & 1) {
        for (u32 i = 0; i < len; i++)
            out[i] = (u8)(key[from / 2 + i] << 4 | key[from / 2 + i + 1] >> 4);
    } else if (len) {
        memcpy(out, key + from / 2, len);
    }
}

/* Where the path begins among the nibbles of its encoding. */
static inline u32 path_start(const struct node *n)
{
    return n->path_len & 1 ? 1 : 2;
}

u32 path_match(const struct node *n, const u8 *key, u32 from, u32 to)
{
    const u8 *path = node_path(n);
    const u32 start = path_start(n), len = n->path_len;
    const u32 max = len < to - from ? len : to - from;
    u32 i = 0;
    if (((start ^ from) & 1) == 0) { /* both in step: whole bytes at a time */
        if (max && start & 1) {
            if (((path[0] ^ key[from / 2]) & 15) != 0)
                return 0;
            i = 1;
        }
        while (i + 2 <= max && path[(start + i) / 2] == key[(from + i) / 2])
            i += 2;
    }
    while (i < max && nibble_at(path, start + i) == nibble_at(key, from + i))
        i++;
    return i;
}

static void set_nibble(u8 *packed, u32 i, unsigned nibble)
{
    u8 *p = &packed[i / 2];
    *p = (u8)(i & 1 ? (*p & 0xf0) | nibble : (*p & 0x0f) | nibble << 4);
}

void path_append(u8 *out, const u8 *key, u32 at, const struct node *n)
{
    if (at)
        memmove(out, key, (at + 1) / 2);
    const u8 *path = node_path(n);
    const u32 start = path_start(n);
    for (u32 i = 0; i < n->path_len; i++)
        set_nibble(out, at + i, nibble_at(path, start + i));
}

/* --- memory --- */

size_t node_size(const struct node *n)
{
    const struct bytes value = node_value(n);
    return (size_t)(value.ptr + value.len - (const u8 *)n);
}

static struct node *take_node(struct arena *a, struct node header)
{
    const size_t path = header.kind == NODE_BRANCH ? 0 : path_size(header.path_len);
    const size_t refs = sizeof(struct ref) * (unsigned)__builtin_popcount(header.present);
    struct node *n = arena_take(a, sizeof *n + refs + path + header.value_len);
    *n = header;
    return n;
}

static void copy_value(struct node *n, struct bytes value)
{
    if (value.len)
        memcpy((u8 *)node_value(n).ptr, value.ptr, value.len);
}

struct node *node_new_leaf(struct arena *a, const u8 *key, u32 from, u32 to, struct bytes value, u32 born)
{
    BUG_UNLESS(value.len <= UINT32_MAX);
    struct node *n = take_node(
        a, (struct node){.kind = NODE_LEAF, .path_len = (u16)(to - from), .value_len = (u32)value.len, .born = born});
    path_encode(node_path(n), key, from, to, true);
    copy_value(n, value);
    return n;
}

struct node *node_new_extension(struct arena *a, const u8 *key, u32 from, u32 to, const struct ref *child,
                                bool embedded, u32 born)
{
    struct node *n = take_node(
        a, (struct node){
               .kind = NODE_EXTENSION, .present = 1, .embedded = embedded, .path_len = (u16)(to - from), .born = born});
    *node_refs(n) = *child;
    path_encode(node_path(n), key, from, to, false);
    return n;
}

struct node *node_new_branch(struct arena *a, const struct ref child[16], u16 present, u16 embedded, struct bytes value,
                             u32 born)
{
    BUG_UNLESS(value.len <= UINT32_MAX);
    struct node *n = take_node(
        a,
        (struct node){
            .kind = NODE_BRANCH, .present = present, .embedded = embedded, .value_len = (u32)value.len, .born = born});
    struct ref *ref = node_refs(n);
    for (unsigned left = present; left; left &= left - 1)
        *ref++ = child[__builtin_ctz(left)];
    copy_value(n, value);
    return n;
}

/* --- RLP out --- */

static size_t list_size(size_t payload)
{
    return payload <= 55 ? 1 + payload : 1 + (71 - (size_t)__builtin_clzll(payload)) / 8 + payload;
}

static u8 *put_list(u8 *p, size_t payload)
{
    if (payload <= 55) {
        *p++ = (u8)(0xc0 + payload);
        return p;
    }
    const unsigned size = (unsigned)(71 - __builtin_clzll(payload)) / 8;
    *p++ = (u8)(0xf7 + size);
    for (unsigned i = size; i-- > 0;)
        *p++ = (u8)(payload >> 8 * i);
    return p;
}

static u8 *put_string(u8 *p, struct bytes s)
{
    if (s.len == 1 && s.ptr[0] < 0x80) {
        *p++ = s.ptr[0];
        return p;
    }
    if (s.len <= 55) {
        *p++ = (u8)(0x80 + s.len);
    } else {
        const unsigned size = (unsigned)(71 - __builtin_clzll(s.len)) / 8;
        *p++ = (u8)(0xb7 + size);
        for (unsigned i = size; i-- > 0;)
            *p++ = (u8)(s.len >> 8 * i);
    }
    if (s.len)
        memcpy(p, s.ptr, s.len);
    return p + s.len;
}

static inline u8 *put_ref(u8 *p, const struct ref *r, bool embedded)
{
    if (UNLIKELY(embedded)) {
        const size_t size = ref_embedded_size(r);
        memcpy(p, r->hash.b, size);
        return p + size;
    }
    *p++ = 0xa0;
    memcpy(p, r->hash.b, 32);
    return p + 32;
}

static struct bytes path_bytes(const struct node *n)
{
    return bytes_of(node_path(n), path_size(n->path_len));
}

static size_t payload_size(const struct node *n)
{
    if (n->kind == NODE_LEAF)
        return rlp_string_size(path_bytes(n)) + rlp_string_size(node_value(n));
    size_t size = n->kind == NODE_EXTENSION ? rlp_string_size(path_bytes(n))
                                            : 16 - node_ref_count(n) + rlp_string_size(node_value(n));
    if (LIKELY(!n->embedded))
        return size + 33 * (size_t)node_ref_count(n);
    for (unsigned left = n->present; left; left &= left - 1) {
        const unsigned nibble = (unsigned)__builtin_ctz(left);
        size += n->embedded >> nibble & 1 ? ref_embedded_size(node_child(n, nibble)) : 33;
    }
    return size;
}

size_t node_encoded_size(const struct node *n)
{
    return list_size(payload_size(n));
}

void node_encode(u8 *out, const struct node *n)
{
    u8 *p = put_list(out, payload_size(n));
    switch ((enum node_kind)n->kind) {
    case NODE_LEAF:
        put_string(put_string(p, path_bytes(n)), node_value(n));
        return;
    case NODE_EXTENSION:
        put_ref(put_string(p, path_bytes(n)), node_refs(n), n->embedded & 1);
        return;
    case NODE_BRANCH: {
        const struct ref *ref = node_refs(n);
        for (unsigned nibble = 0; nibble < 16; nibble++) {
            if (n->present >> nibble & 1)
                p = put_ref(p, ref++, n->embedded >> nibble & 1);
            else
                *p++ = 0x80;
        }
        put_string(p, node_value(n));
        return;
    }
    case NODE_MOVED:
        break;
    }
    BUG("a node that was moved away is still in use");
}

/* --- RLP in --- */

/* An absent child is OK with *there false. */
static enum err decode_ref(struct arena *a, struct ref *out, bool *there, bool *embedded, struct rlp_reader *r)
{
    struct ref ref = {0};
    struct bytes item;
    if (rlp_is_list(r)) {
        TRY(rlp_item(r, &item));
        if (item.len >= 32)
            return REJECT_TRIE_NODE;
        TRY(node_decode(a, &ref.node, item));
        memcpy(ref.hash.b, item.ptr, item.len);
        *embedded = true;
    } else {
        TRY(rlp_string(r, &item));
        if (item.len != 0 && item.len != 32)
            return REJECT_TRIE_NODE;
        *there = item.len != 0;
        *embedded = false;
        if (!*there)
            return OK;
        memcpy(ref.hash.b, item.ptr, 32);
    }
    *there = true;
    *out = ref;
    return OK;
}

static enum err decode_short(struct arena *a, struct node **out, struct rlp_reader *r)
{
    struct bytes path;
    TRY(rlp_string(r, &path));
    if (path.len == 0 || path.ptr[0] >= 0x40 || (!(path.ptr[0] & PREFIX_ODD) && path.ptr[0] & 15))
        return REJECT_TRIE_NODE;
    const bool leaf = path.ptr[0] & PREFIX_LEAF;
    const u32 start = path.ptr[0] & PREFIX_ODD ? 1 : 2;
    if (path.len > TRIE_KEY_MAX + 1)
        return REJECT_TRIE_NODE;
    const u32 end = (u32)path.len * 2;
    if (leaf) {
        struct bytes value;
        TRY(rlp_string(r, &value));
        TRY(rlp_end(r));
        if (value.len == 0 || value.len > UINT32_MAX)
            return REJECT_TRIE_NODE;
        *out = node_new_leaf(a, path.ptr, start, end, value, 0);
        return OK;
    }
    struct ref child = {0};
    bool there, embedded;
    TRY(decode_ref(a, &child, &there, &embedded, r));
    TRY(rlp_end(r));
    /* an extension leads somewhere, to a branch, by at least one nibble */
    if (!there || start == end || (child.node && child.node->kind != NODE_BRANCH))
        return REJECT_TRIE_NODE;
    *out = node_new_extension(a, path.ptr, start, end, &child, embedded, 0);
    return OK;
}

static enum err decode_branch(struct arena *a, struct node **out, struct rlp_reader *r)
{
    struct ref child[16];
    u16 present = 0, embedded = 0;
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        bool is_there, is_embedded;
        TRY(decode_ref(a, &child[nibble], &is_there, &is_embedded, r));
        present |= (u16)(is_there << nibble);
        embedded |= (u16)(is_embedded << nibble);
    }
    struct bytes value;
    TRY(rlp_string(r, &value));
    TRY(rlp_end(r));
    if (__builtin_popcount(present) + (value.len != 0) < 2 || value.len > UINT32_MAX)
        return REJECT_TRIE_NODE;
    *out = node_new_branch(a, child, present, embedded, value, 0);
    return OK;
}

static enum err decode_node(struct arena *a, struct node **out, struct bytes rlp)
{
    struct rlp_reader r = rlp_reader(rlp), items, counter;
    TRY(rlp_list(&r, &items));
    TRY(rlp_end(&r));
    counter = items;
    unsigned count = 0;
    for (struct bytes skipped; count < 3 && !rlp_at_end(&counter); count++)
        TRY(rlp_item(&counter, &skipped));
    return count == 2 ? decode_short(a, out, &items) : decode_branch(a, out, &items);
}

/* Recursion: an embedded child has fewer than 32 bytes, so it goes less than 32 deep. */
enum err node_decode(struct arena *a, struct node **out, struct bytes rlp)
{
    return decode_node(a, out, rlp) == OK ? OK : REJECT_TRIE_NODE;
}
