/* A program in words, and made smaller. */
#include "codec/text.h"
#include "oracle/program.h"

/* --- printing --- */

static void add_number(struct buffer *out, const char *name, u64 x)
{
    text_add_z(out, name);
    text_add_u64(out, x);
}

static void add_chain(struct buffer *out, u32 chain)
{
    if (chain == 0)
        text_add(out, "L1");
    else if (chain < ORACLE_CHAINS_MAX)
        add_number(out, "rollup ", chain);
    else
        text_add(out, "an unknown chain");
}

static void print_call(struct buffer *out, const struct act *a)
{
    static const char *const how[] = {"scopedCall", "tryScopedCall", "tryScopedCall(flags 0)",
                                      "tryScopedCall(flags 1)"};
    static const char *const kind[ACT_KIND_COUNT] = {[ACT_CALL] = "call",
                                                     [ACT_REMOTE] = "call the RemoteAccount of",
                                                     [ACT_LOOK] = "static call",
                                                     [ACT_LOOK_REMOTE] = "static call of the RemoteAccount of"};
    if (a->kind == ACT_LOOK_SCOPED)
        text_add_z(out, a->how == HOW_SCOPED_CALL ? "scopedStaticCall" : "tryScopedStaticCall");
    else
        text_add_z(out, a->kind == ACT_SCOPED ? how[a->how] : kind[a->kind]);
    text_add(out, " ");
    add_chain(out, a->chain);
    if (a->to == TO_PUPPET)
        add_number(out, " puppet ", a->puppet);
    else
        text_add_z(out, a->to == TO_SINK ? " sink" : a->to == TO_BRIDGE ? " bridge" : " its RemoteAccount, a batch");
    if (a->value)
        add_number(out, ", value ", a->value);
    if (a->kind == ACT_SCOPED || a->kind == ACT_LOOK_SCOPED || (a->kind == ACT_LOOK && a->gas))
        add_number(out, ", gas ", a->gas);
    if (a->wrong_value)
        text_add(out, ", with one wei more");
    if (a->wrong_from)
        text_add(out, ", in another's name");
    if (a->caught)
        text_add(out, ", caught");
}

static void print_list(struct buffer *out, const struct act *list, u32 indent)
{
    static const char *const name[ACT_KIND_COUNT] = {
        [ACT_MIX] = "mix ",
        [ACT_NOTE] = "note ",
        [ACT_READ] = "read",
        [ACT_BALANCE] = "balance",
        [ACT_REVERT] = "revert with bytes: ",
        [ACT_RETURN] = "return bytes: ",
        [ACT_REFUSE] = "refuse plain ETH: ",
        [ACT_BRANCH] = "branch on bit ",
        [ACT_SPAWN] = "spawn",
        [ACT_HOLD] = "hold ",
        [ACT_HELD] = "held",
    };
    for (const struct act *a = list; a; a = a->next) {
        if (a->removed)
            continue;
        for (u32 i = 0; i < indent; i++)
            text_add(out, "  ");
        if (a->kind >= ACT_CALL)
            print_call(out, a);
        else
            text_add_z(out, name[a->kind]);
        if (a->kind == ACT_MIX || a->kind == ACT_NOTE || a->kind == ACT_HOLD)
            text_add_u64(out, a->word);
        else if (a->kind == ACT_REVERT || a->kind == ACT_RETURN)
            text_add_u64(out, a->size);
        else if (a->kind == ACT_REFUSE || a->kind == ACT_BRANCH)
            text_add_u64(out, a->bit);
        text_add(out, "\n");
        print_list(out, a->body, indent + 1);
    }
}

void program_print(struct buffer *out, const struct program *p)
{
    add_number(out, "seed ", p->seed);
    add_number(out, ", chains ", p->chain_count);
    if (p->fills_ahead)
        text_add(out, ", by a builder that fills ahead");
    text_add(out, "\n");
    for (u32 i = 0; i < p->work_count; i++) {
        const struct program_work *w = &p->work[i];
        if (program_call_count(w) == 0)
            continue;
        add_number(out, "slot ", w->slot);
        text_add(out, ": ");
        add_chain(out, w->chain);
        add_number(out, " user ", w->user);
        text_add(out, "\n");
        print_list(out, w->act, 1);
    }
}

static u32 count_acts(const struct act *list)
{
    u32 count = 0;
    for (; list; list = list->next)
        if (!list->removed)
            count += 1 + count_acts(list->body);
    return count;
}

u32 program_act_count(const struct program *p)
{
    u32 count = 0;
    for (u32 i = 0; i < p->work_count; i++)
        count += p->work[i].removed ? 0 : count_acts(p->work[i].act);
    return count;
}

/* --- shrinking --- */

struct shrinking {
    const struct program *p;
    bool (*fails)(void *context, const struct program *p);
    void *context;
    bool progress;
};

static bool still_fails(struct shrinking *s)
{
    const bool yes = s->fails(s->context, s->p);
    s->progress |= yes;
    return yes;
}

static void shrink_act(struct shrinking *s, struct act *a)
{
    const struct act before = *a;
    a->removed = true;
    if (still_fails(s))
        return;
    *a = before;
#define TRY_SMALLER(field, smaller)            \
    if (a->field > (smaller)) {                \
        a->field = (smaller);                  \
        if (!still_fails(s))                   \
            a->field = before.field;           \
    }
    TRY_SMALLER(value, 0)
    TRY_SMALLER(value, 1)
    TRY_SMALLER(caught, false)
    TRY_SMALLER(wrong_value, false)
    TRY_SMALLER(wrong_from, false)
    TRY_SMALLER(how, HOW_SCOPED_CALL)
    TRY_SMALLER(word, 0)
    TRY_SMALLER(size, 0)
#undef TRY_SMALLER
    for (struct act *b = a->body; b; b = b->next)
        if (!b->removed)
            shrink_act(s, b);
}

void program_shrink(struct program *p, bool (*fails)(void *context, const struct program *p), void *context)
{
    struct shrinking s = {.p = p, .fails = fails, .context = context};
    if (p->fills_ahead) {
        p->fills_ahead = false;
        p->fills_ahead = !still_fails(&s);
    }
    do {
        s.progress = false;
        for (u32 i = 0; i < p->work_count; i++) {
            struct program_work *w = &p->work[i];
            if (w->removed)
                continue;
            w->removed = true;
            if (still_fails(&s))
                continue;
            w->removed = false;
            for (struct act *a = w->act; a; a = a->next)
                if (!a->removed)
                    shrink_act(&s, a);
        }
    } while (s.progress);
}
