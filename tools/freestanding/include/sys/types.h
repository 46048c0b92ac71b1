/* Just enough to read the headers of the crypto libraries: no function of sys/types.h is declared, so none
 * can be called by the kernel. */
#pragma once

#include <stddef.h>

typedef long ssize_t;
typedef long off_t;
