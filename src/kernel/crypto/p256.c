#include "crypto/p256.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

/* What a call takes of libcrypto's heap; NULL where that had nothing. */
struct work {
    EC_GROUP *group;
    EC_POINT *key, *sum;
    BN_CTX *numbers;
};

static bool is_below(const BIGNUM *x, const BIGNUM *limit)
{
    return BN_cmp(x, limit) < 0;
}

static bool is_p256_scalar(const BIGNUM *x, const BIGNUM *order)
{
    return !BN_is_zero(x) && is_below(x, order);
}

/* y^2 = (x^2 + a) x + b. Asked here, since EC_POINT_set_affine_coordinates fails alike for a point beside the curve and
 * for want of memory. (0, 0) is not on the curve, nor is any way of writing infinity. */
static enum err check_on_curve(const struct work *w, const BIGNUM *x, const BIGNUM *y)
{
    const BIGNUM *p = EC_GROUP_get0_field(w->group);
    BIGNUM *a = BN_CTX_get(w->numbers), *b = BN_CTX_get(w->numbers), *left = BN_CTX_get(w->numbers),
           *right = BN_CTX_get(w->numbers);
    if (!right || !EC_GROUP_get_curve(w->group, NULL, a, b, w->numbers) || !BN_mod_sqr(left, y, p, w->numbers) ||
        !BN_mod_sqr(right, x, p, w->numbers) || !BN_mod_add(right, right, a, p, w->numbers) ||
        !BN_mod_mul(right, right, x, p, w->numbers) || !BN_mod_add(right, right, b, p, w->numbers))
        return FAULT_CRYPTO;
    return BN_cmp(left, right) == 0 ? OK : REJECT_POINT;
}

static enum err verify_digest(const struct work *w, const hash32 *digest, const hash32 *r_bytes, const hash32 *s_bytes,
                              const hash32 *x_bytes, const hash32 *y_bytes)
{
    BIGNUM *e = BN_CTX_get(w->numbers), *r = BN_CTX_get(w->numbers), *s = BN_CTX_get(w->numbers),
           *x = BN_CTX_get(w->numbers), *y = BN_CTX_get(w->numbers);
    if (!y || /* once one is NULL, all that follow are */
        !BN_bin2bn(digest->b, 32, e) || !BN_bin2bn(r_bytes->b, 32, r) || !BN_bin2bn(s_bytes->b, 32, s) ||
        !BN_bin2bn(x_bytes->b, 32, x) || !BN_bin2bn(y_bytes->b, 32, y))
        return FAULT_CRYPTO;
    const BIGNUM *n = EC_GROUP_get0_order(w->group), *p = EC_GROUP_get0_field(w->group);
    if (!is_p256_scalar(r, n) || !is_p256_scalar(s, n) || !is_below(x, p) || !is_below(y, p))
        return REJECT_FIELD;
    TRY(check_on_curve(w, x, y));

    BIGNUM *u1 = e, *u2 = y, *inverse = s;
    if (!EC_POINT_set_affine_coordinates(w->group, w->key, x, y, w->numbers) ||
        !BN_mod_inverse(inverse, s, n, w->numbers) || !BN_mod_mul(u1, e, inverse, n, w->numbers) ||
        !BN_mod_mul(u2, r, inverse, n, w->numbers) || !EC_POINT_mul(w->group, w->sum, u1, w->key, u2, w->numbers))
        return FAULT_CRYPTO;
    if (EC_POINT_is_at_infinity(w->group, w->sum))
        return REJECT_SIGNATURE;
    if (!EC_POINT_get_affine_coordinates(w->group, w->sum, x, NULL, w->numbers) || !BN_nnmod(x, x, n, w->numbers))
        return FAULT_CRYPTO;
    return BN_cmp(x, r) == 0 ? OK : REJECT_SIGNATURE;
}

enum err p256_verify(const hash32 *digest, const hash32 *r, const hash32 *s, const hash32 *x, const hash32 *y)
{
    struct work w = {.group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), .numbers = BN_CTX_new()};
    enum err e = FAULT_CRYPTO;
    if (w.group && w.numbers) {
        w.key = EC_POINT_new(w.group);
        w.sum = EC_POINT_new(w.group);
        if (w.key && w.sum) {
            BN_CTX_start(w.numbers);
            e = verify_digest(&w, digest, r, s, x, y);
            BN_CTX_end(w.numbers);
        }
    }
    EC_POINT_free(w.sum);
    EC_POINT_free(w.key);
    EC_GROUP_free(w.group);
    BN_CTX_free(w.numbers);
    return e;
}
