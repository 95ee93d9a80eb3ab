#!/usr/bin/env python3
"""plot.py RESULTS.json: draws by_class.svg, by_motion.svg and by_gap.svg beside what quality_bench measured."""
import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "inbetween"  # the same file for the same figures
import matplotlib.pyplot as plt

# Okabe and Ito's palette, told apart without colour vision.
COLOURS = ["#999999", "#E69F00", "#CC79A7", "#56B4E9", "#0072B2", "#009E73", "#000000"]


def draw(plot, file):
    """A line for each class of shots, a dot for each contender; the first line is at the top."""
    lines = plot["lines"]
    figure, axes = plt.subplots(figsize=(9, 1.4 + 0.32 * len(lines)), layout="constrained")
    for series, colour in zip(plot["series"], COLOURS):
        dots = [(value, line) for line, value in enumerate(series["values"]) if value is not None]
        axes.scatter(*zip(*dots) if dots else ([], []), color=colour, label=series["name"], zorder=2)
    axes.set_yticks(range(len(lines)), lines)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel(plot["axis"])
    axes.set_title(plot["title"], loc="left")
    axes.grid(color="#ddd")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8, frameon=False)
    figure.savefig(file, metadata={"Date": None})


def main():
    results = pathlib.Path(sys.argv[1])
    for name, plot in json.loads(results.read_text())["plots"].items():
        draw(plot, results.with_name(name + ".svg"))


if __name__ == "__main__":
    main()
