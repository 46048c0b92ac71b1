/* alu - the instructions that are arithmetic alone, one inline function each: no gas, no frame, no failure.
 *
 * a is the top of the stack, b the item below it, c below that; r takes their place and may alias any of them.
 * The interpreter runs them; the translator runs them ahead of time where all operands are constants. */
#ifndef EVM_ALU_H
#define EVM_ALU_H

#include "base/u256.h"

static inline u256 alu_bool(bool x)
{
    return (u256){{x, 0, 0, 0}};
}

/* A shift count; all that shift everything out are alike. */
static inline unsigned alu_count(const u256 *x)
{
    return u256_fits_u64(x) && x->w[0] < 256 ? (unsigned)x->w[0] : 256;
}

static inline void alu_ADD(u256 *r, const u256 *a, const u256 *b) { u256_add(r, a, b); }
static inline void alu_MUL(u256 *r, const u256 *a, const u256 *b) { u256_mul(r, a, b); }
static inline void alu_SUB(u256 *r, const u256 *a, const u256 *b) { u256_sub(r, a, b); }
static inline void alu_DIV(u256 *r, const u256 *a, const u256 *b) { u256_divmod(r, NULL, a, b); }
static inline void alu_SDIV(u256 *r, const u256 *a, const u256 *b) { u256_sdiv(r, a, b); }
static inline void alu_MOD(u256 *r, const u256 *a, const u256 *b) { u256_divmod(NULL, r, a, b); }
static inline void alu_SMOD(u256 *r, const u256 *a, const u256 *b) { u256_smod(r, a, b); }
static inline void alu_ADDMOD(u256 *r, const u256 *a, const u256 *b, const u256 *c) { u256_addmod(r, a, b, c); }

static inline void alu_SIGNEXTEND(u256 *r, const u256 *a, const u256 *b)
{
    u256_signextend(r, b, u256_saturate_u64(a));
}

static inline void alu_LT(u256 *r, const u256 *a, const u256 *b) { *r = alu_bool(u256_lt(a, b)); }
static inline void alu_GT(u256 *r, const u256 *a, const u256 *b) { *r = alu_bool(u256_lt(b, a)); }

/* Two's complement is unsigned with the top bit turned over. */
static inline bool alu_signed_lt(const u256 *a, const u256 *b)
{
    const u64 top = (u64)1 << 63;
    const u256 x = {{a->w[0], a->w[1], a->w[2], a->w[3] ^ top}}, y = {{b->w[0], b->w[1], b->w[2], b->w[3] ^ top}};
    return u256_lt(&x, &y);
}
static inline void alu_SLT(u256 *r, const u256 *a, const u256 *b) { *r = alu_bool(alu_signed_lt(a, b)); }
static inline void alu_SGT(u256 *r, const u256 *a, const u256 *b) { *r = alu_bool(alu_signed_lt(b, a)); }

static inline void alu_EQ(u256 *r, const u256 *a, const u256 *b) { *r = alu_bool(u256_eq(a, b)); }
static inline void alu_ISZERO(u256 *r, const u256 *a) { *r = alu_bool(u256_is_zero(a)); }

static inline void alu_AND(u256 *r, const u256 *a, const u256 *b)
{
    *r = (u256){{a->w[0] & b->w[0], a->w[1] & b->w[1], a->w[2] & b->w[2], a->w[3] & b->w[3]}};
}
static inline void alu_OR(u256 *r, const u256 *a, const u256 *b)
{
    *r = (u256){{a->w[0] | b->w[0], a->w[1] | b->w[1], a->w[2] | b->w[2], a->w[3] | b->w[3]}};
}
static inline void alu_XOR(u256 *r, const u256 *a, const u256 *b)
{
    *r = (u256){{a->w[0] ^ b->w[0], a->w[1] ^ b->w[1], a->w[2] ^ b->w[2], a->w[3] ^ b->w[3]}};
}
static inline void alu_NOT(u256 *r, const u256 *a)
{
    *r = (u256){{~a->w[0], ~a->w[1], ~a->w[2], ~a->w[3]}};
}

static inline void alu_BYTE(u256 *r, const u256 *a, const u256 *b)
{
    *r = (u256){{u256_byte(b, u256_saturate_u64(a)), 0, 0, 0}};
}
static inline void alu_SHL(u256 *r, const u256 *a, const u256 *b) { u256_shl(r, b, alu_count(a)); }
static inline void alu_SHR(u256 *r, const u256 *a, const u256 *b) { u256_shr(r, b, alu_count(a)); }
static inline void alu_SAR(u256 *r, const u256 *a, const u256 *b) { u256_sar(r, b, alu_count(a)); }
static inline void alu_CLZ(u256 *r, const u256 *a) { *r = (u256){{256 - u256_bit_length(a), 0, 0, 0}}; }

#endif
