/* commands - the functions of commands.def, one for each command of `scope`. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#define CMD(name, arguments, what) int cmd_##name(int argc, char **argv);
#include "cli/commands.def"
#undef CMD

#endif
