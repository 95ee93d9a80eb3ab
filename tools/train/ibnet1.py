"""ibnet1: the interpolation network. Geometry and weights out, never colour.

The C++ network (src/network/) computes the same function; export.py writes the vectors that hold the two together.

Inputs, at canvas size H x W, batch first:
  v0, v1     [B,3,H,W]  views of the keyframes: viewCurve(exposure * linear), may exceed 1
  f0, f1     [B,2,H,W]  prior flows (x, y) in pixels, from a pixel at time t to the same surface in keyframe 0 and 1
  c0, c1     [B,1,H,W]  confidences of the two flows, 0 to 1
  d          [B,1,H,W]  depth order, -1 to 1; above 0 keyframe 0's surface is nearer the camera
  t          [B]        time in (0, 1)
Outputs: flow0, flow1 [B,2,H,W] in pixels, weight0 and error [B,1,H,W]. The picture is, on linear samples,
  weight0 * warp(linear0, flow0) + (1 - weight0) * warp(linear1, flow1)
and `error` is the network's own estimate of the mean over RGB of the picture's absolute error in the view.

Every convolution is 3x3 with zero padding and bias; LeakyReLU(0.1) follows all but the heads. Everything that is
computed with positions (warps, flows, logits) stays in float32; only the convolutions may run in bfloat16.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

ALIGNMENT = 32  # the canvas is padded to multiples of this, right and bottom, by edge replication
FLOW_SCALE = 16.0
LOGIT_SCALE = 4.0
COARSE_STEP_PX = 8.0
FINE_STEP_PX = 2.0
ERROR_BIAS = -4.0


def view_curve(linear):
    """ln(1 + 16 x) / ln(17), the curve of include/inbetween/view.h; negative values are 0."""
    return torch.log1p(16.0 * linear.clamp_min(0)) / math.log(17.0)


def warp(image, flow):
    """Bilinear sample of `image` at p + flow(p), clamped to the border."""
    height, width = image.shape[-2:]
    y = torch.arange(height, device=flow.device, dtype=torch.float32)[:, None] + flow[:, 1]
    x = torch.arange(width, device=flow.device, dtype=torch.float32)[None, :] + flow[:, 0]
    grid = torch.stack((x * (2.0 / max(width - 1, 1)) - 1.0, y * (2.0 / max(height - 1, 1)) - 1.0), dim=-1)
    return F.grid_sample(image, grid, mode="bilinear", padding_mode="border", align_corners=True)


def prior_logit(c0, c1, d, t):
    """How far keyframe 0 is to be preferred before the network has a say: nearness in time, confidence, depth."""
    return torch.log((1 - t) / t) + torch.log((c0 + 0.02) / (c1 + 0.02)) + 4.0 * d


def absolute_difference(a, b):
    return (a - b).abs().mean(dim=1, keepdim=True)


def up_nearest(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def up_bilinear(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Stage(nn.Module):
    """Named 3x3 convolutions; `self(name, x)` applies one, with the activation unless it is the head."""

    def __init__(self, layers):
        super().__init__()
        self.strides = {}
        for name, (inputs, outputs, stride) in layers.items():
            conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
            nn.init.kaiming_normal_(conv.weight, a=0.1)
            nn.init.zeros_(conv.bias)
            self.add_module(name, conv)
        nn.init.zeros_(self.head.weight)  # step 0 is the prior

    def apply_conv(self, name, x):
        x = getattr(self, name)(x)
        return x if name == "head" else F.leaky_relu(x, 0.1)


class Coarse(Stage):
    """Quarter resolution and below: large corrections of the prior."""

    def __init__(self):
        super().__init__({
            "e1a": (64, 64, 1), "e1b": (64, 64, 1),
            "e2a": (64, 96, 2), "e2b": (96, 96, 1),
            "e3a": (96, 128, 2), "e3b": (128, 128, 1), "e3c": (128, 128, 1),
            "d2a": (224, 96, 1), "d2b": (96, 96, 1),
            "d1": (160, 64, 1), "head": (64, 20, 1),
        })

    def forward(self, x):
        conv = self.apply_conv
        e1 = conv("e1b", conv("e1a", x))
        e2 = conv("e2b", conv("e2a", e1))
        e3 = conv("e3c", conv("e3b", conv("e3a", e2)))
        d2 = conv("d2b", conv("d2a", torch.cat((up_nearest(e3), e2), 1)))
        d1 = conv("d1", torch.cat((up_nearest(d2), e1), 1))
        return d1, conv("head", d1)


class Fine(Stage):
    """Half resolution: edges, the choice between the keyframes, and the error estimate."""

    def __init__(self):
        super().__init__({
            "e1": (64, 32, 1), "e2a": (32, 64, 2), "e2b": (128, 64, 1), "e2c": (64, 64, 1),
            "d1a": (96, 32, 1), "d1b": (32, 32, 1), "head": (32, 24, 1),
        })
        with torch.no_grad():
            self.head.bias[20:24] = ERROR_BIAS  # channel 5 after the shuffle

    def forward(self, x, d1):
        conv = self.apply_conv
        e1 = conv("e1", x)
        e2 = conv("e2a", e1)
        e2 = conv("e2c", conv("e2b", torch.cat((e2, d1), 1)))
        d1f = conv("d1b", conv("d1a", torch.cat((up_nearest(e2), e1), 1)))
        return conv("head", d1f)


class IbNet1(nn.Module):
    def __init__(self):
        super().__init__()
        self.coarse = Coarse()
        self.fine = Fine()
        self.bfloat16 = False  # training sets it; the golden vectors are float32

    def forward(self, v0, v1, f0, f1, c0, c1, d, t):
        """Returns flow0, flow1, weight0, error and the coarse stage's (flow0, flow1, weight0)."""
        height, width = v0.shape[-2:]
        pad = (0, -width % ALIGNMENT, 0, -height % ALIGNMENT)
        if any(pad):
            v0, v1, f0, f1, c0, c1, d = (F.pad(x, pad, mode="replicate") for x in (v0, v1, f0, f1, c0, c1, d))
        autocast = torch.autocast(v0.device.type, torch.bfloat16, enabled=self.bfloat16)
        t = t.view(-1, 1, 1, 1).expand_as(d)
        logit = prior_logit(c0, c1, d, t)

        def describe(flow0, flow1, logit):
            w0, w1 = warp(v0, flow0), warp(v1, flow1)
            return torch.cat((w0, w1, flow0 / FLOW_SCALE, flow1 / FLOW_SCALE, c0, c1, d, t,
                              absolute_difference(w0, w1), logit / LOGIT_SCALE), 1)

        x = F.pixel_unshuffle(F.avg_pool2d(describe(f0, f1, logit), 2), 2)
        with autocast:
            d1, head = self.coarse(x.contiguous(memory_format=torch.channels_last))
        h = up_bilinear(F.pixel_shuffle(head.float(), 2))
        coarse_flow0 = f0 + COARSE_STEP_PX * h[:, 0:2]
        coarse_flow1 = f1 + COARSE_STEP_PX * h[:, 2:4]
        coarse_logit = logit + h[:, 4:5]

        x = F.pixel_unshuffle(describe(coarse_flow0, coarse_flow1, coarse_logit), 2)
        with autocast:
            head = self.fine(x.contiguous(memory_format=torch.channels_last), d1)
        h = F.pixel_shuffle(head.float(), 2)
        outputs = (
            coarse_flow0 + FINE_STEP_PX * h[:, 0:2],
            coarse_flow1 + FINE_STEP_PX * h[:, 2:4],
            torch.sigmoid(coarse_logit + h[:, 4:5]),
            torch.exp(h[:, 5:6].clamp(-8.0, 2.0)),
            coarse_flow0, coarse_flow1, torch.sigmoid(coarse_logit),
        )
        return tuple(x[..., :height, :width] for x in outputs)
