/* up_devnet - scope up with rollups: a devnet, its ports, and what it prints. */
#ifndef CLI_UP_DEVNET_H
#define CLI_UP_DEVNET_H

#include "options/options.h"

/* stop: readable when the program is to end. */
int up_devnet(const struct command_line *line, int stop);

#endif
