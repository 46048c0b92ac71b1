/* development_keys - private keys that are publicly known.
 *
 * The twenty accounts that anvil and hardhat derive from "test test test test test test test test test test test
 * junk" (listed by their addresses), and the numbers below 2^64, which people type. Funds
 * sent to one of these on a public chain are lost. */
#ifndef CLI_DEVELOPMENT_KEYS_H
#define CLI_DEVELOPMENT_KEYS_H

#include "base/types.h"

bool is_development_key(const hash32 *key);

#endif
