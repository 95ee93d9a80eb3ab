"""Path-traces the shots of the quality benchmark: keyframes with every layer, clean withheld frames, noise floors.

    blender -b -t 1 --python tools/scenes/quality_shots.py -- --out DIR [--shot NAME ...]

DIR/SHOT/keys has the odd frames at K samples a pixel, truth the withheld ones (and one keyframe) at CLEAN times as
many, floor two withheld frames at K samples from another seed. DIR/SHOT/done is written last: JSON with what the shot
is and what was measured of it. Frames that are there are kept, so the command can be stopped and repeated. Several may
run at once: each takes shots that no other has. Nothing is loaded, seeds are fixed, and no scene is one of
training_runs.py or sample_shots.py.
"""
import argparse
import fcntl
import fnmatch
import json
import math
import os
import random
import shutil
import sys
import time

import bmesh
import bpy
import numpy as np
import OpenImageIO as oiio
from mathutils import Euler, Matrix, Vector, noise

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sample_shots import (Surface, ball, box, bricks, bush, camera, checker, cylinder, emitter, floorMesh, leafGreen,  # noqa: E402
                          link, makeGlow, painting, pointLamp, solid, speckled, stripes, sun, text, wood)
from training_runs import addBox, setKeys  # noqa: E402

WIDTH, HEIGHT = 480, 270
FIRST, LAST = 1, 17
KEYED = list(range(FIRST - 2, LAST + 3))          # Cycles looks one frame to either side for the vectors.
MIDDLE = (FIRST + LAST) // 2
CLEAN = 4                                         # Samples of a clean frame, in samples of a keyframe.
KEYS = list(range(FIRST, LAST + 1, 2))
TRUTH = sorted(list(range(2, LAST, 2)) + [3, MIDDLE, 13])    # The middle of a gap of 4, and of one of 8.
FLOOR = [4, 12]
LEAST_KEY_PSNR = 38.0
HERO = 1                                          # Pass index of what keeps its vectors.


def animate(block, path, function):
    """`function` maps a frame, counted from the middle of the shot, to the vector (or number) at that frame."""
    values = [function(frame - MIDDLE) for frame in KEYED]
    values = [value if hasattr(value, "__len__") else (value,) for value in values]
    for axis in range(len(values[0])):
        setKeys(block, path, axis, KEYED, [value[axis] for value in values])


def moveCamera(view, move=lambda t: (0, 0, 0), turn=lambda t: (0, 0, 0)):
    """`move` adds to the location, `turn` to pitch, roll and heading, radians."""
    at, angles = view.location.copy(), view.rotation_euler.copy()
    animate(view, "location", lambda t: at + Vector(move(t)))
    animate(view, "rotation_euler", lambda t: [a + d for a, d in zip(angles, turn(t))])


def shake(seed, move, turn):
    """Jitter of a hand or a vehicle: sums of sines that do not repeat within the shot. To moveCamera's two functions."""
    rng = random.Random(seed)
    waves = [[(rng.uniform(0.5, 2.4), rng.uniform(0, 6.28), rng.uniform(0.4, 1)) for _ in range(4)] for _ in range(6)]
    value = [lambda t, w=w: sum(a * math.sin(f * t + p) for f, p, a in w) / 1.6 for w in waves]
    return (lambda t: [move * value[k](t) for k in range(3)],
            lambda t: [turn * value[3](t), 0.5 * turn * value[4](t), turn * value[5](t)])


# ---------------------------------------------------------------------------------------------------------------
# Places and props
# ---------------------------------------------------------------------------------------------------------------

def cloudySky(horizon, zenith, strength, clouds=0.5, seed=0):
    """Smooth light, and a picture of clouds that the camera sees."""
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.cycles.sampling_method = "NONE"
    nodes, links = world.node_tree.nodes, world.node_tree.links
    coordinates, split = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeSeparateXYZ")
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*horizon, 1), (*zenith, 1)
    ramp.color_ramp.elements[1].position = 0.5
    links.new(coordinates.outputs["Generated"], split.inputs["Vector"])
    links.new(split.outputs["Z"], ramp.inputs["Fac"])
    background = nodes["Background"]
    links.new(ramp.outputs["Color"], background.inputs["Color"])
    background.inputs["Strength"].default_value = strength
    if clouds <= 0:
        return
    mapping, value, cover = nodes.new("ShaderNodeMapping"), nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeValToRGB")
    mapping.inputs["Scale"].default_value = (1, 1, 3.5)
    mapping.inputs["Location"].default_value = (seed, 0, 0)
    value.inputs["Scale"].default_value, value.inputs["Detail"].default_value = 2.2, 6.0
    cover.color_ramp.elements[0].position, cover.color_ramp.elements[1].position = 0.62 - 0.25 * clouds, 0.72
    mix, seen, path, choose = (nodes.new("ShaderNodeMixRGB"), nodes.new("ShaderNodeBackground"),
                               nodes.new("ShaderNodeLightPath"), nodes.new("ShaderNodeMixShader"))
    links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    links.new(mapping.outputs["Vector"], value.inputs["Vector"])
    links.new(value.outputs["Fac"], cover.inputs["Fac"])
    links.new(cover.outputs["Color"], mix.inputs["Fac"])
    links.new(ramp.outputs["Color"], mix.inputs["Color1"])
    mix.inputs["Color2"].default_value = (0.95, 0.93, 0.9, 1)
    links.new(mix.outputs["Color"], seen.inputs["Color"])
    seen.inputs["Strength"].default_value = strength
    links.new(path.outputs["Is Camera Ray"], choose.inputs["Fac"])
    links.new(background.outputs["Background"], choose.inputs[1])
    links.new(seen.outputs["Background"], choose.inputs[2])
    links.new(choose.outputs["Shader"], nodes["World Output"].inputs["Surface"])


def daylight(strength=1.0, elevation=48, heading=-35, warm=0.85, clouds=0.5, seed=0):
    cloudySky((0.68, 0.74, 0.82), (0.18, 0.36, 0.75), 0.6 * strength, clouds, seed)
    sun(3.6 * strength, (1.0, 0.5 + 0.5 * warm, warm * warm), (math.radians(90 - elevation), 0, math.radians(heading)), 0.002)


def patchy(first, second, scale, roughness=0.9, detail=5.0, bump=0.0):
    surface = Surface(roughness=roughness, specular=0.2)
    value = surface.texture("ShaderNodeTexNoise", surface.mapped(), "Fac", Scale=scale, Detail=detail, Roughness=0.65)
    surface.base(surface.ramp(value, [(0.38, first), (0.62, second)]))
    return (surface.bump(value, bump) if bump else surface).material


def plain(colour, roughness=0.5, metallic=0.0, specular=0.4):
    return Surface(colour, roughness, metallic, specular=specular).material


def glow(colour, strength):
    """Seen at full strength, lights nothing: lamps beside it do."""
    return emitter(colour, strength)


def planks(first, second, scale, roughness=0.6, specular=0.4, rotation=(0, 0, 0)):
    surface = Surface(roughness=roughness, specular=specular)
    boards = surface.node("ShaderNodeTexBrick", Color1=(*first, 1), Color2=(*second, 1),
                          Mortar=(*[0.35 * c for c in first], 1), Scale=scale)
    boards.inputs["Mortar Size"].default_value = 0.012
    surface.connect(surface.mapped(rotation=rotation), boards.inputs["Vector"])
    return surface.base(surface.grain(boards.outputs["Color"], 9.0, 0.55, (0.15, 1, 1))).material


def hills(seed, material, y, height, width=60, depth=14, z=-0.3, step=48):
    offset = Vector((seed * 7.3, seed * 3.1, 0))

    def build(bm):
        rows = [[bm.verts.new((width * (i / step - 0.5), depth * j / 12,
                               height * max(0.0, 0.5 + noise.fractal(Vector((i / step * 5, j / 12, 0)) + offset, 0.9, 2.1, 4))
                               * math.sin(math.pi * min(1, (j + 0.5) / 12))))
                 for i in range(step + 1)] for j in range(13)]
        for j in range(12):
            for i in range(step):
                bm.faces.new((rows[j][i], rows[j][i + 1], rows[j + 1][i + 1], rows[j + 1][i]))
    return solid("hills", material, build, (0, y, z), smooth=True)


def tree(seed, x, y, height, leaves=(0.06, 0.2, 0.03), other=(0.22, 0.36, 0.06)):
    rng = random.Random(seed)
    cylinder("trunk", wood((0.3, 0.2, 0.12), (0.14, 0.09, 0.05), 5), 0.05 * height, 0.6 * height, (x, y, 0.3 * height), sides=12, top=0.03 * height)
    green = leafGreen(leaves, other)
    for k in range(3):
        at = (x + rng.uniform(-0.2, 0.2) * height, y + rng.uniform(-0.15, 0.15) * height, height * rng.uniform(0.65, 0.9))
        bush(seed * 10 + k, green, 0.28 * height, at, 260, 0.055 * height, (1, 1, 0.85))


def house(seed, x, y, width, height, turn=0.0, depth=3.0):
    """A facade with windows; its front is at `y`."""
    rng = random.Random(seed)
    root = link("house", None)
    root.location, root.rotation_euler = (x, y, 0), (0, 0, turn)
    tone = rng.choice([(0.55, 0.3, 0.2), (0.6, 0.5, 0.36), (0.45, 0.46, 0.42), (0.66, 0.58, 0.5), (0.4, 0.26, 0.2)])
    wall = (bricks(tone, [0.8 * c for c in tone], (0.6, 0.57, 0.5), 1.6, (math.pi / 2, 0, 0)) if chance(rng, 0.5)
            else patchy([0.85 * c for c in tone], tone, 2.0))
    parts = [box("wall", wall, (width, depth, height), (0, depth / 2, height / 2)),
             box("eaves", speckled([0.6 * c for c in tone], 9), (width + 0.3, depth + 0.3, 0.18), (0, depth / 2, height + 0.09))]
    pane, frame = plain((0.13, 0.17, 0.22), 0.5), plain((0.46, 0.44, 0.4), 0.6)
    columns, floors = max(1, int(width / 1.3)), max(1, int(height / 1.5))
    for i in range(columns):
        for j in range(floors):
            at = (-width / 2 + (i + 0.5) * width / columns, 0, 0.95 + j * height / floors)
            parts += [box("frame", frame, (0.74, 0.1, 0.98), at), box("pane", pane, (0.6, 0.14, 0.84), at),
                      box("bar", frame, (0.6, 0.16, 0.05), at), box("sill", frame, (0.86, 0.3, 0.07), (at[0], 0, at[2] - 0.52))]
    for part in parts:
        part.parent = root


def chance(rng, probability):
    return rng.random() < probability


def street(seed, back=5.5):
    floorMesh(patchy((0.2, 0.2, 0.21), (0.3, 0.29, 0.28), 6.0), 60)
    slabs = Surface(roughness=0.85)
    node = slabs.node("ShaderNodeTexBrick", Color1=(0.42, 0.41, 0.39, 1), Color2=(0.5, 0.48, 0.45, 1), Mortar=(0.2, 0.2, 0.2, 1), Scale=1.2)
    slabs.connect(slabs.mapped(), node.inputs["Vector"])
    slabs.base(slabs.grain(node.outputs["Color"], 8, 0.7))
    box("pavement", slabs.material, (80, 2.6, 0.16), (0, back - 1.3, 0.08))
    rng = random.Random(seed)
    x = -17.0
    while x < 17:
        width = rng.uniform(3.2, 5.0)
        house(seed * 100 + int(x * 10), x + width / 2, back + rng.uniform(0, 0.4), width - 0.05, rng.uniform(4.2, 7.5))
        x += width


def room(seed, back=3.2, side=5.0):
    """Three walls and a floor; open to the light above and behind the camera."""
    rng = random.Random(seed)
    tone = rng.choice([(0.36, 0.46, 0.42), (0.55, 0.45, 0.34), (0.33, 0.38, 0.52), (0.52, 0.36, 0.34)])
    floorMesh(planks((0.36, 0.24, 0.14), (0.5, 0.35, 0.21), 0.8, 0.5, rotation=(0, 0, 1.57 * rng.randint(0, 1))), 14)
    paper = Surface(roughness=0.9, specular=0.1)
    bands = paper.texture("ShaderNodeTexWave", paper.mapped(), "Fac", {"bands_direction": "X"}, Scale=0.9)
    paper.base(paper.grain(paper.ramp(bands, [(0.45, tone), (0.55, [0.82 * c for c in tone])]), 14, 0.85))
    white = plain((0.72, 0.7, 0.66), 0.6)
    box("wall", paper.material, (2 * side, 0.2, 5.5), (0, back + 0.1, 2.75))
    box("skirting", white, (2 * side, 0.08, 0.22), (0, back - 0.04, 0.11))
    for x in (-side, side):
        box("side", patchy([0.9 * c for c in tone], tone, 1.5), (0.2, 16, 5.5), (x, back - 8, 2.75))
    for k in range(3):
        x = (k - 1) * 0.6 * side + rng.uniform(-0.2, 0.2)
        box("frame", wood((0.35, 0.2, 0.08), (0.16, 0.08, 0.03), 5, "X"), (1.5, 0.1, 1.15), (x, back - 0.04, 2.3))
        box("picture", painting(900 + seed * 10 + k), (1.3, 0.12, 0.95), (x, back - 0.05, 2.3))


def shelf(seed, x, y, z=0.0, width=1.8, rows=3, turn=0.0):
    """Books upright, each of its own height and colour."""
    rng = random.Random(seed)
    root = link("shelf", None)
    root.location, root.rotation_euler = (x, y, z), (0, 0, turn)
    timber = wood((0.42, 0.27, 0.14), (0.22, 0.13, 0.06), 4, "X")
    parts = [box("side", timber, (0.06, 0.36, 0.56 * rows), (s * width / 2, 0, 0.28 * rows)) for s in (-1, 1)]
    covers = [speckled([rng.uniform(0.05, 0.7) for _ in range(3)], 15, 0.75) for _ in range(8)]
    for row in range(rows + 1):
        parts.append(box("board", timber, (width, 0.36, 0.05), (0, 0, 0.56 * row)))
        at = -width / 2 + 0.08
        while row < rows and at < width / 2 - 0.14:
            thick, tall = rng.uniform(0.04, 0.1), rng.uniform(0.3, 0.46)
            parts.append(box("book", rng.choice(covers), (thick, 0.26, tall), (at + thick / 2, -0.02, 0.56 * row + 0.03 + tall / 2)))
            at += thick + 0.005
    for part in parts:
        part.parent = root


def car(colour, seed=0):
    """Its wheels stand at z = 0 and it looks along x. Returns the body and the wheels."""
    body = link("car", None)
    paint = speckled(colour, 30, 0.93, 0.3)
    dark, glassy = plain((0.07, 0.07, 0.075), 0.6), plain((0.1, 0.13, 0.16), 0.5)
    parts = [box("hull", paint, (3.4, 1.4, 0.55), (0, 0, 0.6), bevel=0.1), box("cabin", glassy, (1.9, 1.25, 0.5), (-0.15, 0, 1.1), bevel=0.15),
             box("roof", paint, (1.5, 1.2, 0.08), (-0.2, 0, 1.37), bevel=0.03), box("stripe", plain((0.8, 0.8, 0.78)), (3.2, 1.42, 0.07), (0, 0, 0.62)),
             box("bumper", dark, (3.5, 1.3, 0.15), (0, 0, 0.38), bevel=0.05)]
    wheels = []
    for x in (-1.1, 1.1):
        for y in (-0.68, 0.68):
            wheel = cylinder("wheel", dark, 0.34, 0.2, (x, y, 0.34), (math.pi / 2, 0, 0), sides=28)
            for k in range(5):
                spoke = box("spoke", plain((0.32, 0.32, 0.34), 0.5), (0.5, 0.09, 0.22), (0, 0, 0), (0, 0, 0))
                spoke.parent, spoke.rotation_euler = wheel, (0, 0, k * math.pi / 5)
            wheels.append(wheel)
    for part in parts + wheels:
        part.parent = body
    return body, wheels


def drive(colour, path, turn=0.0, seed=0):
    """`path` gives (x, y) at a time; wheels roll without slipping along x."""
    body, wheels = car(colour, seed)
    animate(body, "location", lambda t: (*path(t), 0))
    body.rotation_euler = (0, 0, turn)
    for wheel in wheels:
        animate(wheel, "rotation_euler", lambda t: (math.pi / 2, math.cos(turn) * path(t)[0] / 0.34, 0))


def figure(shirt, trousers, pose, at, heading, height=1.8):
    """A person of jointed limbs. `pose(t)` gives joint angles by name; `at(t)` where the hips are."""
    s = height / 1.8
    skin, cloth, legs = speckled((0.62, 0.38, 0.26), 12, 0.85), stripes(shirt, [0.55 * c for c in shirt], 3.2, (0, 1.57, 0)), speckled(trousers, 18, 0.7)
    shoe = plain((0.06, 0.05, 0.05), 0.5)

    def joint(name, parent, location):
        pivot = link(name, None)
        pivot.parent, pivot.location = parent, [s * c for c in location]
        animate(pivot, "rotation_euler", lambda t: pose(t).get(name, (0, 0, 0)))
        return pivot

    def limb(parent, material, radius, length, taper=0.8):
        cylinder("limb", material, s * radius * taper, s * length, (0, 0, -s * length / 2), sides=16, top=s * radius).parent = parent
        for z in (0, -s * length):
            ball("joint", material, s * radius * (1 if z == 0 else taper), (0, 0, z), 16).parent = parent

    root = link("figure", None)
    root.rotation_euler = (0, 0, heading)
    animate(root, "location", at)
    torso = joint("torso", root, (0, 0, 0))
    trunk = ball("trunk", cloth, 1, (0, 0, s * 0.3), 32)
    trunk.scale, trunk.parent = (s * 0.17, s * 0.24, s * 0.38), torso
    hips = ball("hips", legs, 1, (0, 0, 0), 24)
    hips.scale, hips.parent = (s * 0.15, s * 0.2, s * 0.16), root
    head = joint("head", torso, (0, 0, 0.66))
    skull = ball("skull", skin, s * 0.13, (0, 0, s * 0.12), 28)
    skull.scale, skull.parent = (1, 0.85, 1.15), head
    ball("hair", speckled((0.12, 0.07, 0.04), 30, 0.4), s * 0.132, (-s * 0.025, 0, s * 0.165), 24).parent = head
    for side, sign in (("Left", 1), ("Right", -1)):
        shoulder = joint("shoulder" + side, torso, (0, 0.25 * sign, 0.54))
        limb(shoulder, cloth, 0.065, 0.3)
        elbow = joint("elbow" + side, shoulder, (0, 0, -0.3))
        limb(elbow, skin, 0.05, 0.28)
        hip = joint("hip" + side, root, (0, 0.1 * sign, -0.03))
        limb(hip, legs, 0.09, 0.42)
        knee = joint("knee" + side, hip, (0, 0, -0.42))
        limb(knee, legs, 0.07, 0.4)
        foot = box("foot", shoe, (s * 0.26, s * 0.1, s * 0.09), (s * 0.06, 0, -s * 0.43), bevel=s * 0.03)
        foot.parent = knee


def walk(rate, phase=0.0, swing=0.55):
    """Joint angles of a walk along x, one step in pi / rate frames."""
    def pose(t):
        a = rate * t + phase
        angles = {"torso": (0.04 * math.sin(a), 0.06, 0.12 * math.sin(a)), "head": (0, -0.05, -0.1 * math.sin(a))}
        for side, shift in (("Left", 0.0), ("Right", math.pi)):
            angles["hip" + side] = (0, -swing * math.sin(a + shift), 0)
            angles["knee" + side] = (0, 0.15 + 0.75 * swing * (1 + math.cos(a + shift + 0.5)), 0)
            angles["shoulder" + side] = (0, 0.8 * swing * math.sin(a + shift), 0)
            angles["elbow" + side] = (0, -0.4 - 0.3 * swing * math.sin(a + shift), 0)
        return angles
    return pose


def grass(seed, material, count, extent, height, centre=(0, 0, 0), sway=0.0, rate=0.5, width=0.012):
    """Blades in one mesh; a travelling wave bends them by two shape keys a quarter of a period apart."""
    rng = random.Random(seed)
    mesh, points, faces, bend = bpy.data.meshes.new("grass"), [], [], []
    for _ in range(count):
        x, y, h, a = rng.uniform(-1, 1) * extent[0], rng.uniform(-1, 1) * extent[1], height * rng.uniform(0.45, 1), rng.uniform(0, 6.28)
        side = Vector((math.cos(a), math.sin(a), 0)) * width
        lean = Vector((rng.gauss(0, 0.2), rng.gauss(0, 0.2), 0)) * h
        start = len(points)
        for part, share in ((0, 1), (0.5, 0.7), (0.85, 0.35)):
            for sign in (-1, 1):
                points.append(Vector((x, y, h * part)) + lean * part * part + sign * share * side)
                bend.append((x, y, h * part * part))
        points.append(Vector((x, y, h)) + lean)
        bend.append((x, y, h))
        faces += [(start, start + 1, start + 3, start + 2), (start + 2, start + 3, start + 5, start + 4), (start + 4, start + 5, start + 6)]
    mesh.from_pydata(points, [], faces)
    mesh.materials.append(material)
    thing = link("grass", mesh)
    thing.location = centre
    if sway:
        thing.shape_key_add(name="Basis")
        for name, shift in (("sine", 0.0), ("cosine", math.pi / 2)):
            block = thing.shape_key_add(name=name)
            moved = [Vector(p) + Vector((sway, 0.4 * sway, 0)) * (r * math.sin(1.3 * x + 0.9 * y + shift)) for p, (x, y, r) in zip(points, bend)]
            block.data.foreach_set("co", [c for p in moved for c in p])
            block.slider_min = -1
            animate(mesh.shape_keys, f'key_blocks["{name}"].value', lambda t, s=shift: math.cos(rate * t + s))
    return thing


def hairy(thing, count, length, radius, material, seed):
    thing.data.materials.append(material)
    system = thing.modifiers.new("hair", "PARTICLE_SYSTEM").particle_system
    system.seed = seed
    settings = system.settings
    settings.type, settings.count, settings.hair_length, settings.hair_step = "HAIR", count, length, 4
    settings.root_radius, settings.tip_radius, settings.radius_scale = 1.0, 0.2, radius
    settings.brownian_factor = 0.06
    settings.material = len(thing.data.materials)
    settings.render_step = settings.display_step = 3


def wire(points, radius, material, sides=6):
    """A thin tube through `points`."""
    def build(bm):
        rings = []
        for k, p in enumerate(points):
            along = (Vector(points[min(k + 1, len(points) - 1)]) - Vector(points[max(k - 1, 0)])).normalized()
            turn = along.to_track_quat("Z", "Y").to_matrix()
            rings.append([bm.verts.new(Vector(p) + turn @ Vector((radius * math.cos(a), radius * math.sin(a), 0)))
                          for a in (2 * math.pi * i / sides for i in range(sides))])
        for first, second in zip(rings, rings[1:]):
            for i in range(sides):
                bm.faces.new((first[i], first[(i + 1) % sides], second[(i + 1) % sides], second[i]))
    return solid("wire", material, build, smooth=True)


def sagging(start, end, sag, steps=24):
    a, b = Vector(start), Vector(end)
    return [a.lerp(b, k / steps) - Vector((0, 0, 4 * sag * (k / steps) * (1 - k / steps))) for k in range(steps + 1)]


def flock(rng, meshes, count, path, scale, spin=0.0):
    """Instances with paths of their own: `path(rng)` gives a function of time to a place."""
    for _ in range(count):
        thing = link("mote", rng.choice(meshes))
        thing.scale = (scale(rng),) * 3
        animate(thing, "location", path(rng))
        if spin:
            turn = [rng.uniform(-spin, spin) for _ in range(3)]
            start = [rng.uniform(0, 6.28) for _ in range(3)]
            animate(thing, "rotation_euler", lambda t, a=start, b=turn: [x + t * y for x, y in zip(a, b)])
        yield thing


def bouncing(x, y, floor, height, period, phase, drift):
    """Parabolas between bounces; `drift` along x a frame."""
    def at(t):
        u = (t / period + phase) % 1.0
        return (x + drift * t, y, floor + height * 4 * u * (1 - u))
    return at


def vase(material, x, y, z=0.0, scale=1.0, seed=0):
    rng = random.Random(seed)
    shape = [(0.0, 0.0), (0.24, 0.0), (0.34 + rng.uniform(-0.05, 0.1), 0.3), (0.3, 0.55), (0.12 + rng.uniform(0, 0.08), 0.78), (0.2, 0.95)]

    def build(bm):
        sides = 32
        rings = [[bm.verts.new((scale * r * math.cos(a), scale * r * math.sin(a), scale * h)) for a in (2 * math.pi * i / sides for i in range(sides))]
                 for r, h in shape[1:]]
        for first, second in zip(rings, rings[1:]):
            for i in range(sides):
                bm.faces.new((first[i], first[(i + 1) % sides], second[(i + 1) % sides], second[i]))
        bm.faces.new(rings[0][::-1])
    thing = solid("vase", material, build, (x, y, z), smooth=True)
    thing.modifiers.new("round", "SUBSURF").render_levels = 1
    return thing


def glass(colour=(0.95, 0.98, 0.96), roughness=0.0):
    material = plain(colour, roughness)
    material.node_tree.nodes["Principled BSDF"].inputs["Transmission"].default_value = 1
    material.node_tree.nodes["Principled BSDF"].inputs["IOR"].default_value = 1.35
    return material


def smokePuff(name, colour, density, location, size, seed, rise):
    """A cloud that absorbs and glows; lit alike from all sides, so that it costs no shadow rays."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.remove(nodes["Principled BSDF"])
    coordinates, mapping, value = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeMapping"), nodes.new("ShaderNodeTexNoise")
    value.noise_dimensions = "4D"
    value.inputs["Scale"].default_value, value.inputs["Detail"].default_value = 2.6, 3.0
    links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    links.new(mapping.outputs["Vector"], value.inputs["Vector"])
    animate(material.node_tree, f'nodes["{mapping.name}"].inputs[1].default_value', lambda t: (0.02 * t + seed, 0, -rise * t))
    animate(material.node_tree, f'nodes["{value.name}"].inputs[1].default_value', lambda t: 0.04 * t + seed)
    length, edge, thick = nodes.new("ShaderNodeVectorMath"), nodes.new("ShaderNodeMapRange"), nodes.new("ShaderNodeMapRange")
    length.operation = "LENGTH"
    links.new(coordinates.outputs["Object"], length.inputs[0])
    edge.inputs["From Min"].default_value, edge.inputs["From Max"].default_value = 1.0, 0.2
    thick.inputs["From Min"].default_value, thick.inputs["From Max"].default_value = 0.45, 0.7
    product, total = nodes.new("ShaderNodeMath"), nodes.new("ShaderNodeMath")
    product.operation = total.operation = "MULTIPLY"
    links.new(length.outputs["Value"], edge.inputs["Value"])
    links.new(value.outputs["Fac"], thick.inputs["Value"])
    links.new(edge.outputs["Result"], product.inputs[0])
    links.new(thick.outputs["Result"], product.inputs[1])
    links.new(product.outputs["Value"], total.inputs[0])
    total.inputs[1].default_value = density
    absorb, shine, both = nodes.new("ShaderNodeVolumeAbsorption"), nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeAddShader")
    absorb.inputs["Color"].default_value = (0.1, 0.1, 0.1, 1)
    shine.inputs["Color"].default_value = (*colour, 1)
    links.new(total.outputs["Value"], absorb.inputs["Density"])
    links.new(total.outputs["Value"], shine.inputs["Strength"])
    links.new(absorb.outputs["Volume"], both.inputs[0])
    links.new(shine.outputs["Emission"], both.inputs[1])
    links.new(both.outputs["Shader"], nodes["Material Output"].inputs["Volume"])
    thing = solid(name, material, lambda bm: bmesh.ops.create_cube(bm, size=2), location, scale=size)
    thing.visible_shadow = thing.visible_diffuse = thing.visible_glossy = False
    return thing


# ---------------------------------------------------------------------------------------------------------------
# The shots
# ---------------------------------------------------------------------------------------------------------------

def buildArcade(seed):
    """A camera walks along an arcade; posts and barrels pass close by."""
    view = camera(30, (0, -5.6, 1.7), (0.6, 4, 1.7))
    moveCamera(view, lambda t: (0.16 * t, 0.02 * t, 0.01 * math.sin(0.7 * t)))
    daylight(seed=3)
    street(seed)
    rng = random.Random(seed)
    timber = wood((0.4, 0.27, 0.15), (0.2, 0.12, 0.07), 4)
    for k in range(7):
        x = -5.5 + 2.1 * k
        box("post", timber, (0.16, 0.16, 3.2), (x, -2.8, 1.6), bevel=0.02)
        box("brace", timber, (1.0, 0.1, 0.1), (x + 0.45, -2.8, 2.75), (0, -0.7, 0))
    box("beam", timber, (20, 0.2, 0.22), (0, -2.8, 3.2))
    for k in range(9):
        x, y = -6.5 + 1.6 * k + rng.uniform(-0.4, 0.4), rng.uniform(-1.6, 2.2)
        if k % 3 == 0:
            cylinder("barrel", stripes((0.45, 0.28, 0.14), (0.1, 0.09, 0.09), 1.3, (0, 1.57, 0)), 0.36, 0.95, (x, y, 0.47), sides=28)
        elif k % 3 == 1:
            box("crate", wood((0.5, 0.36, 0.2), (0.3, 0.19, 0.1), 6, "X"), (0.8, 0.8, 0.8), (x, y, 0.4), (0, 0, rng.uniform(0, 1)), 0.02)
        else:
            vase(speckled((0.6, 0.28, 0.15), 14), x, y, 0, 1.0, k)
            bush(seed * 20 + k, leafGreen((0.06, 0.2, 0.03), (0.25, 0.4, 0.08)), 0.38, (x, y, 1.2), 160, 0.11)


def buildLibrary(seed):
    """The camera circles a reading room."""
    view = camera(28, (-1.0, -5.2, 1.7), (0.2, 1.0, 1.2))
    moveCamera(view, lambda t: (0.13 * t, 0.05 * t, 0.015 * t), lambda t: (-0.002 * t, 0, 0.019 * t))
    cloudySky((0.9, 0.85, 0.78), (0.75, 0.78, 0.85), 0.75, 0)
    sun(2.4, (1, 0.88, 0.7), (math.radians(40), 0, math.radians(30)), 0.004)
    room(seed)
    for k in range(4):
        shelf(seed * 10 + k, -3.6 + 2.4 * k, 2.9, 0, 2.0, 3)
    shelf(seed * 10 + 7, -2.6, -0.8, 0, 1.6, 2, 0.5)
    shelf(seed * 10 + 8, 2.9, 0.2, 0, 1.6, 3, -0.7)
    table = wood((0.45, 0.26, 0.13), (0.26, 0.14, 0.07), 4, "X")
    box("table", table, (1.7, 1.0, 0.07), (0.3, -0.2, 0.78), bevel=0.02)
    for x in (-0.45, 1.05):
        for y in (-0.6, 0.2):
            cylinder("leg", table, 0.04, 0.78, (x, y, 0.39), sides=12)
    ball("globe", patchy((0.1, 0.25, 0.5), (0.45, 0.42, 0.2), 2.5), 0.26, (0.0, -0.2, 1.1))
    vase(stripes((0.7, 0.66, 0.58), (0.15, 0.2, 0.45), 3, (0, 1.57, 0)), 0.85, -0.1, 0.82, 0.5, 4)
    for k in range(5):
        box("book", speckled([(0.5, 0.1, 0.08), (0.1, 0.3, 0.2), (0.1, 0.15, 0.4)][k % 3], 14, 0.7), (0.34, 0.24, 0.06), (0.45, -0.4, 0.85 + 0.06 * k), (0, 0, 0.5 * k))


def buildTraffic(seed):
    """Cars pass each other before houses; a cyclist's wheels and a ball between them."""
    camera(34, (0, -10.5, 2.2), (0, 0, 1.5))
    daylight(heading=25, seed=5)
    street(seed)
    drive((0.6, 0.07, 0.05), lambda t: (-0.6 + 0.42 * t, 0.4))
    drive((0.08, 0.22, 0.5), lambda t: (1.0 - 0.30 * t, -2.2))
    drive((0.75, 0.6, 0.12), lambda t: (4.6 + 0.22 * t, 2.6))
    tree(seed + 3, -4.8, 3.6, 3.6)
    tree(seed + 4, 4.6, 3.5, 3.2)
    figure((0.15, 0.4, 0.3), (0.2, 0.2, 0.3), walk(0.42), lambda t: (-2.5 + 0.07 * t, 3.3, 1.08), 0)
    ballThing = ball("ball", stripes((0.85, 0.4, 0.05), (0.9, 0.88, 0.8), 2.2, (0.4, 0.3, 0)), 0.3, (0, 0, 0))
    animate(ballThing, "location", lambda t: (-0.19 * t, -4.2, 0.3))
    animate(ballThing, "rotation_euler", lambda t: (0, -0.19 * t / 0.3, 0))
    for x in (-6, 0.4, 6):
        cylinder("lamp post", plain((0.1, 0.12, 0.12), 0.5), 0.06, 4.5, (x, 3.0, 2.25), sides=14)


def buildWorkshop(seed):
    """Wheels, a fan and a drum turn at a workshop's wall."""
    camera(38, (0.2, -7.5, 1.9), (0, 0, 1.75))
    cloudySky((0.8, 0.8, 0.8), (0.6, 0.68, 0.8), 0.55, 0)
    sun(3.0, (1, 0.92, 0.8), (math.radians(45), 0, math.radians(-30)), 0.004)
    floorMesh(patchy((0.3, 0.28, 0.26), (0.42, 0.4, 0.36), 5), 20)
    box("wall", bricks((0.5, 0.36, 0.28), (0.42, 0.28, 0.2), (0.55, 0.52, 0.47), 1.5, (math.pi / 2, 0, 0)), (20, 0.3, 6), (0, 1.8, 3))
    steel, brass = speckled((0.4, 0.42, 0.45), 10, 0.7, 0.4), speckled((0.6, 0.42, 0.16), 12, 0.7, 0.35)

    def gear(x, y, z, radius, teeth, material, rate):
        hub = cylinder("gear", material, radius, 0.22, (x, y, z), sides=48)
        for k in range(teeth):
            a = 2 * math.pi * k / teeth
            tooth = box("tooth", material, (0.16, 0.14, 0.22), (radius * 1.03 * math.cos(a), radius * 1.03 * math.sin(a), 0), (0, 0, a))
            tooth.parent = hub
        for k in range(5):
            a = 2 * math.pi * k / 5
            spot = cylinder("hole", plain((0.05, 0.05, 0.05)), radius * 0.2, 0.24, (0.58 * radius * math.cos(a), 0.58 * radius * math.sin(a), 0), sides=20)
            spot.parent = hub
        animate(hub, "rotation_euler", lambda t: (math.pi / 2, rate * t, 0))
    gear(-1.9, 1.2, 2.1, 0.95, 18, brass, 0.10)
    gear(-0.35, 1.2, 2.75, 0.68, 13, steel, -0.1397)
    gear(-3.3, 1.2, 1.3, 0.6, 11, steel, -0.158)
    fan = cylinder("fan", steel, 0.14, 0.3, (2.1, 0.9, 2.4), sides=20)
    for k in range(3):
        blade = box("blade", speckled((0.62, 0.16, 0.1), 12, 0.7), (0.95, 0.34, 0.03), (0, 0, 0), (0, 0, 0))
        blade.parent, blade.location = fan, (0.55 * math.cos(2.0944 * k), 0.55 * math.sin(2.0944 * k), 0)
        blade.rotation_euler = (0.4, 0, 2.0944 * k)
    animate(fan, "rotation_euler", lambda t: (math.pi / 2, 0.27 * t, 0))
    drum = cylinder("drum", checker((0.12, 0.3, 0.34), (0.72, 0.68, 0.58), 3.0, 0.5), 0.55, 1.3, (0.9, -1.2, 0.75), sides=40)
    animate(drum, "rotation_euler", lambda t: (0, math.pi / 2, 0.11 * t))
    top = cylinder("top", stripes((0.8, 0.2, 0.1), (0.9, 0.85, 0.7), 2.0), 0.02, 0.5, (-0.9, -2.6, 0.42), top=0.32)
    animate(top, "rotation_euler", lambda t: (0.16 * math.cos(0.2 * t), 0.16 * math.sin(0.2 * t), 0.24 * t))
    box("bench", wood((0.45, 0.3, 0.17), (0.25, 0.15, 0.08), 4, "X"), (3.2, 0.8, 0.1), (3.6, 0.5, 0.95))
    box("trestle", wood((0.4, 0.28, 0.17), (0.25, 0.15, 0.08), 4), (0.1, 0.6, 0.95), (2.4, 0.5, 0.47))
    text("MASCHINEN", speckled((0.85, 0.8, 0.65), 10, 0.8), 0.55, 0.03, (1.4, 1.62, 3.6), (math.pi / 2, 0, 0))


def buildBouncing(seed):
    """Balls bounce in a yard, each on parabolas of its own."""
    camera(35, (0, -9.0, 2.4), (0, 0, 1.5))
    daylight(elevation=55, heading=20, seed=7)
    street(seed, 4.2)
    rng = random.Random(seed)
    looks = [stripes((0.8, 0.12, 0.08), (0.9, 0.86, 0.78), 1.8, (0.5, 0.3, 0)), checker((0.1, 0.2, 0.55), (0.85, 0.8, 0.3), 4.0, 0.4),
             stripes((0.1, 0.42, 0.2), (0.85, 0.85, 0.8), 3.0, (0.2, 0.9, 0)), speckled((0.85, 0.45, 0.1), 8, 0.5)]
    for k, (x, y, radius, height, period, drift) in enumerate([(-2.9, -1.5, 0.42, 2.3, 11, 0.16), (-0.4, 0.4, 0.55, 2.9, 13, -0.1), (1.6, -2.4, 0.32, 1.7, 8, -0.13),
                                                               (3.0, 1.0, 0.5, 2.6, 12, 0.06), (-4.3, 1.6, 0.36, 2.2, 10, 0.12), (0.4, -3.6, 0.22, 1.2, 6, 0.1)]):
        thing = ball("ball", looks[k % 4], radius, (0, 0, 0))
        animate(thing, "location", bouncing(x, y, radius, height, period, rng.random(), drift))
        spin = rng.uniform(0.08, 0.25)
        animate(thing, "rotation_euler", lambda t, s=spin: (0.4 * s * t, s * t, 0))
    for k in range(4):
        box("block", speckled([(0.4, 0.2, 0.12), (0.2, 0.3, 0.4), (0.5, 0.45, 0.2), (0.3, 0.32, 0.3)][k], 9), (0.9, 0.7, 0.5 + 0.25 * (k % 2)), (-5 + 3.3 * k, 2.4, 0.3), (0, 0, 0.3 * k))


def buildPendulums(seed):
    """Weights swing at different rates in a hall, a hoop follows a circle."""
    camera(36, (0, -8.0, 2.0), (0, 0, 1.9))
    cloudySky((0.85, 0.83, 0.8), (0.7, 0.75, 0.85), 0.55, 0)
    sun(3.0, (1, 0.9, 0.75), (math.radians(38), 0, math.radians(35)), 0.004)
    room(seed, 2.8, 6)
    rope = plain((0.3, 0.24, 0.16), 0.9)
    box("beam", wood((0.36, 0.22, 0.12), (0.2, 0.12, 0.06), 4, "X"), (11, 0.25, 0.25), (0, 0, 4.4))
    for k in range(7):
        x, length, radius = -4.2 + 1.4 * k, 2.0 + 0.24 * ((k * 3) % 5), 0.3 + 0.05 * (k % 3)
        pivot = link("pivot", None)
        pivot.location = (x, 0, 4.3)
        rate, phase, swing = 0.34 + 0.055 * k, 0.9 * k, 0.42
        animate(pivot, "rotation_euler", lambda t, r=rate, p=phase, s=swing, k=k: ((s if k % 3 == 2 else 0.1) * math.sin(r * t + p), (0.1 if k % 3 == 2 else s) * math.cos(r * t + p), 0))
        cylinder("rope", rope, 0.016, length, (0, 0, -length / 2), sides=8).parent = pivot
        bob = ball("bob", [stripes((0.12, 0.3, 0.5), (0.8, 0.78, 0.7), 2.5, (0, 1.57, 0)), checker((0.6, 0.16, 0.1), (0.8, 0.7, 0.5), 4, 0.4), speckled((0.62, 0.5, 0.2), 9, 0.5)][k % 3],
                   radius, (0, 0, -length))
        bob.parent = pivot
    disc = cylinder("disc", stripes((0.7, 0.25, 0.1), (0.9, 0.85, 0.75), 1.6, (0, 0, 0.6)), 0.42, 0.08, (0, 0, 0))
    animate(disc, "location", lambda t: (1.5 * math.cos(0.24 * t), -2.6, 1.5 + 1.0 * math.sin(0.24 * t)))
    animate(disc, "rotation_euler", lambda t: (math.pi / 2, 0.24 * t, 0))


def buildFur(seed):
    """Two furry creatures turn their heads in a room."""
    camera(45, (0, -6.0, 1.5), (0, 0, 1.0))
    cloudySky((0.9, 0.86, 0.8), (0.75, 0.78, 0.85), 0.55, 0)
    sun(2.6, (1, 0.9, 0.78), (math.radians(50), 0, math.radians(-40)), 0.004)
    room(seed, 2.4, 4.5)
    for k, (x, y, radius, colour) in enumerate([(-0.95, -0.4, 0.6, (0.45, 0.25, 0.1)), (0.95, 0.2, 0.7, (0.55, 0.53, 0.5)), (1.9, -1.7, 0.28, (0.7, 0.5, 0.25))]):
        body = ball("creature", patchy(colour, [0.5 * c for c in colour], 5), radius, (x, y, radius), 32)
        hairy(body, 2600, 0.34 * radius, 0.011, patchy([1.2 * c for c in colour], [0.5 * c for c in colour], 4), seed + k)
        animate(body, "location", lambda t, x=x, y=y, r=radius, k=k: (x + 0.22 * math.sin(0.3 * t + k), y, r + 0.05 * abs(math.sin(0.5 * t + k))))
        animate(body, "rotation_euler", lambda t, k=k: (0, 0.1 * math.sin(0.4 * t + k), (-1) ** k * 0.06 * t))
        for sign in (-1, 1):
            eye = ball("eye", plain((0.85, 0.85, 0.82), 0.2), 0.17 * radius, (0.36 * sign * radius, -0.98 * radius, 0.32 * radius), 20)
            pupil = ball("pupil", plain((0.02, 0.02, 0.02), 0.2), 0.09 * radius, (0.36 * sign * radius, -1.12 * radius, 0.33 * radius), 16)
            eye.parent = pupil.parent = body
    box("mat", stripes((0.4, 0.12, 0.12), (0.65, 0.55, 0.4), 1.4), (4.2, 2.4, 0.04), (0, -0.4, 0.02))


def buildMeadow(seed):
    """Tall grass in the wind, a fence and a tree behind it."""
    view = camera(34, (0, -5.0, 1.0), (0, 2, 0.85))
    moveCamera(view, lambda t: (0.03 * t, 0, 0))
    daylight(elevation=40, heading=50, clouds=0.8, seed=11)
    floorMesh(patchy((0.12, 0.16, 0.04), (0.24, 0.24, 0.09), 3), 60)
    hills(seed, patchy((0.1, 0.2, 0.06), (0.25, 0.3, 0.12), 0.6), 16, 3.5)
    green, straw = leafGreen((0.1, 0.26, 0.04), (0.3, 0.42, 0.1)), leafGreen((0.4, 0.36, 0.12), (0.62, 0.55, 0.25))
    grass(seed + 1, green, 1500, (4.5, 1.3), 0.75, (0, -1.6, 0), 0.42, 0.45)
    grass(seed + 2, straw, 900, (5.5, 1.4), 0.95, (0, 0.4, 0), 0.4, 0.4)
    grass(seed + 3, green, 1100, (8, 2.2), 0.8, (0, 3.6, 0), 0.35, 0.38, 0.018)
    rail = wood((0.5, 0.42, 0.32), (0.3, 0.24, 0.18), 5, "X")
    for k in range(9):
        box("post", rail, (0.1, 0.1, 1.25), (-6 + 1.5 * k, 2.2, 0.62))
    for z in (0.55, 1.05):
        box("rail", rail, (13, 0.05, 0.1), (0, 2.15, z))
    tree(seed, 3.6, 6.0, 4.2)
    tree(seed + 1, -5.0, 9.0, 4.5)
    rng = random.Random(seed)
    for k in range(26):
        x, y, h = rng.uniform(-3, 3), rng.uniform(-2.6, 0.5), rng.uniform(0.55, 1.0)
        root = link("flower", None)
        root.location = (x, y, 0)
        animate(root, "rotation_euler", lambda t, x=x, y=y: (0.06 * math.sin(0.45 * t + y), 0.16 * math.sin(0.45 * t - 1.3 * x), 0))
        cylinder("stem", green, 0.01, h, (0, 0, h / 2), sides=6).parent = root
        ball("head", plain(rng.choice([(0.8, 0.1, 0.08), (0.85, 0.7, 0.1), (0.75, 0.72, 0.8)])), 0.05, (0, 0, h), 12).parent = root


def buildWires(seed):
    """A train's view: power lines, lattice masts and a wire fence pass."""
    view = camera(32, (0, -6.5, 1.9), (0, 4, 2.3))
    moveCamera(view, lambda t: (0.22 * t, 0, 0))
    daylight(elevation=35, heading=-60, clouds=0.6, seed=17)
    floorMesh(patchy((0.25, 0.22, 0.12), (0.4, 0.36, 0.2), 1.5), 80)
    hills(seed, patchy((0.12, 0.2, 0.1), (0.3, 0.32, 0.16), 0.5), 18, 4)
    steel, dark = plain((0.42, 0.45, 0.47), 0.5), plain((0.05, 0.05, 0.06), 0.6)
    for k in range(5):
        x = -9 + 5 * k
        for a in (-0.16, 0.16):
            for b in (-0.16, 0.16):
                wire([(x + a, 2 + b, 0), (x + a * 0.4, 2 + b * 0.4, 5)], 0.02, steel)
        for j in range(9):
            z, s = 0.55 * j, 0.16 * (1 - 0.12 * j * 0.55)
            wire([(x - s, 2 - s, z), (x + s, 2 - s, z + 0.55)], 0.012, steel)
            wire([(x + s, 2 - s, z), (x - s, 2 - s, z + 0.55)], 0.012, steel)
        wire([(x, 1.2, 4.6), (x, 2.8, 4.6)], 0.03, steel)
    for k in range(4):
        for y, z in ((1.25, 4.55), (2.0, 4.95), (2.75, 4.55), (1.6, 3.7)):
            wire(sagging((-9 + 5 * k, y, z), (-4 + 5 * k, y, z), 0.45), 0.013, dark)
    for k in range(60):          # A fence of crossed wires, close by.
        x = -8 + 0.3 * k
        wire([(x, -2.6, 0), (x + 1.1, -2.6, 1.1)], 0.006, steel, 4)
        wire([(x + 1.1, -2.6, 0), (x, -2.6, 1.1)], 0.006, steel, 4)
    for k in range(9):
        cylinder("stake", wood((0.4, 0.3, 0.2), (0.24, 0.17, 0.1), 5), 0.05, 1.3, (-8 + 2.1 * k, -2.6, 0.65), sides=10)
    house(seed + 1, -3.5, 7, 4, 3.6, 0.2)
    house(seed + 2, 5, 8, 5, 4.0, -0.3)
    for k in range(4):
        tree(seed + 5 + k, -7 + 4.5 * k, 5 + (k % 2), 3.2)


def buildSparks(seed):
    """A grinder throws sparks in a dark workshop; they fall in arcs and bounce."""
    camera(36, (0, -6.0, 1.6), (0.2, 0, 1.1))
    cloudySky((0.05, 0.06, 0.09), (0.04, 0.05, 0.08), 1.0, 0)
    sun(0.7, (0.7, 0.8, 1.0), (math.radians(40), 0, math.radians(40)), 0.004)
    floorMesh(planks((0.3, 0.22, 0.16), (0.36, 0.27, 0.2), 0.8), 12)
    box("wall", bricks((0.36, 0.26, 0.22), (0.3, 0.2, 0.16), (0.4, 0.38, 0.35), 1.4, (math.pi / 2, 0, 0)), (14, 0.3, 5), (0, 2.4, 2.5))
    box("bench", wood((0.45, 0.3, 0.17), (0.25, 0.15, 0.08), 4, "X"), (2.2, 0.9, 0.12), (-1.5, 0, 0.95), bevel=0.02)
    box("foot", plain((0.12, 0.14, 0.16)), (1.8, 0.6, 0.9), (-1.5, 0, 0.45))
    stone = cylinder("stone", stripes((0.4, 0.38, 0.36), (0.3, 0.28, 0.26), 3, (0, 0, 0.4)), 0.36, 0.16, (-1.0, 0, 1.5))
    animate(stone, "rotation_euler", lambda t: (math.pi / 2, 0.31 * t, 0))
    pointLamp(60, (1, 0.6, 0.25), 0.06, None, (-0.45, -0.45, 1.35))
    meshes = []
    for k, (colour, strength) in enumerate([((1.0, 0.75, 0.4), 2), ((1.0, 0.5, 0.15), 1.2), ((1.0, 0.85, 0.6), 6)]):
        spark = ball("spark", glow(colour, strength), 1.0, (0, 0, -50), 10)
        meshes.append(spark.data)
    rng = random.Random(seed)

    def path(rng):
        birth, life = rng.uniform(-16, 10), 20
        vx, vy, vz = rng.uniform(0.07, 0.26), rng.gauss(-0.01, 0.04), rng.uniform(-0.03, 0.16)

        def at(t):
            u = t - birth
            if u < 0 or u > life:
                return (0, 0, -50)
            z = 1.3 + vz * u - 0.009 * u * u
            if z < 0.03:
                z = 0.03 + abs(0.06 * math.sin(0.4 * u))
            return (-0.65 + vx * u, -0.05 + vy * u, z)
        return at
    for thing in flock(rng, meshes, 200, path, lambda r: r.uniform(0.010, 0.02)):
        makeGlow(thing)
    cylinder("bucket", plain((0.35, 0.37, 0.4), 0.35, 0.6), 0.28, 0.5, (1.8, 0.5, 0.25), top=0.34)
    box("crate", wood((0.4, 0.28, 0.16), (0.22, 0.14, 0.08), 5, "X"), (0.8, 0.8, 0.8), (2.7, 1.3, 0.4), (0, 0, 0.4))


def buildSnow(seed):
    """Thick snow falls fast before a house and trees; the camera stands."""
    camera(35, (0, -7.0, 1.8), (0, 2, 1.9))
    cloudySky((0.62, 0.66, 0.72), (0.5, 0.55, 0.63), 0.95, 0)
    sun(1.0, (0.9, 0.93, 1.0), (math.radians(50), 0, math.radians(30)), 0.02)
    floorMesh(patchy((0.68, 0.71, 0.77), (0.82, 0.84, 0.88), 1.2), 60)
    hills(seed, patchy((0.25, 0.3, 0.3), (0.7, 0.74, 0.8), 0.5), 16, 4)
    house(seed, -1.2, 4.5, 4.4, 3.4, 0.15)
    for k in range(5):
        tree(seed + k, -6.5 + 3.1 * k + (1.2 if k == 2 else 0), 5.5 + (k % 2) * 2, 3.8, (0.04, 0.1, 0.05), (0.12, 0.2, 0.1))
    rail = wood((0.3, 0.22, 0.16), (0.16, 0.11, 0.08), 5, "X")
    for k in range(10):
        box("picket", rail, (0.12, 0.05, 0.9), (-4.5 + k, 1.0, 0.45))
    box("rail", rail, (11, 0.05, 0.09), (0, 0.97, 0.65))
    flake = ball("flake", plain((0.95, 0.96, 1.0), 0.9), 1.0, (0, 0, -50), 8).data
    rng = random.Random(seed)

    def path(rng):
        y = rng.uniform(-5.2, 3.0)
        reach = 0.62 * (y + 7.5)
        x, z, phase = rng.uniform(-reach, reach), rng.uniform(0, 4.2), rng.uniform(0, 6.28)
        vx, vz = 0.035 + rng.gauss(0, 0.015), -rng.uniform(0.12, 0.3)
        return lambda t: (x + vx * t + 0.04 * math.sin(0.5 * t + phase), y, 0.02 + (z + vz * t) % 4.2)
    list(flock(rng, [flake], 520, path, lambda r: r.uniform(0.018, 0.036)))


def buildNeon(seed):
    """Signs of 5 to 500 times white over a wet street; a car with head lamps passes."""
    view = camera(34, (0, -8.5, 1.5), (0, 0, 1.9))
    moveCamera(view, lambda t: (0.05 * t, 0.02 * t, 0))
    cloudySky((0.12, 0.13, 0.2), (0.08, 0.1, 0.18), 1.0, 0)
    sun(0.12, (0.6, 0.7, 1.0), (math.radians(40), 0, math.radians(40)), 0.01)
    wet = Surface(roughness=0.0, specular=0.55)
    wet.base(wet.grain(wet.flat((0.06, 0.065, 0.08)), 3, 0.3))
    floorMesh(wet.material, 40)
    box("wall", bricks((0.2, 0.15, 0.14), (0.26, 0.2, 0.18), (0.12, 0.11, 0.11), 1.3, (math.pi / 2, 0, 0)), (24, 0.3, 8), (0, 3.2, 4))
    for word, colour, strength, x, z, size in (("HOTEL", (1, 0.12, 0.08), 5, -2.6, 3.2, 1.2), ("BAR", (0.1, 0.8, 1.0), 9, 2.2, 2.7, 1.2)):
        makeGlow(text(word, glow(colour, strength), size, 0.04, (x, 2.9, z), (math.pi / 2, 0, 0)))
    pointLamp(160, (1, 0.35, 0.25), 0.3, None, (-2.2, 1.2, 3.2))
    body, wheels = car((0.5, 0.08, 0.06))
    animate(body, "location", lambda t: (-0.8 + 0.27 * t, 0.6, 0))
    for wheel in wheels:
        animate(wheel, "rotation_euler", lambda t: (math.pi / 2, 0.27 * t / 0.34, 0))
    for y in (-0.5, 0.5):
        lamp = ball("lamp", glow((1, 0.95, 0.85), 500), 0.09, (1.72, y, 0.66), 16)
        back = box("rear", glow((1, 0.05, 0.03), 20), (0.05, 0.28, 0.1), (-1.72, y, 0.7))
        lamp.parent = back.parent = body
        makeGlow(lamp), makeGlow(back)
    pointLamp(60, (1, 0.95, 0.85), 0.1, body, (2.5, 0, 0.9))
    dark = plain((0.03, 0.03, 0.035), 0.5)
    for k in range(3):
        x = -4 + 3.4 * k
        pole = cylinder("pole", dark, 0.06, 3.0, (x, -1.2 if k % 2 else 1.8, 1.5), sides=12)
        bulb = ball("bulb", glow((1, 0.85, 0.6), (20, 80, 500)[k]), 0.1, (0, 0, 1.55), 20)
        bulb.parent = pole
        makeGlow(bulb)
    figure((0.3, 0.3, 0.34), (0.12, 0.12, 0.16), walk(0.45), lambda t: (2.0 - 0.08 * t, -1.4, 1.08), math.pi)


def buildChrome(seed):
    """Polished balls and a kettle turn and roll on a lacquered table; a bright window is mirrored."""
    view = camera(40, (0, -5.4, 1.9), (0, 0, 0.9))
    moveCamera(view, lambda t: (0.05 * t, 0, 0.01 * t), lambda t: (0, 0, 0.008 * t))
    cloudySky((0.85, 0.82, 0.76), (0.4, 0.55, 0.9), 0.7, 0.9, 21)
    sun(2.6, (1, 0.92, 0.8), (math.radians(42), 0, math.radians(-40)), 0.006)
    lacquer = Surface(roughness=0.0, specular=0.4)
    value = lacquer.texture("ShaderNodeTexNoise", lacquer.mapped(scale=(1, 0.12, 1)), "Fac", Scale=3.0, Detail=5.0, Distortion=1.0)
    lacquer.base(lacquer.ramp(value, [(0.35, (0.12, 0.04, 0.02)), (0.6, (0.35, 0.14, 0.06))]))
    floorMesh(lacquer.material, 6)
    box("wall", checker((0.6, 0.55, 0.45), (0.3, 0.36, 0.4), 1.2, 0.8), (16, 0.2, 6), (0, 4.5, 2.0))
    window = box("window", glow((0.9, 0.95, 1.0), 6), (1.1, 0.1, 1.2), (-2.2, 4.3, 2.0))
    makeGlow(window)
    lamp = ball("lamp", glow((1, 0.8, 0.5), 80), 0.14, (2.0, 1.6, 2.2), 24)
    makeGlow(lamp)
    chrome, gold = plain((0.85, 0.86, 0.88), 0.0, 1.0), plain((0.9, 0.62, 0.25), 0.0, 1.0)
    for k, (x, y, radius, drift) in enumerate([(-1.3, -0.3, 0.5, 0.10), (1.1, 0.9, 0.62, -0.08), (0.3, -1.5, 0.26, -0.12), (2.3, -0.7, 0.34, 0.05)]):
        thing = ball("ball", chrome if k % 2 == 0 else gold, radius, (x, y, radius), 64)
        animate(thing, "location", lambda t, x=x, y=y, r=radius, d=drift: (x + d * t, y, r))
    box("cube", checker((0.5, 0.1, 0.08), (0.8, 0.76, 0.6), 3, 0.2), (0.7, 0.7, 0.7), (0.1, 0.9, 0.35), (0, 0, 0.5), 0.04)
    kettle = vase(plain((0.7, 0.45, 0.3), 0.05, 1.0), -0.2, 0.1, 0, 0.9, 3)
    animate(kettle, "rotation_euler", lambda t: (0.05, 0, 0.1 * t))


def buildGlass(seed):
    """Bottles and lenses pass before a patterned wall that is seen through them."""
    view = camera(45, (0, -5.6, 1.4), (0, 0, 0.9))
    moveCamera(view, lambda t: (0.04 * t, 0, 0))
    cloudySky((0.95, 0.93, 0.9), (0.7, 0.78, 0.9), 0.8, 0)
    sun(2.2, (1, 0.94, 0.85), (math.radians(40), 0, math.radians(35)), 0.004)
    box("table", wood((0.55, 0.38, 0.2), (0.34, 0.22, 0.11), 4, "X"), (9, 3.4, 0.2), (0, 0, -0.1))
    box("wall", checker((0.75, 0.7, 0.58), (0.22, 0.36, 0.42), 1.6, 0.9), (14, 0.2, 6), (0, 3.2, 1.5))
    text("APOTHEKE", speckled((0.5, 0.1, 0.07), 10, 0.8), 0.62, 0.03, (0, 3.05, 1.35), (math.pi / 2, 0, 0))
    for k, (x, y, scale, colour, drift) in enumerate([(-1.6, 0.2, 1.5, (0.7, 0.95, 0.8), 0.07), (-0.1, -0.5, 1.2, (0.95, 0.97, 1.0), -0.05), (1.5, 0.4, 1.6, (1.0, 0.75, 0.5), -0.08), (2.5, -0.6, 0.9, (0.6, 0.75, 1.0), 0.04)]):
        bottle = vase(glass(colour), x, y, 0.01, scale, k + 2)
        bottle.visible_shadow = False
        animate(bottle, "location", lambda t, x=x, y=y, d=drift: (x + d * t, y, 0.01))
    lens = ball("lens", glass(), 0.42, (0, 0, 0), 48)
    lens.visible_shadow = False
    animate(lens, "location", lambda t: (-0.7 + 0.11 * t, -1.2, 0.43 + 0.03 * abs(math.sin(0.6 * t))))
    for k in range(6):
        box("book", speckled([(0.5, 0.12, 0.1), (0.12, 0.3, 0.22), (0.6, 0.5, 0.2)][k % 3], 12), (0.9, 0.5, 0.12), (-3.1, 1.0, 0.06 + 0.12 * k), (0, 0, 0.2 * k))
    ball("orange", speckled((0.85, 0.4, 0.05), 26, 0.8), 0.3, (0.6, 1.1, 0.3))
    ball("apple", patchy((0.6, 0.08, 0.05), (0.7, 0.5, 0.1), 2), 0.27, (3.3, 0.9, 0.27))


def buildSmoke(seed):
    """Smoke rises from chimneys and steam from a kettle before a town."""
    camera(36, (0, -8.0, 2.2), (0, 0, 2.1))
    daylight(elevation=42, heading=-50, clouds=0.3, seed=25)
    floorMesh(patchy((0.22, 0.26, 0.1), (0.36, 0.36, 0.2), 2), 60)
    hills(seed, patchy((0.12, 0.22, 0.12), (0.3, 0.34, 0.2), 0.5), 14, 4)
    for k in range(5):
        house(seed + k, -6 + 3.1 * k, 4 + (k % 2), 2.9, 2.4 + 0.7 * (k % 3), 0.1 * (k - 2))
    brick = bricks((0.5, 0.25, 0.18), (0.42, 0.2, 0.14), (0.5, 0.46, 0.4), 2.5, (math.pi / 2, 0, 0))
    for x, h in ((-2.2, 2.5), (1.9, 2.9)):
        cylinder("chimney", brick, 0.3, h, (x, 0.5, h / 2), top=0.22)
        smokePuff("smoke", (0.5, 0.5, 0.52), 16, (x + 0.25, 0.5, h + 0.85), (0.75, 0.6, 1.0), seed + h, 0.11)
    smokePuff("dust", (0.6, 0.5, 0.36), 6, (0.2, -1.6, 0.5), (2.4, 0.8, 0.7), seed + 5, 0.03)
    drive((0.15, 0.35, 0.2), lambda t: (0.6 + 0.2 * t, -0.4))
    for k in range(3):
        tree(seed + 11 + k, -5 + 4.4 * k, 2.2, 2.6)


def buildWalkers(seed):
    """Three people walk past each other in a street."""
    camera(40, (0, -6.8, 1.5), (0, 0, 1.25))
    daylight(elevation=50, heading=-20, seed=31)
    street(seed, 3.0)
    figure((0.55, 0.1, 0.1), (0.12, 0.16, 0.3), walk(0.40, 0.3), lambda t: (-0.6 + 0.115 * t, -1.5, 0.9 + 0.02 * math.cos(0.8 * t)), 0)
    figure((0.16, 0.4, 0.5), (0.3, 0.26, 0.2), walk(0.46, 1.7), lambda t: (0.5 - 0.12 * t, -0.4, 0.92 + 0.02 * math.cos(0.92 * t)), math.pi)
    figure((0.7, 0.6, 0.2), (0.2, 0.2, 0.22), walk(0.36, 2.6, 0.45), lambda t: (2.6 + 0.03 * t, 0.8 - 0.05 * t, 0.9), -1.1)
    for k in range(4):
        cylinder("bollard", speckled((0.35, 0.35, 0.36), 10), 0.1, 0.8, (-3.6 + 2.4 * k, 1.4, 0.4), sides=16, top=0.08)


def buildDancer(seed):
    """A dancer on a stage: arms and legs turn fast, the body spins."""
    camera(40, (0, -5.8, 1.4), (0, 0, 1.15))
    cloudySky((0.3, 0.28, 0.34), (0.25, 0.26, 0.34), 0.9, 0)
    sun(2.8, (1, 0.85, 0.7), (math.radians(40), 0, math.radians(-35)), 0.004)
    floorMesh(planks((0.4, 0.26, 0.15), (0.5, 0.34, 0.2), 0.7, 0.4), 12)
    curtain = Surface(roughness=0.9)
    folds = curtain.texture("ShaderNodeTexWave", curtain.mapped(), "Fac", {"bands_direction": "X"}, Scale=1.1, Distortion=1.5, Detail=2.0)
    curtain.base(curtain.ramp(folds, [(0.2, (0.2, 0.02, 0.03)), (0.8, (0.55, 0.07, 0.08))]))
    box("curtain", curtain.material, (14, 0.2, 6), (0, 2.4, 3))

    def pose(t):
        return {"torso": (0.15 * math.sin(0.3 * t), 0.25 * math.sin(0.4 * t), 0.3 * math.sin(0.35 * t)), "head": (0, 0.1, -0.4 * math.sin(0.35 * t)),
                "shoulderLeft": (1.4 + 0.7 * math.sin(0.4 * t), 0.5 * math.cos(0.4 * t), 0), "elbowLeft": (0.3, -0.7 + 0.5 * math.sin(0.6 * t), 0),
                "shoulderRight": (-1.3 - 0.7 * math.cos(0.45 * t), 0.6 * math.sin(0.35 * t), 0), "elbowRight": (-0.3, -0.6 + 0.5 * math.cos(0.55 * t), 0),
                "hipLeft": (0.15, -0.75 - 0.6 * math.sin(0.35 * t), 0), "kneeLeft": (0, 0.8 + 0.6 * math.sin(0.35 * t + 0.8), 0), "hipRight": (-0.08, 0.1, 0)}
    root = lambda t: (0.3 * math.sin(0.2 * t), 0, 0.92 + 0.06 * abs(math.sin(0.35 * t)))
    figure((0.2, 0.35, 0.55), (0.25, 0.2, 0.3), pose, root, -1.2)

    def arm(x, colour, phase):           # A jointed machine beside it.
        parent = cylinder("base", plain((0.2, 0.2, 0.22)), 0.25, 0.3, (x, 0.6, 0.15))
        for k in range(4):
            pivot = link("pivot", None)
            pivot.parent, pivot.location = parent, (0, 0, 0.15 if k == 0 else 0.6)
            animate(pivot, "rotation_euler", lambda t, k=k: (0.1 * k * math.sin(0.3 * t + phase), 0.45 * math.sin((0.22 + 0.06 * k) * t + phase + k), 0.08 * t if k == 0 else 0))
            box("link", stripes(colour, (0.1, 0.1, 0.1), 2.2, (0, 1.57, 0)), (0.16 - 0.02 * k, 0.16 - 0.02 * k, 0.6), (0, 0, 0.3), bevel=0.02).parent = pivot
            ball("joint", plain((0.5, 0.5, 0.52), 0.3), 0.12, (0, 0, 0), 20).parent = pivot
            parent = pivot
    arm(-2.0, (0.8, 0.5, 0.05), 0.4)
    arm(2.1, (0.1, 0.5, 0.4), 2.1)


def buildBlurredTraffic(seed):
    """Cars at speed with the shutter half open; the pass of vectors is empty here."""
    blur(0.5)
    camera(34, (0, -9.5, 2.0), (0, 0, 1.4))
    daylight(heading=40, seed=37)
    street(seed)
    drive((0.1, 0.3, 0.55), lambda t: (-0.5 + 0.55 * t, -1.2))
    drive((0.7, 0.68, 0.62), lambda t: (1.5 - 0.38 * t, 1.4))
    figure((0.5, 0.2, 0.1), (0.15, 0.15, 0.2), walk(0.45), lambda t: (-1.5 + 0.08 * t, 3.2, 1.08), 0)
    tree(seed, 4.8, 3.4, 3.6)
    for k in range(4):
        cylinder("post", plain((0.6, 0.1, 0.08)), 0.06, 1.0, (-4.5 + 3 * k, -3.2, 0.5), sides=14)


def buildBlurredPan(seed):
    """The camera swings across a park with the shutter open."""
    blur(0.5)
    view = camera(34, (0, -7.0, 1.7), (0, 2, 1.6))
    moveCamera(view, lambda t: (0.03 * t, 0, 0), lambda t: (0, 0, 0.028 * t + 0.0008 * t * t))
    daylight(elevation=44, heading=30, clouds=0.7, seed=41)
    floorMesh(patchy((0.14, 0.22, 0.06), (0.3, 0.34, 0.14), 2.5), 60)
    hills(seed, patchy((0.12, 0.22, 0.1), (0.3, 0.36, 0.2), 0.5), 16, 4, 90)
    rng = random.Random(seed)
    for k in range(9):
        tree(seed + k, -11 + 2.8 * k + rng.uniform(-0.6, 0.6), rng.uniform(1.5, 6), rng.uniform(2.8, 4.2))
    house(seed, -2.6, 7, 5, 3.6, 0.2)
    house(seed + 1, 6.5, 6, 4, 3.2, -0.3)
    for k in range(6):
        box("bench", wood((0.45, 0.3, 0.18), (0.25, 0.16, 0.1), 4, "X"), (1.3, 0.4, 0.08), (-6 + 2.5 * k, -0.6, 0.45))
        box("leg", plain((0.15, 0.15, 0.15)), (0.9, 0.3, 0.42), (-6 + 2.5 * k, -0.6, 0.21))


def buildHandheld(seed):
    """A hand-held camera follows a person through a market."""
    view = camera(30, (0, -5.2, 1.65), (0.2, 2, 1.4))
    moveCamera(view, *shake(seed, 0.035, 0.017))
    daylight(elevation=55, heading=-10, seed=43)
    street(seed, 4.5)
    rng = random.Random(seed)
    for k in range(4):
        x = -4.2 + 2.8 * k
        box("stall", wood((0.5, 0.35, 0.2), (0.3, 0.19, 0.1), 4, "X"), (1.9, 0.9, 0.85), (x, 1.6, 0.42))
        awning = stripes(rng.choice([(0.65, 0.12, 0.1), (0.1, 0.35, 0.2), (0.1, 0.2, 0.5)]), (0.85, 0.82, 0.75), 1.4, (0, 0, 0))
        box("awning", awning, (2.1, 1.4, 0.05), (x, 1.3, 2.2), (0.35, 0, 0))
        for j in range(16):
            ball("fruit", speckled(rng.choice([(0.8, 0.35, 0.05), (0.6, 0.08, 0.06), (0.3, 0.5, 0.1), (0.85, 0.7, 0.1)]), 16, 0.8), 0.1,
                 (x - 0.75 + 0.2 * (j % 8), 1.35 + 0.24 * (j // 8), 0.94), 16)
        for s in (-0.95, 0.95):
            cylinder("pole", plain((0.5, 0.48, 0.44)), 0.03, 2.4, (x + s, 0.8, 1.2), sides=10)
    figure((0.3, 0.15, 0.4), (0.16, 0.18, 0.24), walk(0.42, 0.5), lambda t: (-0.3 + 0.06 * t, -0.8, 0.92), 0.2)


def buildRumble(seed):
    """A vehicle's camera drives down a lane and shakes."""
    view = camera(26, (0, -9, 1.5), (0, 4, 1.35))
    move, turn = shake(seed, 0.03, 0.010)
    moveCamera(view, lambda t: [m + d for m, d in zip(move(t), (0, 0.24 * t, 0))], turn)
    daylight(elevation=38, heading=35, clouds=0.6, seed=47)
    floorMesh(patchy((0.16, 0.24, 0.07), (0.3, 0.34, 0.14), 2), 80)
    box("lane", patchy((0.3, 0.28, 0.25), (0.42, 0.4, 0.36), 5), (3.4, 80, 0.02), (0, 20, 0.01))
    for k in range(14):
        box("mark", plain((0.75, 0.73, 0.68), 0.8), (0.12, 0.9, 0.02), (0, -8 + 2.2 * k, 0.02))
    hills(seed, patchy((0.12, 0.2, 0.12), (0.28, 0.34, 0.2), 0.5), 40, 8, 120)
    rng = random.Random(seed)
    for k in range(10):
        for side in (-1, 1):
            if chance(rng, 0.65):
                tree(seed + 2 * k + side, side * rng.uniform(3, 4.2), -5 + 3.2 * k, rng.uniform(2.6, 4))
    house(seed, -6.5, 6, 5, 4, 0.5)
    house(seed + 1, 7, 11, 5, 4, -0.5)
    for k in range(12):
        for side in (-1, 1):
            box("post", plain((0.8, 0.8, 0.78), 0.7), (0.1, 0.06, 0.8), (side * 2.1, -6 + 2.5 * k, 0.4))


def buildAttic(seed):
    """Low light: one candle and the moon, few samples. Noisy on purpose."""
    view = camera(34, (0, -5.6, 1.5), (0, 0, 1.1))
    moveCamera(view, lambda t: (0.05 * t, 0, 0), lambda t: (0, 0, 0.004 * t))
    cloudySky((0.012, 0.016, 0.03), (0.01, 0.014, 0.028), 1.0, 0)
    room(seed, 2.6, 4.5)
    candle = cylinder("candle", plain((0.7, 0.65, 0.5), 0.7), 0.07, 0.35, (0.5, -0.6, 1.0))
    flame = ball("flame", glow((1, 0.6, 0.2), 30), 0.045, (0, 0, 0.26), 14)
    flame.scale.z, flame.parent = 2.0, candle
    makeGlow(flame)
    animate(candle, "location", lambda t: (0.5 - 0.09 * t, -0.6, 1.05 + 0.04 * math.sin(0.5 * t)))
    pointLamp(90, (1, 0.6, 0.28), 0.12, candle, (0, 0, 0.34))
    bpy.context.scene.cycles.diffuse_bounces = 1      # Light from the walls, too: the noise is wanted here.
    table = wood((0.4, 0.25, 0.13), (0.22, 0.13, 0.07), 4, "X")
    box("table", table, (2.6, 1.0, 0.08), (0.2, 0.1, 0.78))
    shelf(seed, -2.7, 2.2, 0, 1.8, 3)
    shelf(seed + 1, 2.6, 2.2, 0, 1.8, 3)
    vase(speckled((0.3, 0.4, 0.5), 12), 1.1, 0.2, 0.82, 0.6, 2)
    ball("globe", patchy((0.1, 0.25, 0.5), (0.45, 0.42, 0.2), 2.5), 0.28, (-0.6, 0.3, 1.1))
    chest = box("chest", wood((0.36, 0.22, 0.1), (0.2, 0.11, 0.05), 5, "X"), (1.1, 0.6, 0.6), (-1.7, -0.7, 0.3), (0, 0, 0.3), 0.03)
    chest.location.z = 0.3


def buildGallery(seed):
    """Large flat areas: smooth walls and plain furniture; a person and a balloon cross them."""
    camera(34, (0, -7.5, 1.6), (0, 0, 1.6))
    cloudySky((0.95, 0.94, 0.92), (0.85, 0.88, 0.92), 0.75, 0)
    sun(1.8, (1, 0.95, 0.88), (math.radians(42), 0, math.radians(30)), 0.004)
    floorMesh(plain((0.55, 0.53, 0.5), 0.7), 14)
    box("wall", plain((0.72, 0.7, 0.66), 0.9), (16, 0.2, 6), (0, 2.5, 3))
    box("side", plain((0.28, 0.42, 0.46), 0.9), (4.5, 0.1, 6), (3.6, 2.4, 3))
    box("sofa", plain((0.5, 0.22, 0.16), 0.8), (2.2, 0.8, 0.45), (-2.2, 1.2, 0.3), bevel=0.1)
    box("sofa back", plain((0.5, 0.22, 0.16), 0.8), (2.2, 0.25, 0.9), (-2.2, 1.65, 0.55), bevel=0.1)
    box("picture", painting(951), (1.5, 0.08, 1.1), (-2.2, 2.38, 2.3))
    balloon = ball("balloon", plain((0.75, 0.12, 0.1), 0.35), 0.42, (0, 0, 0))
    animate(balloon, "location", lambda t: (-0.5 + 0.13 * t, 0.2, 2.2 + 0.2 * math.sin(0.25 * t)))
    figure((0.6, 0.58, 0.55), (0.3, 0.3, 0.34), walk(0.4, 1.0), lambda t: (1.8 - 0.10 * t, -0.8, 0.9), math.pi)
    door = link("hinge", None)
    door.location = (3.0, 2.2, 0)
    animate(door, "rotation_euler", lambda t: (0, 0, -0.5 - 0.05 * t))
    box("door", plain((0.8, 0.79, 0.76), 0.6), (1.1, 0.06, 2.3), (0.55, 0, 1.15)).parent = door


def buildDesert(seed):
    """Dunes and a wide sky; balloons drift, the camera rises."""
    view = camera(30, (0, -9, 2.2), (0, 4, 3.2))
    moveCamera(view, lambda t: (0, 0, 0.06 * t))
    cloudySky((0.85, 0.7, 0.55), (0.3, 0.5, 0.85), 0.75, 0)
    sun(3.0, (1, 0.82, 0.6), (math.radians(62), 0, math.radians(55)), 0.004)
    sand = patchy((0.62, 0.45, 0.28), (0.68, 0.5, 0.32), 0.8, detail=2)
    floorMesh(sand, 90)
    for k, (y, h) in enumerate([(4, 1.2), (11, 2.2), (22, 4.0)]):
        hills(seed + k, sand, y, h, 70 + 20 * k)
    for k, (x, y, z, size, colour) in enumerate([(-2.6, 3, 4.3, 1.1, (0.7, 0.12, 0.1)), (2.4, 7, 5.6, 1.4, (0.12, 0.3, 0.55)), (0.6, -2.5, 2.7, 0.55, (0.8, 0.6, 0.1)), (5.8, 5, 3.6, 0.9, (0.3, 0.5, 0.3))]):
        root = link("balloon", None)
        animate(root, "location", lambda t, x=x, y=y, z=z, k=k: (x + (0.09 - 0.05 * (k % 3)) * t, y, z + 0.04 * (1 if k % 2 else -1) * t))
        animate(root, "rotation_euler", lambda t, k=k: (0, 0, 0.04 * t + k))
        gores = Surface(roughness=0.6, coordinates="Object")
        turn = gores.texture("ShaderNodeTexGradient", gores.mapped(), "Fac", {"gradient_type": "RADIAL"})
        gores.base(gores.ramp(turn, [(i / 8, colour if i % 2 else (0.85, 0.8, 0.7)) for i in range(8)], "CONSTANT"))
        envelope = ball("envelope", gores.material, size, (0, 0, 0), 40)
        envelope.scale.z = 1.15
        basket = box("basket", wood((0.4, 0.26, 0.13), (0.24, 0.15, 0.08), 8), (0.28 * size, 0.28 * size, 0.24 * size), (0, 0, -1.7 * size))
        envelope.parent = basket.parent = root
        for a in (-1, 1):
            for b in (-1, 1):
                wire([(0.5 * size * a, 0.5 * size * b, -0.9 * size), (0.13 * size * a, 0.13 * size * b, -1.6 * size)], 0.008 * size + 0.003, plain((0.15, 0.12, 0.1))).parent = root


def buildValley(seed):
    """A slow pan over a valley with a village."""
    view = camera(40, (0, -12, 4.0), (0, 6, 1.8))
    moveCamera(view, turn=lambda t: (0, 0, -0.0045 * t))
    daylight(elevation=36, heading=60, clouds=0.7, seed=53)
    floorMesh(patchy((0.16, 0.24, 0.08), (0.34, 0.36, 0.16), 0.9), 90)
    for k, (y, h) in enumerate([(14, 4), (26, 8)]):
        hills(seed + k, patchy((0.14 + 0.1 * k, 0.24 + 0.08 * k, 0.14 + 0.14 * k), (0.3 + 0.05 * k, 0.36 + 0.03 * k, 0.2 + 0.15 * k), 0.5), y, h, 90)
    rng = random.Random(seed)
    for k in range(7):
        house(seed + k, -9 + 3 * k + rng.uniform(-0.6, 0.6), rng.uniform(2, 8), 2.6, rng.uniform(2, 3.4), rng.uniform(-0.5, 0.5))
    for k in range(12):
        tree(seed + 20 + k, rng.uniform(-11, 11), rng.uniform(-3, 9), rng.uniform(1.8, 3.4))
    box("road", patchy((0.35, 0.33, 0.3), (0.45, 0.43, 0.38), 4), (60, 1.4, 0.02), (0, -2.2, 0.01), (0, 0, 0.05))
    rail = wood((0.45, 0.36, 0.26), (0.28, 0.2, 0.14), 5)
    for k in range(20):
        box("post", rail, (0.1, 0.1, 0.9), (-12 + 1.3 * k, -4.4, 0.45))


def buildKitchen(seed):
    """A slow push towards a laid table."""
    view = camera(38, (0.3, -5.6, 1.9), (0, 0, 0.95))
    moveCamera(view, lambda t: (0.006 * t, 0.03 * t, -0.006 * t))
    cloudySky((0.92, 0.88, 0.82), (0.75, 0.8, 0.88), 0.65, 0)
    sun(2.5, (1, 0.9, 0.75), (math.radians(46), 0, math.radians(40)), 0.004)
    room(seed, 2.6, 4.5)
    box("cloth", checker((0.65, 0.12, 0.1), (0.85, 0.82, 0.76), 3.2, 0.8), (3.0, 1.6, 0.06), (0, 0, 0.8), bevel=0.01)
    china = stripes((0.82, 0.82, 0.8), (0.2, 0.3, 0.55), 2.2, (0, 1.57, 0), roughness=0.25)
    for k in range(4):
        x, y = (-0.95, 0.95)[k % 2], (-0.42, 0.42)[k // 2]
        cylinder("plate", plain((0.82, 0.82, 0.8), 0.25), 0.26, 0.03, (x, y, 0.85), top=0.3)
        vase(china, x + 0.4, y + 0.1, 0.83, 0.24, k)
    vase(speckled((0.2, 0.35, 0.3), 12), 0, 0.1, 0.83, 0.6, 9)
    bush(seed, leafGreen((0.1, 0.28, 0.05), (0.6, 0.2, 0.3)), 0.32, (0, 0.1, 1.6), 160, 0.09)
    for k in range(5):
        ball("fruit", speckled([(0.8, 0.35, 0.05), (0.6, 0.1, 0.06), (0.4, 0.55, 0.12)][k % 3], 18, 0.8), 0.09, (-0.35 + 0.17 * k, -0.35, 0.92), 20)
    shelf(seed, -2.4, 2.3, 0.9, 2.0, 2)
    shelf(seed + 1, 2.4, 2.3, 0.4, 1.8, 3)


def buildCut(seed):
    """A hard cut: a street until frame 8, its other end from frame 9 on."""
    first, second = camera(34, (-2, -7.5, 1.7), (-2.4, 3, 1.6)), camera(48, (5.5, -5.0, 2.4), (3.0, 4, 1.2))
    moveCamera(first, lambda t: (0.05 * t, 0, 0))
    moveCamera(second, lambda t: (-0.03 * t, 0.02 * t, 0))
    daylight(elevation=46, heading=-40, seed=59)
    street(seed, 4.0)
    drive((0.5, 0.5, 0.15), lambda t: (-1.5 + 0.16 * t, 0.4))
    figure((0.1, 0.3, 0.5), (0.2, 0.18, 0.16), walk(0.42), lambda t: (4.2 - 0.07 * t, 1.2, 0.92), math.pi)
    for k in range(3):
        tree(seed + k, -5 + 4.4 * k, 2.9, 3.0)

    def choose(frame):
        bpy.context.scene.camera = first if frame < 9 else second
    return choose


def buildSwitch(seed):
    """A lamp goes on at frame 6 and changes colour at frame 12 in a room where a person walks."""
    camera(34, (0, -6.4, 1.6), (0, 0, 1.4))
    cloudySky((0.2, 0.22, 0.28), (0.18, 0.2, 0.27), 1.0, 0)
    room(seed, 2.6, 5.0)
    for x in (-2.2, 2.6):
        cylinder("shade", speckled((0.8, 0.7, 0.5), 10, 0.9), 0.3, 0.4, (x, 0.6, 2.4), top=0.18).visible_shadow = False
        cylinder("stand", plain((0.1, 0.1, 0.1)), 0.03, 2.2, (x, 0.6, 1.1), sides=10)
    lamp = pointLamp(170, (1, 1, 1), 0.05, None, (-2.2, 0.2, 2.3))      # One lamp only: choosing between lamps is noise.
    animate(lamp.data, "energy", lambda t: 230.0 if t + MIDDLE >= 6 else 25.0)
    animate(lamp.data, "color", lambda t: (1.0, 0.75, 0.45) if t + MIDDLE < 12 else (0.35, 0.55, 1.0))
    figure((0.55, 0.3, 0.12), (0.14, 0.16, 0.22), walk(0.42), lambda t: (-0.3 + 0.09 * t, -0.4, 0.92), 0)
    shelf(seed, 0, 2.3, 0, 2.0, 3)
    box("table", wood((0.45, 0.28, 0.14), (0.26, 0.15, 0.07), 4, "X"), (1.4, 0.7, 0.75), (-1.2, 1.4, 0.37))


def buildStillLife(seed):
    """Nothing goes wrong: a slow dolly past things that stand."""
    view = camera(44, (-0.3, -5.2, 1.5), (0, 0, 0.75))
    moveCamera(view, lambda t: (0.018 * t, 0, 0))
    cloudySky((0.9, 0.88, 0.84), (0.75, 0.8, 0.88), 0.6, 0)
    sun(2.4, (1, 0.92, 0.8), (math.radians(48), 0, math.radians(-40)), 0.004)
    box("table", wood((0.5, 0.33, 0.18), (0.3, 0.18, 0.09), 3, "X"), (8, 3, 0.2), (0, 0, -0.1))
    box("wall", patchy((0.3, 0.36, 0.34), (0.4, 0.45, 0.4), 1.2), (14, 0.2, 6), (0, 2.4, 1.5))
    vase(stripes((0.15, 0.25, 0.5), (0.8, 0.78, 0.72), 2.2, (0, 1.57, 0)), -0.9, 0.2, 0, 1.3, 1)
    ball("orange", speckled((0.85, 0.4, 0.05), 26, 0.8), 0.3, (0.2, -0.4, 0.3))
    ball("melon", stripes((0.2, 0.4, 0.12), (0.45, 0.55, 0.2), 4, (0, 0, 0)), 0.48, (1.0, 0.4, 0.48))
    box("box", checker((0.5, 0.14, 0.1), (0.8, 0.72, 0.5), 3, 0.6), (0.6, 0.6, 0.5), (2.0, 0, 0.25), (0, 0, 0.4), 0.03)
    for k in range(4):
        box("book", speckled([(0.4, 0.1, 0.1), (0.1, 0.25, 0.35)][k % 2], 12), (0.9, 0.6, 0.12), (-2.3, 0.1, 0.06 + 0.12 * k), (0, 0, 0.25 * k))


def buildHarbour(seed):
    """Nothing goes wrong: a boat passes slowly, the camera stands."""
    camera(38, (0, -10, 2.4), (0, 2, 1.6))
    daylight(elevation=44, heading=-45, clouds=0.5, seed=61)
    water = Surface(roughness=0.35, specular=0.3)
    water.base(water.grain(water.flat((0.08, 0.2, 0.26)), 2.5, 0.75, (1, 0.3, 1)))
    floorMesh(water.material, 90)
    hills(seed, patchy((0.16, 0.26, 0.16), (0.34, 0.38, 0.22), 0.5), 14, 4, 80)
    box("quay", bricks((0.45, 0.42, 0.38), (0.38, 0.36, 0.33), (0.3, 0.3, 0.3), 1.2, (math.pi / 2, 0, 0)), (60, 3, 0.9), (0, 8.5, 0.45))
    for k in range(6):
        house(seed + k, -9 + 3.6 * k, 8.2, 3.4, 2.8 + 0.8 * (k % 3))
    boat = link("boat", None)
    animate(boat, "location", lambda t: (-0.6 + 0.05 * t, 1.0, 0.02 * math.sin(0.2 * t)))
    hull = wood((0.5, 0.2, 0.12), (0.36, 0.12, 0.08), 3, "X")
    parts = [box("hull", hull, (3.2, 1.1, 0.6), (0, 0, 0.35), bevel=0.15), box("cabin", plain((0.8, 0.78, 0.72)), (1.0, 0.8, 0.7), (-0.5, 0, 0.95), bevel=0.05),
             cylinder("mast", wood((0.5, 0.36, 0.2), (0.3, 0.2, 0.1), 4), 0.05, 3.4, (0.6, 0, 2.2), sides=12),
             box("flag", stripes((0.7, 0.1, 0.1), (0.85, 0.82, 0.78), 3, (0, 1.57, 0)), (0.7, 0.02, 0.4), (0.98, 0, 3.6))]
    for part in parts:
        part.parent = boat


def created(make):
    """What `make` adds to the scene."""
    before = set(bpy.context.scene.objects)
    make()
    return [thing for thing in bpy.context.scene.objects if thing not in before]


def viewLayer(layer, things):
    """`things` are seen in this view layer alone; lamps and cameras serve them all."""
    scene = bpy.context.scene
    own = bpy.data.collections.new(layer.name)
    scene.collection.children.link(own)
    for thing in things:
        scene.collection.objects.unlink(thing)
        own.objects.link(thing)
    for other in scene.view_layers:
        other.layer_collection.children[own.name].exclude = other != layer


def buildParade(seed):
    """Two view layers: the set, along which the camera dollies, and without it a person and a ball that overtake the camera."""
    view = camera(34, (-0.6, -6.2, 1.6), (-0.6, 0, 1.4))
    moveCamera(view, lambda t: (0.10 * t, 0, 0))
    cloudySky((0.92, 0.88, 0.82), (0.75, 0.8, 0.88), 0.65, 0)
    sun(2.5, (1, 0.9, 0.75), (math.radians(46), 0, math.radians(40)), 0.004)

    def furnish():
        room(seed, 2.6, 6.5)
        shelf(seed, -2.4, 2.3, 0, 2.0, 3)
        shelf(seed + 1, 1.8, 2.3, 0, 1.8, 3)
        for k in range(4):
            vase(stripes((0.2, 0.3, 0.5), (0.8, 0.78, 0.7), 2.2, (0, 1.57, 0)), -3.2 + 2.2 * k, 0.6, 0, 1.0, k)

    def enter():
        figure((0.6, 0.14, 0.1), (0.14, 0.16, 0.24), walk(0.45, 0.4), lambda t: (-0.5 + 0.17 * t, -1.4, 0.9), 0)
        toy = ball("ball", checker((0.1, 0.4, 0.5), (0.85, 0.7, 0.2), 3, 0.7), 0.34, (0, 0, 0))
        animate(toy, "location", bouncing(-1.6, -1.9, 0.34, 1.1, 15.0, 0.2, 0.22))
        animate(toy, "rotation_euler", lambda t: (0, 0.3 * t, 0.4))

    scene = bpy.context.scene
    scene.render.film_transparent = True
    scene.view_layers[0].name = "Set"
    scene.view_layers.new("Hero")
    viewLayer(scene.view_layers["Set"], created(furnish))
    viewLayer(scene.view_layers["Hero"], created(enter))


def buildDiorama(seed):
    """Two eyes far apart, which see what is near, what moves and what it hides at different places."""
    view = camera(34, (-0.2, -5.4, 1.6), (0, 0, 1.1))
    moveCamera(view, lambda t: (0.03 * t, 0.04 * t, 0))
    cloudySky((0.92, 0.88, 0.82), (0.75, 0.8, 0.88), 0.65, 0)
    sun(2.5, (1, 0.9, 0.75), (math.radians(46), 0, math.radians(40)), 0.004)
    room(seed, 2.6, 5.0)
    shelf(seed, -2.0, 2.3, 0, 1.8, 3)
    figure((0.16, 0.4, 0.5), (0.3, 0.26, 0.2), walk(0.42, 0.6), lambda t: (0.9 - 0.11 * t, 0.4, 0.92), math.pi)
    toy = box("toy", checker((0.7, 0.16, 0.1), (0.85, 0.8, 0.6), 3, 0.7), (0.6, 0.6, 0.6), (0, 0, 0), bevel=0.04)
    animate(toy, "location", lambda t: (-0.9 + 0.1 * t, -2.0, 1.0 + 0.02 * t))
    animate(toy, "rotation_euler", lambda t: (0.03 * t, 0.02 * t, 0.08 * t))
    for k in range(3):
        vase(speckled([(0.6, 0.28, 0.15), (0.2, 0.45, 0.3), (0.5, 0.45, 0.7)][k], 14), -1.6 + 1.6 * k, -1.0 + 0.5 * k, 0, 1.0, k)
    view.data.stereo.convergence_mode = "OFFAXIS"
    view.data.stereo.interocular_distance, view.data.stereo.convergence_distance = 0.3, 5.5
    render = bpy.context.scene.render
    render.use_multiview, render.views_format = True, "STEREO_3D"
    render.image_settings.views_format = "MULTIVIEW"      # Both eyes in one file, left and right in the channels' names.


def buildBackdrop(seed):
    """A camera pans over a street; only the person and the car of the hero (pass index 1) bring vectors."""
    view = camera(36, (0, -7.2, 1.6), (0, 0, 1.5))
    moveCamera(view, turn=lambda t: (0, 0, -0.016 * t))
    daylight(elevation=50, heading=-20, clouds=0.6, seed=67)
    street(seed, 3.4)
    for k in range(4):
        tree(seed + k, -5 + 3.2 * k, 2.4, 2.8)

    def enter():
        figure((0.55, 0.1, 0.1), (0.12, 0.16, 0.3), walk(0.40, 0.3), lambda t: (-0.4 + 0.12 * t, -2.0, 0.9), 0)
        drive((0.15, 0.3, 0.5), lambda t: (1.4 - 0.14 * t, 0.6))

    for thing in created(enter):
        thing.pass_index = HERO


def blur(shutter):
    bpy.context.scene.render.use_motion_blur = True
    bpy.context.scene.render.motion_blur_shutter = shutter


def lightFromAllSides(sky, ground):
    """What the sky and the ground send to matte surfaces, without sampling it and so without noise: emission of the surface's
    colour by which way it faces, for the camera, mirrors and glass. The sun, the lamps and reflections are traced."""
    bpy.context.scene.world.cycles_visibility.diffuse = False
    for thing in bpy.context.scene.objects:
        if thing.type != "LIGHT":
            thing.visible_diffuse = False      # Rays that nothing can answer end at once.
    for material in bpy.data.materials:
        material.cycles.sample_as_light = False
        shader = material.node_tree.nodes.get("Principled BSDF") if material.node_tree else None
        if shader is None or shader.inputs["Metallic"].default_value > 0 or shader.inputs["Transmission"].default_value > 0:
            continue
        if shader.inputs["Roughness"].default_value > 0.3:
            shader.inputs["Specular"].default_value = 0
        nodes, links = material.node_tree.nodes, material.node_tree.links
        geometry, split, facing = nodes.new("ShaderNodeNewGeometry"), nodes.new("ShaderNodeSeparateXYZ"), nodes.new("ShaderNodeMapRange")
        light, product = nodes.new("ShaderNodeMixRGB"), nodes.new("ShaderNodeMixRGB")
        path, seen = nodes.new("ShaderNodeLightPath"), nodes.new("ShaderNodeMath")
        facing.inputs["From Min"].default_value = -1
        product.blend_type, seen.operation = "MULTIPLY", "SUBTRACT"
        product.inputs["Fac"].default_value = 1
        normal = shader.inputs["Normal"].links[0].from_socket if shader.inputs["Normal"].links else geometry.outputs["Normal"]
        links.new(normal, split.inputs["Vector"])
        links.new(split.outputs["Z"], facing.inputs["Value"])
        links.new(facing.outputs["Result"], light.inputs["Fac"])
        light.inputs["Color1"].default_value, light.inputs["Color2"].default_value = (*ground, 1), (*sky, 1)
        base = shader.inputs["Base Color"]
        if base.links:
            links.new(base.links[0].from_socket, product.inputs["Color1"])
        else:
            product.inputs["Color1"].default_value = base.default_value
        links.new(light.outputs["Color"], product.inputs["Color2"])
        links.new(product.outputs["Color"], shader.inputs["Emission"])
        seen.inputs[0].default_value = 1
        links.new(path.outputs["Is Diffuse Ray"], seen.inputs[1])
        links.new(seen.outputs["Value"], shader.inputs["Emission Strength"])


# Every shot: its class, its seed, K (samples a pixel of a keyframe), and who builds it. K is what makes a keyframe reach
# 38 dB against its clean version; "noise" is noisy on purpose. Four are for risk: a cut, a switch, and two shots in which
# nothing goes wrong. The last three are for how files are laid out.
SHOTS = {
    "arcade": ("camera parallax", 7101, 12, buildArcade),
    "library": ("camera parallax", 7102, 8, buildLibrary),
    "traffic": ("crossing and turning", 7103, 16, buildTraffic),
    "workshop": ("crossing and turning", 7104, 8, buildWorkshop),
    "bouncing": ("non-linear motion", 7105, 12, buildBouncing),
    "pendulums": ("non-linear motion", 7106, 8, buildPendulums),
    "fur": ("thin structures", 7107, 16, buildFur),
    "meadow": ("thin structures", 7108, 20, buildMeadow),
    "wires": ("thin structures", 7109, 16, buildWires),
    "sparks": ("fast small particles", 7110, 20, buildSparks),
    "snow": ("fast small particles", 7111, 12, buildSnow),
    "neon": ("strong emission and gloss", 7112, 28, buildNeon),
    "chrome": ("strong emission and gloss", 7113, 14, buildChrome),
    "glass": ("glass and smoke", 7114, 16, buildGlass),
    "smoke": ("glass and smoke", 7115, 12, buildSmoke),
    "walkers": ("articulated figures", 7116, 12, buildWalkers),
    "dancer": ("articulated figures", 7117, 8, buildDancer),
    "blurred_traffic": ("motion blur", 7118, 16, buildBlurredTraffic),
    "blurred_pan": ("motion blur", 7119, 20, buildBlurredPan),
    "handheld": ("camera shake", 7120, 12, buildHandheld),
    "rumble": ("camera shake", 7121, 14, buildRumble),
    "attic": ("low light with noise", 7122, 6, buildAttic),
    "gallery": ("large flat areas", 7123, 8, buildGallery),
    "desert": ("large flat areas", 7124, 8, buildDesert),
    "valley": ("slow pan", 7125, 8, buildValley),
    "kitchen": ("slow pan", 7126, 10, buildKitchen),
    "cut": ("hard cut", 7127, 12, buildCut),
    "switch": ("lights that switch", 7128, 8, buildSwitch),
    "still_life": ("nothing goes wrong", 7129, 6, buildStillLife),
    "harbour": ("nothing goes wrong", 7130, 8, buildHarbour),
    "parade": ("two view layers", 7131, 6, buildParade),
    "diorama": ("two eyes", 7132, 7, buildDiorama),
    "backdrop": ("vectors on the hero only", 7133, 12, buildBackdrop),
}
NOISY = {"attic"}
HERO_VECTORS = {"backdrop"}
# Where a file holds several pictures that move differently: the channels of each, {} is Combined, Vector or Depth.
GROUPS = {
    "parade": {"Set": "Set.{}.*", "Hero": "Hero.{}.*"},
    "diorama": {"left": "*{}.left.*", "right": "*{}.right.*"},
}
WHOLE = "*{}.*"


# ---------------------------------------------------------------------------------------------------------------
# Rendering
# ---------------------------------------------------------------------------------------------------------------

def setUpRender(seed):
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.fps = 24
    scene.frame_start, scene.frame_end = FIRST, LAST
    scene.render.use_compositing = scene.render.use_sequencer = False
    cycles = scene.cycles
    cycles.use_denoising = cycles.use_adaptive_sampling = False
    cycles.seed, cycles.use_animated_seed = seed, True
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 0, 2      # The sky lights; other surfaces do not.
    cycles.transmission_bounces, cycles.transparent_max_bounces, cycles.volume_bounces = 6, 6, 0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 1.0
    cycles.sample_clamp_indirect = 3.0
    cycles.volume_step_rate, cycles.volume_max_steps = 2.0, 48
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth, settings.exr_codec = "OPEN_EXR_MULTILAYER", "16", "ZIP"


def usePasses(on):
    hero = any(thing.pass_index == HERO for thing in bpy.context.scene.objects)
    for layer in bpy.context.scene.view_layers:
        layer.use_pass_combined = True
        layer.use_pass_z = layer.use_pass_vector = layer.use_pass_normal = layer.use_pass_diffuse_color = on
        layer.use_pass_object_index = on and hero


def render(frame, samples, path, choose=None):
    """Renders to `path` unless it is there; the file is complete or absent."""
    if os.path.exists(path):
        return
    scene = bpy.context.scene
    scene.frame_set(frame)
    if choose:
        choose(frame)
    scene.cycles.samples = samples
    part = os.path.join(os.path.dirname(path), "." + os.path.basename(path))      # Blender adds .exr to other names.
    scene.render.filepath = part
    os.makedirs(os.path.dirname(path), exist_ok=True)
    bpy.ops.render.render(write_still=True)
    os.rename(part, path)


def keepHeroVectors(source, target):
    """Copies a keyframe with vectors of zero where the hero is not, as where a plate stands behind it."""
    if os.path.exists(target):
        return
    image = oiio.ImageInput.open(source)
    spec, pixels = image.spec(), image.read_image(oiio.FLOAT)
    image.close()
    names, formats = list(spec.channelnames), list(spec.channelformats)
    index = next(i for i, name in enumerate(names) if ".IndexOB." in name)
    for i, name in enumerate(names):
        if ".Vector." in name:
            pixels[..., i] *= pixels[..., index] == HERO
    kept = [i for i in range(len(names)) if i != index]
    spec.nchannels, spec.channelnames = len(kept), tuple(names[i] for i in kept)
    spec.channelformats = tuple(formats[i] for i in kept) if formats else ()
    part = os.path.join(os.path.dirname(target), "." + os.path.basename(target))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    output = oiio.ImageOutput.create(part)
    if not output.open(part, spec) or not output.write_image(np.ascontiguousarray(pixels[..., kept])) or not output.close():
        raise RuntimeError(f"{part}: {output.geterror()}")
    os.rename(part, target)


def readChannels(path, channels, letters):
    """The channels `channels` (a pattern with * for the letter) as an array of rows, columns, letters."""
    source = oiio.ImageInput.open(path)
    if source is None:
        raise RuntimeError(f"{path}: {oiio.geterror()}")
    names = list(source.spec().channelnames)
    pixels = source.read_image(oiio.FLOAT)
    source.close()
    found = [i for i, name in enumerate(names) if fnmatch.fnmatchcase(name, channels)]
    return np.stack([pixels[..., next(i for i in found if names[i].endswith("." + letter))] for letter in letters], -1)


def displayView(path, channels):
    linear = np.clip(readChannels(path, channels.format("Combined"), "RGB"), 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def displayPsnr(first, second, channels=WHOLE):
    return -10 * math.log10(max(1e-10, float(((displayView(first, channels) - displayView(second, channels)) ** 2).mean())))


def motionOf(path, channels):
    """Mean length of the motion to the next frame, and what the fastest twentieth of the pixels exceed, in pixels."""
    vectors = readChannels(path, channels.format("Vector"), "ZW")
    length = np.hypot(vectors[..., 0], vectors[..., 1])
    return round(float(length.mean()), 3), round(float(np.percentile(length, 95)), 3)


def measureMotion(shot, folder, choose, which):
    """Motion at every keyframe by group. Where motion blur leaves the vectors empty, frames of one sample without it tell."""
    scene = bpy.context.scene
    blurred = scene.render.use_motion_blur
    scene.render.use_motion_blur = False
    groups = GROUPS.get(shot, {shot: WHOLE})
    motion = {group: {} for group in groups}
    for frame in KEYS:
        path = os.path.join(folder, which, f"{shot}.{frame:04d}.exr")
        if blurred:
            path = os.path.join(folder, "sharp", f"{shot}.{frame:04d}.exr")
            render(frame, 1, path, choose)
        for group, channels in groups.items():
            motion[group][str(frame)] = motionOf(path, channels)
    scene.render.use_motion_blur = blurred
    shutil.rmtree(os.path.join(folder, "sharp"), ignore_errors=True)
    return motion


def build(shot):
    _, seed, _, builder = SHOTS[shot]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    setUpRender(seed)
    choose = builder(seed)
    background = bpy.context.scene.world.node_tree.nodes["Background"]
    strength, ramp = background.inputs["Strength"].default_value, bpy.context.scene.world.node_tree.nodes["ColorRamp"].color_ramp.elements
    mean = [0.5 * strength * (a + b) for a, b in zip(ramp[0].color[:3], ramp[1].color[:3])]
    if shot not in NOISY:
        lightFromAllSides(mean, [0.45 * c for c in mean])
    return choose


def renderShot(shot, out):
    kind, seed, samples, _ = SHOTS[shot]
    folder = os.path.join(out, shot)
    choose = build(shot)
    place = lambda which, frame: os.path.join(folder, which, f"{shot}.{frame:04d}.exr")
    rendered = "whole" if shot in HERO_VECTORS else "keys"
    usePasses(True)
    for frame in KEYS:
        render(frame, samples, place(rendered, frame), choose)
    motion = measureMotion(shot, folder, choose, rendered)
    if shot in HERO_VECTORS:
        for frame in KEYS:
            keepHeroVectors(place("whole", frame), place("keys", frame))
    usePasses(False)
    for frame in TRUTH:
        bpy.context.scene.cycles.seed = seed + 1000      # A clean keyframe must not share the keyframe's noise.
        render(frame, CLEAN * samples, place("truth", frame), choose)
    for frame in FLOOR:
        bpy.context.scene.cycles.seed = seed + 2000
        render(frame, samples, place("floor", frame), choose)
    groups = [{"name": group, "channels": channels, "motionPx": motion[group],
               "keyframePsnr": round(displayPsnr(place("keys", MIDDLE), place("truth", MIDDLE), channels), 2)}
              for group, channels in GROUPS.get(shot, {shot: WHOLE}).items()]
    psnr, motion = min(group["keyframePsnr"] for group in groups), groups[0]["motionPx"]
    facts = {"shot": shot, "class": kind, "seed": seed, "samples": samples, "cleanSamples": CLEAN * samples, "noisy": shot in NOISY,
             "keyframePsnr": psnr, "vectors": not bpy.context.scene.render.use_motion_blur, "motionPx": motion,
             "meanMotionPx": round(float(np.mean([m for m, _ in motion.values()])), 2),
             "fastMotionPx": round(float(np.mean([f for _, f in motion.values()])), 2)}
    if shot in GROUPS:
        facts["groups"] = groups
    with open(os.path.join(folder, "done.part"), "w") as file:
        json.dump(facts, file, indent=1)
    os.rename(os.path.join(folder, "done.part"), os.path.join(folder, "done"))
    shutil.rmtree(os.path.join(folder, "whole"), ignore_errors=True)
    note = "" if psnr >= LEAST_KEY_PSNR or shot in NOISY else f"  K is too small: under {LEAST_KEY_PSNR} dB"
    with open(os.path.join(out, "READY"), "a") as file:
        file.write(f"{shot}  {kind}  K {samples}  keyframe {psnr:.2f} dB  motion {facts['meanMotionPx']} px{note}\n")


def look(shot, out, samples):
    """Frames 1, 9 and 17 with few samples, to judge the picture; frame 9 again clean, to choose K."""
    choose = build(shot)
    usePasses(False)
    path = lambda name: os.path.join(out, "look", f"{shot}.{name}.exr")
    for frame in (FIRST, LAST):
        render(frame, 4, path(f"{frame:02d}"), choose)
    render(MIDDLE, samples, path("key"), choose)
    start = time.process_time()
    bpy.context.scene.cycles.seed += 1000
    render(MIDDLE, CLEAN * samples, path("clean"), choose)
    spent = time.process_time() - start
    psnr = min(displayPsnr(path("key"), path("clean"), channels) for channels in GROUPS.get(shot, {shot: WHOLE}).values())
    wanted = samples * 10 ** ((LEAST_KEY_PSNR + 0.5 - psnr) / 10)
    print(f"LOOK {shot}: {psnr:.2f} dB at {samples} samples, {spent:.1f} s clean; K {wanted:.0f} would do", flush=True)


def parseArguments():
    tail = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="quality_shots.py")
    parser.add_argument("--out", required=True, help="folder that gets one folder a shot")
    parser.add_argument("--shot", choices=list(SHOTS), nargs="+", default=list(SHOTS), help="only these, in this order")
    parser.add_argument("--every", action="store_true", help="every frame both as a keyframe and as truth, to cut any gap from")
    parser.add_argument("--look", type=int, metavar="SAMPLES", help="only a few rough frames, to judge a change")
    return parser.parse_args(tail)


def main():
    global KEYS, TRUTH, FLOOR
    arguments = parseArguments()
    if arguments.every:
        KEYS, TRUTH, FLOOR = [list(range(FIRST, LAST + 1))] * 2 + [[]]
    for shot in arguments.shot:
        folder = os.path.join(arguments.out, shot)
        if arguments.look:
            look(shot, arguments.out, arguments.look)
            continue
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, ".lock"), "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if not os.path.exists(os.path.join(folder, "done")):
                renderShot(shot, arguments.out)


if __name__ == "__main__":
    main()
