"""What int8 needs to know: how large the inputs of each convolution get, so that 127 is their full scale.

A tensor has one full scale, those that are put together keep their own, and what comes from the canvas has one a channel.
It is the one with the least squared error on samples: what is larger is cut off, what is smaller is rounded.
"""
import numpy as np
import torch

from dataset import guesses
from ibnet2 import view_curve

BATCHES, BATCH, CROP, SEED = 24, 8, 128, 5
VALUES = 20000  # of a batch, a full scale each
LEAST = 1e-3
CANDIDATES = 0.9 ** np.arange(40)  # of the largest value
# The inputs of each layer, in order: channels and what they are.
DESCRIBED = ("described", 32)
INPUTS = {
    "features.fa": [("view", 4)], "features.fb": [("fa", 32)],
    "coarse.e1a": [DESCRIBED, ("quarter costs", 32)], "coarse.e1b": [("e1a", 64)],
    "coarse.e2a": [("e1", 64)], "coarse.e2b": [("e2a", 96), ("eighth costs", 64)],
    "coarse.e3a": [("e2", 96)], "coarse.e3b": [("e3a", 128)], "coarse.e3c": [("e3b", 128)],
    "coarse.d2a": [("e3", 128), ("e2", 96)], "coarse.d2b": [("d2a", 96)],
    "coarse.d1": [("d2", 96), ("e1", 64)], "coarse.head": [("d1", 64)],
    "fine.e1": [("fine described", 32)], "fine.e2a": [("fine e1", 32)],
    "fine.e2b": [("fine e2a", 64), ("d1", 64)], "fine.e2c": [("fine e2b", 64)],
    "fine.d1a": [("fine e2", 64), ("fine e1", 32)], "fine.d1b": [("fine d1a", 32)], "fine.head": [("fine d1b", 32)],
}
BY_CHANNEL = "described", "fine described", "view"  # four of each: 2x2 pixels, channel by channel


def best_scale(values):
    """The full scale with the least squared error."""
    def error(scale):
        step = scale / 127
        return ((values / step).round().clamp_max(127) * step - values).square().mean().item()
    largest = max(values.max().item(), LEAST)
    return min((largest * float(c) for c in CANDIDATES), key=error)


@torch.no_grad()
def full_scales(model, shards):
    """By layer, float32 [inputs]: the value of each input channel that is 127 in int8."""
    seen, hooks, generator = {}, [], torch.Generator().manual_seed(SEED)

    def watch(layer):
        def hook(_, arguments):
            at, x = 0, arguments[0]
            for what, channels in INPUTS[layer]:
                count = 4 * channels if what in BY_CHANNEL else channels
                groups = x[:, at:at + count].detach().float().abs().transpose(0, 1).reshape(channels if what in BY_CHANNEL else 1, -1)
                chosen = torch.randint(groups.shape[1], (VALUES,), generator=generator)
                seen.setdefault(what, []).append(groups[:, chosen])
                at += count
        return hook

    for layer in INPUTS:
        hooks.append(model.get_submodule(layer).register_forward_pre_hook(watch(layer)))
    rng = np.random.default_rng(SEED)
    for _ in range(BATCHES):
        batch = shards.crops(rng, BATCH, CROP, 0.6)
        model(view_curve(batch["key0"]), view_curve(batch["key1"]), *guesses(batch["main"], batch["other"]), batch["time"])
    for hook in hooks:
        hook.remove()

    best = {what: torch.tensor([best_scale(values) for values in torch.cat(batches, 1)]) for what, batches in seen.items()}

    def scales(what, channels):
        return best[what].repeat_interleave(4) if what in BY_CHANNEL else best[what].repeat(channels)

    return {layer: torch.cat([scales(*part) for part in parts]) for layer, parts in INPUTS.items()}
