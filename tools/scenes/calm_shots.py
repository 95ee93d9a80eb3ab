"""Path-traces calm shots, as most of a film is: every frame as a noisy keyframe with all layers, and clean as truth.

    blender -b -t 1 --python tools/scenes/calm_shots.py -- --out DIR [--shot NAME ...]

The folders are those of quality_shots.py with --every: DIR/SHOT/keys and DIR/SHOT/truth have all 17 frames, so that gaps of
2, 4 and 8 can be cut from them. Much of what happens here happens and un-happens between two keyframes: lids that close,
poses on twos, a lamp that flickers.
"""
import math
import os
import random
import sys

import bpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import quality_shots  # noqa: E402
from quality_shots import (MIDDLE, animate, cloudySky, daylight, figure, flock, house, moveCamera, patchy, plain, planks, room,  # noqa: E402
                           shake, shelf, street, tree, vase, walk)
from sample_shots import (ball, box, camera, checker, cylinder, floorMesh, link, makeGlow, painting, pointLamp,  # noqa: E402
                          speckled, stripes, sun, wood)


def closed(blinks):
    """How far lids are closed at a frame, 0 to 1; a blink takes about five frames."""
    return lambda t: max(max(0.0, 1 - abs(t + MIDDLE - blink) / 2.6) ** 0.7 for blink in blinks)


def head(seed, at, turn, blinks, talk, nod=0.06, sway=0.02):
    """A head with shoulders, lids and a mouth, facing -y at heading 0. `talk` maps a time to how far the mouth is open."""
    skin = speckled([(0.62, 0.38, 0.27), (0.42, 0.25, 0.16), (0.7, 0.48, 0.38)][seed % 3], 14, 0.85)
    root = link("person", None)
    root.location, root.rotation_euler = at, (0, 0, turn)
    cloth = stripes([(0.15, 0.25, 0.4), (0.45, 0.15, 0.12), (0.2, 0.34, 0.2)][seed % 3], (0.5, 0.48, 0.44), 3.0, (0, 1.57, 0))
    chest = ball("chest", cloth, 1, (0, 0.05, -0.62), 32)
    chest.scale, chest.parent = (0.52, 0.28, 0.42), root
    cylinder("neck", skin, 0.11, 0.3, (0, 0.03, -0.2), sides=20).parent = root
    pivot = link("head", None)
    pivot.parent = root
    animate(pivot, "rotation_euler", lambda t: (nod * math.sin(0.22 * t + seed), 0.4 * nod * math.sin(0.31 * t), 1.6 * nod * math.sin(0.17 * t + 2 * seed)))
    animate(pivot, "location", lambda t: (sway * math.sin(0.19 * t + seed), 0, 0.12))
    skull = ball("skull", skin, 0.3, (0, 0, 0.1), 40)
    skull.scale = (0.86, 0.95, 1.15)
    parts = [skull, ball("hair", speckled([(0.1, 0.06, 0.04), (0.03, 0.03, 0.03), (0.4, 0.26, 0.12)][seed % 3], 30, 0.4), 0.305, (0, 0.06, 0.19), 32),
             ball("nose", skin, 0.055, (0, -0.3, 0.05), 20)]
    for sign in (-1, 1):
        parts += [ball("eye", plain((0.8, 0.8, 0.78), 0.25), 0.062, (0.105 * sign, -0.235, 0.14), 24),
                  ball("iris", plain([(0.1, 0.2, 0.3), (0.12, 0.07, 0.03)][seed % 2], 0.2), 0.03, (0.107 * sign, -0.279, 0.14), 16),
                  box("brow", speckled((0.1, 0.07, 0.05), 30), (0.12, 0.03, 0.022), (0.105 * sign, -0.285, 0.235), (0, 0.1 * sign, 0)),
                  ball("ear", skin, 0.06, (0.26 * sign, 0.02, 0.08), 16)]
        lid = ball("lid", skin, 0.071, (0.105 * sign, -0.235, 0.14), 24)
        lid.parent = pivot
        shut = closed(blinks)      # The lid is a cap that comes down in front of the eye.
        animate(lid, "location", lambda t, s=sign: (0.105 * s, -0.2 - 0.045 * shut(t), 0.2 - 0.06 * shut(t)))
    mouth = ball("mouth", plain((0.16, 0.03, 0.03), 0.5), 1, (0, -0.262, -0.055), 24)
    mouth.parent = pivot
    animate(mouth, "scale", lambda t: (0.085 - 0.02 * talk(t), 0.03, 0.012 + 0.05 * talk(t)))
    for part in parts:
        part.parent = pivot
    return root


def speech(seed, fast=0.9):
    return lambda t: max(0.0, 0.45 * math.sin(fast * t + seed) + 0.4 * math.sin(0.53 * fast * t + 2.1 * seed) + 0.15)


def lamplight(power, at, colour=(1, 0.85, 0.65), radius=0.15):
    return pointLamp(power, colour, radius, None, at)


def buildTalking(seed):
    """A head talks, nods a little and blinks twice."""
    camera(60, (0.15, -3.4, 1.6), (0, 0, 1.5))
    cloudySky((0.75, 0.74, 0.72), (0.6, 0.62, 0.68), 0.45, 0)
    room(seed, 1.9, 4.0)
    lamplight(110, (-1.7, -2.0, 2.9))
    head(seed, (0, 0, 1.5), 0.12, (5, 14), speech(1.0))
    shelf(seed, 1.3, 1.6, 0, 1.6, 4)


def buildDolly(seed):
    """A slow dolly along a laid table."""
    view = camera(42, (-0.5, -4.4, 1.9), (0.1, 0, 0.9))
    moveCamera(view, lambda t: (0.03 * t, 0.012 * t, 0), lambda t: (0, 0, 0.002 * t))
    cloudySky((0.8, 0.78, 0.74), (0.65, 0.68, 0.75), 0.5, 0)
    sun(2.2, (1, 0.88, 0.7), (math.radians(50), 0, math.radians(35)), 0.004)
    room(seed, 2.6, 5.0)
    timber = wood((0.45, 0.28, 0.15), (0.26, 0.15, 0.08), 4, "X")
    box("table", timber, (3.4, 1.3, 0.1), (0, 0, 0.75), bevel=0.02)
    rng = random.Random(seed)
    for k in range(7):
        x, y = -1.4 + 0.47 * k, rng.uniform(-0.4, 0.4)
        if k % 3 == 0:
            vase(stripes((0.15, 0.3, 0.5), (0.8, 0.78, 0.7), 2.4, (0, 1.57, 0)), x, y, 0.8, 0.55, k)
        elif k % 3 == 1:
            ball("fruit", speckled([(0.8, 0.35, 0.06), (0.5, 0.55, 0.12)][k % 2], 24, 0.8), 0.14, (x, y, 0.94))
        else:
            cylinder("cup", checker((0.6, 0.2, 0.15), (0.85, 0.8, 0.7), 7, 0.5), 0.12, 0.26, (x, y, 0.93), sides=28)


def buildTurntable(seed):
    """A vase with a pattern turns on a table, as for a sheet of a model."""
    camera(55, (0, -4.2, 1.7), (0, 0, 0.95))
    cloudySky((0.7, 0.72, 0.75), (0.6, 0.65, 0.7), 0.5, 0)
    sun(2.4, (1, 0.93, 0.85), (math.radians(45), 0, math.radians(-35)), 0.004)
    floorMesh(patchy((0.36, 0.36, 0.37), (0.42, 0.42, 0.42), 2), 12)
    box("backdrop", patchy((0.4, 0.42, 0.45), (0.46, 0.47, 0.5), 1), (12, 0.2, 6), (0, 2.6, 2))
    plate = cylinder("plate", planks((0.4, 0.26, 0.15), (0.55, 0.38, 0.22), 2.0), 0.95, 0.12, (0, 0, 0.06), sides=64)
    animate(plate, "rotation_euler", lambda t: (0, 0, 0.045 * t))
    pot = vase(checker((0.12, 0.3, 0.34), (0.75, 0.68, 0.5), 4, 0.5), 0, 0, 0.1, 1.4, seed)
    handle = box("handle", speckled((0.6, 0.25, 0.1), 12, 0.7), (0.12, 0.1, 0.6), (0.55, 0, 0.75), bevel=0.03)
    for part in (pot, handle):
        part.parent = plate


def buildTwos(seed):
    """A figure waves on twos: poses are held for two frames, as an animator draws them. The camera stands."""
    camera(40, (0, -5.2, 1.5), (0, 0, 1.3))
    daylight(seed=11)
    floorMesh(patchy((0.3, 0.34, 0.2), (0.4, 0.42, 0.26), 3), 40)
    house(seed, 0.6, 3.5, 5.5, 4.0)
    tree(seed, -2.8, 2.0, 3.2)
    held = lambda t: 2 * math.floor((t + MIDDLE) / 2) - MIDDLE

    def pose(t):
        a = 0.5 * held(t)
        return {"torso": (0.06 * math.sin(a), 0.03, 0), "head": (0, 0.1 * math.sin(0.7 * a), 0.25 * math.sin(0.5 * a)),
                "shoulderLeft": (2.2 + 0.5 * math.sin(1.2 * a), 0, 0), "elbowLeft": (0.5 * math.sin(1.2 * a + 0.6), 0, 0),
                "shoulderRight": (-0.2 - 0.1 * math.sin(a), 0, 0), "elbowRight": (0, -0.4 + 0.2 * math.sin(a), 0)}
    figure((0.2, 0.35, 0.5), (0.25, 0.2, 0.16), pose, lambda t: (0.1 * math.sin(0.25 * held(t)), 0, 0.92), -1.4)


def buildDimming(seed):
    """A lamp dims evenly in a still room."""
    camera(36, (0.3, -5.6, 1.7), (0, 0, 1.3))
    cloudySky((0.2, 0.22, 0.3), (0.18, 0.2, 0.28), 0.7, 0)
    room(seed, 2.6, 5.0)
    lamp = lamplight(200, (-1.2, -1.0, 2.6))
    animate(lamp.data, "energy", lambda t: 160 - 13 * t)
    shelf(seed, 1.5, 2.3, 0, 2.0, 3)
    vase(speckled((0.6, 0.28, 0.15), 14), -0.4, 0, 0, 1.2, seed)
    box("crate", wood((0.5, 0.36, 0.2), (0.3, 0.19, 0.1), 6, "X"), (0.9, 0.7, 0.7), (0.8, -0.3, 0.35), (0, 0, 0.4), 0.02)


def buildDialogue(seed):
    """Two heads talk in turn; each blinks once. A hand-held camera."""
    view = camera(48, (0, -4.0, 1.6), (0, 0, 1.45))
    moveCamera(view, *shake(seed, 0.008, 0.002))
    cloudySky((0.72, 0.72, 0.74), (0.6, 0.64, 0.7), 0.45, 0)
    room(seed, 2.2, 4.5)
    lamplight(120, (1.6, -2.2, 2.9))
    first, second = speech(0.4, 1.1), speech(2.2, 0.8)
    head(seed, (-0.62, 0, 1.45), 0.7, (7,), lambda t: first(t) if t < 0 else 0.05)
    head(seed + 1, (0.62, 0.1, 1.5), -0.7, (12,), lambda t: second(t) if t >= -1 else 0.0, 0.09)


def buildHeldPose(seed):
    """A figure holds a pose and breathes; one hand flicks for two frames."""
    camera(45, (0.2, -4.6, 1.4), (0, 0, 1.25))
    cloudySky((0.78, 0.76, 0.72), (0.62, 0.66, 0.74), 0.5, 0)
    sun(2.2, (1, 0.9, 0.75), (math.radians(48), 0, math.radians(30)), 0.004)
    room(seed, 2.4, 4.5)
    flick = lambda t: 1.0 if t + MIDDLE in (6, 7, 15) else 0.0

    def pose(t):
        breath = 0.015 * math.sin(0.3 * t)
        return {"torso": (0, 0.05 + breath, 0.1), "head": (0, -0.05 - breath, 0.2), "shoulderLeft": (0.35, -0.3 + breath, 0),
                "elbowLeft": (0, -1.3 - 0.7 * flick(t), 0), "shoulderRight": (-0.15, 0.1, 0), "elbowRight": (0, -0.5, 0), "hipLeft": (0, 0.05, 0)}
    figure((0.5, 0.2, 0.16), (0.16, 0.18, 0.26), pose, lambda t: (0, 0, 0.92), -1.2)


def buildRainyWindow(seed):
    """A still room; behind one window rain falls."""
    camera(38, (0, -5.0, 1.6), (0, 0, 1.5))
    cloudySky((0.6, 0.62, 0.66), (0.5, 0.54, 0.6), 0.6, 0)
    lamplight(90, (1.8, -2.0, 2.8))
    room(seed, 2.4, 4.6)
    shelf(seed, 1.7, 2.1, 0, 1.8, 3)
    box("pane", plain((0.2, 0.25, 0.32), 0.6), (1.5, 0.06, 1.5), (-1.1, 2.3, 1.7))
    for x in (-1.88, -0.32):
        box("jamb", plain((0.7, 0.68, 0.64)), (0.1, 0.2, 1.7), (x, 2.25, 1.7))
    for z in (0.9, 2.5):
        box("sill", plain((0.7, 0.68, 0.64)), (1.7, 0.3, 0.1), (-1.1, 2.2, z))
    drop = box("drop", plain((0.62, 0.68, 0.74), 0.4), (0.012, 0.012, 0.2), (0, 0, -50)).data

    def path(rng):
        x, z, speed = rng.uniform(-1.8, -0.4), rng.uniform(0, 1.5), rng.uniform(0.12, 0.2)
        return lambda t: (x, 2.22, 1.0 + (z - speed * t) % 1.45)
    list(flock(random.Random(seed), [drop], 70, path, lambda r: r.uniform(0.7, 1.3)))


def buildChangingLights(seed):
    """Signs outside a shop change colour, and one flickers for a frame or two."""
    view = camera(36, (0, -6.5, 1.7), (0, 0, 1.6))
    moveCamera(view, lambda t: (0.012 * t, 0, 0))
    cloudySky((0.16, 0.18, 0.26), (0.12, 0.15, 0.24), 1.0, 0)
    street(seed, 3.0)
    lamp = pointLamp(180, (1, 1, 1), 0.1, None, (-0.8, 0.2, 2.8))
    animate(lamp.data, "color", lambda t: (0.55 + 0.4 * math.sin(0.16 * t), 0.6, 0.6 - 0.35 * math.sin(0.16 * t)))
    animate(lamp.data, "energy", lambda t: 60.0 if t + MIDDLE in (4, 11, 12) else 190.0)
    box("bench", wood((0.45, 0.3, 0.17), (0.25, 0.15, 0.08), 4, "X"), (1.8, 0.5, 0.1), (0.9, 0.3, 0.5))
    cylinder("bin", stripes((0.2, 0.3, 0.2), (0.4, 0.4, 0.36), 3), 0.26, 0.8, (-0.8, 0.5, 0.4), sides=24)


def buildDistantWalk(seed):
    """Somebody walks through a wide view, small in the picture."""
    camera(38, (0, -15.0, 2.6), (0, 0, 1.6))
    daylight(elevation=46, heading=-30, seed=23)
    street(seed, 5.0)
    figure((0.5, 0.12, 0.1), (0.15, 0.17, 0.25), walk(0.4), lambda t: (0.062 * t - 1.0, 0.5, 0.92), 0)
    tree(seed, 4.0, 2.8, 3.6)


SHOTS = {
    "talking": ("face", 7201, 5, buildTalking),
    "twos": ("on twos", 7204, 6, buildTwos),
    "dimming": ("lights that change", 7205, 5, buildDimming),
    "dolly": ("slow camera", 7202, 5, buildDolly),
    "held_pose": ("held pose", 7207, 5, buildHeldPose),
    "dialogue": ("face", 7206, 5, buildDialogue),
    "changing_lights": ("lights that change", 7209, 5, buildChangingLights),
    "distant_walk": ("distant figure", 7210, 6, buildDistantWalk),
    "turntable": ("turntable", 7203, 5, buildTurntable),
    "rainy_window": ("rain", 7208, 5, buildRainyWindow),
}

if __name__ == "__main__":
    quality_shots.SHOTS = SHOTS
    if "--" in sys.argv:
        sys.argv.append("--every")
    quality_shots.main()
