/* binder_private - what binder.c (names), binder_value.c (values, calls, deployments) and
 * binder_genesis.c share. */
#ifndef SCENARIO_BINDER_PRIVATE_H
#define SCENARIO_BINDER_PRIVATE_H

#include "scenario/binder.h"

/* "(uint256,address)": for messages. */
struct bytes binder_type_text(const struct binder *b, const struct abi_type *type);

/* name or name.member: the type and value of a result. */
enum err binder_result(struct binder *b, const struct abi_type **type, struct abi_value *value, struct bytes word,
                       struct place place) MUST_CHECK;

/* A path that the scenario's file names, from its folder. */
const char *binder_path(const struct binder *b, const char *text);

#endif
