#!/usr/bin/env bash
# The long form: tests/fuzz/run.sh MINUTES [TARGET...] runs every target (exr, weights, json) for so long, one after the
# other, under AddressSanitizer and UBSan. Needs clang. What it learns stays in build-fuzz/corpus for the next time; what
# crashes, takes over 10 s or over 1 GB lies in build-fuzz/found: mend it, and put the file into tests/fuzz/found/TARGET, where
# every run of the tests tries it. To let the fuzzer see into OpenEXR, too, build that with
# -fsanitize=fuzzer-no-link,address and name its cmake folder in OpenEXR_DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
minutes=${1:?usage: run.sh MINUTES [TARGET...]}
shift
targets=("$@")
[ $# -gt 0 ] || targets=(exr weights json)
build=${INBETWEEN_FUZZ_BUILD:-$here/../../build-fuzz}

cmake -S "$here/../.." -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DINBETWEEN_FUZZ=ON -DINBETWEEN_BUILD_BENCH=OFF \
    -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    ${OpenEXR_DIR:+-DOpenEXR_DIR="$OpenEXR_DIR"} >/dev/null
cmake --build "$build" --target fuzz_seeds "${targets[@]/#/fuzz_}"
"$build/tests/fuzz/fuzz_seeds" "$build/seeds"

status=0
for target in "${targets[@]}"; do
    mkdir -p "$build/corpus/$target" "$build/found"
    echo "== $target, $minutes minutes"
    ASAN_OPTIONS=quarantine_size_mb=32:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 "$build/tests/fuzz/fuzz_$target" \
        -max_total_time=$((minutes * 60)) -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "$build/seeds/$target" "$here/found/$target" \
        2>"$build/$target.log" || status=1
    grep -E "^(stat::|SUMMARY|==[0-9]+==ERROR)|Test unit written" "$build/$target.log" || true
done
exit $status
