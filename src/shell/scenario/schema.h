/* schema - reads a YAML tree into structs as tables describe it, and rejects everything else.
 *
 *   static const struct field account_fields[] = {
 *       FIELD(key,     SHAPE_TEXT,  struct scenario_account, key,     OPTIONAL),
 *       FIELD(balance, SHAPE_NODE,  struct scenario_account, balance, OPTIONAL),
 *   };
 *
 * A *record* is a map with known keys. It has one *variant*, or several, selected by their verb: the one key that
 * names a variant (`deploy:`, `send:`, ...). Every struct that is read begins with a struct head. A value whose type
 * depends on a contract's ABI stays a SHAPE_NODE: the YAML tree itself.
 *
 * Every message has line, column and what was expected; an unknown key comes with the most similar known one. An
 * absent field stays zero; defaults are up to the caller.
 *
 * Memory: the given arena; texts point into the tree. Errors: REJECT_SCENARIO, with a complaint. */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include "io/yaml.h"

struct head {
    struct place place;
    const char *name; /* the key of an entry of SHAPE_NAMED; else NULL */
    u32 variant;
};

struct word { /* SHAPE_TEXT, SHAPE_NAME; text is NULL when absent */
    const char *text;
    struct place place;
};

struct number { /* SHAPE_AMOUNT, SHAPE_COUNT, SHAPE_CHOICE */
    u256 value;
    struct place place;
    bool given;
};

struct many { /* SHAPE_LIST, SHAPE_NAMED */
    void *items;
    u32 count;
    struct place place;
};

enum shape {
    SHAPE_TEXT,   /* struct word: any text that is not empty */
    SHAPE_NAME,   /* struct word: a letter, then letters, digits, _ and -; at most 40 */
    SHAPE_AMOUNT, /* struct number: codec/number.h, amount_u256 */
    SHAPE_COUNT,  /* struct number: at most 2^64-1 */
    SHAPE_CHOICE, /* struct number: index of one of the choices */
    SHAPE_NODE,   /* const struct yaml *: read when its type is known */
    SHAPE_RECORD, /* the struct itself, in place; absent: zero */
    SHAPE_LIST,   /* struct many of a record */
    SHAPE_NAMED   /* struct many of a record: a map from names; head.name is the key */
};

enum presence { OPTIONAL, REQUIRED };

struct schema;

struct field {
    const char *name;
    enum shape shape;
    enum presence presence;
    size_t offset;
    const char *const *choices;  /* SHAPE_CHOICE: ends with NULL */
    const struct schema *record; /* SHAPE_RECORD, _LIST, _NAMED */
};

struct variant {
    const char *verb; /* NULL: the only one */
    const char *what; /* "a deployment": for messages */
    const struct field *fields;
    u32 count;
};

struct schema {
    const char *what; /* "a step": for messages */
    size_t size;
    u32 items_max; /* of a list or named map of it */
    const struct variant *variants;
    u32 count;
};

/* Reads one record; out has schema->size bytes and is zero. */
enum err schema_read(void *out, struct arena *arena, struct complaint *complaint, const struct schema *schema,
                     const struct yaml *from) MUST_CHECK;

bool name_is_valid(const char *text);

#endif
