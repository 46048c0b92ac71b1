#include "io/key_file.h"

#include "codec/hex.h"
#include "io/file.h"
#include "signer/secp256k1_sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct place whole = {0, 0};

static enum err key_file_refused(struct complaint *c, const char *why)
{
    complain(c, whole, "%s", why);
    return REJECT_KEY_FILE;
}

static enum err key_file_failed(struct complaint *c, const char *what)
{
    const int reason = errno;
    complain(c, whole, "%s: %s", what, strerrordesc_np(reason));
    return path_error(reason);
}

static enum err check_file(struct complaint *c, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return key_file_failed(c, "cannot look at");
    if (!S_ISREG(st.st_mode))
        return key_file_refused(c, "a key file must be a regular file");
    if (st.st_uid != geteuid())
        return key_file_refused(c, "a key file must belong to who uses it");
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return key_file_refused(c, "group or others may use this key file; chmod 600 it");
    return OK;
}

static enum err read_digits(hash32 *out, struct complaint *c, const char *text, size_t len)
{
    if (len && text[len - 1] == '\n')
        len--;
    if (len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
        len -= 2;
    }
    if (len != 64 || hex_fixed(out->b, sizeof out->b, bytes_of(text, len)) != OK)
        return key_file_refused(c, "a key is 64 hex digits, with or without 0x, in one line");
    return OK;
}

static enum err read_key_text(hash32 *out, struct complaint *c, int fd)
{
    char text[80]; /* longer than any that is taken */
    size_t len = 0;
    TRY(check_file(c, fd));
    for (ssize_t n = 1; n > 0 && len < sizeof text; len += (size_t)n) {
        n = read(fd, text + len, sizeof text - len);
        if (n < 0)
            return key_file_failed(c, "cannot read");
    }
    hash32 key;
    address at;
    const enum err e = read_digits(&key, c, text, len);
    explicit_bzero(text, sizeof text);
    TRY(e);
    if (secp256k1_address(&at, &key) != OK) {
        complain(c, whole, "not a private key of secp256k1");
        return REJECT_KEY;
    }
    *out = key;
    return OK;
}

enum err key_file_read(hash32 *out, struct complaint *c, const char *path)
{
    /* not blocking: a pipe that is in the way is refused and not waited for */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (!c->raised)
        c->file = path;
    if (fd < 0)
        return key_file_failed(c, "cannot open");
    const enum err e = read_key_text(out, c, fd);
    close(fd);
    return e;
}
