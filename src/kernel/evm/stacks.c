#include "evm/stacks.h"

#include "base/err.h"
#include "evm/key_memo.h"

struct region_piece {
    struct region_piece *older, *newer;
    size_t size; /* header included */
    u8 data[] __attribute__((aligned(64)));
};

enum { ITEMS_PIECE = 256 * 1024, BYTES_PIECE = 256 * 1024, PIECE_KEPT = 16 * 1024 * 1024 };

static struct region_piece *piece_take(const struct memory *memory, size_t size)
{
    struct region_piece *p = memory->take(memory->context, size);
    *p = (struct region_piece){.size = size};
    return p;
}

static void region_enter(struct region *r, struct region_piece *p)
{
    r->piece = p;
    r->next = p->data;
    r->end = (u8 *)p + p->size;
}

/* Everything newer than the current piece. */
static void drop_newer(struct region *r)
{
    for (struct region_piece *p = r->piece->newer, *newer; p; p = newer) {
        newer = p->newer;
        r->memory->give(r->memory->context, p, p->size);
    }
    r->piece->newer = NULL;
}

void region_init(struct region *r, const struct memory *memory, size_t piece_size)
{
    *r = (struct region){.memory = memory};
    region_enter(r, piece_take(memory, piece_size));
}

void region_release(struct region *r)
{
    while (r->piece->older)
        r->piece = r->piece->older;
    drop_newer(r);
    r->memory->give(r->memory->context, r->piece, r->piece->size);
    *r = (struct region){.memory = r->memory};
}

u8 *region_take(struct region *r, size_t size)
{
    BUG_UNLESS(size < SIZE_MAX / 4);
    const size_t rounded = (size + 63) & ~(size_t)63;
    if ((size_t)(r->end - r->next) < rounded) {
        const size_t needed = sizeof(struct region_piece) + rounded;
        if (r->piece->newer && r->piece->newer->size < needed)
            drop_newer(r);
        if (!r->piece->newer) {
            const size_t doubled = r->piece->size < PIECE_KEPT / 2 ? r->piece->size * 2 : r->piece->size;
            struct region_piece *p =
                piece_take(r->memory, needed > doubled ? (needed + 4095) & ~(size_t)4095 : doubled);
            p->older = r->piece;
            r->piece->newer = p;
        }
        region_enter(r, r->piece->newer);
    }
    u8 *p = r->next;
    r->next += rounded;
    return p;
}

u8 *region_grow(struct region *r, u8 *ptr, size_t old_size, size_t new_size)
{
    const size_t rounded = (new_size + 63) & ~(size_t)63;
    if (ptr && new_size < SIZE_MAX / 4 && (size_t)(r->end - ptr) >= rounded) {
        r->next = ptr + rounded;
        return ptr;
    }
    /* the old place stays taken until the frame ends: growth doubles, so it is no more than the new one */
    u8 *moved = region_take(r, new_size);
    if (old_size)
        memcpy(moved, ptr, old_size);
    return moved;
}

void region_rewind(struct region *r, struct region_mark mark)
{
    if (r->piece != mark.piece)
        region_enter(r, mark.piece);
    r->next = mark.next;
}

void region_settle(struct region *r)
{
    if (LIKELY(!r->piece->newer))
        return;
    size_t size = r->piece->size;
    for (const struct region_piece *p = r->piece->newer; p; p = p->newer)
        size += p->size;
    drop_newer(r);
    r->memory->give(r->memory->context, r->piece, r->piece->size);
    region_enter(r, piece_take(r->memory, size < PIECE_KEPT ? size : PIECE_KEPT));
}

struct evm_stacks *stacks_open(const struct memory *memory)
{
    struct evm_stacks *s = memory->take(memory->context, sizeof *s);
    *s = (struct evm_stacks){.memory = memory, .keys = key_memo_open(memory)};
    region_init(&s->items, memory, ITEMS_PIECE);
    region_init(&s->bytes, memory, BYTES_PIECE);
    arena_init(&s->scratch, memory);
    (void)arena_take(&s->scratch, 0); /* so that the first chunk stays */
    s->empty = arena_mark(&s->scratch);
    return s;
}

void stacks_release(struct evm_stacks *s)
{
    struct answer *a = s->level;
    while (a && a->outer)
        a = a->outer;
    while (a) {
        struct answer *inner = a->inner;
        if (a->ptr)
            s->memory->give(s->memory->context, a->ptr, a->room);
        s->memory->give(s->memory->context, a, sizeof *a);
        a = inner;
    }
    region_release(&s->items);
    region_release(&s->bytes);
    arena_release(&s->scratch);
    key_memo_release(s->keys, s->memory);
    s->memory->give(s->memory->context, s, sizeof *s);
}

static struct answer *answer_take(struct evm_stacks *s, struct answer *outer)
{
    struct answer *a = s->memory->take(s->memory->context, sizeof *a);
    *a = (struct answer){.outer = outer};
    if (outer)
        outer->inner = a;
    return a;
}

void stacks_enter(struct evm_stacks *s)
{
    if (!s->level)
        s->level = answer_take(s, NULL);
    else if (s->running)
        s->level = s->level->inner ? s->level->inner : answer_take(s, s->level);
    s->running++;
}

void stacks_leave(struct evm_stacks *s)
{
    s->running--;
    if (s->running) {
        s->level = s->level->outer;
    } else {
        region_settle(&s->items);
        region_settle(&s->bytes);
    }
}

struct bytes stacks_keep(struct evm_stacks *s, struct bytes output)
{
    struct answer *a = s->level;
    if (output.len == 0)
        return bytes_of(NULL, 0);
    if (output.ptr == a->ptr)
        return output; /* a caller that hands on what it got */
    if (output.len > a->room) {
        size_t room = a->room ? a->room : 4096;
        while (room < output.len)
            room *= 2;
        if (a->ptr)
            s->memory->give(s->memory->context, a->ptr, a->room);
        a->ptr = s->memory->take(s->memory->context, room);
        a->room = room;
    }
    memmove(a->ptr, output.ptr, output.len);
    return bytes_of(a->ptr, output.len);
}
