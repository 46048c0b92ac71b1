#include "io/json_scan.h"

#include <simdjson.h>

namespace
{

using scanner = std::unique_ptr<simdjson::internal::dom_parser_implementation>;

// simdjson marks this interface as its own; it is stable within the version that apt pins, and
// json_test.c and json_fuzz.c fail when it is not what is said here.
thread_local scanner held;

} // namespace

extern "C" enum json_scan json_scan(const uint32_t **offset, size_t *count, const uint8_t *text, size_t size)
{
    if (size == 0)
        return JSON_SCAN_EMPTY; // simdjson looks at the last byte
    if (!held) {
        const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(size, 1, held);
        if (error)
            return JSON_SCAN_MEMORY;
    }
    if (held->capacity() < size && held->set_capacity(size) != simdjson::SUCCESS) {
        held.reset();
        return JSON_SCAN_MEMORY;
    }
    switch (held->stage1(text, size, simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS:
        *offset = held->structural_indexes.get();
        *count = held->n_structural_indexes;
        return JSON_SCAN_OK;
    case simdjson::EMPTY:
        return JSON_SCAN_EMPTY;
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
        return JSON_SCAN_MEMORY;
    default:
        return JSON_SCAN_TEXT;
    }
}

extern "C" void json_scan_release(void)
{
    held.reset();
}
