#include "codec/abi_path.h"

#include "codec/text.h"

static void add_path(struct buffer *b, const struct abi_path *path)
{
    if (!path->parent) {
        text_add_safe(b, path->type->name, ABI_QUOTE_MAX);
        return;
    }
    add_path(b, path->parent);
    if (path->parent->type->kind != ABI_TUPLE) {
        text_add(b, "[");
        text_add_u64(b, path->index);
        text_add(b, "]");
    } else if (path->type->name.len) {
        text_add(b, ".");
        text_add_safe(b, path->type->name, ABI_QUOTE_MAX);
    } else {
        text_add(b, ".");
        text_add_u64(b, path->index);
    }
}

/* "argument 2 (amounts[3]): " */
void abi_add_place(struct buffer *b, const struct abi_path *path, const char *noun)
{
    const struct abi_path *argument = path;
    while (argument->parent)
        argument = argument->parent;
    text_add_z(b, noun);
    text_add(b, " ");
    text_add_u64(b, (u64)argument->index + 1);
    if (argument != path || argument->type->name.len) {
        text_add(b, " (");
        add_path(b, path);
        text_add(b, ")");
    }
    text_add(b, ": ");
}
