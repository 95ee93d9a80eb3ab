#!/usr/bin/env bash
# Installs the build into an empty prefix, and builds and runs a program of another project with it.
# package_test.sh CMAKE BUILD SAMPLE_FRAMES COMPILER
set -euo pipefail
cmake=$1 build=$2 samples=$3 compiler=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" || { cat "$work/install.log"; fail "install"; }
# A package is built in one place and used in another.
prefix=$work/prefix
mv "$work/first" "$prefix"

mkdir "$work/app"
cat >"$work/app/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.22)
project(app LANGUAGES CXX)
find_package(inbetween REQUIRED)
add_executable(app app.cpp)
target_link_libraries(app PRIVATE inbetween::inbetween)
EOF
cat >"$work/app/app.cpp" <<'EOF'
#include <inbetween/preview.h>
#include <inbetween/run.h>
#include <iostream>
#include <string_view>

int main(int, char** argv) {
    if (argv[1] == std::string_view("plan")) {
        inbetween::RunOptions options;
        options.keys = argv[2];
        const inbetween::Plan plan = inbetween::plan(options);
        std::cout << plan.sequence.keyframes.size() << " keyframes, " << plan.toMake << " to make\n";
    } else {
        std::cout << inbetween::writePreview(argv[2], {}).frames << " frames in the movie\n";
    }
}
EOF
"$cmake" -S "$work/app" -B "$work/app/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Release >"$work/app.log" 2>&1 &&
    "$cmake" --build "$work/app/build" >>"$work/app.log" 2>&1 || { cat "$work/app.log"; fail "building against the package"; }

expect() { # expect OUTPUT COMMAND...
    local wanted=$1 got
    shift
    got=$("$@") || fail "$*"
    [[ $got == *"$wanted"* ]] || fail "$*: '$wanted' expected, got '$got'"
}
app=$work/app/build/app command=$prefix/bin/inbetween
expect "5 keyframes, 4 to make" "$app" plan "$samples/parallax/keys"
expect "inbetween " "$command" --version

# The module for movies is found from the prefix, by the command and by the program.
readelf -d "$command" | grep -q "$build" && fail "the installed command looks for libraries in the build folder"
"$command" run "$samples/parallax/keys" -o "$work/out" -q --frames 1,3 || fail "run"
expect "3 frames" "$command" preview "$work/out"
expect "3 frames in the movie" "$app" preview "$work/out"
echo "the package can be used"
