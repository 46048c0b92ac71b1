#include "crypto/modexp.h"

#include "base/err.h"
#include "rv/zkvm_accelerators.h"

static bool is_zero(struct bytes x)
{
    for (size_t i = 0; i < x.len; i++)
        if (x.ptr[i])
            return false;
    return true;
}

void modexp(struct arena *scratch, u8 *out, struct bytes base, struct bytes exponent, struct bytes modulus)
{
    (void)scratch;
    if (is_zero(modulus)) /* EIP-198, not arithmetic */
        memset(out, 0, modulus.len);
    else
        BUG_UNLESS(zkvm_modexp(base.ptr, base.len, exponent.ptr, exponent.len, modulus.ptr, modulus.len, out) ==
                   ZKVM_EOK);
}
