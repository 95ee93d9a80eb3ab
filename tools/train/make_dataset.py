"""Makes the training data: layered motion drawn here, and triplets of the runs that tools/scenes/training_runs.py
rendered, each with all priors. May be stopped and repeated at any time; with --watch it keeps taking new runs.

    python3 tools/train/make_dataset.py --runs DIR --layered 4000
"""
import argparse
import pathlib
import time

import cv2
import numpy as np
import OpenEXR
import torch

from dataset import write_shard
from layered import make_sample
from prior import motion_prior

WORK = pathlib.Path(__file__).resolve().parent / "work"
LAYERED_PER_SHARD = 16
TRIPLETS = ((1, 2, 3), (2, 3, 4), (3, 4, 5), (1, 3, 5))
RARE_TRIPLETS = ((1, 2, 5), (1, 4, 5))


def planes_of(key0, key1, truth, moment, gap, vectors0, vectors1, depth0, depth1, exact=()):
    estimated, classical, exposure, _ = motion_prior(key0, key1, moment, gap)
    known, _, _, has_vectors = motion_prior(key0, key1, moment, gap, vectors0, vectors1, depth0, depth1)
    colours = [np.moveaxis(np.maximum(np.nan_to_num(x, posinf=0, neginf=0), 0), -1, 0) * exposure
               for x in (key0, key1, truth)]
    return np.concatenate((*colours, estimated, known, classical, *exact)), {"time": moment, "has_vectors": has_vectors}


def layered_shard(folder, number):
    samples = []
    for seed in range(number * LAYERED_PER_SHARD, (number + 1) * LAYERED_PER_SHARD):
        s = make_sample(seed)
        exact = [np.moveaxis(s.flow0, -1, 0), np.moveaxis(s.flow1, -1, 0), s.visible0[None], s.visible1[None]]
        samples.append(planes_of(s.key0, s.key1, s.truth, s.time, s.gap, s.vectors0, s.vectors1, s.depth0, s.depth1,
                                 exact))
    write_shard(folder, f"layered_{number:05d}", samples)


def read_frame(path):
    """Colour [H,W,3], vectors [H,W,4] as next and previous with y down, depth [H,W] of a Blender frame."""
    channels = OpenEXR.File(str(path), separate_channels=True).channels()

    def stack(*names):
        return np.stack([channels["ViewLayer." + name].pixels.astype(np.float32) for name in names], -1)

    x, y, z, w = np.moveaxis(stack("Vector.X", "Vector.Y", "Vector.Z", "Vector.W"), -1, 0)
    return stack("Combined.R", "Combined.G", "Combined.B"), np.stack((-z, w, x, -y), -1), stack("Depth.Z")[..., 0]


def rendered_shard(folder, run):
    seed = int(run.name.rsplit("_", 1)[1])
    frames = [None] + [read_frame(run / f"frame.{k:04d}.exr") for k in range(1, 6)]
    triplets = TRIPLETS + (RARE_TRIPLETS[seed // 4 % 2],) * (seed % 4 == 0)
    samples = []
    for a, m, b in triplets:
        (key0, vectors0, depth0), (key1, vectors1, depth1) = frames[a], frames[b]
        samples.append(planes_of(key0, key1, frames[m][0], (m - a) / (b - a), b - a, vectors0, vectors1, depth0, depth1))
    write_shard(folder, run.name, samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, default=WORK / "data")
    parser.add_argument("--runs", type=pathlib.Path, help="folder of rendered runs")
    parser.add_argument("--layered", type=int, default=4000, help="how many layered samples there should be")
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("K", "N"),
                        help="every Nth shard from K on, for N at once")
    parser.add_argument("--watch", action="store_true", help="stay, and take runs as they appear")
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    part, parts = arguments.part
    number, shards = part, -(-arguments.layered // LAYERED_PER_SHARD)
    while True:
        idle = True
        for run in sorted(arguments.runs.glob("run_*"))[part::parts] if arguments.runs else ():
            if (run / "done").exists() and not (arguments.data / f"{run.name}.npz").exists():
                rendered_shard(arguments.data, run)
                idle = False
        if number < shards:
            if not (arguments.data / f"layered_{number:05d}.npz").exists():
                layered_shard(arguments.data, number)
            number, idle = number + parts, False
        elif idle:
            if not arguments.watch:
                return
            time.sleep(10)


if __name__ == "__main__":
    main()
