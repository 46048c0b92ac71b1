/* room - address space for one reply of any length, of which only the pages that are written cost memory.
 *
 * A buffer that begins with all of it never grows, so a reply of 20 MB takes 20 MB, where one in an arena took up to
 * 84: the pieces that it had outgrown. Private to http. */
#ifndef HTTP_ROOM_H
#define HTTP_ROOM_H

#include "base/types.h"

enum { ROOM_BYTES = 256 << 20 };

u8 *room_open(void);      /* NULL: the system has no address space left */
void room_close(u8 *room); /* or NULL */
/* Only its first bytes are needed still: the memory of the others goes back. */
void room_keep(u8 *room, size_t size);

#endif
