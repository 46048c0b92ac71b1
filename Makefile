# scope - builds the program, its contracts and its tests.
#
#   make demo     the cross-chain swap, settled, and three forgeries refused
#   make check    everything that can fail
#   make bench    the figures of docs/performance.md
#
# Everything that is built lands in build/. The first run installs what is needed (tools/setup.sh).

MODE ?= release
B := build/$(MODE)
CC ?= gcc
CXX ?= g++
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Werror
ARCH := -march=x86-64 -mbmi -mbmi2 -mlzcnt -mpopcnt
COMMON := -D_GNU_SOURCE -g -fno-omit-frame-pointer -pthread $(ARCH) -Isrc -I$(B)/gen
ifeq ($(MODE),release)
COMMON += -O3
else ifeq ($(MODE),sanitize)
COMMON += -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DSANITIZE
else
$(error MODE is release or sanitize)
endif
CFLAGS_ALL := -std=c17 $(COMMON) $(WARN)
CXXFLAGS_ALL := -std=c++20 $(COMMON) -Wall -Wextra -Werror

LAYERS := base crypto codec evm state scope chain verify io prover builder node app
KERNEL := base crypto codec evm state scope chain verify
SRC := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.c))
TEST_SRC := $(filter %_test.c,$(SRC))
FUZZ_SRC := $(filter %_fuzz.c,$(SRC))
BENCH_SRC := $(filter %_bench.c,$(SRC))
LIB_SRC := $(filter-out %_test.c %_fuzz.c %_bench.c src/app/main.c,$(SRC))
CXX_SRC := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.cc))
LIB_OBJ := $(LIB_SRC:src/%.c=$(B)/%.o) $(CXX_SRC:src/%.cc=$(B)/%.o)

# third-party C sources, compiled straight out of node_modules, without our warnings
NPM := node_modules
THIRD_OBJ := $(B)/third/KeccakP-1600-opt64.o
LDLIBS := -lsecp256k1 -lgmp -lcrypto -lsimdjson -lcyaml -lstdc++ -lm

.SUFFIXES:
.SECONDARY:
.PHONY: all
all: $(B)/scope

$(B)/scope: $(B)/app/main.o $(B)/libscope.a
	$(CXX) $(COMMON) -o $@ $^ $(LDLIBS)

$(B)/libscope.a: $(LIB_OBJ) $(THIRD_OBJ)
	rm -f $@ && ar rcs $@ $^

$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_$(notdir $*)) -MMD -MP -c -o $@ $<

$(B)/%.o: src/%.cc
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

# -O3 without -march: gcc 12 vectorizes this file badly otherwise (docs/performance.md)
$(B)/third/KeccakP-1600-opt64.o: $(NPM)/keccak/src/libkeccak-64/KeccakP-1600-opt64.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -g -O3 -mbmi -mbmi2 -w -c -o $@ $<

# one program per x_test.c (cmocka), x_bench.c
$(B)/%_test: $(B)/%_test.o $(B)/libscope.a
	$(CXX) $(COMMON) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/%_bench: $(B)/%_bench.o $(B)/libscope.a
	$(CXX) $(COMMON) -o $@ $^ $(LDLIBS)

TESTS := $(TEST_SRC:src/%.c=$(B)/%)
.PHONY: tests
tests: $(TESTS)

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
