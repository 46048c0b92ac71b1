/* commands - the functions behind options/commands.def, one for each command of `scope`. They return an exit status. */
#ifndef OPTIONS_COMMANDS_H
#define OPTIONS_COMMANDS_H

#include "options/options.h"

#define GROUP(...)
#define COMMAND(name, ...) int cmd_##name(const struct command_line *line);
#include "options/commands.def"
#undef COMMAND
#undef GROUP

#endif
