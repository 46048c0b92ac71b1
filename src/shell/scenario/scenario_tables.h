/* scenario_tables - the format of scenario files as tables: which keys there are, and what each of them holds.
 *
 * A row is a key; the struct that it fills is in scenario.h, and docs/scenario.md says what it means. */
#ifndef SCENARIO_SCENARIO_TABLES_H
#define SCENARIO_SCENARIO_TABLES_H

#include "scenario/scenario.h"

extern const struct schema scenario_schema;      /* struct scenario */
extern const struct variant expect_variants[];   /* by enum expect_verb */

#endif
