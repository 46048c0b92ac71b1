# scope - builds the program, its contracts and its tests.
#
#   make          the program: build/release/bin/scope
#   make up       an L1 and two rollups as endpoints; ARGS="--rollups 5 --slot 12" for others
#   make demo     the cross-chain swap, settled, and the forgeries refused
#   make demo-l1  the examples on anvil as the L1, in blobs; the rollups derived from it, and compared
#   make demo-stacks  unmodified contracts of other stacks, synchronous
#   make check    everything that can fail; ends with "N passed, N failed"
#   make difftest MINUTES=10        random blocks, executed by us and by @ethereumjs/vm
#   make gas      what scoped calls cost; make mutate: a test fails for each check that is removed
#   make defences a test fails for each defence of docs/security.md that is taken away
#   make bench    the benchmarks; make bench-peers: the same programs in anvil, and the ratio
#
#   make install PREFIX=DIR         the program, libscope with its headers, man pages, completion, contracts
#   make uninstall PREFIX=DIR       removes all of it
#
#   make guest    the proving program: build/guest/scope.elf (docs/guest.md)
#   make link-kit  the program, linked for zkVMs with stubs of their libraries
#   make program-id    records its id for the present sources: src/guest/program.json
#
#   make layers | pure | format     who includes whom; what the kernel needs; how the source looks
#   make rings                      no units call each other in a ring
#   make format-fix                 lays the source out
#   make tests MODE=sanitize        every x_test.c, as build/sanitize/<folder>/x_test
#   make fuzz-rlp SECONDS=600       fuzzes src/kernel/codec/rlp_fuzz.c
#
# Build output goes to build/, with a folder for each MODE and compiler. Missing packages are installed
# first, once (tools/setup.sh). V=1 shows the commands.

MODE ?= release
CC := $(if $(filter default,$(origin CC)),$(if $(filter fuzz guest% bare-%,$(MODE)),clang,gcc),$(CC))
CXX := $(if $(filter default,$(origin CXX)),$(subst clang,clang++,$(subst gcc,g++,$(CC))),$(CXX))
B := build/$(MODE)$(if $(and $(findstring clang,$(CC)),$(filter release sanitize,$(MODE))),-clang)
export PATH := $(CURDIR)/build/bin:$(PATH)

# --- flags: one line a mode -----------------------------------------------------------------------

X86 := -march=x86-64 -mbmi -mbmi2 -mlzcnt -mpopcnt
SAN := -O1 -fno-omit-frame-pointer -DSANITIZE -fsanitize=address,undefined -fno-sanitize-recover=all
# The kernel alone, with no operating system and no libc under it. System folders come last, for the
# headers of the crypto libraries.
BARE := -O2 -fomit-frame-pointer -ffreestanding -fno-pic -nostdlibinc -isystem tools/freestanding/include \
	-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu

FLAGS_release      := -O3 $(X86) -pthread
FLAGS_sanitize     := $(SAN) $(X86) -pthread
FLAGS_thread       := -O1 -fno-omit-frame-pointer -DSANITIZE -fsanitize=thread -Wno-maybe-uninitialized $(X86) -pthread
FLAGS_fuzz         := $(SAN) $(X86) -pthread -fsanitize=fuzzer-no-link
FLAGS_bare-x86_64  := $(BARE) --target=x86_64-unknown-none-elf $(X86)
FLAGS_bare-riscv64 := $(BARE) --target=riscv64-unknown-elf -march=rv64im -mabi=lp64 -mcmodel=medany -msmall-data-limit=0
# The proving program (make guest): the kernel alone as well, for the machine of docs/guest.md.
FLAGS_guest := -O3 -ffreestanding -fno-pic -nostdlibinc -isystem tools/freestanding/inlined -isystem tools/freestanding/include \
	-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu --target=riscv64-unknown-elf -march=rv64im -mabi=lp64 \
	-mcmodel=medany -msmall-data-limit=0 -ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. -DEVM_BYTES_ONLY=1
FLAGS_guest-lto := $(FLAGS_guest) -flto
FLAGS := $(or $(FLAGS_$(MODE)),$(error MODE is one of $(patsubst FLAGS_%,%,$(filter FLAGS_%,$(.VARIABLES)))))

WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wpointer-arith -Wwrite-strings
COMMON := -D_GNU_SOURCE -g $(FLAGS) $(WARN)
CFLAGS_ALL := -std=c17 $(COMMON) -Wstrict-prototypes -Wmissing-prototypes
CXXFLAGS_ALL := -std=c++20 $(COMMON)
LDLIBS_inflate := -lz # what ours is compared with
LDLIBS := -ldeflate -lsecp256k1 -lgmp -lcrypto -lsimdjson -lyaml -lcurl -lwslay -llmdb -lstdc++ -lm

# What a file may include by its folder: the kernel, but for its tests, sees nothing but itself.
KERNEL_ONLY := -Isrc/kernel
EVERYTHING := -Isrc/kernel -Isrc/shell -Isrc/test -Iinclude
GUEST_INCLUDES := -Isrc/kernel -Isrc/shell -Isrc/guest
include_paths = $(if $(filter guest/%,$(1)),$(GUEST_INCLUDES),$(if $(filter kernel/%,$(1)),$(if $(filter %_test %_fuzz %_bench,$(1)),$(EVERYTHING),$(KERNEL_ONLY)),$(EVERYTHING)))

# --- sources --------------------------------------------------------------------------------------

SRC := $(filter-out src/guest/%,$(wildcard src/*/*/*.c))
CXX_SRC := $(wildcard src/*/*/*.cc)
TEST_SRC := $(filter %_test.c,$(SRC))
FUZZ_SRC := $(filter %_fuzz.c,$(SRC))
BENCH_SRC := $(filter %_bench.c,$(SRC))
UNIT_SRC := $(filter-out $(TEST_SRC) $(FUZZ_SRC) $(BENCH_SRC),$(SRC))
# What is the program's own, and in no library: scenarios, the commands, and what only tests need.
PROGRAM_SRC := $(filter src/test/% $(foreach folder,explorer options scenario play export cli,src/shell/$(folder)/%),$(UNIT_SRC))
LIB_SRC := $(filter-out $(PROGRAM_SRC),$(UNIT_SRC))
MAIN := $(B)/shell/cli/main.o

# The contracts, compiled and embedded (src/shell/contracts/contracts.h).
CONTRACTS_SRC := $(shell find contracts/src contracts/examples contracts/oracle -name '*.sol' 2>/dev/null) $(wildcard contracts/foundry.toml)
CONTRACTS_TABLE := build/gen/contracts_table.c build/gen/oracle_contracts_table.c

PROGRAM_OBJ := $(filter-out $(MAIN),$(PROGRAM_SRC:src/%.c=$(B)/%.o)) $(B)/gen/oracle_contracts_table.o \
	$(B)/gen/explorer_files.o
LIB_OBJ := $(LIB_SRC:src/%.c=$(B)/%.o) $(CXX_SRC:src/%.cc=$(B)/%.o) $(B)/gen/contracts_table.o \
	$(B)/gen/program_id.o $(B)/gen/openrpc.o
KERNEL_OBJ := $(filter $(B)/kernel/%,$(LIB_SRC:src/%.c=$(B)/%.o))
TESTS := $(TEST_SRC:src/%.c=$(B)/%)
FUZZERS := $(FUZZ_SRC:src/%.c=$(B)/%)
BENCHES := $(BENCH_SRC:src/%.c=$(B)/%)
# Clang compiles these for its warnings: they run from the build by gcc.
$(patsubst src/%.c,build/fuzz/%.o,$(TEST_SRC) $(BENCH_SRC)): CFLAGS_ALL += -fno-sanitize=all -g0

# Third-party C sources, compiled straight out of node_modules, without our warnings.
NPM := node_modules
BLST := $(NPM)/c-kzg/deps/blst
THIRD_OBJ := $(addprefix $(B)/third/,KeccakP-1600-opt64.o blst_server.o blst_assembly.o ckzg.o llhttp.o llhttp_api.o llhttp_http.o)
CFLAGS_bls12_381 := -isystem $(BLST)/bindings
CFLAGS_kzg_proof := -isystem $(BLST)/bindings


# Numbers are four 64-bit words: copied through vector registers, a word just written makes the copy wait
# (docs/performance.md). The loops need every register.
INTEGER := $(if $(filter bare-riscv64 guest%,$(MODE)),,-mgeneral-regs-only)
CFLAGS_program_run := $(INTEGER) $(if $(filter release,$(MODE)),-fomit-frame-pointer)
CFLAGS_interpreter := $(CFLAGS_program_run)
CFLAGS_ops := $(INTEGER)
CFLAGS_u256 := $(INTEGER)
CKZG := $(NPM)/c-kzg/deps/c-kzg
TRUSTED_SETUP := $(B)/gen/trusted_setup.image
CFLAGS_trusted_setup := -DTRUSTED_SETUP='"$(TRUSTED_SETUP)"'
# Debian's package of Node's HTTP parser is its generated C source.
LLHTTP := /usr/share/llhttp
LLHTTP_HEADERS := -isystem /usr/share/include/llhttp
$(foreach file,server connection reply workers socket listen loop close,$(eval CFLAGS_$(file) := $(LLHTTP_HEADERS)))

CFLAGS_kzg_setup := -isystem $(CKZG) -isystem $(BLST)/bindings

# --- building -------------------------------------------------------------------------------------

.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc) --output-sync=target --no-print-directory
endif
say = $(if $(V),,@printf '  %-6s %s\n' $(1) $(2) &&)

.PHONY: all tests fuzzers benches objects setup
all: $(B)/bin/scope
tests: $(TESTS)
fuzzers: $(FUZZERS)
benches: $(BENCHES)
objects: $(SRC:src/%.c=$(B)/%.o) $(CXX_SRC:src/%.cc=$(B)/%.o)

# The library for other programs: include/scope, examples/embed.c, docs/rollups.md
PREFIX ?= /usr/local
.PHONY: install uninstall
install: $(B)/bin/scope $(B)/install/libscope.a
	@tools/install.sh install $(PREFIX) $(B) "$(LDLIBS)"
uninstall:
	@tools/install.sh uninstall $(PREFIX) $(B)

# One relocatable object, in which only the names of the public headers are global.
$(B)/install/libscope.a: $(B)/libscope.a
	@mkdir -p $(@D)
	$(call say,LD,$@) rm -f $@ && ld -r --force-group-allocation -o $(@D)/scope.o --whole-archive $< && \
	objcopy --strip-debug --wildcard --keep-global-symbol='scope_*' $(@D)/scope.o && ar rcs $@ $(@D)/scope.o && rm $(@D)/scope.o

$(B)/bin/scope: $(MAIN) $(B)/libprogram.a $(B)/libscope.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CXX) $(FLAGS) -o $@ $^ $(LDLIBS)

$(B)/libscope.a: $(LIB_OBJ) $(THIRD_OBJ) $(B)/objects.list
	$(call say,AR,$@) rm -f $@ && ar rcs $@ $(LIB_OBJ) $(THIRD_OBJ)

$(B)/libprogram.a: $(PROGRAM_OBJ) $(B)/objects.list
	$(call say,AR,$@) rm -f $@ && ar rcs $@ $(PROGRAM_OBJ)

$(B)/%.o: src/%.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) $(CFLAGS_ALL) $(call include_paths,$*) $(CFLAGS_$(notdir $*)) -MMD -MP -c -o $@ $<

# Ethereum's KZG ceremony, precomputed: two seconds here, none at run time.
$(B)/shell/io/trusted_setup.o: $(TRUSTED_SETUP)
MAKE_SETUP_OBJ := $(foreach unit,kernel/base/arena kernel/base/err kernel/base/list kernel/crypto/sha256 \
	shell/kzg/kzg_setup shell/io/bug shell/io/complaint shell/io/file shell/io/memory,$(B)/$(unit).o) $(THIRD_OBJ)
$(B)/gen/make_trusted_setup: $(B)/gen/make_trusted_setup.o $(MAKE_SETUP_OBJ)
	$(call say,LINK,$@) $(CXX) $(FLAGS) -o $@ $^ $(LDLIBS)
$(B)/gen/make_trusted_setup.o: tools/make_trusted_setup.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) $(CFLAGS_ALL) $(EVERYTHING) -MMD -MP -c -o $@ $<
$(TRUSTED_SETUP): $(B)/gen/make_trusted_setup $(CKZG)/trusted_setup.txt
	$(call say,SETUP,$@) $< $(CKZG)/trusted_setup.txt $@

$(B)/%.o: src/%.cc $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CXX,$@) $(CXX) $(CXXFLAGS_ALL) $(EVERYTHING) -MMD -MP -c -o $@ $<

$(B)/gen/%.o: build/gen/%.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) $(CFLAGS_ALL) $(EVERYTHING) -MMD -MP -c -o $@ $<

$(CONTRACTS_TABLE) &: $(CONTRACTS_SRC) tools/compile_contracts.mjs package-lock.json | setup
	$(call say,SOLC,$(firstword $(CONTRACTS_TABLE))) node tools/compile_contracts.mjs && touch $(CONTRACTS_TABLE)

# The page of the node: src/shell/explorer/explorer.h.
EXPLORER_SRC := $(shell find explorer -type f)
build/gen/explorer_files.c: $(EXPLORER_SRC) tools/build_explorer.mjs $(firstword $(CONTRACTS_TABLE)) | setup
	$(call say,PAGE,$@) node tools/build_explorer.mjs

build/gen/openrpc.c: tools/build_openrpc.mjs src/shell/devnet/openrpc.json src/shell/node/rpc.def src/shell/devnet/methods.def | setup
	$(call say,RPC,$@) node tools/build_openrpc.mjs

# Without -march, which makes gcc 12 vectorize this file to half its speed.
$(B)/third/KeccakP-1600-opt64.o: $(NPM)/keccak/src/libkeccak-64/KeccakP-1600-opt64.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) -std=gnu11 -g -O3 -mbmi -mbmi2 -w -c -o $@ $<

# As its build.sh does; portable: the processor is asked at run time.
$(B)/third/blst_server.o: $(BLST)/src/server.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) -g -O2 -fno-builtin -D__BLST_PORTABLE__ -w -c -o $@ $<

$(B)/third/blst_assembly.o: $(BLST)/build/assembly.S $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,AS,$@) $(CC) -g -D__BLST_PORTABLE__ -c -o $@ $<

$(B)/third/ckzg.o: $(CKZG)/ckzg.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) -g -O2 -I$(CKZG) -I$(BLST)/bindings -w -c -o $@ $<

$(B)/%_test: $(B)/%_test.o $(B)/libprogram.a $(B)/libscope.a
	$(call say,LINK,$@) $(CXX) $(FLAGS) -o $@ $^ -lcmocka $(LDLIBS) $(LDLIBS_$(notdir $*))

$(B)/%_bench: $(B)/%_bench.o $(B)/libprogram.a $(B)/libscope.a
	$(call say,LINK,$@) $(CXX) $(FLAGS) -o $@ $^ $(LDLIBS)

$(B)/%_fuzz: $(B)/%_fuzz.o $(B)/libprogram.a $(B)/libscope.a
	$(call say,LINK,$@) $(CXX) $(FLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) $(LDLIBS_$(notdir $*))

$(B)/third/llhttp.o $(B)/third/llhttp_api.o $(B)/third/llhttp_http.o: $(B)/third/%.o: $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) -g -O3 $(LLHTTP_HEADERS) -w -c -o $@ $(LLHTTP)/$(*:llhttp_%=%).c

# Lists that objects and the archive depend on: rewritten only when their text changes.
remember = $(if $(filter-out x$(strip $(file <$(1))),x$(strip $(2))),$(shell mkdir -p $(B))$(file >$(1),$(2)))
$(call remember,$(B)/flags.list,$(CC) $(CXX) $(CFLAGS_ALL) $(CXXFLAGS_ALL))
$(call remember,$(B)/objects.list,$(LIB_OBJ) $(THIRD_OBJ) $(PROGRAM_OBJ))
$(B)/%.list: ;

# What setup installs may be missing while this file is read.
$(NPM)/%: | setup ;
setup:
	+@tools/setup.sh

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# --- checking -------------------------------------------------------------------------------------
# A recipe with + writes to the terminal as it goes; the others' output is collected until they end.

.PHONY: up demo demo-l1 demo-stacks stacks check check-full difftest bench model layers pure pure-objects format format-fix clean
up: $(B)/bin/scope
	+@exec $(B)/bin/scope up $(ARGS)

demo: $(B)/bin/scope
	+@$(B)/bin/scope run examples/swap.yaml

# Contracts of other stacks, out of their npm packages, and the adapters: build/stacks.
stacks: setup
	@node tools/compile_stacks.mjs

demo-stacks: $(B)/bin/scope stacks
	@$(B)/bin/scope run $(sort $(wildcard examples/stacks/*.yaml))

demo-l1: $(B)/bin/scope
	+@node tools/demo_l1.mjs $(B)/bin/scope examples/swap.yaml examples/two-rollups.yaml

check check-full: setup
	+@tools/setup.sh check && node tools/check.mjs $@

.PHONY: bench-programs bench-peers
bench-programs: $(B)/kernel/evm/precompile_bench | setup
	@node tools/bench_programs.mjs
	@node tools/bench_precompiles.mjs $<

# Random blocks against @ethereumjs/vm: PROGRAMS=n, MINUTES=n, SEED=n (docs/testing.md).
difftest: $(B)/bin/scope
	+@node tests/client/difftest.mjs $< $(if $(PROGRAMS),--programs $(PROGRAMS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

bench: all benches bench-programs
	+@for program in $(BENCHES); do echo "== $$program"; $$program || exit 1; done

bench-peers: benches bench-programs
	+@node tools/bench_peers.mjs $(B)/kernel/evm/evm_bench $(wildcard ../shared/bench) build/bench/programs build/bench/precompiles

# model: a quarter of an hour, and up to 12 GB of memory (tests/model/run.mjs --memory); a part of it is in check
model: setup
	@node tests/model/run.mjs

# gas: what calls cost, by direction, and where it goes (docs/gas.md)
.PHONY: gas
gas: $(B)/bin/scope
	+@node tools/gas.mjs
	@mkdir -p build/bench && $(B)/bin/scope run bench/gas.yaml --export-l1 build/bench/gas.l1.json >build/bench/gas.log
	@node tests/client/gas_split.mjs build/bench/gas.l1.json

# mutate: hours, or what changed since the last time; WHAT=contracts or c: a part of it (tools/mutate.mjs)
.PHONY: mutate print-libraries
mutate: setup
	+@nice node tools/mutate.mjs $(WHAT)

# defences: a test fails without each defence of docs/security.md, section 6 (tools/defences.mjs)
.PHONY: defences
defences: $(B)/bin/scope
	+@node tools/defences.mjs $(WHAT)
print-libraries:
	@echo $(LDLIBS)

layers:
	@tools/layers

# Units that need each other (tools/rings.mjs).
UNIT_OBJ := $(UNIT_SRC:src/%.c=$(B)/%.o) $(CXX_SRC:src/%.cc=$(B)/%.o)
.PHONY: rings
rings: $(UNIT_OBJ)
	@node tools/rings.mjs $(B) $(UNIT_OBJ)

pure: setup
	@$(MAKE) MODE=bare-x86_64 pure-objects
	@$(MAKE) MODE=bare-riscv64 pure-objects
pure-objects: $(KERNEL_OBJ)
	@tools/pure $(MODE) $(KERNEL_OBJ)

# What a proof is about: the verifier as an image for RV64IM. It is linked of three parts (docs/guest.md):
#   the program     the kernel, its crypto over the interface of zkvm-standards; knows no machine
#   a library       that interface: in C, or as calls of the machine
#   a machine       entry, input and output, layout
CFLAGS_runtime := -fno-builtin -fno-lto # its loops are memcpy, and must not become calls of it
objects_of = $(patsubst src/%.c,$(B)/%.o,$(wildcard src/guest/$(1)/*.c))
GUEST_CRYPTO := $(addprefix src/kernel/crypto/,keccak_many.c secp256k1.c kzg.c kzg_blob.c)
GUEST_SRC := $(filter-out src/kernel/crypto/%,$(filter src/kernel/%,$(LIB_SRC))) $(GUEST_CRYPTO) \
	$(wildcard src/guest/accelerated/*.c src/guest/image/*.c) src/shell/prover/guest_input.c src/shell/prover/request.c
GUEST_OBJ := $(GUEST_SRC:src/%.c=$(B)/%.o)
MACHINE_OBJ := $(B)/guest/machine/start.o $(B)/guest/machine/io.o
# The library's sources have the kernel's names and others inside of it (software/names.h).
SOFTWARE_SRC := $(wildcard src/guest/software/*.c) src/shell/rv/zkvm.c $(patsubst %,src/kernel/crypto/%.c,\
	secp256k1_recover inverse bn254 bn254_field bn254_pairing bls12_381 kzg_proof blake2f)
SOFTWARE_OBJ := $(SOFTWARE_SRC:src/%.c=$(B)/software/%.o) $(B)/software/third/keccak_permute.o
$(B)/software/%.o: src/%.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) $(CFLAGS_ALL) $(GUEST_INCLUDES) -include src/guest/software/names.h $(CFLAGS_$(notdir $*)) -MMD -MP -c -o $@ $<
$(B)/software/third/keccak_permute.o: $(NPM)/keccak/src/libkeccak-64/KeccakP-1600-opt64.c src/guest/software/names.h $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) -std=gnu11 $(FLAGS) -include src/guest/software/names.h -DKeccakP1600_useLaneComplementing -w -c -o $@ $<
.PHONY: guest
guest: setup
	@$(MAKE) MODE=guest build/guest/scope.elf build/guest/scope-accelerated.elf
# Its crypto under the vectors of the kernel's: the program's functions and the library come before the kernel's.
SOFTWARE_TESTS := $(addprefix $(B)/software/tests/,$(addprefix crypto/,p256_test modexp_test hashes_test secp256k1_test bn254_test \
	bls12_381_test kzg_proof_test) evm/precompile_test)
.PHONY: software-tests
software-tests: $(SOFTWARE_TESTS)
$(B)/software/tests/%_test: $(B)/kernel/%_test.o $(call objects_of,accelerated) $(SOFTWARE_OBJ) $(B)/libprogram.a $(B)/libscope.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CXX) $(FLAGS) -o $@ $^ -lcmocka $(LDLIBS)
# The id of the image that native code stands for: as recorded for these sources, or of the image, which is built then.
GUEST_INPUTS := $(sort $(GUEST_SRC) $(SOFTWARE_SRC) $(wildcard src/kernel/*/*.h src/kernel/*/*.def src/guest/*/*.h \
	src/guest/machine/*)) src/shell/rv/zkvm_accelerators.h src/shell/rv/zkvm_memory.h src/shell/prover/guest_input.h src/shell/prover/request.h $(wildcard tools/freestanding/*/*.h) package-lock.json
PROGRAM_ID := node tools/program_id.mjs
PROGRAM_ID_FROM := "$(subst $(CURDIR),.,$(FLAGS_guest))" $(GUEST_INPUTS)
build/gen/program_id.c: $(GUEST_INPUTS) Makefile tools/program_id.mjs src/guest/program.json | setup
	$(call say,ID,$@) $(PROGRAM_ID) recorded $(PROGRAM_ID_FROM) || $(MAKE) MODE=guest build/guest/scope.elf
	@$(PROGRAM_ID) embed $@ $(PROGRAM_ID_FROM)
.PHONY: program-id program-id-recorded
program-id-recorded:
	@$(PROGRAM_ID) recorded $(PROGRAM_ID_FROM)
program-id: guest
	@$(PROGRAM_ID) record $(PROGRAM_ID_FROM)
link_image = ld.lld --gc-sections --no-undefined -z separate-code -T src/guest/machine/machine.ld -o $@ $(filter %.o,$^)
$(B)/scope.elf: $(GUEST_OBJ) $(MACHINE_OBJ) $(SOFTWARE_OBJ) $(B)/third/guest_blst.o src/guest/machine/machine.ld
	$(call say,LINK,$@) $(link_image)
# What is left for the program itself where a zkVM has circuits for the interface (rv/accelerators.def).
$(B)/scope-accelerated.elf: $(GUEST_OBJ) $(MACHINE_OBJ) $(B)/guest/machine/accelerators.o src/guest/machine/machine.ld
	$(call say,LINK,$@) $(link_image)
# The program as the tools of a zkVM would link it, with a stub of their library: linked, never run. Native objects by
# GNU ld and by lld; MODE=guest-lto has LLVM bitcode, by lld.
KIT := src/guest/kit
CFLAGS_sdk := -fno-lto # a vendor's library is native: in bitcode, all behind a function that traps would be removed
KIT_LD := $(if $(filter guest,$(MODE)),riscv64-linux-gnu-ld ld.lld,ld.lld)
KIT_ELVES := $(foreach ld,$(KIT_LD),$(foreach platform,zisk sp1 openvm,$(B)/kit/$(platform)-$(ld).elf))
.PHONY: link-kit link-kit-lto link-kit-elves
link-kit: guest
	@$(MAKE) MODE=guest link-kit-elves
link-kit-lto: setup
	@$(MAKE) MODE=guest-lto link-kit-elves
link-kit-elves: $(KIT_ELVES)
$(B)/kit/program.a: $(GUEST_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@) rm -f $@ && llvm-ar rcs $@ $(GUEST_OBJ)
$(KIT_ELVES): $(B)/kit/%.elf: $(B)/kit/program.a $(B)/guest/kit/sdk.o $(wildcard $(KIT)/*.ld)
	$(call say,LINK,$@) $(if $(filter %-ld.lld,$*),ld.lld --lto-O3,riscv64-linux-gnu-ld) --gc-sections -z separate-code -L $(KIT) \
		-T $(KIT)/$(firstword $(subst -, ,$*)).ld -o $@ $(B)/guest/kit/sdk.o $(B)/kit/program.a
$(B)/third/guest_blst.o: $(BLST)/src/server.c $(B)/flags.list | setup
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) $(FLAGS) -D__BLST_NO_ASM__ -D__BLST_PORTABLE__ -D__BLST_NO_CPUID__ -w -c -o $@ $<

format: setup
	@node tools/format.mjs check
format-fix: setup
	@node tools/format.mjs fix

SECONDS ?= 60
fuzz-%: setup
	@$(MAKE) MODE=fuzz fuzz-run-$*
fuzz-run-%: fuzzers
	@mkdir -p build/corpus/$*
	+$(or $(filter %/$*_fuzz,$(FUZZERS)),$(error there is no $*_fuzz.c)) -max_total_time=$(SECONDS) build/corpus/$* $(wildcard tests/corpus/$*)

clean:
	rm -rf build
