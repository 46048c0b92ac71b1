/* The proving program: prover/guest_input.h. Exit code 1 and no output when the input is rejected; the log says why. */
#include "image/platform.h"
#include "prover/guest_input.h"

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
        return 1;
    }
    write_output(transition.b, sizeof transition.b);
    return 0;
}
