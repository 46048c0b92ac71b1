/* commands - the functions of commands.def, one for each command of `scope`. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#define CMD(name, arguments, what) int cmd_##name(int argc, char **argv);
#include "app/commands.def"
#undef CMD

#endif
