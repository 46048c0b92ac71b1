#include "base/err.h"

static const struct { const char *name, *text; } row[ERR_COUNT] = {
#define ERR(name, text) [name] = {#name, text},
#include "base/err.def"
#undef ERR
};

const char *err_name(enum err e)
{
    return (unsigned)e < ERR_COUNT ? row[e].name : "(not an error)";
}

const char *err_text(enum err e)
{
    return (unsigned)e < ERR_COUNT ? row[e].text : "(not an error)";
}

bool err_is_fault(enum err e)
{
    return err_name(e)[0] == 'F';
}

bool err_is_reject(enum err e)
{
    return err_name(e)[0] == 'R';
}
