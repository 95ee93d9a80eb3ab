"""Renders what `inbetween run` asked for, frames or only their failing regions, from the sample scenes.

    blender -b -t 1 --python tools/roundtrip/render_list.py -- OUT SHOT -o DIR [--regions]

Same layers, samples and names as the keyframes. Regions become DIR/1, DIR/2, ... with the frame's display window and a
data window of their own: `inbetween update OUT --rendered DIR` takes both.
"""
import argparse
import json
import os
import sys
import tempfile

import bpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenes"))
import sample_shots as scenes  # noqa: E402

FEATHER = 8                # Pixels that `inbetween update` blends over, inside what is rendered.
WHOLE_SHARE = 0.6          # Regions that cover more than this are rendered as one whole frame.


def padded(region):
    x0, y0 = max(0, region["x"] - FEATHER), max(0, region["y"] - FEATHER)
    x1 = min(scenes.WIDTH, region["x"] + region["width"] + FEATHER)
    y1 = min(scenes.HEIGHT, region["y"] + region["height"] + FEATHER)
    return x0, y0, x1, y1


def merged(boxes):
    """Boxes that touch become one: no pixel is rendered twice."""
    boxes = list(boxes)
    for i in range(len(boxes)):
        for k in range(i + 1, len(boxes)):
            a, b = boxes[i], boxes[k]
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                union = min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
                return merged([c for j, c in enumerate(boxes) if j not in (i, k)] + [union])
    return boxes


def windowsOf(frame, regions):
    """The data windows to render of a frame; None is all of it."""
    boxes = merged(padded(r) for r in frame["risk"]["regions"]) if regions and frame["status"] == "complete" else []
    area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes)
    if not boxes or area > WHOLE_SHARE * scenes.WIDTH * scenes.HEIGHT:
        return [None]
    return [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes]


def setBorder(window):
    render = bpy.context.scene.render
    render.use_border, render.use_crop_to_border = window is not None, False
    if window:
        x, y, width, height = window
        render.border_min_x, render.border_max_x = x / scenes.WIDTH, (x + width) / scenes.WIDTH
        render.border_min_y, render.border_max_y = 1 - (y + height) / scenes.HEIGHT, 1 - y / scenes.HEIGHT


def main():
    parser = argparse.ArgumentParser(prog="render_list.py")
    parser.add_argument("out", help="folder that `inbetween run` wrote")
    parser.add_argument("shot", choices=list(scenes.SHOTS))
    parser.add_argument("-o", "--to", required=True, help="folder for what is rendered")
    parser.add_argument("--regions", action="store_true", help="only the failing regions, where they are much smaller")
    parser.add_argument("--samples-scale", type=float, default=1.0, help="fewer samples, for a quick try")
    arguments = parser.parse_args(sys.argv[sys.argv.index("--") + 1:])
    with open(os.path.join(arguments.out, "manifest.json")) as file:
        manifest = json.load(file)
    frames = [frame for frame in manifest["frames"] if frame["frame"] in manifest["rerender"]]
    if not frames:
        print("nothing to render: the re-render list is empty")
        return
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scenes.setUpRender(arguments.shot)
    scenes.SHOTS[arguments.shot]()
    samples = max(1, round(scenes.SAMPLES[arguments.shot][0] * arguments.samples_scale))
    pixels = 0
    with tempfile.TemporaryDirectory(prefix="render_list_") as scratch:
        for frame in frames:
            number = frame["frame"]
            for k, window in enumerate(windowsOf(frame, arguments.regions)):
                folder = os.path.join(arguments.to, str(k + 1)) if window else arguments.to
                os.makedirs(folder, exist_ok=True)
                rendered = os.path.join(scratch, f"{arguments.shot}.{number:04d}.exr")
                setBorder(window)
                scenes.render(number, samples, rendered)
                scenes.pack(arguments.shot, number, rendered, os.path.join(folder, f"{arguments.shot}.{number:04d}.exr"),
                            True, window)
                x, y, width, height = window or (0, 0, scenes.WIDTH, scenes.HEIGHT)
                pixels += width * height
                print(f"rendered: frame {number}" + (f", region {width}x{height} at {x},{y}" if window else ""))
    whole = len(manifest["frames"]) * scenes.WIDTH * scenes.HEIGHT
    print(f"rendered: {100 * pixels / whole:.0f}% of the pixels between the keyframes")


if __name__ == "__main__":
    main()
