/* json_scan - the one thing that simdjson does for us: it finds where the tokens of a JSON text begin.
 *
 *   {"a": [10, true]}
 *   ^^  ^ ^^ ^ ^   ^^
 *
 * This is its first stage, which runs at gigabytes a second with the widest instructions the processor
 * has: the offset of every brace, bracket, colon, comma, opening quote, and first character of any other
 * run outside of strings. It also checks that the text is UTF-8, that strings are closed and that
 * they hold no control characters. json.c builds the tree; simdjson's own tree would not know the
 * places of values, nor the text of numbers.
 *
 * Read by C and C++. One scanner per thread, kept by the implementation; nothing throws across. */
#ifndef IO_JSON_SCAN_H
#define IO_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum json_scan {
    JSON_SCAN_OK,
    JSON_SCAN_EMPTY, /* no token at all */
    JSON_SCAN_TEXT,  /* not UTF-8, an open string, or a control character in one */
    JSON_SCAN_MEMORY,
};

/* size below 4 GiB. The offsets are valid until this thread scans again or json_scan_release. */
enum json_scan json_scan(const uint32_t **offset, size_t *count, const uint8_t *text, size_t size);

/* Gives back what this thread's scanner holds (4 bytes for each byte of the longest text so far). */
void json_scan_release(void);

#ifdef __cplusplus
}
#endif

#endif
