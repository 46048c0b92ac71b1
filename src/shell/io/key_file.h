/* key_file - a private key from a file that only its owner can read.
 *
 *   64 hex digits, with or without 0x, and at most one line feed
 *
 * Rejected: anything but a regular file (links are followed), a file that group or others may read or write, a file of
 * another owner, a wrong length, and a number that is no secp256k1 key (0, or the order and above). The checks are made
 * on the open file, so it cannot be replaced in between. No message shows anything of the content.
 *
 * Errors: FAULT_IO, REJECT_KEY_FILE, REJECT_KEY; complaint->text says why. */
#ifndef IO_KEY_FILE_H
#define IO_KEY_FILE_H

#include "base/err.h"
#include "base/types.h"
#include "io/complaint.h"

enum err key_file_read(hash32 *out, struct complaint *complaint, const char *path) MUST_CHECK;

#endif
