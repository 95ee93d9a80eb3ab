"""ibmatch, a network that matches two keyframes: recurrent all-pairs matching after RAFT (Teed and Deng 2020), of 3x3
convolutions alone. Not released: the model card tells what was tried (tools/train/released/MODEL_CARD.md).

Views [B,3,H,W] of both keyframes, H and W multiples of 64; out comes the flow from the first to the second, [B,2,H,W] pixels.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

CELL = 8            # pixels of the grid on which it matches
FEATURES = 128
HIDDEN, CONTEXT, MOTION = 96, 64, 64
LEVELS, RADIUS = 4, 3
COSTS = LEVELS * (2 * RADIUS + 1) ** 2  # 196
MOTION_INPUTS = 208  # costs, flow / 8, zeros
MULTIPLE = CELL * 2 ** (LEVELS - 1)


def conv(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride, 1)


def leaky(x):
    return F.leaky_relu(x, 0.1)


class Encoder(nn.Module):
    """A view to features at 1/8: what is matched, what the recurrent part begins with, and what it always sees.

    Without the normalisation the products of features are next to nothing (0.09 instead of 10), and nothing is learnt."""

    def __init__(self):
        super().__init__()
        self.half_in = conv(16, 32)
        self.half_a, self.half_b = conv(32, 32), conv(32, 32)
        self.quarter_in = conv(32, 64, 2)
        self.quarter_a, self.quarter_b = conv(64, 64), conv(64, 64)
        self.eighth_in = conv(64, 128, 2)
        self.eighth_a, self.eighth_b = conv(128, 128), conv(128, 128)
        self.eighth_c, self.eighth_d = conv(128, 128), conv(128, 128)
        self.features = conv(128, FEATURES)
        self.context = conv(128, HIDDEN + CONTEXT)

    def forward(self, view):
        x = F.pad(F.pixel_unshuffle(view - 0.5, 2), (0, 0, 0, 0, 0, 4))
        for first, blocks in ((self.half_in, ((self.half_a, self.half_b),)),
                              (self.quarter_in, ((self.quarter_a, self.quarter_b),)),
                              (self.eighth_in, ((self.eighth_a, self.eighth_b), (self.eighth_c, self.eighth_d)))):
            x = leaky(F.instance_norm(first(x)))
            for a, b in blocks:
                x = leaky(x + F.instance_norm(b(leaky(F.instance_norm(a(x))))))
        return self.features(x), self.context(x)


def cost_pyramid(features0, features1):
    """Scalar products of every cell of the one with every cell of the other, and with means over 2x2, 4x4, 8x8 cells."""
    batch, channels, height, width = features0.shape
    a = features0.flatten(2).transpose(1, 2)
    levels = []
    for level in range(LEVELS):
        b = features1 if level == 0 else F.avg_pool2d(features1, 2 ** level)
        costs = torch.bmm(a, b.flatten(2)) * (1 / math.sqrt(channels))
        levels.append(costs.reshape(batch * height * width, 1, *b.shape[2:]))
    return levels


def look_up(levels, cells):
    """[B,196,H,W] of the products around where each cell goes; cells [B,2,H,W] in cells of the finest level."""
    batch, _, height, width = cells.shape
    at = cells.permute(0, 2, 3, 1).reshape(-1, 1, 1, 2).float()
    step = torch.arange(-RADIUS, RADIUS + 1, device=cells.device, dtype=torch.float32)
    window = torch.stack(torch.meshgrid(step, step, indexing="ij")[::-1], -1)[None]
    out = []
    for level, costs in enumerate(levels):
        h, w = costs.shape[2:]
        size = torch.tensor([w, h], device=cells.device, dtype=torch.float32)
        places = (at + 0.5) / 2 ** level - 0.5 + window
        grid = (2 * places + 1) / size - 1
        out.append(F.grid_sample(costs, grid.to(costs.dtype), align_corners=False).reshape(batch, height, width, -1))
    return torch.cat(out, -1).permute(0, 3, 1, 2)


def upsampled(flow, mask):
    """From cells to pixels: each pixel's flow is a mean, weighted by softmax, of those of the 3x3 cells around."""
    batch, _, height, width = flow.shape
    weights = mask.reshape(batch, 1, 9, CELL, CELL, height, width).float().softmax(2)
    around = F.unfold(F.pad(CELL * flow, (1, 1, 1, 1), mode="replicate"), 3).reshape(batch, 2, 9, 1, 1, height, width)
    return (weights * around).sum(2).permute(0, 1, 4, 2, 5, 3).reshape(batch, 2, CELL * height, CELL * width)


class IbMatch(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.costs_a, self.costs_b = conv(MOTION_INPUTS, 96), conv(96, MOTION)
        self.update_a, self.update_b = conv(HIDDEN + CONTEXT + MOTION, 128), conv(128, HIDDEN)
        self.flow_a, self.flow_b = conv(HIDDEN, 64), conv(64, 16)
        self.mask_a, self.mask_b = conv(HIDDEN, 128), conv(128, 9 * CELL * CELL)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=0.1)
                nn.init.zeros_(module.bias)
        with torch.no_grad():
            for last in (self.update_b, self.flow_b, self.mask_b):
                last.weight.mul_(0.02)  # so that it begins with no motion

    def forward(self, view0, view1, iterations=8, upsample_last=1):
        """The flows from view0 to view1 and back, stacked along the batch: of each iteration in cells, and of the last ones in
        pixels."""
        features, context = self.encoder(torch.cat((view0, view1)))
        return self.match(features, context, iterations, upsample_last)

    def match(self, features, context, iterations, upsample_last):
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            levels = cost_pyramid(features, features.roll(features.shape[0] // 2, 0))
        hidden, context = context[:, :HIDDEN], leaky(context[:, HIDDEN:])
        batch, _, height, width = features.shape
        y, x = torch.meshgrid(torch.arange(height, device=features.device), torch.arange(width, device=features.device),
                              indexing="ij")
        here = torch.stack((x, y))[None].float()
        flow = torch.zeros((batch, 2, height, width), device=features.device)
        cells, pixels = [], []
        for i in range(iterations):
            flow = flow.detach()
            costs = look_up(levels, here + flow)
            zeros = costs.new_zeros((batch, MOTION_INPUTS - COSTS - 2, height, width))
            motion = torch.cat((costs, (flow / 8).to(costs.dtype), zeros), 1)
            motion = leaky(self.costs_b(leaky(self.costs_a(motion))))
            hidden = hidden + self.update_b(leaky(self.update_a(torch.cat((hidden, context, motion), 1))))
            flow = flow + self.flow_b(leaky(self.flow_a(hidden)))[:, :2].float()
            cells.append(flow)
            if i >= iterations - upsample_last:
                pixels.append(upsampled(flow, self.mask_b(leaky(self.mask_a(hidden)))))
        return cells, pixels
