"""Samples on disk, and batches of hard crops from them.

A shard is NAME.npy, float16 [samples, planes, H, W], memory-mapped, and NAME.npz with what is known of each sample;
the second is written last, so a shard that has it is complete. Shards that appear while training runs are picked up.
Planes: keyframe 0, keyframe 1, truth (linear RGB times the pair's exposure); the prior from estimated flow (7); the
prior from renderer vectors (7); what the classical flow gives, the other guess beside both (7); and, for layered samples
alone, the exact flow0, flow1 (4) and visible0, visible1 (2).
"""
import os
import pathlib

import numpy as np
import torch

from ibnet2 import Guess, Mix, absolute_difference, mix, prior_logit, view_curve

PRIOR_PLANES = {"estimated": slice(9, 16), "vectors": slice(16, 23)}
OTHER_PLANES = slice(23, 30)
PLANES_RENDERED, PLANES_LAYERED = 30, 36
BLOCK = 16          # pixels: the errors of the prior are kept as means over blocks
HOLD_OUT = 20       # every so many shards is for validation
SURE = 0.95         # confidence from which a flow of vectors counts as known
CANDIDATES = 6      # crops drawn for each one that is used


def guesses(main, other):
    """Planes [B,7,H,W] of both guesses, to what the network takes: main, other, depth order."""
    def guess(planes):
        return Guess(planes[:, 0:2], planes[:, 2:4], planes[:, 4:5], planes[:, 5:6])
    return guess(main), guess(other), main[:, 6:7]


def prior_blend(key0, key1, prior, t):
    """The picture that a guess gives alone."""
    weight0 = torch.sigmoid(prior_logit(prior[:, 4:5], prior[:, 5:6], prior[:, 6:7], t.view(-1, 1, 1, 1)))
    return mix(key0, key1, Mix(prior[:, 0:2], prior[:, 2:4], weight0))


def write_shard(folder, name, samples):
    """`samples`: pairs of planes [P,H,W] and a dict with time, has_vectors."""
    planes = np.stack([s[0] for s in samples]).clip(-30000, 30000).astype(np.float16)
    times = np.array([s[1]["time"] for s in samples], np.float32)
    errors = []
    x = torch.from_numpy(planes).float()
    for which in ("estimated", "vectors"):
        with torch.no_grad():
            guess = prior_blend(x[:, 0:3], x[:, 3:6], x[:, PRIOR_PLANES[which]], torch.from_numpy(times))
            error = absolute_difference(view_curve(guess), view_curve(x[:, 6:9]))
            errors.append(torch.nn.functional.avg_pool2d(error, BLOCK)[:, 0].numpy())
    partial = pathlib.Path(folder) / (name + ".partial.npy")
    np.save(partial, planes)
    os.replace(partial, partial.with_name(name + ".npy"))
    partial = partial.with_name(name + ".partial.npz")
    np.savez(partial, time=times, has_vectors=np.array([s[1]["has_vectors"] for s in samples]),
             errors=np.stack(errors, 1))
    os.replace(partial, partial.with_name(name + ".npz"))


def is_held_out(name):
    return int(name.rsplit("_", 1)[1]) % HOLD_OUT == 0


class Shards:
    """The samples of a folder, those held out or the others."""

    def __init__(self, folder, held_out):
        self.folder, self.held_out = pathlib.Path(folder), held_out
        self.names = set()
        self.samples = []  # (planes, time, has_vectors, errors)
        self.layered, self.rendered = [], []  # indices into samples

    def rescan(self):
        for path in sorted(self.folder.glob("*.npz")):
            name = path.stem
            if name in self.names or name.endswith(".partial") or is_held_out(name) != self.held_out:
                continue
            self.names.add(name)
            planes, about = np.load(path.with_suffix(".npy"), mmap_mode="r"), np.load(path)
            kind = self.layered if planes.shape[1] == PLANES_LAYERED else self.rendered
            for k in range(len(planes)):
                self.samples.append((planes[k], float(about["time"][k]), bool(about["has_vectors"][k]),
                                     about["errors"][k]))
                kind.append(len(self.samples) - 1)  # last: other threads draw from it

    def crops(self, rng, count, size, rendered_share):
        """A batch as a dict of tensors: key0, key1, truth, main, other, time, flow, visible, clean (is the truth free of noise)."""
        items = [self._crop(rng, size, rng.random() < rendered_share) for _ in range(count)]
        batch = {key: torch.from_numpy(np.stack([item[key] for item in items])) for key in items[0]}
        return {key: value.float() if value.dtype == torch.float16 else value for key, value in batch.items()}

    def _crop(self, rng, size, rendered):
        kind = (self.rendered if rendered else self.layered) or self.layered or self.rendered
        candidates, weights = [], []
        for _ in range(CANDIDATES):
            index = kind[rng.integers(len(kind))]
            planes, _, has_vectors, errors = self.samples[index]
            which = "vectors" if has_vectors and rng.random() < 0.5 else "estimated"
            y, x = (BLOCK * int(rng.integers(0, (n - size) // BLOCK + 1)) for n in planes.shape[-2:])
            blocks = errors[0 if which == "estimated" else 1,
                            y // BLOCK:(y + size) // BLOCK, x // BLOCK:(x + size) // BLOCK]
            candidates.append((index, which, y, x))
            weights.append(min(float(np.mean(blocks)), 0.05) + 0.001)
        weights = np.array(weights)
        index, which, y, x = candidates[rng.choice(len(candidates), p=weights / weights.sum())]
        planes, time, has_vectors, _ = self.samples[index]
        window = np.asarray(planes[:, y:y + size, x:x + size])
        flow, seen = known_flow(window, has_vectors)
        parts = [window[0:3], window[3:6], window[6:9], window[PRIOR_PLANES[which]], window[OTHER_PLANES], flow,
                 seen, time]
        names = "key0", "key1", "truth", "main", "other", "flow", "visible", "time"
        return {**dict(zip(names, augment(rng, parts))), "clean": np.float32(planes.shape[0] == PLANES_LAYERED)}


def known_flow(planes, has_vectors):
    """Flows to both keyframes (4) and where they hold (2): exact in layered samples, else what vectors say."""
    if len(planes) == PLANES_LAYERED:
        return planes[30:34], planes[34:36]
    known = planes[PRIOR_PLANES["vectors"]]
    return known[:4], (known[4:6] > SURE) * np.float16(has_vectors)


def mirrored(planes, axis):
    """Planes whose first four are two flows, mirrored left to right (axis 0) or top to bottom (1)."""
    out = (planes[..., ::-1] if axis == 0 else planes[..., ::-1, :]).copy()
    out[[axis, 2 + axis]] *= -1
    return out


def augment(rng, parts):
    """Flips, transposition, reversal of time, permuted colours, another exposure."""
    key0, key1, truth, main, other, flow, seen, time = parts
    for axis in (0, 1):
        if rng.random() < 0.5:
            key0, key1, truth, seen = (a[..., ::-1] if axis == 0 else a[..., ::-1, :] for a in (key0, key1, truth, seen))
            main, other, flow = (mirrored(a, axis) for a in (main, other, flow))
    if rng.random() < 0.5:
        key0, key1, truth, main, other, flow, seen = (a.swapaxes(1, 2) for a in (key0, key1, truth, main, other, flow, seen))
        main, other, flow = main[[1, 0, 3, 2, 4, 5, 6]], other[[1, 0, 3, 2, 4, 5, 6]], flow[[1, 0, 3, 2]]
    if rng.random() < 0.5:
        key0, key1, time = key1, key0, 1 - time
        main, other = (a[[2, 3, 0, 1, 5, 4, 6]] for a in (main, other))
        flow, seen = flow[[2, 3, 0, 1]], seen[[1, 0]]
        main[6] *= -1
        other[6] *= -1
    colours = rng.permutation(3)
    exposure = np.exp2(np.clip(rng.normal(0, 0.4), -1, 1))
    key0, key1, truth = (np.minimum(a[colours] * np.float32(exposure), 60000) for a in (key0, key1, truth))
    arrays = (key0, key1, truth, main, other, flow, seen)
    return (*(np.ascontiguousarray(a, np.float16) for a in arrays), np.float32(time))
