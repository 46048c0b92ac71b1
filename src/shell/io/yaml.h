/* yaml - a YAML file as a tree in which every node knows its line and column.
 *
 *     accounts:              map  -> first: { key "accounts", MAP } -> ...
 *       alice:                         first: { key "alice", MAP }
 *         balance: 10 ether                     first: { key "balance", SCALAR "10 ether" }
 *
 * People write these files, so the reader is stricter than YAML and says where: one document; keys are scalars and may
 * not come twice; no anchors, aliases, tags or NUL bytes. Scalars are untyped text: no "Norway" booleans, no octal
 * numbers; the reader of a value gives it a type.
 *
 * Bounded before anything is allocated: YAML_BYTES_MAX of text, YAML_DEPTH_MAX of nesting, YAML_NODES_MAX nodes,
 * YAML_KEYS_MAX keys in a map. libyaml scans; none of its memory survives.
 *
 * Memory:  the tree and its texts live in the caller's arena.
 * Errors:  REJECT_YAML, and the complaint says where and what was expected. */
#ifndef IO_YAML_H
#define IO_YAML_H

#include "base/arena.h"
#include "base/err.h"
#include "io/complaint.h"

#define YAML_BYTES_MAX ((size_t)2 << 20) /* the largest of the KZG vectors has 1.8 MB */
#define YAML_DEPTH_MAX 24
#define YAML_NODES_MAX 65536
#define YAML_KEYS_MAX  1024

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    bool quoted;              /* a scalar that was written in quotes or as a block */
    struct place place;
    const char *key;          /* in a map: the key that this node is the value of; else NULL */
    struct place key_place;
    const char *text;         /* a scalar's text, UTF-8, ends with NUL */
    size_t len;
    u32 count;                /* items of a list, entries of a map */
    const struct yaml *first; /* of them, in file order */
    const struct yaml *next;  /* sibling */
};

/* An empty document is an empty scalar at 1:1. */
enum err yaml_read(struct arena *arena, const struct yaml **root, struct complaint *complaint, struct bytes text)
    MUST_CHECK;

/* The value under key, or NULL (also when y is not a map). */
const struct yaml *yaml_get(const struct yaml *y, const char *key);

/* "a list", "a map", "text": for messages. */
const char *yaml_kind_name(const struct yaml *y);

#endif
