"""Writes a checkpoint as the weights that the C++ network reads, and the golden vectors that its tests hold it to.

    python3 tools/train/export.py tools/train/work/run/last.pt --version 1.0.0
"""
import argparse
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

from dataset import Shards
from ibnet2 import Guess, IbNet2
from quantise import full_scales

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = REPOSITORY / "src/network/weights/ibnet2.safetensors"
FLOWS = "main_flow0", "main_flow1", "other_flow0", "other_flow1"
CONFIDENCES = "main_confidence0", "main_confidence1", "other_confidence0", "other_confidence1"
WORK = pathlib.Path(__file__).resolve().parent / "work"
GOLDEN = REPOSITORY / "tests/network/golden_ibnet2.safetensors"


def golden_inputs(height=70, width=90, seed=1):
    """A canvas that needs padding; flows that leave the picture; confidences of exactly 0 and 1; views over 1."""
    rng = np.random.default_rng(seed)

    def smooth(channels, cells, low, high):
        x = torch.from_numpy(rng.random((1, channels, cells, cells), dtype=np.float32))
        x = torch.nn.functional.interpolate(x, (height, width), mode="bicubic", align_corners=False)[0]
        return (low + (high - low) * x).float()

    texture = smooth(3, 24, 0.0, 1.0).abs() + 0.05 * torch.from_numpy(rng.random((3, height, width), dtype=np.float32))
    v1 = torch.roll(texture, (2, -5), (1, 2)) * 1.1
    texture[:, 20:26, 40:47] = 2.6
    def in_steps(view):  # as the C++ view holds it
        return (view * 8192).round() / 8192

    return {
        "v0": in_steps(texture), "v1": in_steps(v1),
        **{name: smooth(2, 5, -14.0, 14.0) for name in FLOWS},
        **{name: smooth(1, 8, -0.5, 1.5).clamp(0, 1) for name in CONFIDENCES},
        "depth_order": smooth(1, 6, -1.6, 1.6).clamp(-1, 1), "time": torch.tensor([0.375]),
    }


def write_weights(path, state, metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.float().contiguous() for name, value in state.items()}, path,
              {"architecture": "ibnet2", **metadata})
    path.chmod(0o644)  # safetensors creates it for the owner alone


def write_golden(path, state):
    model = IbNet2()
    model.load_state_dict(state)
    vectors = golden_inputs()
    main, other = (Guess(*(vectors[f"{which}_{name}"][None] for name in ("flow0", "flow1", "confidence0", "confidence1")))
                   for which in ("main", "other"))
    with torch.no_grad():
        output, _ = model(vectors["v0"][None], vectors["v1"][None], main, other, vectors["depth_order"][None],
                          vectors["time"])
    for which, mixed in (("main", output.main), ("other", output.other)):
        for name, value in mixed._asdict().items():
            vectors[f"out_{which}_{name}"] = value[0].contiguous()
    for name in ("share", "error", "spread"):
        vectors[f"out_{name}"] = getattr(output, name)[0].contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(vectors, path)
    path.chmod(0o644)  # safetensors creates it for the owner alone


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--data", type=pathlib.Path, default=WORK / "data", help="samples that int8's scales are measured on")
    parser.add_argument("--weights", type=pathlib.Path, default=WEIGHTS)
    parser.add_argument("--golden", type=pathlib.Path, default=GOLDEN)
    arguments = parser.parse_args()
    checkpoint = torch.load(arguments.checkpoint, map_location="cpu", weights_only=False)
    model = IbNet2()
    model.load_state_dict(checkpoint["ema"])
    shards = Shards(arguments.data, held_out=False)
    shards.rescan()
    scales = {f"{layer}.full_scale": value for layer, value in full_scales(model, shards).items()}
    write_weights(arguments.weights, {**checkpoint["ema"], **scales},
                  {"version": arguments.version, "training": checkpoint["summary"]})
    write_golden(arguments.golden, checkpoint["ema"])
    print(f"{arguments.weights}\n{arguments.golden}\n{checkpoint['summary']}")


if __name__ == "__main__":
    main()
