/* expand - variables and loops of a scenario file, on the YAML tree, before anything else reads it.
 *
 *   let: { users: 3, price: 2 ether }          variables of the whole file; a later one may use earlier ones
 *
 *   - repeat: ${users}                         entries of a list, `users` times; `as` names the counter, which starts
 *     as: i                                    at 1 (default: i)
 *     do:
 *       - { send: "pay ${i}", value: "${i * price + 1}" }
 *
 *   - each: who                                once for each text of `in`
 *     in: [alice, bob]
 *     do:
 *       - { send: "pay ${who}", to: "${who}" }
 *
 *   user${i}: { repeat: 3, balance: .. }       an entry of a map; each and in likewise
 *
 * A list item is a loop if its first key is `repeat` or `each`. ${name} stands for the variable's text; ${..} with
 * operators for a decimal number: + - * / % and parentheses over variables and amounts, below 2^256, never negative,
 * division rounds down. $${ stands for ${. Texts in keys are replaced too.
 *
 * Bounded: YAML_NODES_MAX values and EXPAND_BYTES_MAX bytes of text in all, each iteration counts as a value.
 * A value that comes of a loop keeps its line and column in the file.
 *
 * Memory: the arena. Errors: REJECT_SCENARIO, with a complaint. */
#ifndef SCENARIO_EXPAND_H
#define SCENARIO_EXPAND_H

#include "io/yaml.h"

#define EXPAND_BYTES_MAX ((size_t)8 << 20)

enum err scenario_expand(struct arena *arena, const struct yaml **out, struct complaint *complaint,
                         const struct yaml *root) MUST_CHECK;

#endif
