/* precompile_bench - microseconds a call and nanoseconds a unit of gas, for each precompile on typical inputs.
 *
 * The columns evmone and revm are what those took on one Zen 4 core (docs/performance.md), so a ratio here
 * compares processors, too. Calls go through precompile_run, as the VM's do. Processor time, the least
 * of 21 runs of 5 ms or more: what others do on the machine can only add to it.
 *
 *   precompile_bench [--json | --inputs]
 *
 * --inputs only prints the address and input of each row as JSON: tools/bench_precompiles.mjs makes programs of them,
 * which make bench-peers runs in anvil, too. */
#include "crypto/sha256.h"
#include "evm/precompile.h"
#include "io/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BN254_G1    "0000000000000000000000000000000000000000000000000000000000000001" \
                    "0000000000000000000000000000000000000000000000000000000000000002"
#define BN254_G1_NEGATIVE "0000000000000000000000000000000000000000000000000000000000000001" \
                    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45"
#define BN254_G1_2  "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3" \
                    "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"
#define BN254_G2    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2" \
                    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed" \
                    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b" \
                    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
#define ZEROS_16    "00000000000000000000000000000000"
#define BLS_G1      ZEROS_16 "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb" \
                    ZEROS_16 "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
#define BLS_G1_NEGATIVE ZEROS_16 "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb" \
                    ZEROS_16 "114d1d6855d545a8aa7d76c8cf2e21f267816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca"
#define BLS_G1_2    ZEROS_16 "0572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e" \
                    ZEROS_16 "166a9d8cabc673a322fda673779d8e3822ba3ecb8670e461f73bb9021d5fd76a4c56d9d4cd16bd1bba86881979749d28"
#define BLS_G2      ZEROS_16 "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8" \
                    ZEROS_16 "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" \
                    ZEROS_16 "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801" \
                    ZEROS_16 "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be"
#define SCALAR      "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593effffff1"
#define FP          ZEROS_16 "14406e5bfb9209256a3820879a29ac2f62d6aca82324bf3ae2aa7d3c54792043bd8c791fccdb080c1a52dc68b8b69350"
#define TWICE(text) text text

/* What random bytes cannot be: hex, repeated. */
static const struct row {
    const char *name;
    u16 number;
    const char *hex;
    unsigned times;
    unsigned random_bytes; /* instead of hex */
    double evmone_us, revm_us;
} rows[] = {
    {"ecrecover", 0x01,
     "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
     "000000000000000000000000000000000000000000000000000000000000001c"
     "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
     "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549", 1, 0, 130, 44},
    {"sha256, 32 bytes", 0x02, NULL, 0, 32, 0, 0},
    {"sha256, 8 KiB", 0x02, NULL, 0, 8192, 5.0, 5.4},
    {"ripemd160, 8 KiB", 0x03, NULL, 0, 8192, 28.6, 26.2},
    {"identity, 8 KiB", 0x04, NULL, 0, 8192, 0, 0},
    {"modexp, 1024 bytes, e = 65537", 0x05, NULL, 0, 0, 591, 1003},
    {"modexp, 256 bytes, e = 65537", 0x05, NULL, 1, 0, 0, 0},
    {"modexp, 32 bytes, e of 256 bits", 0x05, NULL, 2, 0, 0, 0},
    {"bn254 add", 0x06, BN254_G1 BN254_G1_2, 1, 0, 0.46, 0.51},
    {"bn254 add, infinity", 0x06, BN254_G1, 1, 0, 0, 0},
    {"bn254 mul", 0x07, BN254_G1_2 SCALAR, 1, 0, 26, 27},
    {"bn254 pairing, 2 pairs", 0x08, BN254_G1 BN254_G2 BN254_G1_NEGATIVE BN254_G2, 1, 0, 1404, 1263},
    {"bn254 pairing, 10 pairs", 0x08, BN254_G1 BN254_G2 BN254_G1_NEGATIVE BN254_G2, 5, 0, 4677, 4370},
    {"blake2f, 12 rounds", 0x09,
     "0000000c48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68"
     "059b6bbd41fbabd9831f79217e1319cde05b6162630000000000000000000000000000000000000000000000000000000000"
     "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003000000"
     "00000000000000000000000001", 1, 0, 0.45, 0.66},
    {"point evaluation", 0x0a,
     "01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b"
     "564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306"
     "24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1"
     "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7"
     "873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a", 1, 0, 1043, 1404},
    {"bls12 g1 add", 0x0b, BLS_G1 BLS_G1_2, 1, 0, 3.8, 6.4},
    {"bls12 g1 msm, 1 term", 0x0c, BLS_G1 SCALAR, 1, 0, 140, 144},
    {"bls12 g1 msm, 16 terms", 0x0c, BLS_G1 SCALAR, 16, 0, 0, 0},
    {"bls12 g1 msm, 128 terms", 0x0c, BLS_G1 SCALAR, 128, 0, 0, 0},
    {"bls12 g2 msm, 1 term", 0x0e, BLS_G2 SCALAR, 1, 0, 0, 0},
    {"bls12 g2 msm, 16 terms", 0x0e, BLS_G2 SCALAR, 16, 0, 0, 0},
    {"bls12 g2 msm, 128 terms", 0x0e, BLS_G2 SCALAR, 128, 0, 0, 0},
    {"bls12 pairing, 1 pair", 0x0f, BLS_G1 BLS_G2, 1, 0, 726, 744},
    {"bls12 pairing, 2 pairs", 0x0f, BLS_G1 BLS_G2 BLS_G1_NEGATIVE BLS_G2, 1, 0, 0, 0},
    {"bls12 map fp to g1", 0x10, FP, 1, 0, 47, 51},
    {"bls12 map fp2 to g2", 0x11, TWICE(FP), 1, 0, 0, 0},
    {"p256 verify", 0x100,
     "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
     "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
     "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
     "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
     "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e", 1, 0, 135, 237},
};

static u8 digit(char c)
{
    return (u8)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static u8 *put_random(u8 *at, size_t len)
{
    static u64 state = 88172645463325252; /* Marsaglia's xorshift */
    for (size_t i = 0; i < len; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        at[i] = (u8)(state >> 32);
    }
    return at + len;
}

static u8 *put_number(u8 *at, u64 x)
{
    memset(at, 0, 32);
    store_be64(at + 24, x);
    return at + 32;
}

static u8 *put_hex(u8 *at, const char *hex)
{
    for (; *hex; hex += 2)
        *at++ = (u8)(digit(hex[0]) << 4 | digit(hex[1]));
    return at;
}

static struct bytes modexp_input(u8 *at, unsigned kind)
{
    u8 *const start = at;
    const unsigned len = kind == 0 ? 1024 : kind == 1 ? 256 : 32, exponent_len = kind == 2 ? 32 : 3;
    at = put_number(put_number(put_number(at, len), exponent_len), len);
    at = put_random(at, len);
    at = kind == 2 ? put_random(at, 32) : put_hex(at, "010001");
    at[0] = 0xff;
    at = put_random(at, len);
    at[-1] |= 1;
    start[96 + len + exponent_len] |= 0x80;
    return bytes_of(start, (size_t)(at - start));
}

static struct bytes input_of(struct arena *arena, const struct row *row)
{
    u8 *const start = arena_take(arena, (size_t)1 << 20);
    u8 *at = start;
    if (row->random_bytes)
        return bytes_of(start, (size_t)(put_random(start, row->random_bytes) - start));
    if (row->number == 0x05)
        return modexp_input(start, row->times);
    for (unsigned i = 0; i < row->times; i++)
        at = put_hex(at, row->hex);
    if (row->times >= 16) { /* scalars of their own, in half of the terms above the order */
        const size_t term = (size_t)(at - start) / row->times;
        for (unsigned i = 0; i < row->times && (row->number == 0x0c || row->number == 0x0e); i++)
            put_random(start + (i + 1) * term - 32, 32);
    }
    return bytes_of(start, (size_t)(at - start));
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void call(struct arena *arena, const struct precompile *p, struct bytes input, i64 gas)
{
    const struct arena_mark mark = arena_mark(arena);
    struct precompile_result result;
    const enum err e = precompile_run(&result, p, input, gas, arena);
    if (e != OK || result.halt != HALT_RETURN) {
        fprintf(stderr, "%s: %s\n", p->name, e != OK ? err_text(e) : "refused its input");
        exit(1);
    }
    arena_rewind(arena, mark);
}

static double time_us(struct arena *arena, const struct precompile *p, struct bytes input, i64 gas)
{
    enum { RUNS = 21, RUN_US = 5000 };
    double least = INFINITY;
    unsigned calls = 1;
    for (unsigned run = 0; run < RUNS;) {
        const double start = now_us();
        for (unsigned c = 0; c < calls; c++)
            call(arena, p, input, gas);
        const double took = now_us() - start;
        if (took < RUN_US) { /* too short to time */
            calls *= 2;
            continue;
        }
        least = fmin(least, took / calls);
        run++;
    }
    return least;
}

enum form { AS_TABLE, AS_JSON, AS_INPUTS };

static void print_row(const struct row *row, double us, u64 gas)
{
    const double ns_per_gas = us * 1000 / (double)gas;
    printf("%-34s %10.3f %10llu %8.2f", row->name, us, (unsigned long long)gas, ns_per_gas);
    if (row->evmone_us > 0)
        printf(" %8.2f %8.2f", row->evmone_us, row->revm_us);
    printf("\n");
}

static void print_input(const struct row *row, struct bytes input)
{
    printf("{\"name\": \"%s\", \"address\": \"0x%040x\", \"input\": \"0x", row->name, row->number);
    for (size_t i = 0; i < input.len; i++)
        printf("%02x", input.ptr[i]);
    printf("\"}");
}

static void do_row(struct arena *arena, const struct row *row, enum form form)
{
    const struct arena_mark mark = arena_mark(arena);
    const struct fork fork = {.id = FORK_OSAKA};
    address at = {{0}};
    at.b[18] = (u8)(row->number >> 8);
    at.b[19] = (u8)row->number;
    const struct precompile *p = precompile_find(&fork, &at);
    const struct bytes input = input_of(arena, row);
    if (form == AS_INPUTS) {
        print_input(row, input);
    } else {
        const u64 gas = precompile_gas(p, input);
        const double us = time_us(arena, p, input, (i64)gas);
        if (form == AS_JSON)
            printf("{\"name\": \"%s\", \"us\": %.3f, \"gas\": %llu}", row->name, us, (unsigned long long)gas);
        else
            print_row(row, us, gas);
    }
    fflush(stdout);
    arena_rewind(arena, mark);
}

int main(int argc, char **argv)
{
    struct arena arena;
    enum form form = AS_TABLE;
    if (argc == 2 && strcmp(argv[1], "--json") == 0)
        form = AS_JSON;
    else if (argc == 2 && strcmp(argv[1], "--inputs") == 0)
        form = AS_INPUTS;
    else if (argc != 1) {
        fprintf(stderr, "usage: precompile_bench [--json | --inputs]\n");
        return 2;
    }
    arena_init(&arena, &system_memory);
    if (form == AS_TABLE)
        printf("%-34s %10s %10s %8s %8s %8s\n", "precompile", "us", "gas", "ns/gas", "evmone", "revm");
    else
        printf("[\n");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (form != AS_TABLE && i)
            printf(",\n");
        do_row(&arena, &rows[i], form);
    }
    if (form != AS_TABLE)
        printf("\n]\n");
    arena_release(&arena);
    return 0;
}
