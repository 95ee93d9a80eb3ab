#!/usr/bin/env bash
# Runs every test. Does all its own set-up, from any working directory; may be run again.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
installPackages tools/apt-packages.txt tools/apt-packages-test.txt
build dev
say "running the tests"
ctest --test-dir build --output-on-failure -j "$(nproc)" "$@"
