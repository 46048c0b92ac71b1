/* deriving - rollups being rebuilt from L1, as the commands do that begin with it: scope derive, exit and force.
 *
 * L1 is a file or a remote node; with a folder the derivation resumes from it (cli/derive_dir.h). Errors are printed by
 * deriving_print_error. Memory: the struct's arena, until deriving_close. */
#ifndef CLI_DERIVING_H
#define CLI_DERIVING_H

#include "cli/derive_dir.h"
#include "derive/file_source.h"
#include "derive/remote_source.h"
#include "derive/rollups_file.h"
#include "options/options.h"

struct deriving {
    const char *l1_path, *l1_url, *beacon_url, *blob_folder, *rollups_path, *folder;
    struct arena arena;
    struct complaint complaint;
    struct rollups_file rollups;
    struct derive_file file;
    struct derive_l1 *l1;
    struct derivation derivation;
    bool is_derived;
    u64 l1_block; /* the last one that was read */
    struct derive_dir dir;
};

/* Those of --l1, --l1-file, --l1-beacon, --blobs, --rollups and --dir that the command has. */
void deriving_open(struct deriving *d, const struct command_line *line);
/* Reads the file of --rollups into d->rollups. */
enum err deriving_read_rollups(struct deriving *d) MUST_CHECK;
/* The place in d->rollups, and in the derivation, of the rollup that --rollup names, or of the only one.
 * REJECT_CONFIG, with a complaint. */
enum err deriving_find_rollup(struct deriving *d, size_t *index, const struct command_line *line) MUST_CHECK;
/* deriving_read_rollups, then reads L1 to its end. What is wrong with one rollup's data alone is in that rollup's
 * error. */
enum err deriving_run(struct deriving *d) MUST_CHECK;
/* To standard error: where each rollup stopped, if one did, and e. */
void deriving_print_error(const struct deriving *d, const char *command, enum err e);
void deriving_close(struct deriving *d);

#endif
