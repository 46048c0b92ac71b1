/* shapes - what ops.def means by the shape of an instruction. The only list of shapes: whatever goes through ops.def
 * by shape is made of the columns below. Private to evm.
 *
 *   DECLARE_x   the prototype of the body in ops.c or call.c, if there is one
 *   EXECUTE_x   runs the body inside a loop: result to r, operands a, b and c, a from the top of the stack. The loop
 *               has the locals f, gas and end and the label out. STACK, PUSH, DUP, SWAP and FLOW are each loop's own.
 *   VARIANTS_x  the instructions of a program (program.h) that it becomes, each as
 *               V(shape, name, suffix, a, b, has_k): A, B are stack items, K a constant, X a number in the instruction
 *   FIRST_x     the first of them in enum program_op
 *   IF_PURE_x   its argument, if the result depends on the operands alone */
#ifndef EVM_SHAPES_H
#define EVM_SHAPES_H

/* clang-format off */

enum shape {
    SHAPE_NONE,
    SHAPE_ALU1, SHAPE_ALU2, SHAPE_ALU3, SHAPE_ENV,
    SHAPE_GET0, SHAPE_GET1, SHAPE_GET2, SHAPE_GET3, SHAPE_SET2, SHAPE_SET3,
    SHAPE_FAST1, SHAPE_FAST_SET2, SHAPE_STACK, SHAPE_FLOW, SHAPE_PUSH, SHAPE_DUP, SHAPE_SWAP,
    SHAPE_ENTER, /* not an instruction of the EVM: the start of a segment (superblock.h) */
};

enum byte {
#define OP(byte, name, op_in, op_out, cost, fork, op_shape) BYTE_##name = byte,
#include "evm/ops.def"
#undef OP
};

#define DECLARE_ALU1(name)
#define DECLARE_ALU2(name)
#define DECLARE_ALU3(name)
#define DECLARE_ENV(name)
#define DECLARE_GET0(name) int op_##name(struct frame *f, u256 *r);
#define DECLARE_GET1(name) int op_##name(struct frame *f, u256 *r, const u256 *a);
#define DECLARE_GET2(name) int op_##name(struct frame *f, u256 *r, const u256 *a, const u256 *b);
#define DECLARE_GET3(name) int op_##name(struct frame *f, u256 *r, const u256 *a, const u256 *b, const u256 *c);
#define DECLARE_SET2(name) int op_##name(struct frame *f, const u256 *a, const u256 *b);
#define DECLARE_SET3(name) int op_##name(struct frame *f, const u256 *a, const u256 *b, const u256 *c);
#define DECLARE_FAST1(name) DECLARE_GET1(name)
#define DECLARE_FAST_SET2(name) DECLARE_SET2(name)
#define DECLARE_STACK(name) int op_##name(struct frame *f, u256 *top);
#define DECLARE_FLOW(name)
#define DECLARE_PUSH(name)
#define DECLARE_DUP(name)
#define DECLARE_SWAP(name)

/* A body that may charge or fail. */
#define CALL_BODY(call)                   \
    do {                                  \
        f->gas = gas;                     \
        const int end_ = (call);          \
        gas = f->gas;                     \
        if (UNLIKELY(end_ != GOES_ON)) {  \
            end = end_;                   \
            goto out;                     \
        }                                 \
    } while (0)

#define EXECUTE_ALU1(name, r, a, b, c) alu_##name(r, a)
#define EXECUTE_ALU2(name, r, a, b, c) alu_##name(r, a, b)
#define EXECUTE_ALU3(name, r, a, b, c) alu_##name(r, a, b, c)
#define EXECUTE_ENV(name, r, a, b, c) env_##name(f, r)
#define EXECUTE_GET0(name, r, a, b, c) CALL_BODY(op_##name(f, r))
#define EXECUTE_GET1(name, r, a, b, c) CALL_BODY(op_##name(f, r, a))
#define EXECUTE_GET2(name, r, a, b, c) CALL_BODY(op_##name(f, r, a, b))
#define EXECUTE_GET3(name, r, a, b, c) CALL_BODY(op_##name(f, r, a, b, c))
#define EXECUTE_SET2(name, r, a, b, c) CALL_BODY(op_##name(f, a, b))
#define EXECUTE_SET3(name, r, a, b, c) CALL_BODY(op_##name(f, a, b, c))
#define EXECUTE_FAST1(name, r, a, b, c)    if (UNLIKELY(!fast_##name(f, r, a))) CALL_BODY(op_##name(f, r, a))
#define EXECUTE_FAST_SET2(name, r, a, b, c) if (UNLIKELY(!fast_##name(f, a, b))) CALL_BODY(op_##name(f, a, b))
/* The same with an offset that the instruction holds. */
#define EXECUTE_NEAR1(name, r, a, b, c)    if (UNLIKELY(!near_##name(f, r, a))) CALL_BODY(far_##name(f, r, a))
#define EXECUTE_NEAR_SET2(name, r, a, b, c) if (UNLIKELY(!near_##name(f, a, b))) CALL_BODY(far_##name(f, a, b))

#define VARIANTS_ALU1(V, name) V(ALU1, name, _S, A, B, false)
#define VARIANTS_ALU2(V, name) \
    V(ALU2, name, _SS, A, B, false) V(ALU2, name, _SK, A, K, true) V(ALU2, name, _KS, K, B, true)
#define VARIANTS_ALU3(V, name) V(ALU3, name, , A, B, false)
#define VARIANTS_ENV(V, name)  V(ENV,  name, , A, B, false)
#define VARIANTS_GET0(V, name) V(GET0, name, , A, B, false)
#define VARIANTS_GET1(V, name) V(GET1, name, , A, B, false)
#define VARIANTS_GET2(V, name) V(GET2, name, , A, B, false)
#define VARIANTS_GET3(V, name) V(GET3, name, , A, B, false)
#define VARIANTS_SET2(V, name) V(SET2, name, , A, B, false)
#define VARIANTS_SET3(V, name) V(SET3, name, , A, B, false)
#define VARIANTS_FAST1(V, name) V(FAST1, name, _S, A, B, false) V(NEAR1, name, _I, X, B, false)
#define VARIANTS_FAST_SET2(V, name) V(FAST_SET2, name, _SS, A, B, false) V(NEAR_SET2, name, _IS, X, B, false)
#define VARIANTS_STACK(V, name) V(STACK, name, , A, B, false)
#define VARIANTS_FLOW(V, name)
#define VARIANTS_PUSH(V, name)
#define VARIANTS_DUP(V, name)
#define VARIANTS_SWAP(V, name)

#define FIRST_ALU1(name) P_##name##_S
#define FIRST_ALU2(name) P_##name##_SS
#define FIRST_ALU3(name) P_##name
#define FIRST_ENV(name)  P_##name
#define FIRST_GET0(name) P_##name
#define FIRST_GET1(name) P_##name
#define FIRST_GET2(name) P_##name
#define FIRST_GET3(name) P_##name
#define FIRST_SET2(name) P_##name
#define FIRST_SET3(name) P_##name
#define FIRST_FAST1(name) P_##name##_S
#define FIRST_FAST_SET2(name) P_##name##_SS
#define FIRST_STACK(name) P_##name
#define FIRST_FLOW(name) 0
#define FIRST_PUSH(name) 0
#define FIRST_DUP(name) 0
#define FIRST_SWAP(name) 0

#define IF_PURE_ALU1(text) text
#define IF_PURE_ALU2(text) text
#define IF_PURE_ALU3(text) text
#define IF_PURE_ENV(text)
#define IF_PURE_GET0(text)
#define IF_PURE_GET1(text)
#define IF_PURE_GET2(text)
#define IF_PURE_GET3(text)
#define IF_PURE_SET2(text)
#define IF_PURE_SET3(text)
#define IF_PURE_FAST1(text)
#define IF_PURE_FAST_SET2(text)
#define IF_PURE_STACK(text)
#define IF_PURE_FLOW(text)
#define IF_PURE_PUSH(text)
#define IF_PURE_DUP(text)
#define IF_PURE_SWAP(text)

#endif
