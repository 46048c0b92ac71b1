/* abi_path - where in nested arguments something is, for messages: "argument 2 (orders[3].memo): ".
 *
 * A path is a linked list on the stack of the function that walks the types; it costs nothing until it is printed. */
#ifndef CODEC_ABI_PATH_H
#define CODEC_ABI_PATH_H

#include "codec/abi_type.h"

enum { ABI_QUOTE_MAX = 80 }; /* bytes of untrusted text that a message shows */

/* From an item up to the argument that it is in. */
struct abi_path {
    const struct abi_path *parent;
    const struct abi_type *type; /* of the item */
    u32 index;                   /* in the parent */
};

/* noun: "argument", "value". */
void abi_add_place(struct buffer *b, const struct abi_path *path, const char *noun);

/* The type of an item of a tuple or an array. */
static inline const struct abi_type *abi_item_type(const struct abi_type *type, u32 index)
{
    return type->kind == ABI_TUPLE ? &type->item[index] : type->item;
}

#endif
