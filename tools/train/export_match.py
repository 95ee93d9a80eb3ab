"""Writes a checkpoint of the matching network as the weights that C++ reads, and the golden vectors that its tests hold it to.

    python3 tools/train/export_match.py tools/train/work/run/match.pt --version 1.0.0
    python3 tools/train/export_match.py --random 1 --version 0.0.0
"""
import argparse
import pathlib

import torch
from safetensors.torch import save_file

from ibmatch import IbMatch

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = REPOSITORY / "src/network/weights/ibmatch.safetensors"
GOLDEN = REPOSITORY / "tests/network/golden_ibmatch.safetensors"
ITERATIONS = 2, 8
STEP = 3  # every third pixel of the flows is kept: so all places in a cell occur


def golden_views(height=128, width=192, seed=1):
    """A texture of coarse and fine structure, and the same a few pixels further; a patch of it moves on its own; over 1."""
    generator = torch.Generator().manual_seed(seed)
    margin = 16

    def smooth(cells):
        x = torch.rand((1, 3, cells, cells), generator=generator)
        return torch.nn.functional.interpolate(x, (height + 2 * margin, width + 2 * margin), mode="bicubic", align_corners=False)[0]

    def part(texture, x, y):  # of which everything lies x, y further than in part(texture, 0, 0)
        return texture[:, margin - y:margin - y + height, margin - x:margin - x + width].clone()

    texture = 0.7 * smooth(9) + 0.5 * smooth(40)
    view0, view1 = part(texture, 0, 0), part(texture, 5, -3)
    patch = 0.3 + smooth(30)[:, :40, :48]
    view0[:, 40:80, 60:108] = patch
    view1[:, 36:76, 72:120] = patch
    # As the C++ view holds it.
    return [(view.clamp(0, 2) * 8192).round() / 8192 for view in (view0, view1)]


def write_file(path, tensors, metadata=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.float().contiguous() for name, value in tensors.items()}, path, metadata)
    path.chmod(0o644)  # safetensors creates it for the owner alone


def write_golden(path, model):
    view0, view1 = golden_views()
    vectors = {"v0": view0, "v1": view1}
    for iterations in ITERATIONS:
        with torch.no_grad():
            _, pixels = model(view0[None], view1[None], iterations)
        for name, flow in zip(("forward", "backward"), pixels[-1]):
            vectors[f"{name}_{iterations}"] = flow[:, ::STEP, ::STEP]
    write_file(path, vectors)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=pathlib.Path, nargs="?")
    parser.add_argument("--random", type=int, metavar="SEED", help="untrained weights instead of a checkpoint's")
    parser.add_argument("--version", required=True)
    parser.add_argument("--weights", type=pathlib.Path, default=WEIGHTS)
    parser.add_argument("--golden", type=pathlib.Path, default=GOLDEN)
    arguments = parser.parse_args()
    if (arguments.checkpoint is None) == (arguments.random is None):
        parser.error("give a checkpoint or --random")
    torch.manual_seed(arguments.random or 0)
    model = IbMatch().eval()
    if arguments.checkpoint:
        model.load_state_dict(torch.load(arguments.checkpoint, map_location="cpu")["mean"])
    write_file(arguments.weights, model.state_dict(), {"architecture": "ibmatch", "version": arguments.version})
    write_golden(arguments.golden, model)
    print(f"{arguments.weights}\n{arguments.golden}")


if __name__ == "__main__":
    main()
