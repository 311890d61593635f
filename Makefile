# SPDX-License-Identifier: Apache-2.0
# The commands of a user; `make help` lists them. CMake builds, this file only calls.

# Variables for the command line, e.g. make sim N=8 SEED=7.
CONFIG  ?=
N       ?=
SEED    ?=
WAVES   ?=
THREADS ?=
SHORT   ?=
STEPS   ?=
TEST    ?=
CORE    ?=
MODEL   ?=
BACKEND ?=
FLAGS   ?=
BOARD   ?=
SEEDS   ?=
PORT    ?=
ONLY    ?=
FROM    ?=
SOAK    ?=
V       ?=
BUILD   ?= build
PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
# More for CMake, e.g. CMAKE_FLAGS=-DCMAKE_CXX_COMPILER=clang++
CMAKE_FLAGS ?=

MAKEFLAGS += --no-print-directory
Q        := $(if $(V),,@)
GRADCORE := $(BUILD)/bin/gradcore
CMAKE     = cmake -S . -B $(BUILD) -G Ninja -DGRADCORE_TRACE=$(if $(WAVES),ON,OFF) \
            -DGRADCORE_NETLIST=$(if $(NETLIST),ON,OFF) $(CMAKE_FLAGS) \
            $(if $(V),,--log-level=WARNING >/dev/null)
NINJA     = cmake --build $(BUILD) -j $(JOBS) $(if $(V),-v)
HARDWARE  = $(if $(CONFIG),--config "$(CONFIG)") $(if $(N),--n $(N))
# usage: $(call program_for,core or chip,options of `gradcore cores`): the program, with the core or
# chip that is asked for if it is none of those that are always built.
program_for = $(NINJA) --target gradcore && core=$$($(GRADCORE) cores --missing $(2)) && \
              { [ -z "$$core" ] || { echo "building the $(1) $$core (N:F:operand KiB:accumulator KiB)" && \
                cmake -DGRADCORE_EXTRA_CORES="$$core" $(BUILD) >/dev/null && \
                { $(NINJA) --target gradcore || \
                  { cmake -DGRADCORE_EXTRA_CORES= $(BUILD) >/dev/null; false; }; }; }; }
PROGRAM   = $(call program_for,core,$(HARDWARE))
NETWORK   = $(or $(CONFIG),sw/configs/$(or $(MODEL),digits).yaml)
# Models are trained on the functional simulator, where minutes on the RTL are seconds, unless asked.
CHIP      = $(or $(BACKEND),$(if $(MODEL),model,rtl))
TRAIN_OUT = $(BUILD)/train$(if $(MODEL),/$(MODEL))
RUN_TESTS = scripts/run-tests --build $(BUILD) --jobs $(JOBS) $(if $(SEED),--seed $(SEED))

.DEFAULT_GOAL := help
.PHONY: help setup configure build sim train test soak bench virtual-board bringup waves synth fpga program netlist generate lint format install clean distclean

help: ## this list
	@echo 'usage: make TARGET [VARIABLE=value ...]'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'variables:'
	@echo '  CONFIG=file.yaml  hardware, vectors and training of sim, hardware of bench,'
	@echo '                    network of train (default: sw/configs/digits.yaml)'
	@echo '  N=4|8|16|32       size of the array (default 16)'
	@echo '  SEED=number       seed of random data (default: the configuration'"'"'s; tests: fixed)'
	@echo '  WAVES=1           sim, train: write waveforms'
	@echo '  THREADS=number    threads of sim'
	@echo '  SHORT=1           sim trains for two epochs only, 80 % accuracy pass'
	@echo '  STEPS=number      train ends after so many steps, at the end of an epoch if it is more than one'
	@echo '  TEST=regex        the tests that test, soak and waves run'
	@echo '  PREFIX=dir        where install puts things'
	@echo '  MODEL=name        train sw/configs/name.yaml: gpt, dlrm or dlrm-criteo, on the functional simulator'
	@echo '                    unless BACKEND=rtl'
	@echo '  BACKEND=model|rtl what train runs on (default: rtl, with MODEL model)'
	@echo '  FLAGS=...         virtual-board: errors of its line, e.g. --flip 1e-4 --drop 1e-4 --seed 7'
	@echo '  PORT=/dev/ttyUSB0 bringup: the board; sim is one in simulation, broken the same with a bad PE: FLAGS'
	@echo '                    are then those of virtual-board; ONLY=step, FROM=step, SOAK=seconds'
	@echo '  BOARD=ulx3s       fpga, program: a board of rtl/fpga/boards.yaml; CONFIG=n8 is its configuration,'
	@echo '                    SEEDS=4 takes the best of four placements'
	@echo '  CORE=1            synth only the matrix unit with its memories, not the chip'
	@echo '  V=1               show every command; BUILD=dir JOBS=number CMAKE_FLAGS=... as usual'

setup: ## install what is missing to build, simulate and test (Debian, Ubuntu)
	$(Q)scripts/setup

configure:
	$(Q)scripts/setup
	$(Q)$(CMAKE)

build: configure ## build everything: program, models, tests
	$(Q)$(NINJA)

sim: configure ## golden vectors, then train a network on the simulated chip
	$(Q)$(PROGRAM)
	$(Q)$(GRADCORE) sim $(if $(CONFIG),"$(CONFIG)") $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(THREADS),--threads $(THREADS)) $(if $(SHORT),--short) $(if $(WAVES),--waves) \
	  --out $(BUILD)/sim

# What is not there is said before a build of some minutes.
train: ## train a network on the simulated chip, with a report and a timeline of it
	@test -f "$(NETWORK)" || { echo 'make train: there is no $(NETWORK)' >&2; exit 1; }
	$(Q)$(MAKE) configure
	$(Q)$(if $(filter rtl,$(CHIP)),$(call program_for,chip,--network "$(NETWORK)"),$(NINJA) --target gradcore)
	$(Q)mkdir -p $(TRAIN_OUT)
	$(Q)$(GRADCORE) train "$(NETWORK)" --backend $(CHIP) $(if $(STEPS),--steps $(STEPS)) \
	  $(if $(SEED),--seed $(SEED)) --report $(TRAIN_OUT)/report.html \
	  $(if $(filter rtl,$(CHIP)),--timeline $(TRAIN_OUT)/timeline.json) --json $(TRAIN_OUT)/results.json \
	  $(if $(MODEL),--checkpoint $(TRAIN_OUT)/checkpoint.npz) \
	  $(if $(WAVES),--waves $(TRAIN_OUT)/chip.fst --listing $(TRAIN_OUT)/listing.txt)
	$(if $(filter gpt,$(MODEL)),@echo 'a text: $(GRADCORE) generate $(NETWORK) --checkpoint $(TRAIN_OUT)/checkpoint.npz --prompt "You may " --temperature 0.8')
	@echo 'report with the loss curve: $(TRAIN_OUT)/report.html$(if $(filter rtl,$(CHIP)),; timeline for ui.perfetto.dev: $(TRAIN_OUT)/timeline.json)'

test: configure ## build and run all tests but the long ones
	$(Q)$(NINJA)
	$(Q)$(RUN_TESTS) $(if $(TEST),--only "$(TEST)")

soak: configure ## the long tests: exhaustive and very many random patterns
	$(Q)$(NINJA)
	$(Q)$(RUN_TESTS) --soak $(if $(TEST),--only "$(TEST)")

bench: configure ## cycles, utilisation and simulation speed of the benchmark
	$(Q)$(PROGRAM)
	$(Q)$(GRADCORE) bench $(HARDWARE) --json $(BUILD)/bench.json

# The top of the FPGA board in Verilator behind a pseudo-terminal; FLAGS="--flip 1e-4 --seed 7" for a bad line.
virtual-board: configure ## the FPGA board in simulation, at a serial port for gradcore train --port (N=4: a small one)
	$(Q)$(NINJA) --target gradcore gradcore-virtual-board$(if $(filter 4,$(N)),-small)
	$(Q)$(BUILD)/bin/gradcore-virtual-board$(if $(filter 4,$(N)),-small) $(FLAGS)

# The options of gradcore bringup.
BRINGUP = $(if $(ONLY),--only "$(ONLY)") $(if $(FROM),--from "$(FROM)") $(if $(SOAK),--soak $(SOAK)) \
          $(if $(SEED),--seed $(SEED)) --json $(BUILD)/bringup.json
VIRTUAL_BOARD = gradcore-virtual-board$(if $(filter broken,$(PORT)),-broken,$(if $(filter 8,$(N)),,-small))

bringup: ## check a board step by step, from its line to training (PORT=sim: one in simulation)
	@test -n "$(PORT)" || { echo 'make bringup: which port? PORT=/dev/ttyUSB0, or PORT=sim' >&2; exit 1; }
	$(Q)$(MAKE) configure
	$(Q)$(NINJA) --target gradcore $(if $(filter sim broken,$(PORT)),$(VIRTUAL_BOARD))
ifneq ($(filter sim broken,$(PORT)),)
	$(Q)scripts/bringup-virtual $(GRADCORE) $(BUILD)/bin/$(VIRTUAL_BOARD) $(BRINGUP) -- $(FLAGS)
else
	$(Q)$(GRADCORE) bringup --port "$(PORT)" $(BRINGUP) $(FLAGS)
endif

waves: WAVES := 1
waves: configure ## run the test TEST=regex (or, without TEST, the simulation) and write waveforms
ifneq ($(TEST),)
	$(Q)$(NINJA)
	$(Q)mkdir -p $(BUILD)/waves && touch $(BUILD)/waves/.begun
	$(Q)$(RUN_TESTS) --only "$(TEST)" --waves $(BUILD)/waves
	$(Q)find $(BUILD)/waves -name "*.gtkw" -newer $(BUILD)/waves/.begun -printf "gtkwave %p\n"
else
	$(Q)$(MAKE) sim WAVES=1
endif

synth: ## area and clock with Yosys and nextpnr (ECP5)
	$(Q)scripts/setup synth
	$(Q)scripts/synth $(if $(N),--n $(N)) $(if $(CORE),--core)

# usage: $(call bitstream,options of scripts/fpga)
bitstream = scripts/fpga $(or $(BOARD),ulx3s) --build $(BUILD) $(if $(CONFIG),--config $(CONFIG)) \
            $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) $(1)

fpga: ## the bitstream of an FPGA board
	$(Q)scripts/setup synth
	$(Q)$(bitstream)

program: ## the same, and onto the board with openFPGALoader
	$(Q)scripts/setup synth board
	$(Q)$(call bitstream,--program)

netlist: NETLIST := 1
netlist: ## simulate the synthesised netlists of the PE and of a 4 x 4 core against RTL and model
	$(Q)scripts/setup
	$(Q)scripts/setup synth
	$(Q)$(CMAKE)
	$(Q)$(NINJA) --target test_netlist_pe test_netlist_core
	$(Q)$(RUN_TESTS) --only '^netlist[.]'

generate: configure ## write anew what is generated: instruction set, tables of functions
	$(Q)$(NINJA) --target gradcore-generate
	$(Q)$(BUILD)/bin/gradcore-generate

lint: ## Verilator -Wall, clang-format, clang-tidy, house rules
	$(Q)scripts/setup lint
	$(Q)$(CMAKE)
	$(Q)scripts/lint --build $(BUILD) --jobs $(JOBS)

format: ## format all C++ in place
	$(Q)scripts/setup lint
	$(Q)scripts/lint --fix

install: configure ## program and libraries under PREFIX (default /usr/local)
	$(Q)$(NINJA) --target gradcore gradcore_compiler
	$(Q)cmake --install $(BUILD) --prefix "$(PREFIX)" --component gradcore >/dev/null
	$(Q)cmake --install $(BUILD) --prefix "$(PREFIX)" --component program >/dev/null
	@echo 'installed under $(PREFIX)'

clean: ## remove what was built (downloaded tools stay)
	$(Q)! [ -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name tools -exec rm -rf {} +

distclean: ## remove the whole build folder
	$(Q)rm -rf $(BUILD)
