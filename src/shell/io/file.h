/* file - reads and writes whole files, and lists the files under a folder.
 *
 * Reading goes into the caller's arena and is bounded by the caller's limit, which is checked before
 * memory is taken, for pipes while they are read. A NUL follows the last byte and is not counted.
 * Writing is atomic: a reader sees the old file or the new one, also after a crash.
 *
 * Errors: REJECT_PATH when the path is at fault (absent, a folder, no permission), else FAULT_IO, with the system's
 * reason; REJECT_TOO_LONG above the limit; the complaint then names the path (its `file` is set to path, which must
 * outlive it). */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "io/complaint.h"

enum err file_read(struct arena *arena, struct bytes *out, struct complaint *complaint, const char *path,
                   size_t limit) MUST_CHECK;

/* Standard input, from where it stands to its end; the complaint's file is "standard input". */
enum err file_read_stdin(struct arena *arena, struct bytes *out, struct complaint *complaint, size_t limit) MUST_CHECK;

/* Through a temporary file beside path, synced, then renamed; a device or pipe is written directly. */
enum err file_write(struct complaint *complaint, const char *path, struct bytes content) MUST_CHECK;

/* All of it, to an open file. False: errno says why. */
bool file_write_all(int fd, struct bytes content) MUST_CHECK;
/* Makes a new name durable: syncs the folder that path is in. False: errno says why. */
bool file_sync_folder(const char *path) MUST_CHECK;

/* Before a long run: whether file_write could write path, and whether mkdir could create the folder, if there is none.
 * Nothing is created. REJECT_PATH */
enum err file_may_write(struct complaint *complaint, const char *path) MUST_CHECK;
enum err folder_may_write(struct complaint *complaint, const char *path) MUST_CHECK;

/* REJECT_PATH or FAULT_IO: what errno says after a failed system call on a path. */
enum err path_error(int reason) MUST_CHECK;

struct file_list {
    const char *const *path;
    size_t count;
};

/* The regular files under the folder path whose names end in suffix, to any depth, in byte order of
 * their paths; or path alone when it is a file, whatever its name. Links to folders are not followed. */
enum err file_list(struct arena *arena, struct file_list *out, struct complaint *complaint, const char *path,
                   const char *suffix) MUST_CHECK;

#endif
