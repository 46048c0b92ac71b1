#include "io/file.h"

#include "base/buffer.h"
#include "base/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH_MAX = 64, PIPE_PIECE = 64 * 1024 };

static const struct place whole_file = {0, 0};

enum err path_error(int reason)
{
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case ENAMETOOLONG:
        return REJECT_PATH;
    default:
        return FAULT_IO;
    }
}

static enum err io_failed(struct complaint *c, const char *path, const char *what)
{
    const int reason = errno;
    if (!c->raised)
        c->file = path;
    complain(c, whole_file, "%s: %s", what, strerrordesc_np(reason) ? strerrordesc_np(reason) : "unknown error");
    return path_error(reason);
}

static enum err too_long(struct complaint *c, const char *path, size_t limit)
{
    if (!c->raised)
        c->file = path;
    complain(c, whole_file, "larger than the limit of %zu bytes", limit);
    return REJECT_TOO_LONG;
}

/* Up to len bytes; fewer at the end of the file, -1 on failure. */
static ssize_t read_some(int fd, u8 *out, size_t len)
{
    size_t have = 0;
    while (have < len) {
        const ssize_t n = read(fd, out + have, len - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

/* A regular file of a size that is known; it may have shrunk or grown since. */
static enum err read_sized(struct arena *arena, struct bytes *out, struct complaint *c, const char *path, int fd,
                           size_t size)
{
    u8 *data = arena_take(arena, size + 1);
    const ssize_t n = read_some(fd, data, size);
    if (n < 0)
        return io_failed(c, path, "cannot read");
    data[n] = 0;
    *out = bytes_of(data, (size_t)n);
    return OK;
}

/* Anything else: pipes, and the files of /proc, which say that they are empty. */
static enum err read_pieces(struct arena *arena, struct bytes *out, struct complaint *c, const char *path, int fd,
                            size_t limit)
{
    struct buffer data = buffer_in(arena);
    for (ssize_t n = PIPE_PIECE; n == PIPE_PIECE;) {
        n = read_some(fd, buffer_extend(&data, PIPE_PIECE), PIPE_PIECE);
        if (n < 0)
            return io_failed(c, path, "cannot read");
        data.len -= PIPE_PIECE - (size_t)n;
        if (data.len > limit)
            return too_long(c, path, limit);
    }
    buffer_add_u8(&data, 0);
    *out = bytes_of(data.ptr, data.len - 1);
    return OK;
}

static enum err read_open(struct arena *arena, struct bytes *out, struct complaint *c, const char *path, int fd,
                          size_t limit)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return io_failed(c, path, "cannot read");
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return io_failed(c, path, "cannot read");
    }
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        return read_pieces(arena, out, c, path, fd, limit);
    if ((u64)st.st_size > limit)
        return too_long(c, path, limit);
    return read_sized(arena, out, c, path, fd, (size_t)st.st_size);
}

enum err file_read_stdin(struct arena *arena, struct bytes *out, struct complaint *c, size_t limit)
{
    const struct arena_mark mark = arena_mark(arena);
    const enum err e = read_open(arena, out, c, "standard input", STDIN_FILENO, limit);
    if (e)
        arena_rewind(arena, mark);
    return e;
}

enum err file_read(struct arena *arena, struct bytes *out, struct complaint *c, const char *path, size_t limit)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return io_failed(c, path, "cannot open");
    const struct arena_mark mark = arena_mark(arena);
    const enum err e = read_open(arena, out, c, path, fd, limit);
    close(fd);
    if (e)
        arena_rewind(arena, mark);
    return e;
}

bool file_write_all(int fd, struct bytes content)
{
    while (content.len) {
        const ssize_t n = write(fd, content.ptr, content.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        content = bytes_of(content.ptr + n, content.len - (size_t)n);
    }
    return true;
}

/* The folder that path is in; false: its name is too long. */
static bool folder_of(char folder[PATH_MAX], const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len && path[len - 1] != '/')
        len--;
    if (len >= PATH_MAX)
        return false;
    memcpy(folder, len ? path : "./", len ? len : 2);
    folder[len ? len : 2] = 0;
    return true;
}

/* The new name is on the disk only when the folder is. */
bool file_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    if (!folder_of(folder, path))
        return false;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool synced = fsync(fd) == 0 || errno == EINVAL; /* some file systems cannot */
    close(fd);
    return synced;
}

/* A device or a pipe, which a rename would replace. */
static enum err write_directly(struct complaint *c, const char *path, struct bytes content)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return io_failed(c, path, "cannot open");
    const bool done = file_write_all(fd, content);
    const enum err e = done ? OK : io_failed(c, path, "cannot write");
    close(fd);
    return e;
}

enum err file_write(struct complaint *c, const char *path, struct bytes content)
{
    char temporary[PATH_MAX];
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return write_directly(c, path, content);
    /* one name per thread: no other writer, and what a crash left is overwritten */
    const int len = snprintf(temporary, sizeof temporary, "%s.new-%d", path, (int)gettid());
    if (len < 0 || (size_t)len >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return io_failed(c, path, "cannot write");
    }
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_failed(c, path, "cannot create");
    bool done = file_write_all(fd, content) && fsync(fd) == 0;
    done = close(fd) == 0 && done;
    done = done && rename(temporary, path) == 0 && file_sync_folder(path);
    if (done)
        return OK;
    const enum err e = io_failed(c, path, "cannot write");
    unlink(temporary);
    return e;
}

static enum err may_create(struct complaint *c, const char *path)
{
    char folder[PATH_MAX];
    if (!folder_of(folder, path)) {
        errno = ENAMETOOLONG;
        return io_failed(c, path, "cannot create");
    }
    return access(folder, W_OK | X_OK) == 0 ? OK : io_failed(c, path, "cannot create");
}

enum err file_may_write(struct complaint *c, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT ? may_create(c, path) : io_failed(c, path, "cannot create");
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return io_failed(c, path, "cannot write");
    }
    if (!S_ISREG(st.st_mode))
        return access(path, W_OK) == 0 ? OK : io_failed(c, path, "cannot write");
    return may_create(c, path);
}

enum err folder_may_write(struct complaint *c, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT ? may_create(c, path) : io_failed(c, path, "cannot create");
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return io_failed(c, path, "cannot write");
    }
    return access(path, W_OK | X_OK) == 0 ? OK : io_failed(c, path, "cannot write");
}

struct walk {
    struct arena *arena;
    struct complaint *complaint;
    const char *suffix;
    size_t suffix_len;
    LIST(const char *) path;
};

static bool has_suffix(const struct walk *w, const char *name)
{
    const size_t len = strlen(name);
    return len >= w->suffix_len && memcmp(name + len - w->suffix_len, w->suffix, w->suffix_len) == 0;
}

static const char *joined(struct arena *arena, const char *folder, const char *name)
{
    const size_t folder_len = strlen(folder), name_len = strlen(name);
    const bool slash = folder_len && folder[folder_len - 1] != '/';
    char *path = arena_take(arena, folder_len + slash + name_len + 1);
    memcpy(path, folder, folder_len);
    if (slash)
        path[folder_len] = '/';
    memcpy(path + folder_len + slash, name, name_len + 1);
    return path;
}

static enum err walk_folder(struct walk *w, const char *path, unsigned depth);

static enum err walk_entry(struct walk *w, const char *path, const char *name, unsigned depth)
{
    struct stat st;
    const char *full = joined(w->arena, path, name);
    if (lstat(full, &st) != 0)
        return io_failed(w->complaint, full, "cannot look at");
    if (S_ISDIR(st.st_mode))
        return walk_folder(w, full, depth + 1);
    if (S_ISLNK(st.st_mode) && stat(full, &st) != 0)
        return OK; /* a dangling link */
    if (S_ISREG(st.st_mode) && has_suffix(w, name))
        *LIST_ADD(&w->path, w->arena) = full;
    return OK;
}

static enum err walk_folder(struct walk *w, const char *path, unsigned depth)
{
    if (depth > FOLDER_DEPTH_MAX) {
        errno = ELOOP;
        return io_failed(w->complaint, path, "folders too deep");
    }
    DIR *folder = opendir(path);
    if (!folder)
        return io_failed(w->complaint, path, "cannot open");
    enum err e = OK;
    while (e == OK) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno)
            e = io_failed(w->complaint, path, "cannot list");
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            e = walk_entry(w, path, entry->d_name, depth);
    }
    closedir(folder);
    return e;
}

static int by_bytes(const void *here, const void *there)
{
    return strcmp(*(const char *const *)here, *(const char *const *)there);
}

enum err file_list(struct arena *arena, struct file_list *out, struct complaint *complaint, const char *path,
                   const char *suffix)
{
    struct walk w = {.arena = arena, .complaint = complaint, .suffix = suffix, .suffix_len = strlen(suffix)};
    struct stat st;
    if (stat(path, &st) != 0)
        return io_failed(complaint, path, "cannot open");
    if (S_ISDIR(st.st_mode))
        TRY(walk_folder(&w, path, 0));
    else
        *LIST_ADD(&w.path, arena) = path;
    if (w.path.count)
        qsort(w.path.item, w.path.count, sizeof *w.path.item, by_bytes);
    *out = (struct file_list){w.path.item, w.path.count};
    return OK;
}
