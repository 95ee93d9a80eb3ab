"""Random layered 2-D motion: textured shapes that move over each other, drawn at both keyframes and at a time between.

Unlike rendered frames it knows everything exactly: the motion of every pixel, what hides what, and what a renderer's
motion vectors and depth would have said. It also has what those do not know: shadows, reflections, see-through layers.

    python3 tools/train/layered.py sheet.png      # a contact sheet to look at
"""
import dataclasses
import string
import sys

import cv2
import numpy as np

SIZE = 256          # pixels of a frame, square
SUPERSAMPLE = 2     # layers are drawn at this multiple and averaged down
TEXTURE = 512       # texels of a layer, square
FAR = 1e10          # what a renderer writes as depth where there is nothing


@dataclasses.dataclass
class Sample:
    key0: np.ndarray        # [H,W,3] linear, noisy as a render is
    key1: np.ndarray
    truth: np.ndarray       # [H,W,3] linear, without noise
    time: float             # of the truth, in (0, 1)
    gap: int                # frames between the keyframes: scales the vectors
    flow0: np.ndarray       # [H,W,2] pixels, from the truth's pixel to its surface in keyframe 0
    flow1: np.ndarray
    visible0: np.ndarray    # [H,W] bool: that surface can be seen in keyframe 0
    visible1: np.ndarray
    vectors0: np.ndarray    # [H,W,4] next x y, previous x y: pixels a frame, as a renderer writes them
    vectors1: np.ndarray
    depth0: np.ndarray      # [H,W]
    depth1: np.ndarray


def log_uniform(rng, low, high, size=None):
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def grid(size):
    axis = np.arange(size, dtype=np.float32)
    return np.meshgrid(axis, axis)


# ---------------------------------------------------------------------------------------------------------------
# Textures: patterns in [0, 1], coloured
# ---------------------------------------------------------------------------------------------------------------

def noise(rng, size, cells, octaves=4, gain=0.5):
    total, weight = np.zeros((size, size), np.float32), 1.0
    for _ in range(octaves):
        cells_now = int(min(max(cells, 2), size))
        layer = rng.random((cells_now, cells_now), dtype=np.float32)
        total += weight * cv2.resize(layer, (size, size), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2, weight * gain
    low, high = total.min(), total.max()
    return (total - low) / (high - low + 1e-6)


def wave_coordinate(rng, size):
    """A coordinate that grows by one a period, along a random direction, bent in half of the cases."""
    x, y = grid(size)
    angle, period = rng.uniform(0, np.pi), log_uniform(rng, 6, 160)
    u = (x * np.cos(angle) + y * np.sin(angle)) / period
    if rng.random() < 0.5:
        u = u + rng.uniform(0.3, 3) * noise(rng, size, 3, 2)
    return u.astype(np.float32)


def pattern(rng, size):
    kind = rng.choice(["noise", "noise", "noise", "gradient", "stripes", "checks", "voronoi", "text", "lines", "dots",
                       "blocks"])
    if kind == "noise":
        p = noise(rng, size, log_uniform(rng, 2, 64), rng.integers(1, 7), rng.uniform(0.4, 0.9))
        return p if rng.random() < 0.7 else np.clip((p - 0.5) * log_uniform(rng, 2, 60) + 0.5, 0, 1)
    if kind == "gradient":
        x, y = grid(size)
        angle = rng.uniform(0, 2 * np.pi)
        return np.clip(0.5 + ((x - size / 2) * np.cos(angle) + (y - size / 2) * np.sin(angle)) / size, 0, 1)
    if kind == "stripes":
        s = np.sin(2 * np.pi * wave_coordinate(rng, size))
        return np.clip(0.5 + 0.5 * s * log_uniform(rng, 1, 30), 0, 1)
    if kind == "checks":
        s = np.sin(2 * np.pi * wave_coordinate(rng, size)) * np.sin(2 * np.pi * wave_coordinate(rng, size))
        return np.clip(0.5 + s * log_uniform(rng, 1, 60), 0, 1)
    if kind == "voronoi":
        seeds = np.full((size, size), 255, np.uint8)
        count = int(log_uniform(rng, 10, 3000))
        seeds[rng.integers(0, size, count), rng.integers(0, size, count)] = 0
        distance, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        if rng.random() < 0.3:
            return np.clip(distance / (size / np.sqrt(count)), 0, 1)
        return rng.random(labels.max() + 1, dtype=np.float32)[labels]
    canvas = np.zeros((size, size), np.uint8)
    count = int(log_uniform(rng, 5, 150))
    points = rng.integers(-20, size + 20, (count, 2, 2))
    for (a, b), shade in zip(points.tolist(), rng.integers(60, 256, count).tolist()):
        if kind == "text":
            word = "".join(rng.choice(list(string.printable[:94]), rng.integers(1, 9)))
            cv2.putText(canvas, word, a, int(rng.integers(0, 8)), float(log_uniform(rng, 0.4, 3)), shade,
                        int(rng.integers(1, 5)), cv2.LINE_AA)
        elif kind == "lines":
            cv2.line(canvas, a, b, shade, int(rng.integers(1, 5)), cv2.LINE_AA)
        elif kind == "dots":
            cv2.circle(canvas, a, int(log_uniform(rng, 1, 30)), shade, -1, cv2.LINE_AA)
        else:
            w, h = log_uniform(rng, 4, 120, 2).astype(int).tolist()
            cv2.rectangle(canvas, a, (a[0] + w, a[1] + h), shade, -1)
    return canvas.astype(np.float32) / 255


def colour(rng):
    value, saturation = log_uniform(rng, 0.02, 1.0), rng.random() ** 1.5
    hue = rng.random() + np.arange(3) / 3.0
    return (value * (1 - saturation + saturation * (0.5 + 0.5 * np.cos(2 * np.pi * hue)))).astype(np.float32)


def texture(rng, size=TEXTURE):
    """Linear RGB, at times with highlights of up to 200."""
    rgb = np.empty((size, size, 3), np.float32)
    rgb[:] = colour(rng)
    for _ in range(rng.integers(1, 4)):
        p = pattern(rng, size)[..., None]
        if rng.random() < 0.3:
            p = p * rng.uniform(0.2, 0.9)
        rgb += p * (colour(rng) - rgb)
    if rng.random() < 0.3:  # a fine grain
        rgb *= 1 + rng.uniform(0.1, 0.7) * (rng.random((size, size, 1), dtype=np.float32) - 0.5)
    if rng.random() < 0.3:
        spots = np.zeros((size, size), np.float32)
        for _ in range(int(log_uniform(rng, 1, 40))):
            cv2.circle(spots, rng.integers(0, size, 2).tolist(), int(log_uniform(rng, 1.5, 24)),
                       float(log_uniform(rng, 1, 200)), -1)
        spots = cv2.GaussianBlur(spots, (0, 0), log_uniform(rng, 0.7, 8))
        rgb += spots[..., None] * (0.3 + 0.7 * rng.random(3, dtype=np.float32))
    if rng.random() < 0.25:
        rgb *= np.exp2(rng.normal(0, 1.3))
    return np.maximum(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.5, 1.2)), 0.001)


def shape(rng, size=TEXTURE):
    """Coverage of a layer, 0 at the texture's rim."""
    mask = np.zeros((size, size), np.uint8)
    centre = np.array([size / 2, size / 2])
    extent = log_uniform(rng, 36, 0.48 * size)  # half of the width, in texels
    kind = rng.choice(["ellipse", "polygon", "polygon", "blob", "blob", "glyphs", "wires", "fence", "ring", "scatter"])

    def at(scale=1.0):
        return (centre + rng.uniform(-extent, extent, 2) * scale).astype(int).tolist()

    if kind == "ellipse":
        axes = (extent * rng.uniform(0.15, 1, 2)).astype(int).tolist()
        cv2.ellipse(mask, (size // 2, size // 2), axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
    elif kind == "polygon":
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
        radii = extent * rng.uniform(0.25, 1, len(angles))
        points = centre + np.stack((np.cos(angles), np.sin(angles)), 1) * radii[:, None]
        cv2.fillPoly(mask, [points.astype(np.int32)], 255, cv2.LINE_AA)
    elif kind == "blob":
        x, y = grid(size)
        radius = np.hypot(x - size / 2, y - size / 2) / extent
        field = noise(rng, size, log_uniform(rng, 3, 14), rng.integers(1, 5)) - rng.uniform(0.3, 0.9) * radius
        mask = ((field > 0) & (radius < 1)).astype(np.uint8) * 255
    elif kind == "glyphs":
        for _ in range(rng.integers(1, 6)):
            word = "".join(rng.choice(list(string.ascii_letters + string.digits), rng.integers(1, 5)))
            scale = extent / 40
            cv2.putText(mask, word, at(0.6), int(rng.integers(0, 5)), float(scale), 255,
                        int(max(1, scale * log_uniform(rng, 1, 8))), cv2.LINE_AA)
    elif kind == "wires":
        for _ in range(int(log_uniform(rng, 1, 40))):
            points = np.array([at() for _ in range(rng.integers(2, 5))], np.float32)
            curve = np.stack([np.interp(np.linspace(0, 1, 24), np.linspace(0, 1, len(points)), points[:, k])
                              for k in range(2)], 1)
            curve = cv2.blur(curve.astype(np.float32), (1, 5), borderType=cv2.BORDER_REPLICATE)
            cv2.polylines(mask, [curve.astype(np.int32)], False, 255, int(rng.integers(1, 9)), cv2.LINE_AA)
    elif kind == "fence":
        bars = np.clip(0.5 + 8 * (np.sin(2 * np.pi * wave_coordinate(rng, size)) - rng.uniform(-0.5, 0.9)), 0, 1)
        cv2.ellipse(mask, (size // 2, size // 2), (int(extent), int(extent)), 0, 0, 360, 255, -1)
        mask = (mask * bars).astype(np.uint8)
    elif kind == "ring":
        cv2.circle(mask, (size // 2, size // 2), int(extent * 0.8), 255, int(max(2, extent * rng.uniform(0.04, 0.35))),
                   cv2.LINE_AA)
    else:
        for _ in range(int(log_uniform(rng, 5, 150))):
            cv2.circle(mask, at(), int(log_uniform(rng, 1.5, 16)), 255, -1, cv2.LINE_AA)
    alpha = mask.astype(np.float32) / 255
    softness = log_uniform(rng, 2, 30) if rng.random() < 0.2 else 0.7
    alpha = cv2.GaussianBlur(alpha, (0, 0), softness)
    alpha[[0, -1]] = 0
    alpha[:, [0, -1]] = 0
    return alpha


# ---------------------------------------------------------------------------------------------------------------
# Motion: where a texel is at a moment; 0 and 1 are the keyframes
# ---------------------------------------------------------------------------------------------------------------

class Motion:
    """A homography of the texture plane that changes with the moment, and for some a wave that runs through it."""

    def __init__(self, rng, magnitude_px, centre, scale, camera):
        self.centre, self.scale, self.angle = np.asarray(centre), scale, rng.uniform(0, 2 * np.pi)
        direction = rng.uniform(0, 2 * np.pi)
        own = magnitude_px * np.array([np.cos(direction), np.sin(direction)])
        self.velocity = 2 * (own + camera)  # a gap has two halves
        self.acceleration = np.zeros(2)
        self.spin = self.zoom = 0.0
        self.tilt, self.tilting = rng.normal(0, 2e-4, 2), np.zeros(2)
        self.pivot = np.zeros(2)
        if magnitude_px > 0:
            reach = min(1.0, magnitude_px / 12)  # turning moves a rim by no more than the rest of the motion would
            if rng.random() < 0.4:
                self.acceleration = rng.normal(0, 0.6, 2) * magnitude_px
            if rng.random() < 0.5:
                self.spin = rng.normal(0, 0.25) * reach
                self.pivot = rng.normal(0, 120, 2) * (rng.random() < 0.5)
            if rng.random() < 0.4:
                self.zoom = rng.normal(0, 0.12) * reach
            if rng.random() < 0.3:
                self.tilting = rng.normal(0, 4e-4, 2) * reach
        self.wave_px = 0.0
        if rng.random() < 0.25:
            self.wave_px = min(8.0, magnitude_px) * rng.uniform(0.1, 1) / scale
            self.wave_k = 2 * np.pi / (log_uniform(rng, 60, 300) / scale) * np.array(
                [np.cos(direction + 1), np.sin(direction + 1)])
            self.wave_direction = np.array([np.cos(direction + 2), np.sin(direction + 2)])
            self.wave_speed, self.wave_phase = rng.uniform(-2, 2), rng.uniform(0, 6)

    def matrix(self, moment):
        """Texels to pixels."""
        m = moment - 0.5
        angle, scale = self.angle + self.spin * m, self.scale * np.exp(self.zoom * m)
        c, s = scale * np.cos(angle), scale * np.sin(angle)
        tilt = self.tilt + self.tilting * m
        place = self.centre + self.velocity * m + self.acceleration * (m * m - 0.25)
        to_pivot = np.array([[1, 0, -TEXTURE / 2 - self.pivot[0]], [0, 1, -TEXTURE / 2 - self.pivot[1]], [0, 0, 1]])
        turn = np.array([[c, -s, 0], [s, c, 0], [tilt[0], tilt[1], 1]])
        c0, s0 = np.cos(self.angle) * self.scale, np.sin(self.angle) * self.scale
        back = np.array([[c0, -s0], [s0, c0]]) @ self.pivot
        return np.array([[1, 0, place[0] + back[0]], [0, 1, place[1] + back[1]], [0, 0, 1]]) @ turn @ to_pivot

    def wave(self, u, moment):
        phase = u @ self.wave_k + self.wave_phase + self.wave_speed * moment
        return self.wave_px * np.sin(phase)[..., None] * self.wave_direction

    def to_pixels(self, u, moment):
        if self.wave_px:
            u = u + self.wave(u, moment)
        return project(self.matrix(moment), u)

    def to_texels(self, p, moment):
        x = project(np.linalg.inv(self.matrix(moment)), p)
        u = x
        if self.wave_px:
            for _ in range(6):  # a contraction: the wave is much longer than it is high
                u = x - self.wave(u, moment)
        return u


def project(matrix, points):
    q = points @ matrix[:, :2].T + matrix[:, 2]
    return q[..., :2] / np.maximum(q[..., 2:], 0.05)


# ---------------------------------------------------------------------------------------------------------------
# The scene
# ---------------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Layer:
    rgba: np.ndarray            # premultiplied, [T,T,4]
    motion: Motion
    depth: float
    covers_all: bool = False    # a background
    known: bool = True          # to the renderer's vectors and depth
    fade: float = 0.0           # log2 of the brightness change over the gap
    vanish: float = 0.0         # opacity lost over the gap
    kind: str = "over"          # over, shadow (multiplies), reflection (adds)

    def draw(self, moment):
        """[H,W,4] at the supersampled size."""
        side = SIZE * SUPERSAMPLE
        border = cv2.BORDER_REFLECT_101 if self.covers_all else cv2.BORDER_CONSTANT
        if self.motion.wave_px:
            u = self.motion.to_texels(PIXELS, moment).astype(np.float32)
            u = cv2.resize(u, (side, side), interpolation=cv2.INTER_LINEAR)
            rgba = cv2.remap(self.rgba, u, None, cv2.INTER_LINEAR, borderMode=border)
        else:
            s = SUPERSAMPLE
            up = np.array([[s, 0, (s - 1) / 2], [0, s, (s - 1) / 2], [0, 0, 1.0]])
            rgba = cv2.warpPerspective(self.rgba, up @ self.motion.matrix(moment), (side, side), flags=cv2.INTER_LINEAR,
                                       borderMode=border)
        if self.fade:
            rgba[..., :3] *= np.exp2(self.fade * (moment - 0.5))
        if self.vanish:
            rgba *= np.clip(1 - self.vanish * moment, 0, 1)
        return rgba


PIXELS = np.stack(grid(SIZE), -1).astype(np.float64)


def random_layers(rng):
    """Back to front."""
    magnitude = log_uniform(rng, 0.2, 2) if rng.random() < 0.15 else log_uniform(rng, 2, 40)
    direction = rng.uniform(0, 2 * np.pi)
    camera = np.array([np.cos(direction), np.sin(direction)]) * magnitude * rng.choice([0, 0, 0.3, 1.0])
    count = int(rng.integers(2, 9))
    depths = np.sort(log_uniform(rng, 1, 60, count + 1))[::-1] * np.linspace(1.5, 1, count + 1)
    layers = []

    def motion(depth, full):
        own = 0.0 if rng.random() < (0.7 if full else 0.2) else magnitude * rng.uniform(0.1, 1)
        centre = [SIZE / 2, SIZE / 2] if full else rng.uniform(-0.05, 1.05, 2) * SIZE
        scale = rng.uniform(0.6, 1.2) if full else log_uniform(rng, 0.35, 1.0)
        return Motion(rng, own, centre, scale, camera * depths[-1] / depth)

    def add(rgb, alpha, depth, full=False, **more):
        rgba = np.concatenate((rgb * alpha[..., None], alpha[..., None]), -1).astype(np.float32)
        layers.append(Layer(rgba, motion(depth, full), depth, full, **more))

    ones = np.ones((TEXTURE, TEXTURE), np.float32)
    add(texture(rng), ones, depths[0], True, known=rng.random() < 0.85)
    for depth in depths[1:]:
        alpha, known = shape(rng), True
        if rng.random() < 0.1:
            alpha, known = alpha * rng.uniform(0.2, 0.9), rng.random() < 0.5
        add(texture(rng), alpha, depth, known=known, fade=rng.normal(0, 0.5) * (rng.random() < 0.1),
            vanish=rng.uniform(0.2, 1.0) * (rng.random() < 0.04))
        if rng.random() < 0.12:
            dark = cv2.GaussianBlur(shape(rng), (0, 0), log_uniform(rng, 1, 25)) * rng.uniform(0.2, 0.9)
            add(np.zeros((TEXTURE, TEXTURE, 3), np.float32), dark, depth, known=False, kind="shadow")
        if rng.random() < 0.06:
            add(texture(rng) * rng.uniform(0.05, 0.5), shape(rng), depth, known=False, kind="reflection")
    if rng.random() < 0.1:  # light that changes
        fade = rng.normal(0, 0.3)
        for layer in layers:
            layer.fade += fade
    return layers


def composite(layers, moment):
    """The picture, and the index of the nearest layer that covers each pixel by half."""
    side = SIZE * SUPERSAMPLE
    rgb = np.zeros((side, side, 3), np.float32)
    front = np.zeros((SIZE, SIZE), np.int32)
    for index, layer in enumerate(layers):
        rgba = layer.draw(moment)
        alpha = rgba[..., 3:]
        if layer.kind != "reflection":
            rgb *= 1 - alpha
        rgb += rgba[..., :3]
        if layer.kind == "over":
            front[cv2.resize(rgba[..., 3], (SIZE, SIZE), interpolation=cv2.INTER_AREA) > 0.5] = index
    return cv2.resize(rgb, (SIZE, SIZE), interpolation=cv2.INTER_AREA), front


def move(layers, front, moment_from, moment_to):
    """[H,W,2] pixels: where the front surface of each pixel goes between the two moments."""
    flow = np.zeros((SIZE, SIZE, 2))
    for index in np.unique(front):
        where = front == index
        pixels = PIXELS[where]
        motion = layers[index].motion
        flow[where] = motion.to_pixels(motion.to_texels(pixels, moment_from), moment_to) - pixels
    return flow


def known_front(layers, front):
    """`front` as the renderer's data passes see it."""
    seen = np.array([layer.known for layer in layers])
    return np.where(seen[front], front, -1)


def renderer_passes(layers, front, moment, gap):
    known = known_front(layers, front)
    vectors = np.concatenate((move(layers, front, moment, moment + 1 / gap),
                              move(layers, front, moment, moment - 1 / gap)), -1)
    depth = np.array([layer.depth for layer in layers])[front]
    vectors[known < 0] = 0
    depth[known < 0] = FAR
    return vectors.astype(np.float32), depth.astype(np.float32)


def visible(layers, front, front_key, flow):
    target = np.rint(PIXELS + flow).astype(np.int64)
    inside = ((target >= 0) & (target < SIZE)).all(-1)
    x, y = np.clip(target, 0, SIZE - 1)[..., 0], np.clip(target, 0, SIZE - 1)[..., 1]
    return inside & (front_key[y, x] == front)


def render_noise(rng, rgb, strength):
    """Monte Carlo noise: it grows with the light, reaches the neighbours through the pixel filter, has fireflies."""
    grain = rng.standard_normal((SIZE, SIZE, 3), dtype=np.float32)
    shared = rng.standard_normal((SIZE, SIZE, 1), dtype=np.float32)
    grain = cv2.GaussianBlur(0.5 * grain + shared, (0, 0), 0.6) * 1.6
    out = rgb + strength * np.sqrt(rgb * (0.05 + rgb)) * grain
    if rng.random() < 0.2:
        hits = rng.random((SIZE, SIZE)) < 2e-4
        out[hits] += log_uniform(rng, 0.5, 30, (int(hits.sum()), 1))
    return np.maximum(out, 0).astype(np.float32)


def make_sample(seed):
    rng = np.random.default_rng(seed)
    layers = random_layers(rng)
    gap, time = 2, 0.5
    if rng.random() < 0.2:
        gap = int(rng.choice([2, 3, 4, 6, 8]))
        time = float(rng.uniform(0.05, 0.95)) if gap == 2 else float(rng.integers(1, gap)) / gap
    key0, front0 = composite(layers, 0.0)
    key1, front1 = composite(layers, 1.0)
    truth, front = composite(layers, time)
    flow0, flow1 = move(layers, front, time, 0.0), move(layers, front, time, 1.0)
    vectors0, depth0 = renderer_passes(layers, front0, 0.0, gap)
    vectors1, depth1 = renderer_passes(layers, front1, 1.0, gap)
    if rng.random() < 0.12:
        blur = log_uniform(rng, 0.6, 4)
        key0, key1, truth = (cv2.GaussianBlur(x, (0, 0), blur) for x in (key0, key1, truth))
    if rng.random() < 0.6:
        strength = log_uniform(rng, 0.01, 0.15)
        key0, key1 = render_noise(rng, key0, strength), render_noise(rng, key1, strength)
    return Sample(key0, key1, truth, time, gap, flow0.astype(np.float32), flow1.astype(np.float32),
                  visible(layers, front, front0, flow0), visible(layers, front, front1, flow1),
                  vectors0, vectors1, depth0, depth1)


def main():
    rows = []
    for seed in range(1000, 1016):
        s = make_sample(seed)
        scale = 0.4 / max(np.median(s.truth), 1e-3)
        pictures = [np.clip(x * scale, 0, 1) ** (1 / 2.2) for x in (s.key0, s.truth, s.key1)]
        hue = (np.arctan2(s.flow1[..., 1], s.flow1[..., 0]) + np.pi) * (180 / np.pi)
        length = np.clip(np.hypot(*np.moveaxis(s.flow1, -1, 0)) / 20, 0, 1)
        pictures.append(cv2.cvtColor(np.stack((hue, length, length), -1).astype(np.float32), cv2.COLOR_HSV2RGB))
        pictures.append(np.stack((s.visible0, s.visible1, s.visible0), -1).astype(np.float32))
        rows.append(np.concatenate(pictures, 1))
    sheet = np.concatenate([np.concatenate(rows[:8]), np.concatenate(rows[8:])], 1)
    cv2.imwrite(sys.argv[1], (sheet[..., ::-1] * 255).astype(np.uint8))


if __name__ == "__main__":
    main()
