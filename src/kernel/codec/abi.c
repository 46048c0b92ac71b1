#include "codec/abi.h"

/* --- writing ------------------------------------------------------------------------------------- */

static struct abi_frame *top(struct abi_writer *w)
{
    BUG_UNLESS(w->depth > 0);
    return &w->frame[w->depth - 1];
}

/* The place of the next head word; valid until the buffer grows. */
static u8 *next_head(struct abi_writer *w)
{
    struct abi_frame *frame = top(w);
    BUG_UNLESS(frame->next < frame->end);
    u8 *head = w->out->ptr + frame->next;
    frame->next += ABI_WORD;
    return head;
}

static void put_word_u64(u8 word[32], u64 x)
{
    memset(word, 0, 24);
    store_be64(word + 24, x);
}

/* The next head points to the end of the buffer, where the tail follows. */
static void point_to_tail(struct abi_writer *w)
{
    const size_t offset = w->out->len - top(w)->base;
    put_word_u64(next_head(w), offset);
}

void abi_open(struct abi_writer *w, u32 words)
{
    BUG_UNLESS(w->depth < ABI_DEPTH_MAX);
    const size_t base = w->out->len;
    buffer_extend(w->out, (size_t)words * ABI_WORD);
    w->frame[w->depth++] = (struct abi_frame){base, base, w->out->len};
}

void abi_open_tuple(struct abi_writer *w, u32 words)
{
    point_to_tail(w);
    abi_open(w, words);
}

void abi_open_array(struct abi_writer *w, u32 count, u32 words_each)
{
    const u64 words = (u64)count * words_each;
    BUG_UNLESS(words <= UINT32_MAX);
    point_to_tail(w);
    put_word_u64(buffer_extend(w->out, ABI_WORD), count);
    abi_open(w, (u32)words);
}

void abi_close(struct abi_writer *w)
{
    const struct abi_frame *frame = top(w);
    BUG_UNLESS(frame->next == frame->end);
    w->depth--;
}

void abi_add_word(struct abi_writer *w, const u8 word[32])
{
    memcpy(next_head(w), word, ABI_WORD);
}

void abi_add_u256(struct abi_writer *w, const u256 *x)
{
    u256_to_be(next_head(w), x);
}

void abi_add_u64(struct abi_writer *w, u64 x)
{
    put_word_u64(next_head(w), x);
}

void abi_add_bool(struct abi_writer *w, bool x)
{
    put_word_u64(next_head(w), x);
}

void abi_add_address(struct abi_writer *w, const address *a)
{
    u8 *head = next_head(w);
    memset(head, 0, 12);
    memcpy(head + 12, a->b, 20);
}

void abi_add_hash32(struct abi_writer *w, const hash32 *h)
{
    abi_add_word(w, h->b);
}

u8 *abi_extend_bytes(struct abi_writer *w, size_t len)
{
    point_to_tail(w);
    const size_t padding = -len % ABI_WORD;
    u8 *tail = buffer_extend(w->out, ABI_WORD + len + padding);
    put_word_u64(tail, len);
    memset(tail + ABI_WORD + len, 0, padding);
    return tail + ABI_WORD;
}

void abi_add_bytes(struct abi_writer *w, struct bytes data)
{
    u8 *tail = abi_extend_bytes(w, data.len);
    if (data.len)
        memcpy(tail, data.ptr, data.len);
}

/* --- reading ------------------------------------------------------------------------------------- */

static size_t left(const struct abi_reader *r)
{
    return (size_t)(r->end - r->next);
}

/* The word at the cursor as a number that is at most max. */
static bool small_word(const struct abi_reader *r, u64 max, u64 *out)
{
    if (left(r) < ABI_WORD)
        return false;
    const u64 x = load_be64(r->next + 24);
    if ((load_be64(r->next) | load_be64(r->next + 8) | load_be64(r->next + 16)) != 0 || x > max)
        return false;
    *out = x;
    return true;
}

/* Where the tail of the item at the cursor begins. */
static bool tail_of(const struct abi_reader *r, struct abi_reader *tail)
{
    u64 offset;
    if (!small_word(r, (u64)(r->end - r->base), &offset))
        return false;
    const u8 *at = r->base + offset;
    *tail = (struct abi_reader){at, at, r->end};
    return true;
}

enum err abi_word(struct abi_reader *r, u8 out[32])
{
    if (left(r) < ABI_WORD)
        return REJECT_ABI;
    memcpy(out, r->next, ABI_WORD);
    r->next += ABI_WORD;
    return OK;
}

enum err abi_u256(struct abi_reader *r, u256 *out)
{
    if (left(r) < ABI_WORD)
        return REJECT_ABI;
    *out = u256_from_be(r->next);
    r->next += ABI_WORD;
    return OK;
}

enum err abi_u64(struct abi_reader *r, u64 *out)
{
    if (!small_word(r, UINT64_MAX, out))
        return REJECT_ABI;
    r->next += ABI_WORD;
    return OK;
}

enum err abi_bool(struct abi_reader *r, bool *out)
{
    u64 x;
    if (!small_word(r, 1, &x))
        return REJECT_ABI;
    *out = x != 0;
    r->next += ABI_WORD;
    return OK;
}

enum err abi_address(struct abi_reader *r, address *out)
{
    if (left(r) < ABI_WORD || (load_be64(r->next) | load_be32(r->next + 8)) != 0)
        return REJECT_ABI;
    memcpy(out->b, r->next + 12, 20);
    r->next += ABI_WORD;
    return OK;
}

enum err abi_bytes(struct abi_reader *r, struct bytes *out)
{
    struct abi_reader tail;
    u64 len;
    if (!tail_of(r, &tail) || !small_word(&tail, left(&tail) - ABI_WORD, &len))
        return REJECT_ABI;
    *out = bytes_of(tail.next + ABI_WORD, len);
    r->next += ABI_WORD;
    return OK;
}

enum err abi_tuple(struct abi_reader *r, struct abi_reader *items)
{
    struct abi_reader tail;
    if (!tail_of(r, &tail))
        return REJECT_ABI;
    r->next += ABI_WORD;
    *items = tail;
    return OK;
}

enum err abi_array(struct abi_reader *r, struct abi_reader *items, u32 *count, u32 words_each)
{
    struct abi_reader tail;
    u64 n;
    BUG_UNLESS(words_each > 0);
    if (!tail_of(r, &tail) || !small_word(&tail, (left(&tail) / ABI_WORD - 1) / words_each, &n) || n > UINT32_MAX)
        return REJECT_ABI;
    const u8 *first = tail.next + ABI_WORD;
    r->next += ABI_WORD;
    *items = (struct abi_reader){first, first, r->end};
    *count = (u32)n;
    return OK;
}
