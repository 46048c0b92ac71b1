#include "rv/image_id.h"

#include "crypto/keccak.h"

static void add_number(struct keccak *k, u64 x)
{
    u8 b[8];
    store_be64(b, x);
    keccak_add(k, b, sizeof b);
}

void rv_image_id(hash32 *out, const struct rv_image *image)
{
    struct keccak k;
    keccak_init(&k);
    add_number(&k, image->entry);
    add_number(&k, image->segment_count);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct rv_segment *s = &image->segment[i];
        hash32 content;
        keccak256(&content, s->content.ptr, s->content.len);
        add_number(&k, s->at);
        add_number(&k, s->size);
        add_number(&k, (u64)(s->readable << 2 | s->writable << 1 | s->executable));
        keccak_add(&k, content.b, sizeof content.b);
    }
    keccak_end(&k, out);
}
