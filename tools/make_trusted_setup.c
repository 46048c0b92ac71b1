/* make_trusted_setup TEXT IMAGE - opens the trusted setup of trusted_setup.txt, and writes its image (kzg/kzg_setup.h)
 * for the program to embed (io/trusted_setup.h). Runs once, in the build. */
#include "base/arena.h"
#include "io/file.h"
#include "io/memory.h"
#include "kzg/kzg_setup.h"

#include <stdio.h>

enum { TEXT_MOST = 8 << 20 };

int main(int argc, char **argv)
{
    struct arena arena;
    struct complaint complaint = {0};
    struct kzg_setup *setup = NULL;
    struct bytes text;
    if (argc != 3) {
        fprintf(stderr, "usage: make_trusted_setup TEXT IMAGE\n");
        return 2;
    }
    arena_init(&arena, &system_memory);
    if (file_read(&arena, &text, &complaint, argv[1], TEXT_MOST) != OK) {
        fprintf(stderr, "%s: %s\n", argv[1], complaint.text);
        return 2;
    }
    const enum err e = kzg_setup_open(&setup, &arena, text);
    if (e != OK) {
        fprintf(stderr, "%s: not a trusted setup: %s\n", argv[1], err_text(e));
        return 2;
    }
    u8 *image = arena_take(&arena, kzg_image_bytes());
    kzg_setup_image(image, setup);
    FILE *out = fopen(argv[2], "wb");
    const bool written = out && fwrite(image, kzg_image_bytes(), 1, out) == 1;
    if ((out && fclose(out) != 0) || !written) {
        fprintf(stderr, "%s: cannot be written\n", argv[2]);
        return 3;
    }
    kzg_setup_close(setup);
    arena_release(&arena);
    return 0;
}
