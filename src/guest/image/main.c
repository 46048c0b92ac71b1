/* The proving program: prover/guest_input.h. When the input is rejected there is no output; the log says why. */
#include "image/platform.h"
#include "prover/guest_input.h"
#include "image/zkvm_io.h"

int main(void);

int main(void)
{
    const u8 *input;
    size_t len;
    hash32 transition;
    read_input(&input, &len);
    const enum err e = guest_input_run(&transition, &image_memory, bytes_of(input, len));
    if (e) {
        write_log(err_name(e));
        return EXIT_REJECTED;
    }
    write_output(transition.b, sizeof transition.b);
    return 0;
}
