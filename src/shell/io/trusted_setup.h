/* trusted_setup - Ethereum's KZG ceremony, embedded in the program as the build precomputed it (kzg/kzg_setup.h,
 * kzg_setup_attach).
 *
 * npm's c-kzg brings the text (trusted_setup.txt, 807 KB); nothing looks for a file at run time. The image is 3.3 MB of
 * read-only data: pages that are not used are not loaded. */
#ifndef IO_TRUSTED_SETUP_H
#define IO_TRUSTED_SETUP_H

#include "base/types.h"

struct bytes trusted_setup_image(void);

#endif
