/* abi_type - the types of the contract ABI, read from the ways people and compilers write them.
 *
 *     swap(uint256,address[],(address,uint256 amount,bytes)[2])
 *     function balanceOf(address owner) external view returns (uint256)
 *     event Transfer(address indexed from, address indexed to, uint256 value)
 *     error InsufficientBalance(uint256 have, uint256 want)
 *
 *     (uint256,(address,bytes)[2])  =  tuple --item--> [ uint 256 | fixed array 2 ]
 *                                                                       |item
 *                                                                     tuple --item--> [ address | bytes ]
 *
 * A tree of plain values in the caller's arena; names are views into the text, which must live as long.
 * Bounded, since artifacts come from anywhere: nesting ABI_TYPE_DEPTH_MAX, ABI_TYPES_MAX types in one
 * signature, ABI_WORDS_MAX words in a static type. Fixed-point types are refused: Solidity has no values of
 * them. `uint`, `int` and `address payable` are the types that they stand for.
 *
 * Errors: REJECT_ABI, and a sentence in `why` (codec/text.h; may be NULL). */
#ifndef CODEC_ABI_TYPE_H
#define CODEC_ABI_TYPE_H

#include "base/buffer.h"
#include "base/err.h"

enum { ABI_TYPE_DEPTH_MAX = 12, ABI_TYPES_MAX = 512, ABI_WORDS_MAX = 1 << 16 };

enum abi_kind {
    ABI_UINT,
    ABI_INT,
    ABI_ADDRESS,
    ABI_BOOL,
    ABI_FIXED_BYTES, /* bytes1 to bytes32 */
    ABI_FUNCTION,    /* 24 bytes: address and selector */
    ABI_BYTES,
    ABI_STRING,
    ABI_FIXED_ARRAY, /* T[3] */
    ABI_ARRAY,       /* T[] */
    ABI_TUPLE,
};

struct abi_type {
    enum abi_kind kind;
    bool dynamic;
    bool indexed;                /* a parameter of an event: in a topic */
    u32 size;                    /* bits of ABI_UINT and ABI_INT, bytes of ABI_FIXED_BYTES and ABI_FUNCTION */
    u32 count;                   /* components of ABI_TUPLE, length of ABI_FIXED_ARRAY */
    u32 words;                   /* that it takes among the heads of its tuple */
    u32 height;                  /* of the tree below: 0 for a single value */
    const struct abi_type *item; /* components of ABI_TUPLE, or the one type of an array */
    struct bytes name;           /* of the parameter or component; may be empty */
};

enum abi_item { ABI_ITEM_FUNCTION, ABI_ITEM_EVENT, ABI_ITEM_ERROR, ABI_ITEM_CONSTRUCTOR };

struct abi_signature {
    enum abi_item item;
    struct bytes name;
    struct abi_type inputs;  /* a tuple */
    struct abi_type outputs; /* a tuple, empty where nothing is said */
    hash32 hash;             /* keccak256 of the canonical text: an event's topic; a selector is its first 4 bytes */
    bool anonymous;          /* an event without its topic */
    bool has_outputs;        /* said what it returns */
};

/* The whole text is one type: "(uint256,address)[]". */
enum err abi_parse_type(struct arena *arena, struct abi_type *out, struct bytes text, struct buffer *why) MUST_CHECK;

/* A signature as above; without a first word it is a function. `f(uint256)(bool)` gives outputs, too. */
enum err abi_parse_signature(struct arena *arena, struct abi_signature *out, struct bytes text,
                             struct buffer *why) MUST_CHECK;

/* For the JSON form, which writes a tuple as "tuple[2]" and its components beside it: the type of text, where
 * "tuple" means components. components live in the arena. */
enum err abi_parse_type_of(struct arena *arena, struct abi_type *out, struct bytes text,
                           const struct abi_type *components, u32 count, struct buffer *why) MUST_CHECK;

/* A tuple of components, which live as long as it. */
enum err abi_tuple_of(struct abi_type *out, const struct abi_type *components, u32 count,
                      struct buffer *why) MUST_CHECK;

/* Sets hash from name and inputs. */
void abi_signature_hash(struct abi_signature *signature, struct arena *scratch);

/* "(uint256,(address,bytes)[2])"; of a signature "swap(uint256)". */
void abi_add_type(struct buffer *b, const struct abi_type *type);
void abi_add_signature(struct buffer *b, const struct abi_signature *signature);

#endif
