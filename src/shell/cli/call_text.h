/* call_text - what a node's scope_ methods answer, as lines of text; whatever the node sends is made safe to print. */
#ifndef CLI_CALL_TEXT_H
#define CLI_CALL_TEXT_H

#include "base/buffer.h"
#include "io/json.h"

enum { CALL_TEXT_MAX = 200 };

/* A member of an object: a string, cut; a quantity in decimal, "?" if it is none; whether it is true. */
void call_text_member(struct buffer *b, struct json object, const char *key);
void call_text_quantity(struct buffer *b, struct json object, const char *key);
bool call_text_flag(struct json object, const char *key);
/* A frame without its calls, in a line. */
void call_text_frame(struct buffer *b, struct json frame);
/* A tree of frames, as scope_trace has it, a line each, indented by depth. */
void call_text_tree(struct buffer *b, struct json frame, u32 depth);

/* What scope_getTransaction says of one, in a line. */
void call_text_outcome(struct buffer *b, struct json answer);

#endif
