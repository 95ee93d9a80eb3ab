"""Writes a checkpoint as the weights that the C++ network reads, and the golden vectors that its tests hold it to.

    python3 tools/train/export.py tools/train/work/run/last.pt --version 1.0.0
"""
import argparse
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

from ibnet1 import IbNet1

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = REPOSITORY / "src/network/weights/ibnet1.safetensors"
GOLDEN = REPOSITORY / "tests/network/golden_ibnet1.safetensors"


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
    return {
        "v0": texture, "v1": v1,
        "flow0": smooth(2, 5, -14.0, 14.0), "flow1": smooth(2, 5, -14.0, 14.0),
        "confidence0": smooth(1, 8, -0.5, 1.5).clamp(0, 1), "confidence1": smooth(1, 8, -0.5, 1.5).clamp(0, 1),
        "depth_order": smooth(1, 6, -1.6, 1.6).clamp(-1, 1), "time": torch.tensor([0.375]),
    }


def write_weights(path, state, metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.float().contiguous() for name, value in state.items()}, path,
              {"architecture": "ibnet1", **metadata})
    path.chmod(0o644)  # safetensors creates it for the owner alone


def write_golden(path, state):
    model = IbNet1()
    model.load_state_dict(state)
    vectors = golden_inputs()
    with torch.no_grad():
        arguments = [vectors[name][None] for name in
                     ("v0", "v1", "flow0", "flow1", "confidence0", "confidence1", "depth_order")]
        outputs = model(*arguments, vectors["time"])
    for name, value in zip(("out_flow0", "out_flow1", "out_weight0", "out_error"), outputs):
        vectors[name] = value[0].contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(vectors, path)
    path.chmod(0o644)  # safetensors creates it for the owner alone


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--weights", type=pathlib.Path, default=WEIGHTS)
    parser.add_argument("--golden", type=pathlib.Path, default=GOLDEN)
    arguments = parser.parse_args()
    checkpoint = torch.load(arguments.checkpoint, map_location="cpu", weights_only=False)
    write_weights(arguments.weights, checkpoint["ema"],
                  {"version": arguments.version, "training": checkpoint["summary"]})
    write_golden(arguments.golden, checkpoint["ema"])
    print(f"{arguments.weights}\n{arguments.golden}\n{checkpoint['summary']}")


if __name__ == "__main__":
    main()
