#include "conformance/difftest.h"

void dice_fill(struct dice *d, void *out, size_t len)
{
    u8 *p = out;
    for (size_t i = 0; i < len; i++)
        p[i] = (u8)(dice_word(d) >> 32);
}

u256 dice_u256(struct dice *d)
{
    const u256 one = u256_from_u64(1), zero = {{0}};
    u256 x = {{dice_word(d), dice_word(d), dice_word(d), dice_word(d)}};
    switch (dice_below(d, 8)) {
    case 0: return u256_from_u64(dice_below(d, 4));
    case 1: u256_sub(&x, &zero, &one); return x;
    case 2: /* 2^k - 1, 2^k, 2^k + 1 */
    case 3:
    case 4:
        u256_shl(&x, &one, (unsigned)(dice_percent(d, 40) ? 32 * dice_below(d, 8) + 31 : dice_below(d, 256)));
        switch (dice_below(d, 4)) {
        case 0: u256_sub(&x, &x, &one); break;
        case 1: u256_add(&x, &x, &one); break;
        case 2: u256_sub(&x, &zero, &x); break;
        default: break;
        }
        return x;
    case 5: u256_shr(&x, &x, (unsigned)dice_below(d, 256)); return x;
    case 6: u256_sar(&x, &x, (unsigned)dice_below(d, 256)); return x;
    default: return x;
    }
}
