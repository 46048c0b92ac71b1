/* scope exit - the way out of a rollup that has stopped settling: rebuilds the rollup from L1 alone, proves what an
 * account holds in the state that settled last, and prints the two transactions that withdraw it (derive/exit.h). */
#include "cli/deriving.h"
#include "cli/run.h"
#include "codec/hex.h"
#include "codec/text.h"
#include "derive/exit.h"
#include "options/commands.h"

#include <stdio.h>
#include <string.h>

struct leaving {
    struct deriving deriving;
    struct exit_claim claim;
    address token, token_bridge, rollup_exit;
    struct exit_calls calls;
    const struct derived_rollup *rollup;
};

/* An option's or argument's address; STATUS_MET, or the status of a wrong command line. */
static int read_address(address *out, const char *what, const char *text)
{
    if (hex_fixed(out->b, sizeof out->b, bytes_of(text, strlen(text))) == OK)
        return STATUS_MET;
    fprintf(stderr, "scope exit: %s: \"%s\" is not an address: 0x and 40 hexadecimal digits\n", what, text);
    return STATUS_WRONG;
}

static int read_claim(struct leaving *x, const struct command_line *line)
{
    const char *to = option_text(line, OPTION_TO), *token = option_text(line, OPTION_TOKEN);
    int status = read_address(&x->claim.account, "account", line->argument[0]);
    x->claim.to = x->claim.account;
    if (status == STATUS_MET && to)
        status = read_address(&x->claim.to, "--to", to);
    if (status == STATUS_MET && token) {
        x->claim.token = &x->token;
        status = read_address(&x->token, "--token", token);
        if (status == STATUS_MET)
            status = read_address(&x->token_bridge, "--token-bridge", option_text(line, OPTION_TOKEN_BRIDGE));
    }
    return status;
}

static enum err prove_exit(struct leaving *x, const struct command_line *line)
{
    struct deriving *d = &x->deriving;
    size_t index;
    TRY(deriving_run(d));
    TRY(deriving_find_rollup(d, &index, line));
    x->rollup = &d->derivation.rollup[index];
    if (x->rollup->error != OK)
        return x->rollup->error; /* what follows the last good block may have settled */
    exit_contract(&x->rollup_exit, &d->rollups.shared_bridge);
    return exit_prove(&x->calls, &d->arena, x->rollup, &x->claim);
}

/* --- the report --- */

static void write_exit_transaction(struct json_writer *w, const char *what, const address *to, struct bytes data)
{
    json_write_object(w);
    json_write_key(w, "what");
    json_write_z(w, what);
    json_write_key(w, "to");
    json_write_hex(w, BYTES_OF(to->b));
    json_write_key(w, "data");
    json_write_hex(w, data);
    json_write_end(w);
}

/* A string: JSON readers may keep no more than 53 bits of a number. */
static struct bytes amount_text(const struct leaving *x, struct arena *arena)
{
    struct buffer out = buffer_in(arena);
    text_add_u256(&out, &x->calls.amount);
    return buffer_bytes(&out);
}

static void write_exit(struct buffer *out, const struct leaving *x, struct arena *arena)
{
    const struct ledger_block *head = ledger_head(x->rollup->ledger);
    struct json_writer w = json_writer(out, 2);
    json_write_object(&w);
    json_write_key(&w, "chainId");
    json_write_u64(&w, x->rollup->rules->chain.chain_id);
    json_write_key(&w, "block");
    json_write_u64(&w, head->header.number);
    json_write_key(&w, "stateRoot");
    json_write_hex(&w, BYTES_OF(head->header.state_root.b));
    json_write_key(&w, "account");
    json_write_hex(&w, BYTES_OF(x->claim.account.b));
    json_write_key(&w, "recipient");
    json_write_hex(&w, BYTES_OF(x->claim.to.b));
    json_write_key(&w, "token");
    if (x->claim.token)
        json_write_hex(&w, BYTES_OF(x->calls.l1_token.b));
    else
        json_write_null(&w);
    json_write_key(&w, "amount");
    json_write_string(&w, amount_text(x, arena));
    json_write_key(&w, "transactions");
    json_write_array(&w);
    write_exit_transaction(&w, "freezeRollup, unless it is frozen already",
                           &x->deriving.rollups.shared_bridge, x->calls.freeze);
    write_exit_transaction(&w, "exit", x->claim.token ? &x->token_bridge : &x->rollup_exit, x->calls.exit);
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
}

static int report_exit(struct leaving *x, enum err e)
{
    struct deriving *d = &x->deriving;
    if (e == REJECT_NOTHING_TO_EXIT) {
        fprintf(stderr, "scope exit: %s: %s\n", err_name(e), err_text(e));
        return STATUS_NOT_MET;
    }
    deriving_print_error(d, "exit", e);
    if (e != OK)
        return err_is_fault(e) ? STATUS_FAILED : STATUS_WRONG;
    struct buffer out = buffer_in(&d->arena);
    write_exit(&out, x, &d->arena);
    fwrite(out.ptr, 1, out.len, stdout);
    return fflush(stdout) != 0 || ferror(stdout) ? STATUS_FAILED : STATUS_MET;
}

int cmd_exit(const struct command_line *line)
{
    static struct leaving x;
    x = (struct leaving){0};
    int status = read_claim(&x, line);
    if (status != STATUS_MET)
        return status;
    deriving_open(&x.deriving, line);
    status = report_exit(&x, prove_exit(&x, line));
    deriving_close(&x.deriving);
    return status;
}
