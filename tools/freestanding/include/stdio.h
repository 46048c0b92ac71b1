/* Just enough to read the headers of the crypto libraries: no function of stdio.h is declared, so none
 * can be called by the kernel. */
#pragma once

#include <stddef.h>

typedef struct no_file FILE;
