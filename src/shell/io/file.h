/* file - reads and writes whole files, and lists the files under a folder.
 *
 * Reading goes into the caller's arena and is bounded by the caller's limit, which is checked before
 * memory is taken, for pipes while they are read. A NUL follows the last byte and is not counted.
 * Writing is atomic: a reader sees the old file or the new one, also after a crash.
 *
 * Errors: FAULT_IO with the system's reason, REJECT_TOO_LONG above the limit; the complaint then
 * names the path (its `file` is set to path, which must outlive it). */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "io/complaint.h"

enum err file_read(struct arena *arena, struct bytes *out, struct complaint *complaint, const char *path,
                   size_t limit) MUST_CHECK;

/* Through a temporary file beside path, synced, then renamed. */
enum err file_write(struct complaint *complaint, const char *path, struct bytes content) MUST_CHECK;

struct file_list {
    const char *const *path;
    size_t count;
};

/* The regular files under the folder path whose names end in suffix, to any depth, in byte order of
 * their paths; or path alone when it is a file, whatever its name. Links to folders are not followed. */
enum err file_list(struct arena *arena, struct file_list *out, struct complaint *complaint, const char *path,
                   const char *suffix) MUST_CHECK;

#endif
