"""Path-traces short runs to learn from how wrong an in-between is: random calm scenes, nine frames each.

    blender -b -t 1 --python tools/scenes/risk_runs.py -- --out DIR --first-seed N --count M

DIR/run_<seed>/keys has every frame at K samples a pixel with all layers, truth every frame at four times as many (colour
only), so that gaps of 2, 4 and 8 can be cut from them. DIR/run_<seed>/done is written last, as JSON with what was drawn; such
a run is skipped. A run is about ten seconds of one core. No scene is one of the quality or the calm shots.
"""
import argparse
import json
import math
import os
import random
import sys

import bpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import quality_shots  # noqa: E402

FRAMES = 9
# The machinery's clock runs from the middle of a shot: nine frames here, and what takes that clock is read after.
quality_shots.FIRST, quality_shots.LAST, quality_shots.MIDDLE = 1, FRAMES, (1 + FRAMES) // 2
quality_shots.KEYED = list(range(-1, FRAMES + 3))

from calm_shots import head, speech  # noqa: E402
from quality_shots import (animate, bouncing, chance, cloudySky, drive, figure, flock, grass, hills, house, lightFromAllSides,  # noqa: E402
                           moveCamera, patchy, plain, planks, render, room, setUpRender, shake, shelf, street, tree, usePasses,
                           vase, walk)
from sample_shots import (ball, box, camera, checker, cylinder, floorMesh, leafGreen, link, makeGlow, painting, pointLamp,  # noqa: E402
                          speckled, stripes, sun, wood)


class Run:
    def __init__(self, seed):
        self.seed, self.rng, self.tags = seed, random.Random(seed * 7919 + 13), []
        self.held = self.rng.choices([1, 2, 3, 4], [0.74, 0.18, 0.05, 0.03])[0]      # On ones, twos, threes, fours.
        self.tags += [f"on {self.held}s"] if self.held > 1 else []

    def colour(self):
        return [self.rng.uniform(0.06, 0.75) for _ in range(3)]

    def cover(self):
        rng = self.rng
        return rng.choice([lambda: stripes(self.colour(), self.colour(), rng.uniform(1, 4), (rng.uniform(0, 1.6), 1.57, 0)),
                           lambda: checker(self.colour(), self.colour(), rng.uniform(2, 6), 0.5),
                           lambda: speckled(self.colour(), rng.uniform(8, 28), rng.uniform(0.4, 0.9)),
                           lambda: wood(self.colour(), self.colour(), rng.uniform(3, 6)), lambda: painting(rng.randint(0, 10**6)),
                           lambda: plain(self.colour(), rng.uniform(0.35, 0.8))])()

    def move(self, block, path, function):
        """As animate(), on the beat that the run is animated on."""
        phase = self.rng.randrange(self.held)
        animate(block, path, lambda t: function(self.held * math.floor((t + phase) / self.held)))

    def event(self):
        """0 before a random frame and 1 after it, or 1 in one to three frames only."""
        at, lasts = self.rng.randint(-3, 3), self.rng.choice([1, 2, 3, 99])
        return lambda t: 1.0 if at <= t < at + lasts else 0.0

    # -- where ------------------------------------------------------------------------------------------------

    def build(self):
        rng = self.rng
        self.portrait = chance(rng, 0.3)
        self.place = rng.choice(["room", "room", "street", "meadow", "backdrop"])
        self.tags += [self.place] + (["portrait"] if self.portrait else [])
        self.addLight()
        if self.place == "room":
            room(self.seed, rng.uniform(1.9, 3.0), rng.uniform(3.8, 5.5))
            if chance(rng, 0.6):
                shelf(self.seed, rng.uniform(-2, 2), 1.7, 0, rng.uniform(1.4, 2.4), rng.randint(2, 4))
        elif self.place == "street":
            street(self.seed, rng.uniform(3.0, 6.0))
        elif self.place == "meadow":
            floorMesh(patchy((0.3, 0.34, 0.2), (0.42, 0.42, 0.26), rng.uniform(1, 4)), 60)
            hills(self.seed, patchy((0.16, 0.26, 0.12), (0.36, 0.38, 0.2), 0.5), 14, rng.uniform(2, 5))
            for k in range(rng.randint(1, 3)):
                tree(self.seed + k, rng.uniform(-5, 5), rng.uniform(2.0, 6.0), rng.uniform(2.5, 4.5))
            if chance(rng, 0.5):
                house(self.seed, rng.uniform(-3, 3), rng.uniform(3.5, 7), rng.uniform(3.5, 6), rng.uniform(3, 5))
            if chance(rng, 0.3):
                grass(self.seed, leafGreen((0.1, 0.26, 0.04), (0.3, 0.42, 0.1)), 350, (3, 1.0), 0.6, (0, -1.2, 0), rng.uniform(0, 0.4), rng.uniform(0.2, 0.5))
        else:
            floorMesh(planks(self.colour(), self.colour(), rng.uniform(0.5, 2)), 14)
            box("backdrop", patchy(self.colour(), self.colour(), rng.uniform(0.6, 2)), (14, 0.2, 7), (0, 2.6, 2))
        self.addCamera()
        things = ([self.addHead] if self.portrait else []) + rng.choices(
            [self.addFigure, self.addBall, self.addTurntable, self.addRotor, self.addPendulum, self.addCrate, self.addMotes, self.addStill,
             self.addCar, self.addSign], [4, 3, 2, 1.5, 1.5, 2, 1, 4, 1, 1.5], k=rng.randint(1, 4))
        for thing in things:
            thing()
            self.tags.append(thing.__name__[3:].lower())

    def addLight(self):
        rng = self.rng
        inside = self.place in ("room", "backdrop")
        dark = rng.uniform(0.3, 1.0)
        cloudySky([dark * c for c in (0.8, 0.78, 0.75)], [dark * c for c in (0.55, 0.62, 0.75)], rng.uniform(0.4, 0.7),
                  0 if inside else rng.uniform(0, 0.8), rng.randint(0, 99))
        if not inside or chance(rng, 0.5):
            sun(rng.uniform(1.5, 3.8), (1, rng.uniform(0.8, 1), rng.uniform(0.6, 1)), (math.radians(rng.uniform(30, 60)), 0, rng.uniform(-1.2, 1.2)), 0.004)
            return
        lamp = pointLamp(rng.uniform(80, 220), (1, rng.uniform(0.7, 1), rng.uniform(0.5, 1)), rng.uniform(0.03, 0.2), None,
                         (rng.uniform(-2, 2), rng.uniform(-2.4, -1), rng.uniform(2.4, 3.2)))
        kind, power = rng.choices(["steady", "dims", "flickers", "moves", "colour"], [0.4, 0.2, 0.16, 0.14, 0.1])[0], lamp.data.energy
        at, event, rate = lamp.location.copy(), self.event(), rng.uniform(-0.1, 0.1)
        if kind == "dims":
            animate(lamp.data, "energy", lambda t: power * max(0.05, 1 + rate * t))
        elif kind == "flickers":
            low = rng.uniform(0.1, 0.8)
            animate(lamp.data, "energy", lambda t: power * (1 - (1 - low) * event(t)))
        elif kind == "moves":
            animate(lamp, "location", lambda t: (at.x + 2 * rate * t, at.y, at.z))
        elif kind == "colour":
            animate(lamp.data, "color", lambda t: (0.6 + 3 * rate * t / 4, 0.6, 0.6 - 3 * rate * t / 4))
        self.tags.append("lamp " + kind)

    def addCamera(self):
        rng = self.rng
        distance = rng.uniform(3.0, 4.2) if self.portrait else rng.uniform(4.5, 11.0)
        view = camera(rng.uniform(36, 62) if self.portrait else rng.uniform(30, 50), (rng.uniform(-0.5, 0.5), -distance, rng.uniform(1.3, 2.2)),
                      (rng.uniform(-0.3, 0.3), 0, 1.45 if self.portrait else rng.uniform(1.0, 1.6)))
        kind = rng.choices(["still", "truck", "push", "pan", "hand"], [0.5, 0.16, 0.1, 0.1, 0.14])[0]
        speed = math.exp(rng.uniform(math.log(0.004), math.log(0.08))) * distance / 4 * rng.choice([-1, 1])
        self.tags.append("camera " + kind)
        if kind == "truck":
            moveCamera(view, lambda t: (speed * t, 0, 0))
        elif kind == "push":
            moveCamera(view, lambda t: (0, abs(speed) * t, 0))
        elif kind == "pan":
            moveCamera(view, turn=lambda t: (0, 0, 0.25 * speed * t))
        elif kind == "hand":
            moveCamera(view, *shake(self.seed, rng.uniform(0.004, 0.02), rng.uniform(0.001, 0.004)))

    # -- what --------------------------------------------------------------------------------------------------

    def spot(self, low=-2.0, high=2.0):
        return self.rng.uniform(low, high), self.rng.uniform(-0.8, 1.2)

    def addHead(self):
        rng = self.rng
        heads = rng.choice([1, 1, 2])
        for k in range(heads):
            x = (-0.62, 0.62)[k] + rng.uniform(-0.1, 0.1) if heads == 2 else rng.uniform(-0.3, 0.3)
            talk = speech(rng.uniform(0, 6), rng.uniform(0.6, 1.3)) if chance(rng, 0.65) else lambda t: 0.0
            blinks = [rng.uniform(0, FRAMES + 1)] if chance(rng, 0.6) else [99]
            head(self.seed + k, (x, 0, rng.uniform(1.4, 1.55)), rng.uniform(-0.7, 0.7), blinks, talk, rng.uniform(0, 0.1), rng.uniform(0, 0.04))

    def addFigure(self):
        rng = self.rng
        x, y = self.spot()
        y += 0.8
        speed = rng.uniform(0.03, 0.1) * rng.choice([-1, 1])
        if chance(rng, 0.55):
            pose = walk(rng.uniform(0.25, 0.55), rng.uniform(0, 6))
        else:
            speed, rates = 0, [rng.uniform(0.1, 0.6) for _ in range(4)]
            amounts = [rng.uniform(0, 0.6) if chance(rng, 0.6) else 0 for _ in range(4)]
            event, flick = self.event(), rng.uniform(0.2, 1) if chance(rng, 0.35) else 0

            def pose(t):
                wave = [a * math.sin(r * t + k) for k, (a, r) in enumerate(zip(amounts, rates))]
                return {"torso": (0.15 * wave[0], 0.05, 0.2 * wave[1]), "head": (0, 0.2 * wave[1], 0.5 * wave[2]), "shoulderLeft": (0.3, 1.2 * wave[2] - flick * event(t), 0),
                        "elbowLeft": (0, -0.8 + wave[3], 0), "shoulderRight": (-0.15, wave[0], 0), "elbowRight": (0, -0.4 + wave[1], 0)}
        beat = lambda t: self.held * math.floor(t / self.held)
        figure(self.colour(), self.colour(), lambda t: pose(beat(t)), lambda t: (x + speed * beat(t), y, 0.92),
               (0 if speed > 0 else math.pi) if speed else rng.uniform(-2.2, -0.9), rng.uniform(1.5, 1.9))

    def addBall(self):
        rng = self.rng
        for _ in range(rng.randint(1, 3)):
            x, y = self.spot()
            radius = rng.uniform(0.12, 0.42)
            thing = ball("ball", self.cover(), radius, (x, y, radius))
            speed = rng.uniform(-0.15, 0.15)
            if chance(rng, 0.5):
                self.move(thing, "location", bouncing(x, y, radius, rng.uniform(0.4, 1.8), rng.uniform(6, 16), rng.random(), speed))
            else:
                self.move(thing, "location", lambda t, x=x, y=y, r=radius, s=speed: (x + s * t, y, r))
                self.move(thing, "rotation_euler", lambda t, r=radius, s=speed: (0, s * t / r, 0))

    def addTurntable(self):
        rng = self.rng
        x, y = self.spot(-1.2, 1.2)
        thing = vase(self.cover(), x, y, 0, rng.uniform(0.8, 1.6), self.seed)
        rate = rng.uniform(0.01, 0.12)
        self.move(thing, "rotation_euler", lambda t: (0, 0, rate * t))

    def addRotor(self):
        rng = self.rng
        x, y = self.spot()
        hub = cylinder("hub", self.cover(), 0.12, 0.3, (x, y, rng.uniform(1, 2.4)), sides=20)
        for k in range(rng.randint(2, 5)):
            blade = box("blade", self.cover(), (0.8, 0.24, 0.04), (0, 0, 0))
            blade.parent, blade.location, blade.rotation_euler = hub, (0.45 * math.cos(1.6 * k), 0.45 * math.sin(1.6 * k), 0), (0.4, 0, 1.6 * k)
        rate = rng.uniform(0.03, 0.35)
        self.move(hub, "rotation_euler", lambda t: (math.pi / 2, rate * t, 0))

    def addPendulum(self):
        rng = self.rng
        x, y = self.spot()
        pivot, length = link("pivot", None), rng.uniform(0.8, 1.8)
        pivot.location = (x, y, 3.0)
        rate, phase, swing = rng.uniform(0.15, 0.6), rng.uniform(0, 6), rng.uniform(0.1, 0.5)
        self.move(pivot, "rotation_euler", lambda t: (0, swing * math.sin(rate * t + phase), 0))
        cylinder("rope", plain((0.3, 0.24, 0.16), 0.9), 0.016, length, (0, 0, -length / 2), sides=8).parent = pivot
        ball("bob", self.cover(), rng.uniform(0.12, 0.3), (0, 0, -length)).parent = pivot

    def addCrate(self):
        """Something that is gone, or there, for some of the frames; or that stops and starts."""
        rng = self.rng
        x, y = self.spot()
        size = rng.uniform(0.15, 0.9)
        thing, event, turn = box("crate", self.cover(), (size, size, size), (x, y, size / 2), (0, 0, 0), 0.02), self.event(), rng.uniform(0, 1.5)
        kind, step = rng.choice(["appears", "jumps", "starts", "shakes"]), rng.uniform(0.05, 0.5)
        path = {"appears": lambda t: (x, y, size / 2 - 50 * event(t)), "jumps": lambda t: (x + step * event(t), y, size / 2),
                "starts": lambda t: (x + 0.3 * step * max(0, t), y, size / 2), "shakes": lambda t: (x + 0.2 * step * math.sin(2.3 * t), y, size / 2)}[kind]
        animate(thing, "location", path)
        thing.rotation_euler = (0, 0, turn)
        self.tags.append("crate " + kind)

    def addMotes(self):
        rng = self.rng
        drop = ball("mote", plain((0.85, 0.87, 0.9), 0.6), 1.0, (0, 0, -50), 8).data

        def path(rng):
            x, y, z, fall = rng.uniform(-3, 3), rng.uniform(-2, 1.5), rng.uniform(0, 3.5), rng.uniform(0.02, 0.25)
            return lambda t: (x, y, (z - fall * t) % 3.5)
        list(flock(rng, [drop], rng.randint(15, 160), path, lambda r: r.uniform(0.01, 0.03)))

    def addStill(self):
        rng = self.rng
        for _ in range(rng.randint(1, 4)):
            x, y = self.spot(-2.6, 2.6)
            size = rng.uniform(0.3, 0.9)
            rng.choice([lambda: box("box", self.cover(), (size, size, size), (x, y, size / 2), (0, 0, rng.uniform(0, 1.5)), 0.02),
                        lambda: vase(self.cover(), x, y, 0, 1.4 * size, rng.randint(0, 99)),
                        lambda: cylinder("post", self.cover(), 0.3 * size, 2.5 * size, (x, y, 1.25 * size))])()

    def addCar(self):
        speed, at = self.rng.uniform(0.03, 0.3), self.rng.uniform(-1, 1)
        drive(self.colour(), lambda t: (at + speed * t, self.rng.uniform(0.6, 0.61)), 0, self.seed)

    def addSign(self):
        """A panel that shows something else from a frame on, or for some frames: a screen, an advertisement, a light."""
        rng = self.rng
        x, z, event = rng.uniform(-2, 2), rng.uniform(1.2, 2.4), self.event()
        size = rng.uniform(0.3, 1.1)
        for shown, material in ((0, self.cover()), (1, self.cover())):
            panel = box("sign", material, (1.3 * size, 0.08, size), (x, 1.6, z))
            animate(panel, "location", lambda t, s=shown: (x, 1.6 if (event(t) > 0) == bool(s) else 60, z))


def renderRun(seed, out):
    folder = os.path.join(out, f"run_{seed:05d}")
    if os.path.exists(os.path.join(folder, "done")):
        return
    bpy.ops.wm.read_factory_settings(use_empty=True)
    run = Run(seed)
    quality_shots.WIDTH, quality_shots.HEIGHT = run.rng.choice([(320, 180), (320, 180), (256, 192), (384, 216)])
    setUpRender(seed)
    run.build()
    background = bpy.context.scene.world.node_tree.nodes["Background"]
    strength, ramp = background.inputs["Strength"].default_value, bpy.context.scene.world.node_tree.nodes["ColorRamp"].color_ramp.elements
    mean = [0.5 * strength * (a + b) for a, b in zip(ramp[0].color[:3], ramp[1].color[:3])]
    lightFromAllSides(mean, [0.45 * c for c in mean])
    samples = run.rng.choice([3, 4, 6])
    for which, factor in (("keys", 1), ("truth", 4)):
        usePasses(which == "keys")
        bpy.context.scene.cycles.seed = seed + 1000 * factor
        for frame in range(1, FRAMES + 1):
            render(frame, factor * samples, os.path.join(folder, which, f"run.{frame:04d}.exr"))
    with open(os.path.join(folder, "done"), "w") as file:
        json.dump({"seed": seed, "samples": samples, "tags": run.tags, "width": quality_shots.WIDTH}, file)


def main():
    tail = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="risk_runs.py")
    parser.add_argument("--out", required=True, help="folder that gets one folder a run")
    parser.add_argument("--first-seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args(tail)
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.count):
        renderRun(seed, arguments.out)


if __name__ == "__main__":
    main()
