/* write_bundle - a bundle that settled, as members of the open JSON object. */
#ifndef DEVNET_WRITE_BUNDLE_H
#define DEVNET_WRITE_BUNDLE_H

#include "codec/json_write.h"
#include "devnet/bundles.h"

/* hash, blockNumber, timestamp, gasUsed, bytes, data, blobs, scopedCalls, rollups, transactions */
void write_bundle_summary(struct json_writer *w, const struct bundle_record *b);
/* mailboxes: both sides of each pair, as they were after it */
void write_mailboxes(struct json_writer *w, const struct bundle_record *b);

/* Those of any pairs, as the next value: an array. */
void write_pairs(struct json_writer *w, const struct pair_report *pair, size_t count);

#endif
