#include "io/trusted_setup.h"

/* TRUSTED_SETUP: the path of the image, from the Makefile. */
__asm__(".section .rodata\n"
        ".balign 64\n"
        "trusted_setup_begin:\n"
        ".incbin \"" TRUSTED_SETUP "\"\n"
        "trusted_setup_end:\n"
        ".previous\n");

extern const u8 trusted_setup_begin[], trusted_setup_end[];

struct bytes trusted_setup_image(void)
{
    return bytes_of(trusted_setup_begin, (size_t)(trusted_setup_end - trusted_setup_begin));
}
