#!/usr/bin/env bash
# The unit tests under a sanitizer: tools/sanitize.sh address (with UBSan) or thread. Further arguments go to
# ctest, or to the test of the graph.
# Builds into build-address or build-thread; packages as for tools/test.sh.
#
# address: the stations that parse what others wrote and that compute, each by itself. Not the whole command: what it adds is
#   taken from these. Leaks count, too.
# thread: the flow graph. Debian's libtbb is not built for ThreadSanitizer, which then sees neither its locks nor that a task
#   starts after what spawned it: oneTBB is built for it, too, from Debian's source package of the same version.
#   Exit code 77 where that cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kind=${1:?usage: sanitize.sh address|thread [arguments]}
shift
case $kind in
address)
    targets=(base_test sequence_test exr_test view_test motion_test synthesis_test risk_test manifest_test review_test
        fuzz_seeds fuzz_exr fuzz_weights fuzz_json)
    tests='^(base|sequence|exr|view|motion|synthesis|risk|manifest|review|fuzz)\.'
    ;;
thread)
    targets=(flow_graph_test)
    ;;
*)
    echo "sanitize.sh: error: '$kind' is not address or thread" >&2
    exit 2
    ;;
esac
build=$PWD/build-$kind

# buildTbb <folder>: leaves an installation in <folder>/prefix. Needs deb.debian.org once.
buildTbb() {
    mkdir -p "$1/lists/partial"
    echo "deb-src http://deb.debian.org/debian $(. /etc/os-release && echo "$VERSION_CODENAME") main" >"$1/sources.list"
    (
        cd "$1"
        apt=(apt-get -qq -o "Dir::Etc::sourcelist=$1/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$1/lists")
        "${apt[@]}" update
        "${apt[@]}" source --download-only onetbb
        mkdir -p source && tar xf onetbb_*.orig.tar.* --strip-components 1 -C source
    )
    cmake -S "$1/source" -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTBB_SANITIZE=thread -DTBB_TEST=OFF \
        -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF -DCMAKE_INSTALL_PREFIX="$1/prefix" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >/dev/null
    cmake --build "$1/build" --target install >/dev/null
}

if [ "$kind" = thread ]; then
    [ -d "$build/tbb/prefix/lib/cmake/TBB" ] || buildTbb "$build/tbb" || {
        echo "sanitize.sh: skipped: oneTBB cannot be built for ThreadSanitizer here, see the error above" >&2
        exit 77
    }
    export TBB_DIR=$build/tbb/prefix/lib/cmake/TBB
fi
cmake --preset "$kind" ${TBB_DIR:+-DTBB_DIR="$TBB_DIR"} >/dev/null
cmake --build "$build" --target "${targets[@]}"
# What OpenEXR loses is no leak of ours.
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tools/lsan_suppressions.txt:print_suppressions=0
export TSAN_OPTIONS=suppressions=$PWD/tools/tsan_suppressions.txt:halt_on_error=1
if [ "$kind" = thread ]; then
    exec "$build/tests/flow_graph_test" --gtest_repeat=20 --gtest_brief=1 "$@" # other orders of the threads each time
fi
ctest --test-dir "$build" -R "$tests" --output-on-failure -j "$(nproc)" "$@"
