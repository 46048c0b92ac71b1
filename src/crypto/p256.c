#define OPENSSL_SUPPRESS_DEPRECATED /* EC_KEY: the provider interface costs a fetch and a copy for each call */
#include "crypto/p256.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

static const hash32 order = {{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                              0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                              0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51}};
static const hash32 prime = {{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
                              0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff,
                              0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static bool below(const hash32 *x, const hash32 *limit)
{
    return memcmp(x->b, limit->b, 32) < 0;
}

/* What libcrypto's first error means (later ones wrap it): a reason that an input can cause, or a failure of the
 * machine. The queue was empty before. */
static enum err refused_for(int reason, enum err reject)
{
    const unsigned long e = ERR_peek_error();
    const bool expected = ERR_GET_LIB(e) == ERR_LIB_EC && ERR_GET_REASON(e) == reason;
    ERR_clear_error();
    return expected ? reject : FAULT_CRYPTO;
}

struct work { /* libcrypto's objects, freed at one place */
    EC_KEY *key;
    EC_POINT *point;
    ECDSA_SIG *sig;
    BIGNUM *x, *y, *r, *s;
};

static enum err verify(struct work *w, const hash32 *digest)
{
    if (!w->key || !w->x || !w->y || !w->r || !w->s || !(w->sig = ECDSA_SIG_new()))
        return FAULT_CRYPTO;
    ECDSA_SIG_set0(w->sig, w->r, w->s); /* owns both from here on */
    w->r = w->s = NULL;
    const EC_GROUP *group = EC_KEY_get0_group(w->key);
    if (!(w->point = EC_POINT_new(group)))
        return FAULT_CRYPTO;
    if (!EC_POINT_set_affine_coordinates(group, w->point, w->x, w->y, NULL))
        return refused_for(EC_R_POINT_IS_NOT_ON_CURVE, REJECT_POINT);
    if (!EC_KEY_set_public_key(w->key, w->point))
        return FAULT_CRYPTO;
    switch (ECDSA_do_verify(digest->b, 32, w->sig, w->key)) {
    case 1:
        return OK;
    case 0:
        return REJECT_SIGNATURE;
    default: /* a forger can make u1 G + u2 Q the point at infinity: that is an error to libcrypto */
        return refused_for(EC_R_POINT_AT_INFINITY, REJECT_SIGNATURE);
    }
}

enum err p256_verify(const hash32 *digest, const hash32 *r, const hash32 *s, const hash32 *x, const hash32 *y)
{
    if (hash32_is_zero(r) || hash32_is_zero(s) || !below(r, &order) || !below(s, &order))
        return REJECT_SIGNATURE;
    if (!below(x, &prime) || !below(y, &prime))
        return REJECT_POINT;
    struct work w = {
        .key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1),
        .x = BN_bin2bn(x->b, 32, NULL),
        .y = BN_bin2bn(y->b, 32, NULL),
        .r = BN_bin2bn(r->b, 32, NULL),
        .s = BN_bin2bn(s->b, 32, NULL),
    };
    ERR_clear_error();
    const enum err e = verify(&w, digest);
    ECDSA_SIG_free(w.sig);
    EC_POINT_free(w.point);
    EC_KEY_free(w.key);
    BN_free(w.x);
    BN_free(w.y);
    BN_free(w.r);
    BN_free(w.s);
    return e;
}
