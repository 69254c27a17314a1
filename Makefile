# The same as the scripts, by shorter names. `make` alone builds build/juror.
.PHONY: build demo test test-simulated asan fuzz soak bench train-mini format lint clean

build:
	scripts/build

demo:
	scripts/demo

test:
	scripts/test

test-simulated:  # every test of the rooms that compute, on an accelerator that exists in memory alone
	scripts/test-simulated

asan:  # the torch-free rooms under the address and undefined-behaviour sanitizers
	scripts/setup
	cmake --preset asan --log-level=WARNING
	cmake --build --preset asan
	ctest --preset asan

fuzz:  # each target of tests/fuzz for 30 s; scripts/fuzz SECONDS for longer
	scripts/fuzz

soak: build  # GRPO under SIGKILL at random moments, compared with a run left alone; the server for an hour
	scripts/soak
	scripts/soak-serve

bench: build
	build/juror bench

train-mini:
	scripts/train-mini

format:
	scripts/setup lint
	git ls-files '*.h' '*.cpp' | xargs clang-format -i

lint:
	scripts/lint

clean:
	rm -rf build
