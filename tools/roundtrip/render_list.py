"""Renders what `inbetween next` asks for, whole frames and boxes, from the sample scenes.

    blender -b -t 1 --python tools/roundtrip/render_list.py -- OUT SHOT -o DIR [--whole]

Same layers, samples and names as the keyframes. Boxes become DIR/1, DIR/2, ... with the frame's display window and a
data window of their own: `inbetween update OUT --rendered DIR` takes both. INBETWEEN is the command (default: build/inbetween).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import bpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenes"))
import sample_shots as scenes  # noqa: E402

def readTasks(out, whole):
    """(frame, [windows]) to render, ascending; a window is x, y, width, height, or None for all of the frame."""
    command = [os.environ.get("INBETWEEN", "build/inbetween"), "next", out, "--json"]
    tasks = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tasks"]
    frames = {}
    for task in tasks:
        box = None if whole or "x" not in task else (task["x"], task["y"], task["width"], task["height"])
        windows = frames.setdefault(task["frame"], [])
        if box not in windows:
            windows.append(box)
    return sorted(frames.items())


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
    parser.add_argument("--whole", action="store_true", help="whole frames, where boxes would do")
    parser.add_argument("--samples-scale", type=float, default=1.0, help="fewer samples, for a quick try")
    arguments = parser.parse_args(sys.argv[sys.argv.index("--") + 1:])
    frames = readTasks(arguments.out, arguments.whole)
    if not frames:
        print("nothing to render")
        return
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scenes.setUpRender(arguments.shot)
    scenes.SHOTS[arguments.shot]()
    samples = max(1, round(scenes.SAMPLES[arguments.shot][0] * arguments.samples_scale))
    pixels = 0
    with tempfile.TemporaryDirectory(prefix="render_list_") as scratch:
        for number, windows in frames:
            for k, window in enumerate(windows):
                folder = os.path.join(arguments.to, str(k + 1)) if window else arguments.to
                os.makedirs(folder, exist_ok=True)
                rendered = os.path.join(scratch, f"{arguments.shot}.{number:04d}.exr")
                setBorder(window)
                scenes.render(number, samples, rendered)
                scenes.pack(arguments.shot, number, rendered, os.path.join(folder, f"{arguments.shot}.{number:04d}.exr"),
                            True, window)
                x, y, width, height = window or (0, 0, scenes.WIDTH, scenes.HEIGHT)
                pixels += width * height
                print(f"rendered: frame {number}" + (f", box {width}x{height} at {x},{y}" if window else ""))
    print(f"rendered: {pixels / (scenes.WIDTH * scenes.HEIGHT):.2f} frames' worth of pixels")


if __name__ == "__main__":
    main()
