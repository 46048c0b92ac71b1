#include "ledger/fees.h"

#include "base/u256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* What go-ethereum asks of a successor, in whole wei: new * 100 >= old * (100 + bump), and new > old; bump is 10
 * (core/txpool/legacypool), with blobs 100 (core/txpool/blobpool). */
static bool node_takes(u64 new_fee, u64 old_fee, bool has_blobs)
{
    return new_fee > old_fee && new_fee * 100 >= old_fee * (has_blobs ? 200 : 110);
}

/* Each fee is raised as far as nodes ask, and no further than that and a wei; what is higher already stays. */
static const struct {
    bool has_blobs;
    u64 before[3]; /* fee, priority fee, blob fee */
    u64 own[3];    /* of the successor, before */
    u64 want[3];
} row[] = {
    {false, {3000000000, 1000000000, 0}, {3000000000, 1000000000, 2}, {3300000001, 1100000001, 2}},
    {false, {9, 1, 0}, {9, 1, 7}, {10, 2, 7}},
    {false, {19, 11, 0}, {1, 1, 7}, {21, 13, 7}},
    {false, {100, 10, 0}, {500, 10, 7}, {500, 12, 7}},
    {true, {3000000000, 1000000000, 2}, {3000000000, 1000000000, 2}, {6000000001, 2000000001, 5}},
    {true, {9, 1, 1}, {9, 1, 1}, {19, 3, 3}},
    {true, {100, 10, 40}, {500, 10, 500}, {500, 21, 500}},
};

static void raises_as_far_as_nodes_ask(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (int successor = TX_DYNAMIC_FEE; successor <= TX_SET_CODE; successor++) {
            const struct fees before = fees_of(&(struct tx){
                .type = row[i].has_blobs ? TX_BLOB : TX_SET_CODE,
                .max_fee = u256_from_u64(row[i].before[0]),
                .max_priority_fee = u256_from_u64(row[i].before[1]),
                .max_blob_fee = u256_from_u64(row[i].before[2]),
            });
            struct tx t = {
                .type = (enum tx_type)successor,
                .max_fee = u256_from_u64(row[i].own[0]),
                .max_priority_fee = u256_from_u64(row[i].own[1]),
                .max_blob_fee = u256_from_u64(row[i].own[2]),
            };
            fees_outbid(&t, &before);
            const u64 got[3] = {u256_saturate_u64(&t.max_fee), u256_saturate_u64(&t.max_priority_fee),
                                u256_saturate_u64(&t.max_blob_fee)};
            for (size_t k = 0; k < 3; k++) {
                assert_int_equal(got[k], row[i].want[k]);
                if (k < 2 || row[i].has_blobs)
                    assert_true(node_takes(got[k], row[i].before[k], row[i].has_blobs));
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raises_as_far_as_nodes_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
