/* image_id - the hash of what a program is when it starts, whatever else its file says.
 *
 *   id = keccak256(entry || n || n times (address || size || flags || keccak256(content)))
 *
 * over the segments in ascending order of address; numbers are 8 bytes big endian, flags as in ELF: 4 readable,
 * 2 writable, 1 executable. Names, sections and debug information are not in it. */
#ifndef RV_IMAGE_ID_H
#define RV_IMAGE_ID_H

#include "rv/elf.h"

void rv_image_id(hash32 *out, const struct rv_image *image);

#endif
