/* What every part of a session uses: its error, the trusted setup. */
#include "builder/session_private.h"
#include "io/trusted_setup.h"
#include "kzg/kzg_setup.h"

enum err session_fail(struct session *s, enum err e, struct bytes message)
{
    if (s->error[0])
        return e;
    const size_t len = message.len < sizeof s->error - 1 ? message.len : sizeof s->error - 1;
    if (len)
        memcpy(s->error, message.ptr, len);
    s->error[len] = 0;
    return e;
}

void session_forget_error(struct session *s)
{
    s->error[0] = 0;
}

const char *session_error(const struct session *s)
{
    return s->error;
}

enum err session_kzg(struct session *s, const struct kzg_setup **out)
{
    if (!s->kzg)
        TRY(kzg_setup_attach(&s->kzg, &s->arena, trusted_setup_image()));
    *out = s->kzg;
    return OK;
}
