/* revert_text - revert data as a person reads it: the reason of Error(string), the code of a panic, the name of an
 * error of the protocol's contracts, what an operation's call reverted with; else the data, cut. */
#ifndef SIMULATE_REVERT_TEXT_H
#define SIMULATE_REVERT_TEXT_H

#include "base/buffer.h"

void revert_text(struct buffer *b, struct bytes data);
/* The signature that selector.def has for it; else its four bytes. */
void selector_text(struct buffer *b, u32 selector);

#endif
