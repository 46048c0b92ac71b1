/* rlp: what is taken has one encoding. Whatever bytes come, every reader says the same about an item as rlp_item, and
 * what can be read item by item is written again as the same bytes. */
#include "codec/rlp.h"

#include "io/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 200 };

/* The readers agree on the item at r: its kind, and what it may be read as. */
static void compare_readers(struct rlp_reader r)
{
    struct rlp_reader s = r, n = r, w = r, l = r, f = r;
    struct bytes item, text = {NULL, 0};
    struct rlp_reader items;
    u64 x = 0;
    u256 wide = {{0}};
    u8 fixed[20];
    const struct rlp_reader before = r;
    const bool any = rlp_item(&r, &item) == OK;
    const bool list = rlp_list(&l, &items) == OK, string = rlp_string(&s, &text) == OK;
    const bool number = rlp_u64(&n, &x) == OK, wide_number = rlp_u256(&w, &wide) == OK;
    const bool of20 = rlp_fixed(&f, fixed, 20) == OK;
    BUG_UNLESS(any == (list || string) && !(list && string));
    BUG_UNLESS(!any || list == rlp_is_list(&before));
    BUG_UNLESS(any || r.next == before.next);
    BUG_UNLESS(!list || (l.next == r.next && items.end == r.next));
    BUG_UNLESS(!string || (s.next == r.next && text.ptr + text.len == r.next));
    BUG_UNLESS(of20 == (string && text.len == 20));
    const bool minimal = string && (text.len == 0 || text.ptr[0] != 0);
    BUG_UNLESS(number == (minimal && text.len <= 8) && wide_number == (minimal && text.len <= 32));
    BUG_UNLESS(!number || (wide.w[0] == x && u256_fits_u64(&wide)));
    BUG_UNLESS(!wide_number || u256_byte_length(&wide) == text.len);
}

static enum err copy(struct buffer *b, struct rlp_reader *r, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return REJECT_TOO_LONG;
    while (!rlp_at_end(r)) {
        struct rlp_reader items;
        struct bytes text;
        u256 x;
        compare_readers(*r);
        if (rlp_is_list(r)) {
            TRY(rlp_list(r, &items));
            const size_t opened = rlp_open(b);
            TRY(copy(b, &items, depth + 1));
            rlp_close(b, opened);
        } else if (rlp_u256(r, &x) == OK) {
            rlp_add_u256(b, &x);
        } else {
            TRY(rlp_string(r, &text));
            rlp_add_string(b, text);
        }
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, &system_memory);
    struct rlp_reader r = rlp_reader(bytes_of(data, size));
    struct buffer again = buffer_in(&arena);
    compare_readers(r);
    if (copy(&again, &r, 0) == OK)
        BUG_UNLESS(bytes_eq(buffer_bytes(&again), bytes_of(data, size)));
    arena_release(&arena);
    return 0;
}
