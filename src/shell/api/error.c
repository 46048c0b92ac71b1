#include "api/api_private.h"

static bool is_error(scope_err e)
{
    return e >= 0 && e < ERR_COUNT;
}

const char *scope_version(void)
{
    return SCOPE_VERSION;
}

enum scope_err_kind scope_err_kind(scope_err e)
{
    return e == SCOPE_OK                                  ? SCOPE_ERR_NONE
           : is_error(e) && err_is_reject((enum err)e) ? SCOPE_ERR_REJECT
                                                       : SCOPE_ERR_FAULT;
}

const char *scope_err_name(scope_err e)
{
    return is_error(e) ? err_name((enum err)e) : "UNKNOWN";
}

const char *scope_err_text(scope_err e)
{
    return is_error(e) ? err_text((enum err)e) : "not an error of this version of libscope";
}

scope_err scope_err_of(const char *name)
{
    for (scope_err e = 0; e < ERR_COUNT; e++)
        if (strcmp(err_name((enum err)e), name) == 0)
            return e;
    return -1;
}
