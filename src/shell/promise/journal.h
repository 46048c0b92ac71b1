/* journal - all that a builder has signed, on disk before a signature leaves: no two promises can contradict, not even
 * when the process is killed between the write and the answer.
 *
 *     magic "scope promises 1\n" || l1 chain id:8 || slasher:20 || signer:20
 *     record || record || ...      record = kind:1 || fields || checksum:8, each of its kind's length
 *
 *   journal_promises: contradicts an earlier one? --> not signed, unless no chain of L1 has both conditions
 *                     signed already? --> the same sequence number, signed again (RFC 6979: the same signature)
 *                     else: append; one fdatasync for all of them; then sign
 *
 * No chain has both conditions when the new one is not below the old one, and L1's chain with the new one does not have
 * the old one: is_canonical. A reorganization that is undone later makes neither promise false.
 *
 * A crash can leave an incomplete last record: its signature never left, and it is cut off. Any other damage, a journal
 * of another signer, L1 or contract, and one that another process has open are refused: a builder without its journal
 * must use another key. The file is locked while it is open.
 *
 * The signature is not stored. Memory: the journal's own arena; about 400 bytes for a statement.
 * Errors: REJECT_PATH, FAULT_IO, FAULT_STORE_BUSY, REJECT_STORE_*; the complaint has the message. */
#ifndef PROMISE_JOURNAL_H
#define PROMISE_JOURNAL_H

#include "base/arena.h"
#include "io/complaint.h"
#include "promise/promise.h"

struct journal;

struct journal_config {
    const char *path;            /* created if it does not exist */
    struct promise_domain domain;
    hash32 key;
    /* Whether a block is an ancestor of L1's head, or the head. NULL: every condition may hold again. */
    bool (*is_canonical)(void *context, u64 l1_number, const hash32 *l1_hash);
    void *context;
};

enum err journal_open(struct journal **out, struct complaint *complaint, const struct memory *memory,
                      const struct journal_config *config) MUST_CHECK;
void journal_close(struct journal *j);

const address *journal_signer(const struct journal *j);
/* The number of statements; the next one has this sequence number. */
u64 journal_count(const struct journal *j);

/* The sequence numbers are set here. is_signed[i] false: it contradicts an earlier statement, and out[i] is not
 * written. FAULT_IO: the statements could not be written, none is signed, and the journal signs nothing any more. */
enum err journal_promises(struct journal *j, bool *is_signed, struct signed_promise *out, const struct promise *p,
                          size_t count) MUST_CHECK;
enum err journal_answer(struct journal *j, bool *is_signed, struct signed_answer *out,
                        const struct answer *a) MUST_CHECK;

#endif
