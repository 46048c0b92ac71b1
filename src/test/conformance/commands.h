/* commands - the functions of commands.def, one for each command. */
#ifndef CONFORMANCE_COMMANDS_H
#define CONFORMANCE_COMMANDS_H

#define CMD(name, arguments, what) int cmd_##name(int argc, char **argv);
#include "conformance/commands.def"
#undef CMD

#endif
