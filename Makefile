# The front door. Everything here is a short call of CMake, CTest or a script in tools/.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TEST_JOBS ?= 2
RELEASE := build/release

.DEFAULT_GOAL := help
.PHONY: help setup setup-boards setup-test setup-bench configure build demo test lint format bench models fuzz clean

help:
	@echo 'make demo    train, quantize, compile and run the example on an emulated board (build/demo)'
	@echo 'make test    build everything and run all tests          make test LABEL=unit  one kind only'
	@echo 'make build   the program alone: $(RELEASE)/mote'
	@echo 'make lint    include arrows, embedded rules, formatting, clang-tidy'
	@echo 'make format  rewrite the sources with clang-format'
	@echo 'make bench   build and run the benchmarks'
	@echo 'make models  the table of models against the reference runtimes (docs/models.md; a Python environment in build/oracle)'
	@echo 'make fuzz    TARGET=tflite_reader_fuzz MINUTES=10 FROM=folder: one fuzz target under sanitizers'
	@echo 'make setup   install the Debian or Ubuntu packages the program needs (root or sudo)'
	@echo 'make setup-boards   also compilers and emulators of the boards that are not Arm'
	@echo 'make clean   remove build/'
	@echo
	@echo 'Missing packages are installed first; MOTE_SKIP_SETUP=1 leaves the system alone.'

setup:
	@tools/setup.sh demo

setup-boards:
	@tools/setup.sh boards

setup-test:
	@tools/setup.sh test

setup-bench:
	@tools/setup.sh bench

# A release tree that exists keeps its tests setting: demo and test share it and never rebuild each other's objects.
configure: setup
	@test -f $(RELEASE)/build.ninja || cmake --preset release -DMOTE_BUILD_TESTS=OFF

build: configure
	@cmake --build $(RELEASE) --target mote -j $(JOBS)

demo: build
	@tools/demo.sh

test: setup-test
	@cmake --preset release -DMOTE_BUILD_TESTS=ON
	@cmake --build $(RELEASE) -j $(JOBS)
	@ctest --test-dir $(RELEASE) -j $(TEST_JOBS) --output-on-failure $(if $(LABEL),-L '^$(LABEL)$$')

# clang-tidy runs as part of compiling with the tidy preset; what passed once is not looked at again until it changes.
lint: setup-test
	@python3 tools/check_arrows.py
	@python3 tools/check_runtime.py
	@tools/check_format.sh
	@cmake --preset tidy -DMOTE_BUILD_TESTS=OFF
	@cmake --build build/tidy -j $(JOBS)

format: setup-test
	@tools/check_format.sh --fix

bench: setup-bench
	@cmake --preset bench
	@cmake --build build/bench -j $(JOBS)
	@tools/bench.sh build/bench

TARGET ?= tflite_reader_fuzz
MINUTES ?= 10
fuzz: setup-test
	@tools/fuzz.sh $(TARGET) $(MINUTES) $(FROM)

# What other runtimes compute, from pinned packages in an environment of their own.
MODELS ?= ../shared/data
build/oracle/bin/python: tools/oracle_requirements.txt
	@python3 -m venv build/oracle
	@build/oracle/bin/pip install --quiet -r tools/oracle_requirements.txt
	@touch $@

models: build build/oracle/bin/python
	@build/oracle/bin/python tools/model_table.py --mote $(RELEASE)/mote --out docs/models.md $(MODELS)

clean:
	rm -rf build
