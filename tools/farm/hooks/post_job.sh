#!/usr/bin/env bash
# What a farm calls once the keyframes are rendered. Parameters come from the environment, where no farm needs to quote
# them; each is checked before anything is done.
#
#   post_job.sh            make the whole shot
#   post_job.sh shard K N  make part K of N (1 to N); the parts may run at the same time, on any machines
#   post_job.sh merge      join the parts: manifest, re-render list and report of the shot
#   post_job.sh rerender   render what is asked for, frames and boxes, and put it into the shot, until nothing is left
#   post_job.sh check      only check the parameters and say what would be done
#
#   INBETWEEN_KEYS       folder of the keyframes, absolute
#   INBETWEEN_OUT        folder for what is made, absolute
#   INBETWEEN_PATTERN    the keyframes' name in it, such as beauty.####.exr (default: the one sequence that is there)
#   INBETWEEN_THRESHOLD  predicted error from which a frame is rendered after all, 0 to 1 (default: the tool's)
#   INBETWEEN_THREADS    threads (default 0: as many as the process may use)
#   INBETWEEN_MEMORY     budget, such as 512M or 8G (default: half of what is free)
#   INBETWEEN_PROGRESS   lines (default), openjd or none
#   INBETWEEN_BIN        the executable (default: inbetween, from the PATH)
#   INBETWEEN_FAIL_ON_FLAGGED  1: exit with 3 where something is to be rendered after all (default 0)
#   INBETWEEN_SCENE      for rerender: the renderer's scene file, absolute; #### is the frame's number
#   INBETWEEN_RENDERER   for rerender: blender (default), arnold, renderman, maya or vray
#   INBETWEEN_ROUNDS     for rerender: rounds at most (default 8)
#
# What is to be rendered is in OUT: whole frames in rerender.txt, boxes in regions.txt, both in regions.json. The last line
# says how many. Exit codes are those of inbetween: 0 done; 1 some frames failed, the rest are complete; 2 a parameter or
# the input cannot be used; 3 something is to be rendered (see INBETWEEN_FAIL_ON_FLAGGED; of rerender: still, after the
# last round). Killed or failed parts are simply run again: what is complete is kept.
set -euo pipefail

refuse() {
    printf 'post_job.sh: error: %s\n' "$*" >&2
    exit 2
}

# The value as it can be shown in one line.
shown() { printf '%q' "$1"; }

absoluteFolder() { # <variable>
    local value=${!1:-}
    [ -n "$value" ] || refuse "$1 is not set; give the absolute path of a folder"
    [[ $value == /* ]] || refuse "$1 is $(shown "$value"); give an absolute path, as farms run jobs in folders of their own"
}

wholeNumber() { # <name> <value> <least> <most>
    [[ $2 =~ ^[0-9]{1,6}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
        refuse "$1 is $(shown "$2"); give a whole number from $3 to $4"
}

matches() { # <variable> <regular expression> <what to give>; an empty value leaves the choice to the tool
    local value=${!1:-}
    [[ -z $value || $value =~ $2 ]] || refuse "$1 is $(shown "$value"); give $3"
}

# Runs what makes the manifest, writes the report unless that was impossible, and exits with the first code that is not 0:
# a shot of which some frames failed has a report, too.
withReport() { # <command...>
    local code=0 reportCode=0
    "$@" || code=$?
    case $code in
    0 | 1 | 3)
        "$bin" report "$INBETWEEN_OUT" || reportCode=$?
        sayWhatToRender
        ;;
    esac
    exit $((code ? code : reportCode))
}

linesIn() { # <file in OUT>
    if [ -f "$INBETWEEN_OUT/$1" ]; then wc -l <"$INBETWEEN_OUT/$1"; else echo 0; fi
}

sayWhatToRender() {
    printf 'to render: whole frames %d (rerender.txt), boxes %d (regions.txt, regions.json), in %s\n' \
        "$(linesIn rerender.txt)" "$(linesIn regions.txt)" "$(shown "$INBETWEEN_OUT")"
}

# next, render, update, until nothing is asked for. Each round has a new folder, as box 1 of a frame is another one in the
# next round, and what is left from an earlier job may show another version of the scene.
rerender() {
    local round folder commands number=1
    for ((round = 1; round <= rounds; ++round)); do
        while [ -e "$INBETWEEN_OUT/again/$number" ]; do number=$((number + 1)); done
        folder=$INBETWEEN_OUT/again/$number
        commands=$("$bin" regions "$INBETWEEN_OUT" --next --format "$renderer" --scene "$INBETWEEN_SCENE" --to "$folder") ||
            exit $?
        if [ -z "$commands" ]; then
            sayWhatToRender
            exit 0
        fi
        bash -euo pipefail <(printf '%s\n' "$commands") ||
            { printf 'post_job.sh: error: %s failed in round %d; see its output above\n' "$renderer" "$round" >&2 && exit 1; }
        "$bin" update "$INBETWEEN_OUT" --rendered "$folder" || exit $?
    done
    sayWhatToRender
    commands=$("$bin" regions "$INBETWEEN_OUT" --next --format "$renderer" --scene "$INBETWEEN_SCENE") || exit $?
    [ -z "$commands" ] || exit 3
}

bin=${INBETWEEN_BIN:-inbetween}
command -v -- "$bin" >/dev/null || refuse "$(shown "$bin") cannot be executed; set INBETWEEN_BIN to the inbetween executable"
absoluteFolder INBETWEEN_OUT
matches INBETWEEN_FAIL_ON_FLAGGED '^[01]$' "0 or 1"
flagged=()
[ "${INBETWEEN_FAIL_ON_FLAGGED:-0}" = 0 ] || flagged=(--fail-on-flagged)

mode=${1:-all}
case $mode in
all | check) [ $# -le 1 ] || refuse "$mode takes no arguments" ;;
shard)
    [ $# -eq 3 ] || refuse "shard needs two numbers: shard K N"
    wholeNumber "the number of shards" "$3" 1 100000
    wholeNumber "the shard" "$2" 1 "$3"
    ;;
merge)
    [ $# -eq 1 ] || refuse "merge takes no arguments"
    withReport "$bin" merge "$INBETWEEN_OUT" "${flagged[@]}"
    ;;
rerender)
    [ $# -eq 1 ] || refuse "rerender takes no arguments"
    renderer=${INBETWEEN_RENDERER:-blender} rounds=${INBETWEEN_ROUNDS:-8}
    matches INBETWEEN_RENDERER '^(blender|arnold|renderman|maya|vray)$' "blender, arnold, renderman, maya or vray"
    wholeNumber INBETWEEN_ROUNDS "$rounds" 1 1000
    [[ ${INBETWEEN_SCENE:-} == /* ]] || refuse "INBETWEEN_SCENE is $(shown "${INBETWEEN_SCENE:-}"); give the absolute path of a scene"
    rerender
    exit 0
    ;;
*) refuse "there is no $(shown "$mode"), only shard K N, merge, rerender and check" ;;
esac

absoluteFolder INBETWEEN_KEYS
[ -d "$INBETWEEN_KEYS" ] || refuse "INBETWEEN_KEYS: there is no folder $(shown "$INBETWEEN_KEYS") on $(uname -n)"
matches INBETWEEN_PATTERN '^[^/]+$' "the name of files in INBETWEEN_KEYS, such as beauty.####.exr"
matches INBETWEEN_THRESHOLD '^(0?\.[0-9]+|[01](\.0*)?)$' "a number from 0 to 1"
matches INBETWEEN_MEMORY '^[0-9]+(\.[0-9]+)?[MG]$' "a size such as 512M or 8G"
matches INBETWEEN_PROGRESS '^(lines|openjd|none)$' "lines, openjd or none"
wholeNumber INBETWEEN_THREADS "${INBETWEEN_THREADS:-0}" 0 4096

run=("$bin" run "$INBETWEEN_KEYS${INBETWEEN_PATTERN:+/$INBETWEEN_PATTERN}" -o "$INBETWEEN_OUT"
    --threads "${INBETWEEN_THREADS:-0}" --progress "${INBETWEEN_PROGRESS:-lines}")
[ -z "${INBETWEEN_THRESHOLD:-}" ] || run+=(--threshold "$INBETWEEN_THRESHOLD")
[ -z "${INBETWEEN_MEMORY:-}" ] || run+=(--memory "$INBETWEEN_MEMORY")
case $mode in
check) exec "${run[@]}" --dry-run ;;
shard) exec "${run[@]}" --shard "$2/$3" ;; # exec: signals of the farm reach inbetween itself
esac
withReport "${run[@]}" "${flagged[@]}"
