/* inverse - 1 / x modulo an odd number of at most 256 bits, by divsteps.
 *
 * Bernstein and Yang, "Fast constant-time gcd computation and modular inversion" (2019), in the variant
 * that does take time by its input: half a microsecond. Starting from f = m, g = x, one step halves
 *
 *     (eta, f, g) -> (-eta, g, (g - f) / 2)    eta < 0 and g odd
 *                    (eta - 1, f, (g + f) / 2)  else g odd
 *                    (eta - 1, f, g / 2)        g even
 *
 * until g is 0 and f is plus or minus the gcd. Which case comes depends on the lowest bits alone, so 62
 * steps are done on one word and collected in a matrix, which is then applied to f and g, and
 * modulo m to the coefficients d and e with d x = f, e x = g. */
#ifndef CRYPTO_INVERSE_H
#define CRYPTO_INVERSE_H

#include "base/u256.h"

/* r = 1 / x mod m; 0 for x = 0. x < m, m odd and above 1; their gcd must be 1 unless x = 0. */
void inverse_mod(u256 *r, const u256 *x, const u256 *m);

#endif
