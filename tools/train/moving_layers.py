"""Pairs of views with their exact flow, drawn on the GPU: textured layers that move over each other, as in layered.py, whose
textures and shapes they have. To train the matching network on: fast enough to never see one twice.

    python3 tools/train/moving_layers.py sheet.png      # a contact sheet to look at
"""
import concurrent.futures
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

TEXTURE = 512


def _texture(seed):
    import cv2
    import layered
    cv2.setNumThreads(1)
    return layered.texture(np.random.default_rng(seed)).astype(np.float16)


def _shape(seed):
    import cv2
    import layered
    cv2.setNumThreads(1)
    return (layered.shape(np.random.default_rng(seed)) * 255).astype(np.uint8)


class Bank:
    """Textures (linear) and shapes (coverage) to draw with, made by all processors, and pictures of a folder as well."""

    def __init__(self, textures, shapes, device, seed=1, pictures=None):
        with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
            rgb = list(pool.map(_texture, range(seed * 1_000_000, seed * 1_000_000 + textures), chunksize=8))
            alpha = list(pool.map(_shape, range(seed * 1_000_000, seed * 1_000_000 + shapes), chunksize=8))
        self.textures = torch.from_numpy(np.stack(rgb)).permute(0, 3, 1, 2).contiguous().to(device)
        self.shapes = torch.from_numpy(np.stack(alpha))[:, None].to(device)
        self.pictures = None
        if pictures:  # [N,512,512,3] bytes, sRGB
            self.pictures = torch.from_numpy(np.load(pictures)).permute(0, 3, 1, 2).contiguous().to(device)

    def some_textures(self, count):
        out = self.textures[torch.randint(len(self.textures), (count,), device=self.textures.device)].float()
        if self.pictures is not None:
            real = self.pictures[torch.randint(len(self.pictures), (count,), device=out.device)].float() / 255
            real = real ** 2.2 * torch.exp(uniform(count, -1.5, 1.0, out.device))[:, None, None, None]
            out = torch.where((torch.rand(count, device=out.device) < 0.3)[:, None, None, None], real, out)
        return out

    def some_shapes(self, count):
        return self.shapes[torch.randint(len(self.shapes), (count,), device=self.shapes.device)].float() / 255


def uniform(count, low, high, device):
    return low + (high - low) * torch.rand(count, device=device)


def log_uniform(count, low, high, device):
    return torch.exp(uniform(count, math.log(low), math.log(high), device))


def chance(count, probability, device):
    return (torch.rand(count, device=device) < probability).float()


def choice(count, values, device):
    return torch.tensor(values, device=device)[torch.randint(len(values), (count,), device=device)]


def stacked(rows):
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def project(matrix, points):
    """matrix [B,3,3], points [B,H,W,2]."""
    m = matrix[:, None, None]
    q = points[..., :1] * m[..., :, 0] + points[..., 1:] * m[..., :, 1] + m[..., :, 2]
    return q[..., :2] / q[..., 2:].clamp(min=0.05)


class Layer:
    """Texels (about the texture's middle) to pixels at both keyframes, a wave through it at the second."""

    def __init__(self, count, height, width, magnitude, camera, full, device):
        b, d = count, device
        reach = (magnitude / 12).clamp(max=1)
        direction = uniform(b, 0, 2 * math.pi, d)
        own = magnitude * uniform(b, 0.1, 1, d) * (1 - chance(b, 0.7 if full else 0.2, d))
        velocity = torch.stack((own * direction.cos(), own * direction.sin()), -1) + camera
        angle = uniform(b, 0, 2 * math.pi, d)
        moving = (own > 0).float()
        spin = torch.randn(b, device=d) * reach * moving * choice(b, [0.0, 0.0, 0.15, 0.5], d)
        zoom = torch.randn(b, device=d) * 0.15 * reach * moving * chance(b, 0.4, d)
        pivot = torch.randn(b, 2, device=d) * 120 * chance(b, 0.5, d)[:, None] * (0.3 if full else 1.0)
        tilt = torch.randn(b, 2, device=d) * 2e-4
        tilting = torch.randn(b, 2, device=d) * 2e-4 * (reach * moving * chance(b, 0.3, d))[:, None]
        if full:
            place = torch.tensor([width / 2, height / 2], device=d).expand(b, 2)
            scale, stretch = uniform(b, 0.8, 1.6, d), torch.ones(b, device=d)
        else:
            place = uniform((b, 2), -0.05, 1.05, d) * torch.tensor([width, height], device=d)
            scale = log_uniform(b, 0.3, 1.2, d)
            stretch = torch.where(torch.rand(b, device=d) < 0.5, torch.ones(b, device=d), log_uniform(b, 0.1, 1.0, d))
        matrices = []
        for m in (-0.5, 0.5):
            c, s = (angle + spin * m).cos(), (angle + spin * m).sin()
            size = scale * torch.exp(zoom * m)
            centre = place + velocity * m
            c0, s0 = angle.cos() * scale, angle.sin() * scale
            back = torch.stack((c0 * pivot[:, 0] - s0 * pivot[:, 1], s0 * pivot[:, 0] + c0 * pivot[:, 1]), -1)
            o, z = torch.ones_like(c), torch.zeros_like(c)
            turn = stacked([[size * c, -size * s * stretch, z], [size * s, size * c * stretch, z],
                            [tilt[:, 0] + m * tilting[:, 0], (tilt[:, 1] + m * tilting[:, 1]) * stretch, o]])
            to_pivot = stacked([[o, z, -pivot[:, 0]], [z, o, -pivot[:, 1]], [z, z, o]])
            shift = stacked([[o, z, centre[:, 0] + back[:, 0]], [z, o, centre[:, 1] + back[:, 1]], [z, z, o]])
            matrices.append(shift @ turn @ to_pivot)
        self.matrices = matrices
        self.inverses = [torch.linalg.inv(x) for x in matrices]
        length = log_uniform((b, 2), 60, 400, d) / scale[:, None]
        self.waved = chance(b, 0.3, d)
        height_ = torch.minimum(log_uniform((b, 2), 0.3, 12, d), (magnitude[:, None] + 0.1)) * uniform((b, 2), 0.1, 1, d)
        self.height = torch.minimum(height_ / scale[:, None], length * 0.05) * self.waved[:, None]
        turn = uniform((b, 2), 0, 2 * math.pi, d)
        self.k = torch.stack((turn.cos(), turn.sin()), -1) * (2 * math.pi / length)[..., None]
        turn = uniform((b, 2), 0, 2 * math.pi, d)
        self.along = torch.stack((turn.cos(), turn.sin()), -1)
        self.phase = uniform((b, 2), 0, 2 * math.pi, d)

    def wave(self, u):
        out = 0
        for j in range(2):
            k, along = self.k[:, None, None, j], self.along[:, None, None, j]
            phase = (u * k).sum(-1) + self.phase[:, None, None, j]
            out = out + (self.height[:, None, None, j] * phase.sin())[..., None] * along
        return out

    def look(self, pixels, moment):
        """Texels under the pixels at a keyframe, and where those are at the other one."""
        if moment == 0:
            u = project(self.inverses[0], pixels)
            return u, project(self.matrices[1], u + self.wave(u))
        x = project(self.inverses[1], pixels)
        u = x
        for _ in range(4):  # a contraction: the waves are much longer than they are high
            u = x - self.wave(u)
        return u, project(self.matrices[0], u)


def sample(texture, u, padding):
    return F.grid_sample(texture, u * (2 / TEXTURE), mode="bilinear", padding_mode=padding, align_corners=False)


def view_of(a, b):
    """As include/inbetween/view.h says."""
    weights = torch.tensor([0.2126, 0.7152, 0.0722], device=a.device)[:, None, None]
    light = (torch.cat((a, b), -1) * weights).sum(1)
    lit = (light > 1e-4).float()
    mean = (light.clamp(min=1e-4).log() * lit).sum((1, 2)) / lit.sum((1, 2)).clamp(min=1)
    exposure = (0.18 / mean.exp()).clamp(1 / 4096, 4096)[:, None, None, None]
    return [torch.log1p(16 * (x * exposure).clamp(min=0)) / math.log(17) for x in (a, b)]


def smoothed(x):
    kernel = torch.tensor([1.0, 2.0, 1.0], device=x.device)
    kernel = (kernel[:, None] * kernel / 16)[None, None].expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=x.shape[1])


def noisy(x, strength):
    grain = torch.randn_like(x) * 0.5 + torch.randn_like(x[:, :1])
    return (x + strength * (x * (0.05 + x)).clamp(min=0).sqrt() * smoothed(grain) * 1.6).clamp(min=0)


def halved(x):
    return F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="bilinear", align_corners=False)


@torch.no_grad()
def draw(bank, count, height, width, motion=170.0):
    """Views [B,3,H,W] of both keyframes, flow from the first to the second and back [B,2,H,W], pixels; most move by less than
    `motion`."""
    d = bank.textures.device
    y, x = torch.meshgrid(torch.arange(height, device=d), torch.arange(width, device=d), indexing="ij")
    pixels = torch.stack((x, y), -1)[None].float()
    small = torch.rand(count, device=d) < 0.2
    magnitude = torch.where(small, log_uniform(count, 0.3, 3, d), log_uniform(count, 4, motion, d))
    direction = uniform(count, 0, 2 * math.pi, d)
    speed = magnitude * choice(count, [0, 0, 0.3, 0.6, 1.0], d)
    camera = torch.stack((direction.cos(), direction.sin()), -1) * speed[:, None]
    layers = 1 + int(torch.randint(2, 13, ()))
    nearness = torch.sort(uniform((count, layers), 0.15, 1, d), 1).values
    rgb = [torch.zeros(count, 3, height, width, device=d) for _ in range(2)]
    flow = [torch.zeros(count, height, width, 2, device=d) for _ in range(2)]
    for index in range(layers):
        full = index == 0
        layer = Layer(count, height, width, magnitude, camera * nearness[:, index:index + 1], full, d)
        texture, shape = bank.some_textures(count), bank.some_shapes(count)
        ghost = torch.zeros(count, device=d) if full else chance(count, 0.1, d)          # has no motion of its own to be known
        adds = ghost * chance(count, 0.4, d)                                             # a reflection; else a shadow
        opacity = torch.where(ghost > 0, uniform(count, 0.2, 0.7, d), torch.ones(count, device=d))
        texture = texture * torch.where(adds > 0, uniform(count, 0.05, 0.4, d), 1 - ghost)[:, None, None, None]
        flat = 0.9 * chance(count, 0.2, d)[:, None, None, None]                          # hardly any texture
        texture = texture + flat * (texture.mean((2, 3), keepdim=True) - texture)
        fade = torch.exp2(torch.randn(count, device=d) * 0.3 * chance(count, 0.15, d))[:, None, None, None]
        for moment in range(2):
            u, there = layer.look(pixels, moment)
            colour = sample(texture, u, "reflection" if full else "zeros")
            if moment == 1:
                colour = colour * fade
            alpha = torch.ones_like(colour[:, :1]) if full else sample(shape, u, "zeros")
            alpha = alpha * opacity[:, None, None, None]
            rgb[moment] = rgb[moment] * (1 - alpha * (1 - adds)[:, None, None, None]) + colour * alpha
            front = (alpha[:, 0] > 0.5) & (ghost == 0)[:, None, None]
            flow[moment] = torch.where(front[..., None], there - pixels, flow[moment])
    blurred = 0.25 * uniform(count, 0.2, 1.0, d) * chance(count, 0.25, d)                # the half of what the shutter lets in
    coarse = chance(count, 0.5, d)[:, None, None, None]
    soft = chance(count, 0.15, d)[:, None, None, None]
    strength = (log_uniform(count, 0.005, 0.15, d) * chance(count, 0.6, d))[:, None, None, None]
    if bool((blurred > 0).any()):
        size = torch.tensor([width, height], device=d)
        for moment in range(2):
            total = 0
            for s in (-1.0, -0.5, 0.0, 0.5, 1.0):
                at = pixels + s * blurred[:, None, None, None] * flow[moment]
                total = total + 0.2 * F.grid_sample(rgb[moment], (2 * at + 1) / size - 1, padding_mode="border",
                                                    align_corners=False)
            rgb[moment] = total
    out = []
    for picture in rgb:
        picture = picture + soft * (smoothed(smoothed(picture)) - picture)
        fine = noisy(picture, strength * (1 - coarse))
        small = F.avg_pool2d(picture, 2)
        small = F.interpolate(noisy(small, strength), scale_factor=2, mode="bilinear", align_corners=False)
        out.append(fine + coarse * (small - fine))
    view0, view1 = view_of(*out)
    return view0, view1, flow[0].permute(0, 3, 1, 2), flow[1].permute(0, 3, 1, 2)


def main():
    import cv2
    torch.manual_seed(3)
    bank = Bank(24, 24, "cpu", pictures=sys.argv[2] if len(sys.argv) > 2 else None)
    rows = []
    for view0, view1, flow, back in zip(*[torch.cat(x) for x in zip(*[draw(bank, 2, 256, 384) for _ in range(6)])]):
        size = torch.tensor([384, 256])
        y, x = torch.meshgrid(torch.arange(256), torch.arange(384), indexing="ij")
        at = torch.stack((x, y), -1).float() + flow.permute(1, 2, 0)
        warped = F.grid_sample(view1[None], ((2 * at + 1) / size - 1)[None], align_corners=False)[0]
        hsv = np.stack((np.degrees(np.arctan2(*flow.numpy()[::-1])) + 180, np.clip(np.hypot(*flow.numpy()) / 60, 0, 1),
                        np.clip(np.hypot(*flow.numpy()) / 60, 0, 1)), -1).astype(np.float32)
        colours = torch.from_numpy(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)).permute(2, 0, 1)
        rows.append(torch.cat((view0, view1, warped, colours), 2))
    sheet = torch.cat((torch.cat(rows[:6], 1), torch.cat(rows[6:], 1)), 2).clamp(0, 1).permute(1, 2, 0).numpy()
    cv2.imwrite(sys.argv[1], (sheet[..., ::-1] * 255).astype(np.uint8))


if __name__ == "__main__":
    main()
