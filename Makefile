# SPDX-License-Identifier: Apache-2.0
#
# The front door. Every target works first in a fresh clone: it sets up what it needs.
#   make          release build: build/release/bin/firn
#   make demo     the main job on the example histories
#   make test     all fast tests

JOBS ?= $(shell nproc)
# Many tests wait for the disk most of the time.
TEST_JOBS ?= $(shell expr 2 \* $(JOBS))
PREFIX ?= $(HOME)/.local

.PHONY: all demo test asan tsan fuzz bench interop lint install package setup clean

all: build-release

# What people use is one program; tests are built by the other presets.
build-release: TARGET = --target firn

setup:
	@tools/setup

build-%: setup
	@cmake --preset $* > build-$*.log 2>&1 || { cat build-$*.log; rm -f build-$*.log; exit 1; }
	@rm -f build-$*.log
	@cmake --build --preset $* -j $(JOBS) $(TARGET)

demo: build-release
	@tools/demo build/release/bin/firn

test: build-debug
	@ctest --preset debug -j $(TEST_JOBS)

asan: build-asan
	@ctest --preset asan -j $(TEST_JOBS)

tsan: build-tsan
	@ctest --preset tsan -j $(TEST_JOBS)

bench: build-release
	@cmake --build --preset release -j $(JOBS) --target engine_bench sort_bench write_bench
	@bench/run build/release/bin/firn
	@bench/engine build/release/bench/engine_bench
	@bench/write build/release/bench/write_bench
	@bench/sort build/release/bench/sort_bench

# CI hands in a preset that it has built already.
INTEROP_PRESET ?= release
interop: build-$(INTEROP_PRESET)
	@test/interop/run build/$(INTEROP_PRESET)/bin/firn

lint:
	@tools/setup --with lint
	@tools/lint

install: build-release
	@cmake --install build/release --prefix $(PREFIX) --strip > /dev/null
	@echo "installed $(PREFIX)/bin/firn"

package: build-release
	@tools/package

clean:
	@rm -rf build
