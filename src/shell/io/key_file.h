/* key_file - a private key from a file that nobody else can read.
 *
 *   64 hex digits, with or without 0x, and at most one line feed
 *
 * Refused, by the reason: what is no regular file (a link is followed to one), what group or others may read or write,
 * what belongs to somebody else, another length, and what is no key of secp256k1 (0, or the order and above). The
 * checks are made on the open file, so nothing can be exchanged in between. No complaint shows anything of the content.
 *
 * Errors: FAULT_IO, REJECT_KEY_FILE, REJECT_KEY; complaint->text says why. */
#ifndef IO_KEY_FILE_H
#define IO_KEY_FILE_H

#include "base/err.h"
#include "base/types.h"
#include "io/complaint.h"

enum err key_file_read(hash32 *out, struct complaint *complaint, const char *path) MUST_CHECK;

#endif
