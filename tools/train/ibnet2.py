"""ibnet2: the interpolation network. Geometry and weights out, never colour.

The C++ network (src/network/) computes the same function; export.py writes the vectors that hold the two together.

Inputs, at canvas size H x W, batch first:
  v0, v1     [B,3,H,W]  views of the keyframes: viewCurve(exposure * linear), may exceed 1
  main, other           two guesses of the motion, each a Guess of
    flow0, flow1 [B,2,H,W]  flows (x, y) in pixels, from a pixel at time t to the same surface in keyframe 0 and 1
    c0, c1       [B,1,H,W]  confidences of the two flows, 0 to 1
  d          [B,1,H,W]  depth order of the main guess, -1 to 1; above 0 keyframe 0's surface is nearer the camera
  t          [B]        time in (0, 1)
The main guess comes from renderer vectors where there are any, the other one is then the estimated flow: it knows how
shadows and reflections move. Without vectors the main guess is the estimated flow with large displacement, and the other one the
estimated flow as the classical method gives it (the released weights learnt with no motion there).

Outputs: for each guess flow0, flow1 [B,2,H,W] in pixels and weight0 [B,1,H,W]; the share of the other guess and the
error [B,1,H,W]; the spread [B,8,H,W]. On linear samples, a pixel is
  (1 - share) * mix(main) + share * mix(other),  mix = weight0 * warp(linear0, flow0) + (1 - weight0) * warp(linear1, flow1)
and the picture is at each pixel the mean of it and its eight neighbours, row by row, which weigh `spread`; the pixel has
the rest of 1. So noise, and doubt about the motion, spread over more samples. `error` is the network's own estimate of
the mean over RGB of the picture's absolute error in the view.

Every convolution is 3x3 with zero padding and bias; LeakyReLU(0.1) follows all but the heads. Everything that is
computed with positions (warps, costs, flows, logits) stays in float32; only the convolutions may run in bfloat16.
"""
import math
import typing

import torch
import torch.nn.functional as F
from torch import nn

ALIGNMENT = 32  # the canvas is padded to multiples of this, right and bottom, by edge replication
FLOW_SCALE = 16.0
LOGIT_SCALE = 4.0
COARSE_STEP_PX = 8.0
FINE_STEP_PX = 2.0
SHARE_BIAS = -3.0
ERROR_BIAS = -4.0
ERROR_OUTPUTS = slice(44, 48)  # of the fine head; channel 11 after the shuffle
SPREAD_BIAS = -5.0
NEIGHBOURS = [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dx or dy]
FEATURES = 16
QUARTER_RADIUS, EIGHTH_RADIUS = 2, 3  # of the costs, in pixels of their resolution, either way


class Guess(typing.NamedTuple):
    flow0: torch.Tensor
    flow1: torch.Tensor
    c0: torch.Tensor
    c1: torch.Tensor


class Mix(typing.NamedTuple):
    flow0: torch.Tensor
    flow1: torch.Tensor
    weight0: torch.Tensor


class Output(typing.NamedTuple):
    main: Mix
    other: Mix
    share: torch.Tensor
    error: torch.Tensor
    spread: torch.Tensor


def view_curve(linear):
    """ln(1 + 16 x) / ln(17), the curve of include/inbetween/view.h; negative values are 0."""
    return torch.log1p(16.0 * linear.clamp_min(0)) / math.log(17.0)


def warp(image, flow, mode="bilinear"):
    """Bilinear sample of `image` at p + flow(p), clamped to the border."""
    height, width = image.shape[-2:]
    y = torch.arange(height, device=flow.device, dtype=torch.float32)[:, None] + flow[:, 1]
    x = torch.arange(width, device=flow.device, dtype=torch.float32)[None, :] + flow[:, 0]
    grid = torch.stack((x * (2.0 / max(width - 1, 1)) - 1.0, y * (2.0 / max(height - 1, 1)) - 1.0), dim=-1)
    return F.grid_sample(image, grid, mode=mode, padding_mode="border", align_corners=True)


def sharp_warp(image, flow):
    """Nearly the Catmull-Rom of the C++ synthesis: PyTorch has another cubic, which is a little too sharp."""
    return ((2 * warp(image, flow, "bicubic") + warp(image, flow)) / 3).clamp_min(0)


def mix(key0, key1, m, sample=warp):
    return m.weight0 * sample(key0, m.flow0) + (1 - m.weight0) * sample(key1, m.flow1)


def spread_over(image, spread):
    """At each pixel the mean of it and its neighbours, which weigh `spread`."""
    height, width = image.shape[-2:]
    padded = F.pad(image, (1,) * 4, mode="replicate")
    out = (1 - spread.sum(1, keepdim=True)) * image
    for k, (dx, dy) in enumerate(NEIGHBOURS):
        out = out + spread[:, k:k + 1] * padded[..., 1 + dy:1 + dy + height, 1 + dx:1 + dx + width]
    return out


def picture_of(key0, key1, output):
    """The picture, sampled nearly as the C++ synthesis does."""
    image = (1 - output.share) * mix(key0, key1, output.main, sharp_warp) + output.share * mix(key0, key1, output.other, sharp_warp)
    return image if output.spread is None else spread_over(image, output.spread)


def prior_logit(c0, c1, d, t):
    """How far keyframe 0 is to be preferred before the network has a say: nearness in time, confidence, depth."""
    return torch.log((1 - t) / t) + torch.log((c0 + 0.02) / (c1 + 0.02)) + 4.0 * d


def absolute_difference(a, b):
    return (a - b).abs().mean(dim=1, keepdim=True)


def costs(a, b, radius):
    """[B,(2r+1)^2,H,W]: mean over channels of |a(p - o) - b(p + o)|, o row by row over the window, zeros outside."""
    height, width = a.shape[-2:]
    pa, pb = F.pad(a, (radius,) * 4), F.pad(b, (radius,) * 4)
    planes = []
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            x = pa[..., radius - dy:radius - dy + height, radius - dx:radius - dx + width]
            y = pb[..., radius + dy:radius + dy + height, radius + dx:radius + dx + width]
            planes.append((x - y).abs().mean(1))
    return torch.stack(planes, 1)


def pad_channels(x, channels):
    return F.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))


def up_nearest(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def up_bilinear(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


class Stage(nn.Module):
    """Named 3x3 convolutions; `self.apply_conv(name, x)` applies one, with the activation unless it is a head."""

    def __init__(self, layers):
        super().__init__()
        for name, (inputs, outputs, stride) in layers.items():
            conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
            nn.init.kaiming_normal_(conv.weight, a=0.1)
            nn.init.zeros_(conv.bias)
            self.add_module(name, conv)
        if hasattr(self, "head"):
            nn.init.zeros_(self.head.weight)  # step 0 is the prior

    def apply_conv(self, name, x):
        x = getattr(self, name)(x)
        return x if name in ("head", "fb") else F.leaky_relu(x, 0.1)


class Features(Stage):
    """What the costs compare, at quarter resolution."""

    def __init__(self):
        super().__init__({"fa": (16, 32, 1), "fb": (32, FEATURES, 1)})

    def forward(self, x):
        return self.apply_conv("fb", self.apply_conv("fa", x))


class Coarse(Stage):
    """Quarter resolution and below: large corrections of the prior."""

    def __init__(self):
        super().__init__({
            "e1a": (160, 64, 1), "e1b": (64, 64, 1),
            "e2a": (64, 96, 2), "e2b": (160, 96, 1),
            "e3a": (96, 128, 2), "e3b": (128, 128, 1), "e3c": (128, 128, 1),
            "d2a": (224, 96, 1), "d2b": (96, 96, 1),
            "d1": (160, 64, 1), "head": (64, 44, 1),
        })

    def forward(self, x, quarter_costs, eighth_costs):
        conv = self.apply_conv
        e1 = conv("e1b", conv("e1a", torch.cat((x, quarter_costs), 1)))
        e2 = conv("e2b", torch.cat((conv("e2a", e1), eighth_costs), 1))
        e3 = conv("e3c", conv("e3b", conv("e3a", e2)))
        d2 = conv("d2b", conv("d2a", torch.cat((up_nearest(e3), e2), 1)))
        d1 = conv("d1", torch.cat((up_nearest(d2), e1), 1))
        return d1, conv("head", d1)


class Fine(Stage):
    """Half resolution: edges, the choice between the keyframes and the guesses, and the error estimate."""

    def __init__(self):
        super().__init__({
            "e1": (128, 32, 1), "e2a": (32, 64, 2), "e2b": (128, 64, 1), "e2c": (64, 64, 1),
            "d1a": (96, 32, 1), "d1b": (32, 32, 1), "head": (32, 80, 1),
        })
        with torch.no_grad():
            self.head.bias[ERROR_OUTPUTS] = ERROR_BIAS
            self.head.bias[48:80] = SPREAD_BIAS

    def forward(self, x, d1):
        conv = self.apply_conv
        e1 = conv("e1", x)
        e2 = conv("e2a", e1)
        e2 = conv("e2c", conv("e2b", torch.cat((e2, d1), 1)))
        d1f = conv("d1b", conv("d1a", torch.cat((up_nearest(e2), e1), 1)))
        return conv("head", d1f)


class State(typing.NamedTuple):
    """What the stages refine: the flows and logits of both guesses, and the logit of the other one's share."""
    main0: torch.Tensor
    main1: torch.Tensor
    main_logit: torch.Tensor
    other0: torch.Tensor
    other1: torch.Tensor
    other_logit: torch.Tensor
    share_logit: torch.Tensor

    def refined(self, h, step):
        return State(self.main0 + step * h[:, 0:2], self.main1 + step * h[:, 2:4], self.main_logit + h[:, 4:5],
                     self.other0 + step * h[:, 5:7], self.other1 + step * h[:, 7:9], self.other_logit + h[:, 9:10],
                     self.share_logit + h[:, 10:11])

    def blending(self):
        return (Mix(self.main0, self.main1, torch.sigmoid(self.main_logit)),
                Mix(self.other0, self.other1, torch.sigmoid(self.other_logit)), torch.sigmoid(self.share_logit))


class IbNet2(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = Features()
        self.coarse = Coarse()
        self.fine = Fine()
        self.bfloat16 = False  # training sets it; the golden vectors are float32
        self.coarse_is_frozen = False

    def begin_from(self, weights):
        """Takes the weights of an earlier network. A head that had fewer outputs keeps those it has now beside them."""
        state = self.state_dict()
        for name, value in weights.items():
            state[name][:len(value)] = value
        self.load_state_dict(state)

    def learn_only(self, part):
        """From now on only the fine stage learns ("fine"), or only its head ("error": see train.py)."""
        self.coarse_is_frozen = True
        self.requires_grad_(False)
        (self.fine if part == "fine" else self.fine.head).requires_grad_(True)

    def forward(self, v0, v1, main, other, d, t):
        """Returns the Output, and the same of the coarse stage (its error is None)."""
        height, width = v0.shape[-2:]
        pad = (0, -width % ALIGNMENT, 0, -height % ALIGNMENT)
        if any(pad):
            v0, v1, d = (F.pad(x, pad, mode="replicate") for x in (v0, v1, d))
            main, other = (Guess(*(F.pad(x, pad, mode="replicate") for x in g)) for g in (main, other))
        autocast = torch.autocast(v0.device.type, torch.bfloat16, enabled=self.bfloat16)
        t = t.view(-1, 1, 1, 1).expand_as(d)
        zero = torch.zeros_like(d)
        prior = State(main.flow0, main.flow1, prior_logit(main.c0, main.c1, d, t),
                      other.flow0, other.flow1, prior_logit(other.c0, other.c1, zero, t), zero + SHARE_BIAS)

        def describe(v0, v1, s, scale):
            """At 1 / scale of the size. Flows stay in pixels of the canvas."""
            m0, m1 = warp(v0, s.main0 / scale), warp(v1, s.main1 / scale)
            o0, o1 = warp(v0, s.other0 / scale), warp(v1, s.other1 / scale)
            mc0, mc1, oc0, oc1, depth, time = (F.avg_pool2d(x, scale) for x in (main.c0, main.c1, other.c0, other.c1, d, t))
            return torch.cat((m0, m1, s.main0 / FLOW_SCALE, s.main1 / FLOW_SCALE, mc0, mc1, depth, time,
                              absolute_difference(m0, m1), s.main_logit / LOGIT_SCALE,
                              o0, o1, s.other0 / FLOW_SCALE, s.other1 / FLOW_SCALE, oc0, oc1,
                              absolute_difference(o0, o1), s.other_logit / LOGIT_SCALE, s.share_logit / LOGIT_SCALE,
                              0.5 * absolute_difference(m0 + m1, o0 + o1)), 1)

        half0, half1 = F.avg_pool2d(v0, 2), F.avg_pool2d(v1, 2)
        half_prior = State(*(F.avg_pool2d(x, 2) for x in prior))
        x = F.pixel_unshuffle(describe(half0, half1, half_prior, 2), 2)
        views = pad_channels(F.pixel_unshuffle(torch.cat((half0, half1)), 2), 16)
        with autocast:
            f0, f1 = self.features(channels_last(views)).float().chunk(2)
        cost = []
        for scale, radius, channels in ((4, QUARTER_RADIUS, 32), (8, EIGHTH_RADIUS, 64)):
            at = [F.avg_pool2d(flow, scale) / scale for flow in (prior.main0, prior.main1)]
            if scale == 8:
                f0, f1 = F.avg_pool2d(f0, 2), F.avg_pool2d(f1, 2)
            cost.append(pad_channels(costs(warp(f0, at[0]), warp(f1, at[1]), radius), channels))
        with autocast:
            d1, head = self.coarse(*map(channels_last, (x, *cost)))
        coarse = prior.refined(up_bilinear(F.pixel_shuffle(head.float(), 2)), COARSE_STEP_PX)

        x = F.pixel_unshuffle(describe(v0, v1, coarse, 1), 2)
        with autocast:
            head = self.fine(channels_last(x), d1)
        h = F.pixel_shuffle(head.float(), 2)
        fine = coarse.refined(h, FINE_STEP_PX)

        def cropped(x):
            return x[..., :height, :width]

        def output(state, error, spread):
            main, other, share = state.blending()
            return Output(Mix(*map(cropped, main)), Mix(*map(cropped, other)), cropped(share), error, spread)

        error = torch.exp(cropped(h[:, 11:12]).clamp(-8.0, 2.0))
        spread = torch.softmax(F.pad(cropped(h[:, 12:20]), (0, 0, 0, 0, 1, 0)), 1)[:, 1:]  # beside the pixel's 0
        return output(fine, error, spread), output(coarse, None, None)
