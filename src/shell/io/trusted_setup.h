/* trusted_setup - the text of Ethereum's KZG ceremony, embedded in the program: what kzg_setup_open reads.
 *
 * npm's c-kzg brings the file (trusted_setup.txt, 807 KB); nothing looks for it at run time. */
#ifndef IO_TRUSTED_SETUP_H
#define IO_TRUSTED_SETUP_H

#include "base/types.h"

struct bytes trusted_setup(void);

#endif
