#!/usr/bin/env bash
# From nothing to weights: packages, PyTorch, path-traced runs, training data, training, export. Each step takes up what an
# earlier, interrupted one left.
#   tools/train/from_nothing.sh VERSION [DEVICE]
# DEVICE: cpu (default) or cuda. WORK is the folder for data and checkpoints; RUNS, LAYERED, MINUTES and SEED say how much:
#   WORK=/tmp/try RUNS=2 LAYERED=32 MINUTES=2 tools/train/from_nothing.sh 0.0.1     a try of all of it, in minutes
# With WORK given, the weights are written there instead of into the source.
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"
version=${1:?the version that the weights are to have}
device=${2:-cpu}
weights=(--weights "${WORK:-}/ibnet2.safetensors" --golden "${WORK:-}/golden_ibnet2.safetensors")
[ -n "${WORK:-}" ] || weights=()
work=${WORK:-tools/train/work}
if [ "$device" = cpu ]; then how=(--workers "$(nproc)"); else how=(--device "$device" --workers 1 --batch 32 --crop 192); fi

installPackages <(cat tools/apt-packages.txt; printf '%s\n' blender python3-venv)
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build build --target inbetween_prior_api
python=.venv/bin/python
[ -x $python ] || python3 -m venv .venv
$python -m pip install -q -r tools/train/requirements.txt
mkdir -p "$work"
say "rendering ${RUNS:-1000} runs"
blender -b -t 0 --python tools/scenes/training_runs.py -- --out "$work/runs" --first-seed 1000 --count "${RUNS:-1000}" >"$work/render.log"
say "making the samples"
export OMP_NUM_THREADS=1
$python tools/train/make_dataset.py --data "$work/data" --runs "$work/runs" --layered "${LAYERED:-3000}"
resume=()
[ ! -f "$work/run/last.pt" ] || resume=(--resume)
say "training"
$python tools/train/train.py --data "$work/data" --run "$work/run" --minutes "${MINUTES:-240}" --seed "${SEED:-1}" "${how[@]}" "${resume[@]}"
$python tools/train/export.py "$work/run/last.pt" --version "$version" --data "$work/data" "${weights[@]}"
