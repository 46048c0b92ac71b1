#include "simulate/fuse.h"

#include "codec/hex.h"
#include "codec/text.h"
#include "scope/selector.h"
#include "simulate/revert_text.h"

static void add_measured(struct buffer *why, const struct fuse_cause *f)
{
    text_add(why, "Fuse(): ");
    if (f->from_chain) {
        text_add(why, "the call from chain ");
        text_add_u64(why, f->from_chain);
        text_add(why, " to ");
        address_add(why, &f->to);
    } else {
        text_add(why, "the operation");
    }
    text_add(why, " used ");
    text_add_u64(why, f->used < f->limit ? f->used : f->limit);
    text_add(why, " of its gas limit of ");
    text_add_u64(why, f->limit);
    text_add(why, "; on L1 it must use less than half");
}

void fuse_saw_abort(struct fuse_cause *f, struct bytes input)
{
    if (f->aborted == 0)
        f->aborted = selector_of(input);
}

bool fuse_explain(const struct fuse_cause *f, struct buffer *why, enum halt halt, struct bytes output)
{
    const bool is_fuse = halt == HALT_REVERT && selector_of(output) == (u32)SELECTOR_FUSE;
    const bool is_burned = f->aborted && (is_fuse || halt != HALT_REVERT);
    if (!is_fuse && !is_burned)
        return false;
    if (is_burned && f->aborted != (u32)SELECTOR_FUSE) {
        text_add_z(why, is_fuse ? "Fuse(): " : "");
        text_add(why, "SharedBridge aborted with ");
        selector_text(why, f->aborted);
        text_add(why, ", which takes the gas of the step");
    } else {
        add_measured(why, f);
    }
    return true;
}
