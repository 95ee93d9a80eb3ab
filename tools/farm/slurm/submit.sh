#!/usr/bin/env bash
# Submits a shot to Slurm: an array job over its parts, a job that joins them, and on request one that renders the rest.
set -euo pipefail

usage() {
    cat <<'TEXT'
submit.sh KEYS OUT [options] [-- sbatch options]

KEYS and OUT must be on a file system that every node sees.
  --shards N      parts, each an array task (default 16)
  --threads N     processors a part (default 4)
  --memory N      gigabytes for what a part has in flight (default 8; Slurm is asked for one more)
  --pattern P     the keyframes' name in KEYS, such as beauty.####.exr
  --threshold X   predicted error from which a frame is rendered after all, 0 to 1
  --inbetween B   the executable (default: inbetween, from the PATH)
  --scene FILE    then render what is asked for, frames and boxes, and put it into the shot (default: only list it)
  --renderer R    what renders it: blender (default), arnold, renderman, maya or vray
  --wait          return when all is done, with the exit code of the last job

What is to be rendered is in OUT/rerender.txt (whole frames), OUT/regions.txt (boxes) and OUT/regions.json (both).
Logs go to OUT/logs. Example:
  submit.sh /show/sh010/keys /show/sh010/out --shards 32 -- --partition render --time 2:00:00
To go on after a failure, submit the same again: what is complete is kept.
TEXT
}

refuse() {
    printf 'submit.sh: error: %s (see submit.sh --help)\n' "$*" >&2
    exit 2
}

places=()
shards=16
threads=4
memory=8
wait=()
bin=${INBETWEEN_BIN:-inbetween}
pattern="" threshold="" scene="" renderer=blender
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --wait) wait=(--wait) ;;
    --)
        shift
        break
        ;;
    --shards | --threads | --memory | --pattern | --threshold | --inbetween | --scene | --renderer)
        [ $# -ge 2 ] || refuse "$1 needs a value"
        case $1 in
        --shards) shards=$2 ;;
        --threads) threads=$2 ;;
        --memory) memory=$2 ;;
        --pattern) pattern=$2 ;;
        --threshold) threshold=$2 ;;
        --inbetween) bin=$2 ;;
        --scene) scene=$2 ;;
        --renderer) renderer=$2 ;;
        esac
        shift
        ;;
    -*) refuse "there is no option $(printf %q "$1")" ;;
    *) places+=("$1") ;;
    esac
    shift
done
[ ${#places[@]} -eq 2 ] || refuse "give KEYS and OUT, nothing more"

wholeNumber() { # <name> <value> <least> <most>
    [[ $2 =~ ^[0-9]{1,6}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
        refuse "$1 is $(printf %q "$2"); give a whole number from $3 to $4"
}
wholeNumber --shards "$shards" 1 100000
wholeNumber --threads "$threads" 1 4096
wholeNumber --memory "$memory" 1 100000
[ -z "$scene" ] || [ -f "$scene" ] || [[ $scene == *#* ]] || refuse "--scene: there is no file $(printf %q "$scene")"
[[ $renderer =~ ^(blender|arnold|renderman|maya|vray)$ ]] ||
    refuse "--renderer is $(printf %q "$renderer"); give blender, arnold, renderman, maya or vray"
command -v sbatch >/dev/null || refuse "there is no sbatch here; run this where Slurm's commands are"

# The jobs get their parameters from the environment, so that no file name passes through a shell's quoting. The hook
# checks the others, here once before anything is submitted, and in each job again.
hook=$(cd "$(dirname "${BASH_SOURCE[0]}")/../hooks" && pwd)/post_job.sh
INBETWEEN_KEYS=$(realpath -m -- "${places[0]}")
INBETWEEN_OUT=$(realpath -m -- "${places[1]}")
INBETWEEN_BIN=$(command -v -- "$bin") || refuse "$(printf %q "$bin") cannot be executed; give --inbetween"
INBETWEEN_BIN=$(realpath -- "$INBETWEEN_BIN")
export INBETWEEN_KEYS INBETWEEN_OUT INBETWEEN_BIN INBETWEEN_HOOK=$hook INBETWEEN_SHARDS=$shards
export INBETWEEN_PATTERN=$pattern INBETWEEN_THRESHOLD=$threshold INBETWEEN_THREADS=$threads
export INBETWEEN_MEMORY=${memory}G INBETWEEN_PROGRESS=lines
[ -z "$scene" ] || INBETWEEN_SCENE=$(realpath -m -- "$scene")
export INBETWEEN_SCENE INBETWEEN_RENDERER=$renderer
"$hook" check
# Slurm would read %j and \\ in the name of a log, so the log's folder is entered instead of named.
mkdir -p -- "$INBETWEEN_OUT/logs"
cd -- "$INBETWEEN_OUT/logs"

submit() { sbatch --parsable --export=ALL --requeue "$@"; }
array=$(submit --job-name inbetween --array "1-$shards" --cpus-per-task "$threads" --mem "$((memory + 1))G" \
    --output 'shard_%A_%a.log' "$@" --wrap 'exec "$INBETWEEN_HOOK" shard "$SLURM_ARRAY_TASK_ID" "$INBETWEEN_SHARDS"')
array=${array%%;*} # "job;cluster" where there are several clusters
printf 'array job %s: %s parts, logs in %q\n' "$array" "$shards" "$INBETWEEN_OUT/logs"
# afterany, not afterok: a shot with one unreadable keyframe still gets its manifest and re-render list, and the merge
# itself refuses, with the numbers, when parts are missing.
status=0
last=("${wait[@]}")
[ -z "$scene" ] || last=()
merge=$(submit --job-name inbetween-merge --dependency "afterany:$array" --cpus-per-task 1 --mem 2G \
    --output 'merge_%j.log' "${last[@]}" "$@" --wrap 'exec "$INBETWEEN_HOOK" merge') || status=$?
[ -n "$merge" ] || exit 2
printf 'merge job %s\n' "${merge%%;*}"
if [ -n "$scene" ]; then
    rerender=$(submit --job-name inbetween-rerender --dependency "afterany:${merge%%;*}" --cpus-per-task "$threads" \
        --mem "$((memory + 1))G" --output 'rerender_%j.log' "${wait[@]}" "$@" --wrap 'exec "$INBETWEEN_HOOK" rerender') ||
        status=$?
    [ -n "$rerender" ] || exit 2
    printf 'rerender job %s\n' "${rerender%%;*}"
fi
exit "$status"
