#!/usr/bin/env bash
# Installs the build into an empty prefix, builds tools/examples with it, and runs them and the command.
# package_test.sh CMAKE BUILD SOURCE COMPILER
set -euo pipefail
cmake=$1 build=$2 source=$3 compiler=$4
samples=$source/sample_frames
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" || { cat "$work/install.log"; fail "install"; }
# A package is built in one place and used in another.
prefix=$work/prefix
mv "$work/first" "$prefix"

examples=$work/examples
"$cmake" -S "$source/tools/examples" -B "$examples" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Release >"$work/examples.log" 2>&1 &&
    "$cmake" --build "$examples" >>"$work/examples.log" 2>&1 || { cat "$work/examples.log"; fail "building the examples"; }

expect() { # expect OUTPUT COMMAND...
    local wanted=$1 got
    shift
    got=$("$@") || fail "$*"
    [[ $got == *"$wanted"* ]] || fail "$*: '$wanted' expected, got '$got'"
}
command=$prefix/bin/inbetween
expect "inbetween " "$command" --version
readelf -d "$command" | grep -q "$build" && fail "the installed command looks for libraries in the build folder"

mkdir "$work/keys"
ln -s "$samples"/parallax/keys/*{1,3}.exr "$work/keys"
keys=("$work"/keys/*.exr)
[ ${#keys[@]} = 2 ] || fail "two keyframes expected, got ${keys[*]}"
# The module for movies is found from the prefix, by the command and by the program.
expect "3 frames in the movie" "$examples/fill_shot" "$work/keys" "$work/out"
expect "3 frames" "$command" preview "$work/out"
expect "wrote $work/between.exr" "$examples/between_two" "${keys[@]}" "$work/between.exr"
expect "480x270" "$command" info "$work/between.exr"

# The pages and completions are those of the command.
for page in "$prefix"/share/man/man1/inbetween{,-run,-review}.1; do
    warnings=$(groff -man -Tutf8 -ww -z "$page" 2>&1) && [ -z "$warnings" ] || fail "$page: $warnings"
done
grep -q '\\-\\-max\\-gap' "$prefix/share/man/man1/inbetween-run.1" || fail "inbetween-run.1: no --max-gap"
source "$prefix/share/bash-completion/completions/inbetween"
completes() { # completes EXPECTED WORD...: what may stand in place of the last word
    local wanted=$1
    shift
    COMP_WORDS=(inbetween "$@") COMP_CWORD=$#
    _inbetween
    [ "${COMPREPLY[*]}" = "$wanted" ] || fail "completion of '$*': '$wanted' expected, got '${COMPREPLY[*]}'"
}
completes "verify" ver
completes "--max-gap" run keys --max-g
completes "error" run keys --risk er
completes "--skip-changed" review apply --sk
completes "" run keys --out ""
if command -v zsh >/dev/null; then
    zsh -n "$prefix/share/zsh/site-functions/_inbetween" || fail "completion of zsh"
fi
echo "the package can be used"
