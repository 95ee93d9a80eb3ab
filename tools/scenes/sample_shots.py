"""Path-traces the shots of sample_frames: keyframes with every layer, and the withheld frames to compare with.

    blender -b -t 1 --python tools/scenes/sample_shots.py -- --out sample_frames [--shot NAME]

Seeds are fixed. Everything a shot shows is made here; nothing is loaded.
"""
import argparse
import math
import os
import random
import shutil
import sys
import tempfile

import bmesh
import bpy
import numpy as np
import OpenImageIO as oiio
from mathutils import Euler, Matrix, Vector

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from training_runs import SENSOR_MM, addBox, makeMesh, paintImage, setKeys  # noqa: E402

WIDTH, HEIGHT = 480, 270
FIRST, LAST = 1, 9
SAMPLES = {"crossing": (40, 56), "parallax": (40, 56), "lanterns": (72, 96)}       # Of a keyframe, of a withheld frame.
KEYED = list(range(FIRST - 1, LAST + 2))      # Cycles looks one frame to either side for the vectors.
MIDDLE = (FIRST + LAST) / 2
HALF_MAX = 65504.0

# The layers of a keyframe: Blender's pass, the plain layer name, its channels, and the step its values are rounded to
# so that they pack well (none: depth keeps DEPTH_BITS of the half's mantissa instead).
LAYERS = [
    ("Depth", "depth", "Z", None),
    ("Vector", "vector", "XYZW", 1 / 16),
    ("Normal", "normal", "XYZ", 1 / 32),
    ("DiffCol", "albedo", "RGB", 1 / 64),
]
DEPTH_BITS, COLOUR_BITS = 8, 5
BLENDER_NAMES = {"crossing"}                  # The other shots have plain names, so that both kinds are there.


# ---------------------------------------------------------------------------------------------------------------
# Building blocks
# ---------------------------------------------------------------------------------------------------------------

def link(name, data):
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def animate(block, path, function):
    """`function` maps a frame, counted from the middle of the shot, to the vector at that frame."""
    values = [function(frame - MIDDLE) for frame in KEYED]
    for axis in range(len(values[0])):
        setKeys(block, path, axis, KEYED, [value[axis] for value in values])


class Surface:
    """A principled material whose texture is built step by step."""

    def __init__(self, colour=(0.5, 0.5, 0.5), roughness=0.6, metallic=0.0, specular=0.4, coordinates="Object"):
        self.material = bpy.data.materials.new("surface")
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        self.shader.inputs["Base Color"].default_value = (*colour, 1)
        self.shader.inputs["Roughness"].default_value = roughness
        self.shader.inputs["Metallic"].default_value = metallic
        self.shader.inputs["Specular"].default_value = specular
        self.coordinates = self.node("ShaderNodeTexCoord").outputs[coordinates]

    def node(self, kind, **inputs):
        node = self.tree.nodes.new(kind)
        for name, value in inputs.items():
            node.inputs[name].default_value = value
        return node

    def connect(self, source, target):
        self.tree.links.new(source, target)

    def mapped(self, scale=(1, 1, 1), rotation=(0, 0, 0), location=(0, 0, 0)):
        node = self.node("ShaderNodeMapping", Scale=scale, Rotation=rotation, Location=location)
        self.connect(self.coordinates, node.inputs["Vector"])
        return node.outputs["Vector"]

    def texture(self, kind, vector, output="Color", settings=None, **inputs):
        node = self.node(kind, **inputs)
        for name, value in (settings or {}).items():
            setattr(node, name, value)
        self.connect(vector, node.inputs["Vector"])
        return node.outputs[output]

    def ramp(self, factor, stops, interpolation="LINEAR"):
        node = self.node("ShaderNodeValToRGB")
        node.color_ramp.interpolation = interpolation
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops):
            element.position, element.color = position, (*colour, 1)
        self.connect(factor, node.inputs["Fac"])
        return node.outputs["Color"]

    def mix(self, first, second, factor=0.5, kind="MULTIPLY"):
        node = self.node("ShaderNodeMixRGB", Fac=factor)
        node.blend_type = kind
        self.connect(first, node.inputs["Color1"])
        self.connect(second, node.inputs["Color2"])
        return node.outputs["Color"]

    def grain(self, colour, scale, low=0.55, stretch=(1, 1, 1), detail=1.5):
        """Darkens `colour` by a noise; stretched noise looks like wood."""
        value = self.texture("ShaderNodeTexNoise", self.mapped(scale=stretch), "Fac", Scale=scale, Detail=detail)
        return self.mix(colour, self.ramp(value, [(0.35, (low,) * 3), (0.65, (1, 1, 1))]), 1.0)

    def base(self, socket):
        self.connect(socket, self.shader.inputs["Base Color"])
        return self

    def flat(self, colour):
        node = self.node("ShaderNodeRGB")
        node.outputs[0].default_value = (*colour, 1)
        return node.outputs[0]

    def bump(self, height, strength):
        node = self.node("ShaderNodeBump", Strength=strength)
        self.connect(height, node.inputs["Height"])
        self.connect(node.outputs["Normal"], self.shader.inputs["Normal"])
        return self


def wood(light, dark, scale=3.0, axis="Z"):
    surface = Surface(roughness=0.5)
    stretch = [1.0, 1.0, 1.0]
    stretch["XYZ".index(axis)] = 0.12
    value = surface.texture("ShaderNodeTexNoise", surface.mapped(scale=stretch), "Fac", Scale=scale, Detail=6.0, Distortion=1.2)
    return surface.base(surface.ramp(value, [(0.3, dark), (0.5, light), (0.62, dark), (0.75, light)])).material


def speckled(colour, scale=20.0, low=0.5, roughness=0.6):
    surface = Surface(roughness=roughness)
    return surface.base(surface.grain(surface.flat(colour), scale, low)).material


def stripes(first, second, scale, rotation=(0, 0, 0), kind="BANDS", roughness=0.4):
    surface = Surface(roughness=roughness)
    value = surface.texture("ShaderNodeTexWave", surface.mapped(rotation=rotation), "Fac",
                            {"wave_type": kind, "wave_profile": "SIN"}, Scale=scale)
    colour = surface.ramp(value, [(0.47, first), (0.53, second)])
    return surface.base(surface.grain(colour, 9, 0.75)).material


def bricks(first, second, mortar, scale, rotation):
    surface = Surface(roughness=0.8)
    vector = surface.mapped(rotation=rotation)
    node = surface.node("ShaderNodeTexBrick", Color1=(*first, 1), Color2=(*second, 1), Mortar=(*mortar, 1), Scale=scale)
    node.inputs["Mortar Size"].default_value = 0.015
    surface.connect(vector, node.inputs["Vector"])
    surface.base(surface.grain(node.outputs["Color"], 7.0, 0.5))
    return surface.material


def checker(first, second, scale, roughness, low=0.6, grain=5.0):
    surface = Surface(roughness=roughness)
    colour = surface.texture("ShaderNodeTexChecker", surface.mapped(), Color1=(*first, 1), Color2=(*second, 1), Scale=scale)
    return surface.base(surface.grain(colour, grain, low)).material


def painting(seed):
    surface = Surface(roughness=0.5, coordinates="Generated")
    node = surface.node("ShaderNodeTexImage")
    node.image = paintImage(random.Random(seed))
    split, join = surface.node("ShaderNodeSeparateXYZ"), surface.node("ShaderNodeCombineXYZ")
    surface.connect(surface.coordinates, split.inputs["Vector"])
    surface.connect(split.outputs["X"], join.inputs["X"])       # It hangs in the plane of x and z.
    surface.connect(split.outputs["Z"], join.inputs["Y"])
    surface.connect(join.outputs["Vector"], node.inputs["Vector"])
    return surface.base(node.outputs["Color"]).material


def solid(name, material, build, location=(0, 0, 0), rotation=(0, 0, 0), scale=(1, 1, 1), smooth=False):
    """An object from a function that fills a bmesh."""
    bm = bmesh.new()
    build(bm)
    mesh = bpy.data.meshes.new(name)
    bm.to_mesh(mesh)
    bm.free()
    mesh.materials.append(material)
    if smooth:
        mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    thing = link(name, mesh)
    thing.location, thing.rotation_euler, thing.scale = location, rotation, scale
    return thing


def box(name, material, size, location, rotation=(0, 0, 0), bevel=0.0):
    def build(bm):
        addBox(bm, (0, 0, 0), size)
        if bevel:
            bmesh.ops.bevel(bm, geom=bm.edges[:], offset=bevel, segments=2, affect="EDGES")
    return solid(name, material, build, location, rotation)


def ball(name, material, radius, location, segments=48):
    return solid(name, material, lambda bm: bmesh.ops.create_uvsphere(bm, u_segments=segments, v_segments=segments // 2,
                                                                     radius=radius), location, smooth=True)


def cylinder(name, material, radius, height, location, rotation=(0, 0, 0), top=None, sides=40):
    thing = solid(name, material, lambda bm: bmesh.ops.create_cone(
        bm, cap_ends=True, segments=sides, radius1=radius, radius2=radius if top is None else top, depth=height),
        location, rotation, smooth=True)
    thing.data.use_auto_smooth = True
    return thing


def ready(name, material, kind, seed, radius, location, rotation=(0, 0, 0)):
    """One of the random meshes of the training scenes, by seed."""
    mesh = makeMesh(random.Random(seed), kind)
    mesh.materials.append(material)
    thing = link(name, mesh)
    thing.location, thing.rotation_euler, thing.scale = location, rotation, (radius,) * 3
    return thing


def monkey(name, material, radius, location, rotation=(0, 0, 0)):
    thing = ready(name, material, "monkey", 1, radius, location, rotation)
    thing.modifiers.new("round", "SUBSURF").render_levels = 2
    thing.data.polygons.foreach_set("use_smooth", [True] * len(thing.data.polygons))
    return thing


def text(body, material, size, extrude, location, rotation):
    data = bpy.data.curves.new("text", "FONT")
    data.body, data.size, data.extrude = body, size, extrude
    data.align_x, data.align_y = "CENTER", "CENTER"
    data.materials.append(material)
    thing = link("text", data)
    thing.location, thing.rotation_euler = location, rotation
    return thing


def bush(seed, material, radius, location, leaves, leaf, stretch=(1, 1, 1)):
    rng = random.Random(seed)

    def build(bm):
        for _ in range(leaves):
            direction = Vector((rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1))).normalized()
            centre = direction * radius * rng.random() ** 0.4
            turn = Euler([rng.uniform(0, 6.28) for _ in range(3)]).to_matrix()
            corners = ((-1, 0), (-0.3, -0.42), (0.4, -0.35), (1, 0), (0.4, 0.35), (-0.3, 0.42))
            bm.faces.new([bm.verts.new(centre + turn @ Vector((x * leaf, y * leaf, 0.15 * leaf * x * x))) for x, y in corners])
    return solid("bush", material, build, location, scale=stretch)


def leafGreen(colour, other):
    surface = Surface(roughness=0.5)
    value = surface.texture("ShaderNodeTexNoise", surface.mapped(), "Fac", Scale=5.0, Detail=3.0)
    return surface.base(surface.ramp(value, [(0.35, colour), (0.65, other)])).material


def emitter(colour, strength, pattern=None):
    """Light for the camera and, up to a limit, for reflections. A lamp inside is what lights the scene: less noise."""
    surface = Surface()
    node = surface.node("ShaderNodeEmission", Color=(*colour, 1))
    path, seen = surface.node("ShaderNodeLightPath"), surface.node("ShaderNodeMapRange")
    surface.connect(path.outputs["Is Camera Ray"], seen.inputs["Value"])
    seen.inputs["To Min"].default_value, seen.inputs["To Max"].default_value = min(strength, 15), strength
    surface.connect(seen.outputs["Result"], node.inputs["Strength"])
    if pattern is not None:
        surface.connect(pattern(surface), node.inputs["Color"])
    surface.connect(node.outputs["Emission"], surface.tree.nodes["Material Output"].inputs["Surface"])
    surface.material.cycles.sample_as_light = False
    return surface.material


def makeGlow(thing):
    thing.visible_diffuse = False
    thing.visible_shadow = False


def pointLamp(power, colour, radius, parent=None, location=(0, 0, 0)):
    data = bpy.data.lights.new("lamp", "POINT")
    data.energy, data.color, data.shadow_soft_size = power, colour, radius
    lamp = link("lamp", data)
    lamp.location, lamp.parent = location, parent
    lamp.visible_glossy = False        # The emitter around it is what reflections show.
    return lamp


def sun(strength, colour, rotation, angle):
    data = bpy.data.lights.new("sun", "SUN")
    data.energy, data.color, data.angle = strength, colour, angle
    link("sun", data).rotation_euler = rotation


def sky(low, high, strength):
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.cycles.sampling_method = "NONE"
    nodes, links = world.node_tree.nodes, world.node_tree.links
    coordinates = nodes.new("ShaderNodeTexCoord")
    split = nodes.new("ShaderNodeSeparateXYZ")
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*low, 1), (*high, 1)
    links.new(coordinates.outputs["Generated"], split.inputs["Vector"])
    links.new(split.outputs["Z"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], nodes["Background"].inputs["Color"])
    nodes["Background"].inputs["Strength"].default_value = strength


def camera(lens, location, target):
    data = bpy.data.cameras.new("camera")
    data.sensor_width, data.lens = SENSOR_MM, lens
    thing = link("camera", data)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = thing
    return thing


def floorMesh(material, size, z=0.0):
    return solid("floor", material, lambda bm: bmesh.ops.create_grid(bm, x_segments=1, y_segments=1, size=size), (0, 0, z))


# ---------------------------------------------------------------------------------------------------------------
# The shots
# ---------------------------------------------------------------------------------------------------------------

def buildCrossing():
    """Things that roll, bounce and turn past each other in hard sunlight. The camera stands still."""
    camera(36, (0, -9.2, 2.5), (0, 0, 1.35))
    sky((0.55, 0.65, 0.8), (0.2, 0.4, 0.9), 0.55)
    sun(4.2, (1.0, 0.9, 0.74), (math.radians(52), 0, math.radians(-38)), 0.006)

    surface = Surface(roughness=0.75)
    planks = surface.node("ShaderNodeTexBrick", Color1=(0.42, 0.30, 0.19, 1), Color2=(0.55, 0.41, 0.27, 1),
                          Mortar=(0.12, 0.08, 0.05, 1), Scale=0.9)
    planks.inputs["Mortar Size"].default_value = 0.012
    surface.connect(surface.mapped(), planks.inputs["Vector"])
    surface.base(surface.grain(planks.outputs["Color"], 9.0, 0.55, (0.15, 1, 1)))
    floorMesh(surface.material, 30)

    plaster = Surface(roughness=0.9)
    band = plaster.texture("ShaderNodeTexWave", plaster.mapped(), "Fac", {"bands_direction": "Z", "wave_profile": "SIN"}, Scale=0.16)
    colour = plaster.ramp(band, [(0.49, (0.16, 0.38, 0.42)), (0.51, (0.78, 0.70, 0.55))])
    plaster.base(plaster.grain(colour, 4.0, 0.7))
    box("wall", plaster.material, (30, 0.4, 9), (0, 3.6, 4.5))
    text("INBETWEEN", speckled((0.75, 0.12, 0.07), 12, 0.7), 1.25, 0.08, (-0.3, 3.3, 3.35), (math.pi / 2, 0, 0))

    # A beach ball rolls to the right without slipping.
    surface = Surface(roughness=0.35)
    gradient = surface.texture("ShaderNodeTexGradient", surface.mapped(rotation=(math.pi / 2, 0, 0)), "Fac",
                               {"gradient_type": "RADIAL"})
    panels = [(k / 6, c) for k, c in enumerate([(0.8, 0.05, 0.04), (0.85, 0.82, 0.75), (0.05, 0.2, 0.65), (0.85, 0.82, 0.75),
                                                (0.9, 0.55, 0.04), (0.85, 0.82, 0.75)])]
    surface.base(surface.grain(surface.ramp(gradient, panels, "CONSTANT"), 12, 0.8))
    roller = ball("beach ball", surface.material, 0.85, (0, 0, 0))
    animate(roller, "location", lambda t: (-1.15 + 0.22 * t, -1.2, 0.85))
    animate(roller, "rotation_euler", lambda t: (0.35, 0.22 * t / 0.85, 0))

    # A head turns and crosses behind it to the left.
    head = monkey("head", stripes((0.75, 0.33, 0.08), (0.9, 0.66, 0.3), 2.2, (0, math.pi / 2, 0)), 0.95, (0, 0, 0))
    animate(head, "location", lambda t: (0.1 - 0.2 * t, 0.9, 1.15 + 0.05 * math.sin(0.8 * t)))
    animate(head, "rotation_euler", lambda t: (0, 0, 0.13 * t))

    # A hoop rolls towards the left, in front of everything.
    hoop = ready("hoop", stripes((0.05, 0.35, 0.16), (0.8, 0.78, 0.3), 2.6, (0, 0, 0.5)), "torus", 5, 0.62, (0, 0, 0))
    animate(hoop, "location", lambda t: (1.7 - 0.17 * t, -2.9, 0.62))
    animate(hoop, "rotation_euler", lambda t: (math.pi / 2, -0.17 * t / 0.62, 0.25))

    # A crate tumbles and bounces.
    crate = box("crate", checker((0.1, 0.16, 0.45), (0.8, 0.75, 0.65), 3.5, 0.5), (0.75, 0.75, 0.75), (0, 0, 0), bevel=0.04)
    animate(crate, "location", lambda t: (3.0 - 0.09 * t, -0.3, 0.55 + 1.35 * abs(math.sin(math.pi * (t + 6.5) / 8))))
    animate(crate, "rotation_euler", lambda t: (0.16 * t, 0.11 * t, 0.3))

    # A small ball is thrown across.
    thrown = ball("thrown ball", stripes((0.9, 0.75, 0.05), (0.15, 0.1, 0.35), 5, (0.4, 0.8, 0)), 0.24, (0, 0, 0), 32)
    animate(thrown, "location", lambda t: (-0.6 + 0.25 * t, -2.0, 2.75 - 0.045 * t * t))
    animate(thrown, "rotation_euler", lambda t: (0.08 * t, 0.2 * t, 0))

    # A windmill turns at the wall.
    blade = wood((0.62, 0.45, 0.28), (0.34, 0.2, 0.1), 5, "X")
    hub = cylinder("hub", speckled((0.3, 0.3, 0.32)), 0.16, 0.3, (0, 0, 0), sides=24)
    hub.location = (-3.9, 2.75, 2.35)
    for k in range(4):
        part = box("blade", blade, (1.15, 0.34, 0.05), (0, 0, 0))
        angle = k * math.pi / 2
        part.parent = hub
        part.location = (0.7 * math.cos(angle), 0.7 * math.sin(angle), 0)
        part.rotation_euler = (0.3, 0, angle)
    animate(hub, "rotation_euler", lambda t: (math.pi / 2, 0.19 * t, 0))
    cylinder("mast", blade, 0.1, 2.4, (-3.9, 3.1, 1.2), sides=20)

    # Things that stand, for the shadows to run over.
    cylinder("plinth", speckled((0.62, 0.6, 0.55), 14), 0.45, 0.9, (3.9, 1.9, 0.45))
    cylinder("cone", stripes((0.85, 0.25, 0.05), (0.85, 0.82, 0.78), 1.7, (0, math.pi / 2, 0)), 0.4, 0.95, (3.9, 1.9, 1.37), top=0.03)
    for k, colour in enumerate([(0.65, 0.1, 0.08), (0.12, 0.35, 0.55), (0.75, 0.58, 0.1)]):
        box("block", speckled(colour, 10, 0.65), (0.7, 0.7, 0.42), (-3.0 + 0.06 * k, -0.2, 0.21 + 0.42 * k), (0, 0, 0.4 * k), 0.02)


def buildParallax():
    """The camera travels past pillars and leaves, through which a gallery in the sun is seen. Nothing else moves."""
    view = camera(32, (0, -7.2, 1.75), (0.1, 2, 1.45))
    tilt = view.rotation_euler.copy()
    animate(view, "location", lambda t: (0.13 * t, -7.2 + 0.03 * t, 1.75 + 0.012 * t))
    animate(view, "rotation_euler", lambda t: (tilt.x, tilt.y + 0.002 * t, tilt.z + 0.005 * t))
    sky((0.75, 0.72, 0.68), (0.3, 0.5, 0.95), 0.75)
    sun(4.0, (1.0, 0.88, 0.7), (math.radians(50), 0, math.radians(-52)), 0.012)

    floorMesh(checker((0.62, 0.55, 0.45), (0.2, 0.13, 0.11), 1.4, 0.45, 0.6), 25)
    box("wall", bricks((0.48, 0.2, 0.13), (0.6, 0.31, 0.2), (0.55, 0.5, 0.45), 1.4, (math.pi / 2, 0, 0)), (26, 0.3, 3.9), (0, 5.0, 1.95))
    box("cornice", speckled((0.75, 0.7, 0.6), 8, 0.6), (26, 0.6, 0.3), (0, 4.9, 3.95))
    frame = wood((0.35, 0.2, 0.08), (0.16, 0.08, 0.03), 5, "X")
    for k in range(5):
        x = -5.4 + 2.7 * k
        box("frame", frame, (1.9, 0.12, 1.5), (x, 4.8, 1.95))
        box("picture", painting(40 + k), (1.66, 0.14, 1.26), (x, 4.77, 1.95))

    stone = Surface(roughness=0.8)
    veins = stone.texture("ShaderNodeTexNoise", stone.mapped(scale=(1, 1, 0.4)), "Fac", Scale=3.0, Detail=8.0, Distortion=2.0)
    stone.base(stone.ramp(veins, [(0.38, (0.36, 0.32, 0.27)), (0.5, (0.72, 0.67, 0.58)), (0.58, (0.5, 0.45, 0.38)), (0.7, (0.78, 0.74, 0.66))]))
    marble = stone.material

    def pillar(x, y, radius):
        def build(bm):          # Fluted, so that the surface has something to match.
            sides, flutes = 96, 12
            ring = [(math.cos(a) * (1 - 0.08 * abs(math.sin(flutes * a / 2))), math.sin(a) * (1 - 0.08 * abs(math.sin(flutes * a / 2))))
                    for a in (2 * math.pi * i / sides for i in range(sides))]
            rows = [[bm.verts.new((radius * s * u, radius * s * v, z)) for u, v in ring] for z, s in ((0, 1.0), (4.6, 0.86))]
            for i in range(sides):
                bm.faces.new((rows[0][i], rows[0][(i + 1) % sides], rows[1][(i + 1) % sides], rows[1][i]))
        solid("pillar", marble, build, (x, y, 0))
        box("base", marble, (radius * 2.7, radius * 2.7, 0.28), (x, y, 0.14), bevel=0.03)

    for x, y, radius in ((-1.05, -4.0, 0.2), (1.3, -3.6, 0.2), (-3.1, -1.6, 0.26), (2.7, -0.9, 0.26), (-0.35, 0.6, 0.24),
                         (-4.6, 2.6, 0.26), (4.6, 2.4, 0.26), (1.75, 3.0, 0.26)):
        pillar(x, y, radius)

    green, olive = leafGreen((0.05, 0.19, 0.03), (0.2, 0.36, 0.06)), leafGreen((0.2, 0.2, 0.05), (0.42, 0.4, 0.1))
    autumn = leafGreen((0.4, 0.1, 0.02), (0.62, 0.34, 0.05))
    pot = speckled((0.55, 0.24, 0.12), 12, 0.6)
    for seed, material, radius, x, y, leaves in ((3, green, 0.42, 0.35, -4.3, 260), (4, olive, 0.5, -1.9, -2.7, 300),
                                                 (5, autumn, 0.5, 3.3, -1.9, 300), (6, green, 0.6, 0.9, 1.4, 320),
                                                 (7, olive, 0.7, -2.6, 2.9, 340)):
        cylinder("pot", pot, 0.2, 0.5, (x, y, 0.25), top=0.28)
        bush(seed, material, radius, (x, y, 0.45 + radius), leaves, 0.13 if y < -2 else 0.16, (1, 1, 1.15))
    bush(11, green, 0.75, (-2.0, -4.1, 3.05), 240, 0.12, (1.3, 0.7, 0.6))          # It hangs into the picture.
    bush(12, green, 0.8, (1.9, -3.7, 3.35), 260, 0.12, (1.5, 0.7, 0.6))

    cylinder("plinth", speckled((0.35, 0.36, 0.4), 12), 0.5, 1.0, (-1.75, 1.0, 0.5))
    monkey("bust", speckled((0.75, 0.55, 0.25), 16, 0.55, 0.35), 0.62, (-1.75, 1.0, 1.6), (0, 0, 0.5))
    cylinder("plinth", speckled((0.5, 0.46, 0.42), 12), 0.45, 0.8, (1.05, -1.0, 0.4))
    ready("ring", stripes((0.1, 0.25, 0.5), (0.8, 0.76, 0.68), 2.4, (0.3, 0.5, 0)), "torus", 7, 0.5, (1.05, -1.0, 1.3), (1.2, 0.2, 0.5))
    ready("rock", speckled((0.5, 0.5, 0.48), 6, 0.35), "rock", 9, 0.6, (3.3, 1.6, 0.45))
    for k in range(9):
        box("rail", wood((0.5, 0.34, 0.2), (0.28, 0.16, 0.08), 6), (0.05, 0.05, 0.8), (-4.0 + 0.3 * k, 3.9, 0.4))
    box("rail", wood((0.5, 0.34, 0.2), (0.28, 0.16, 0.08), 6, "X"), (2.6, 0.07, 0.07), (-2.8, 3.9, 0.82))


def buildLanterns():
    """Night. Paper lanterns swing and small bright lights fly in arcs over a polished floor."""
    view = camera(34, (0, -8.4, 1.75), (0, 0, 1.35))
    tilt = view.rotation_euler.copy()
    animate(view, "location", lambda t: (0.05 * t, -8.4 + 0.03 * t, 1.75))
    animate(view, "rotation_euler", lambda t: (tilt.x, tilt.y, tilt.z + 0.003 * t))
    sky((0.02, 0.03, 0.07), (0.01, 0.02, 0.06), 0.5)
    sun(0.10, (0.5, 0.65, 1.0), (math.radians(40), 0, math.radians(40)), 0.02)

    floor = Surface(roughness=0.05, specular=0.6)
    boards = floor.node("ShaderNodeTexBrick", Color1=(0.10, 0.05, 0.03, 1), Color2=(0.17, 0.09, 0.05, 1), Mortar=(0.02, 0.01, 0.01, 1),
                        Scale=0.7)
    boards.inputs["Mortar Size"].default_value = 0.015
    floor.connect(floor.mapped(rotation=(0, 0, math.pi / 2)), boards.inputs["Vector"])
    floor.base(floor.grain(boards.outputs["Color"], 8.0, 0.45, (1, 0.15, 1)))
    floorMesh(floor.material, 30)

    # A wall of lit paper windows between dark posts.
    dark = wood((0.12, 0.06, 0.035), (0.05, 0.025, 0.015), 6)

    def paper(surface):
        value = surface.texture("ShaderNodeTexNoise", surface.mapped(), "Fac", Scale=3.0, Detail=5.0)
        return surface.ramp(value, [(0.3, (0.55, 0.16, 0.03)), (0.7, (0.9, 0.36, 0.1))])
    box("wall", bricks((0.10, 0.11, 0.16), (0.16, 0.16, 0.22), (0.05, 0.05, 0.07), 1.2, (math.pi / 2, 0, 0)), (24, 0.3, 6), (0, 3.6, 3))
    for x in (-4.3, 0.0, 4.3):
        window = box("window", emitter((1, 0.6, 0.3), 1.7, paper), (1.9, 0.1, 1.7), (x, 3.42, 1.75))
        makeGlow(window)
        pointLamp(30, (1, 0.55, 0.22), 0.5, None, (x, 2.6, 1.75))
        for k in range(5):
            box("bar", dark, (0.06, 0.08, 1.8), (x - 0.95 + 0.475 * k, 3.34, 1.75))
        for k in range(4):
            box("bar", dark, (2.0, 0.08, 0.06), (x, 3.34, 0.9 + 0.567 * k))
    for x in (-2.6, 2.6):
        box("post", dark, (0.28, 0.28, 5), (x, 2.2, 2.5))
    box("beam", dark, (12, 0.25, 0.3), (0, 1.2, 4.1))

    # Lanterns on cords, each a pendulum about its own hook.
    def lantern(hook, length, radius, colour, strength, power, swing, rate, phase, turn):
        pivot = link("pivot", None)
        pivot.location = hook
        axis = Euler((0, 0, turn)).to_matrix()
        animate(pivot, "rotation_euler", lambda t: tuple(axis @ Vector((0, swing * math.sin(rate * t + phase), 0))))

        def ribs(surface):
            bands = surface.texture("ShaderNodeTexWave", surface.mapped(), "Fac", {"bands_direction": "Z"}, Scale=1.6 / radius * 0.5)
            blots = surface.texture("ShaderNodeTexVoronoi", surface.mapped(), "Distance", Scale=2.2)
            light = surface.ramp(bands, [(0.1, tuple(0.2 * c for c in colour)), (0.4, colour)])
            return surface.mix(light, surface.ramp(blots, [(0.2, (0.05, 0.01, 0.01)), (0.32, (1, 1, 1))]), 0.85)
        body = ball("lantern", emitter(colour, strength, ribs), radius, (0, 0, -length), 40)
        body.scale.z = 1.15
        makeGlow(body)
        cord = cylinder("cord", dark, 0.015, length, (0, 0, -length / 2), sides=8)
        caps = [cylinder("cap", dark, radius * 0.45, 0.08, (0, 0, -length + side * radius * 1.14), sides=24) for side in (-1, 1)]
        for part in [body, cord] + caps:
            part.parent = pivot
        for part in caps + [cord]:
            part.visible_shadow = False      # The lamp is between them, and would throw rays of shadow.
        pointLamp(2.0 * power, tuple(0.25 + 0.75 * c for c in colour), radius * 0.6, pivot, (0, 0, -length))

    lantern((-2.3, -0.4, 4.1), 1.75, 0.42, (1.0, 0.09, 0.015), 6, 75, 0.42, 0.42, 0.2, 0.0)
    lantern((0.35, 0.5, 4.1), 2.25, 0.46, (1.0, 0.16, 0.02), 7, 90, 0.36, 0.36, 1.3, 0.25)
    lantern((2.5, -0.9, 4.1), 1.9, 0.38, (0.9, 0.03, 0.03), 6, 60, 0.38, 0.42, -0.9, -0.2)
    lantern((-0.9, 1.4, 4.1), 1.5, 0.3, (0.03, 0.2, 0.9), 5, 35, 0.3, 0.5, 2.4, 0.1)
    lantern((3.9, 0.9, 4.1), 1.7, 0.34, (1.0, 0.2, 0.03), 8, 50, 0.3, 0.4, 0.8, 0.0)

    # Small lights, far brighter than the lanterns, in arcs.
    rng = random.Random(7)
    for k in range(9):
        strength = 40 * (500 / 40) ** (k / 8)
        colour = [(1.0, 0.85, 0.5), (0.6, 1.0, 0.55), (0.6, 0.8, 1.0)][k % 3]
        spark = ball("spark", emitter(colour, strength), 0.035 + 0.004 * (k % 4), (0, 0, 0), 16)
        makeGlow(spark)
        centre = Vector((rng.uniform(-3.2, 3.2), rng.uniform(-2.8, 1.0), rng.uniform(0.5, 1.9)))
        reach, rise = rng.uniform(0.5, 1.2), rng.uniform(0.25, 0.6)
        rate, phase = rng.choice([-1, 1]) * rng.uniform(0.14, 0.24), rng.uniform(0, 6.28)
        animate(spark, "location", lambda t, c=centre, a=reach, b=rise, r=rate, p=phase: (
            c.x + a * math.cos(r * t + p), c.y + 0.4 * a * math.sin(r * t + p), c.z + b * math.sin(r * t + p)))
        if k % 3 == 2:
            pointLamp(6, colour, 0.05, spark)

    # What the light falls on.
    gold = Surface((0.8, 0.55, 0.22), 0.15, 1.0)
    # Tiny lights in rough reflections are fireflies: only the floor and the gold reflect.
    head = monkey("head", gold.material, 0.72, (0.2, -1.2, 0.62), (-0.35, 0, -0.2))
    animate(head, "rotation_euler", lambda t: (-0.35, 0, -0.2 + 0.07 * t))
    ball("globe", checker((0.5, 0.1, 0.08), (0.6, 0.5, 0.38), 4.0, 0.8), 0.5, (-1.75, -1.6, 0.5))
    box("crate", wood((0.3, 0.18, 0.09), (0.14, 0.07, 0.03), 5, "X"), (0.8, 0.8, 0.8), (2.2, 0.4, 0.4), (0, 0, 0.5), 0.02)
    cylinder("vase", stripes((0.08, 0.14, 0.35), (0.6, 0.6, 0.62), 2.6, (0, math.pi / 2, 0), roughness=0.2), 0.3, 0.9, (-3.5, 0.5, 0.45), top=0.2)
    bush(21, leafGreen((0.05, 0.16, 0.04), (0.14, 0.26, 0.06)), 0.5, (-3.5, 0.5, 1.25), 160, 0.16)
    bush(22, leafGreen((0.05, 0.16, 0.04), (0.14, 0.26, 0.06)), 0.55, (3.7, -1.6, 0.5), 200, 0.15, (1, 1, 0.9))
    shiny = (floor.material, gold.material)
    for material in bpy.data.materials:
        shader = material.node_tree.nodes.get("Principled BSDF")
        if shader is not None and material not in shiny:
            shader.inputs["Specular"].default_value = 0


SHOTS = {"crossing": buildCrossing, "parallax": buildParallax, "lanterns": buildLanterns}


# ---------------------------------------------------------------------------------------------------------------
# Rendering and packing
# ---------------------------------------------------------------------------------------------------------------

def setUpRender(shot):
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.fps = 24
    scene.frame_start, scene.frame_end = FIRST, LAST
    scene.render.use_compositing = scene.render.use_sequencer = False
    cycles = scene.cycles
    cycles.use_denoising = False
    cycles.use_adaptive_sampling = False
    cycles.seed, cycles.use_animated_seed = 20 + list(SHOTS).index(shot), True
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 2, 2
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 1.0
    cycles.sample_clamp_indirect = 3.0
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth, settings.exr_codec = "OPEN_EXR_MULTILAYER", "32", "ZIP"
    layer = bpy.context.view_layer
    layer.use_pass_combined = layer.use_pass_z = layer.use_pass_vector = True
    layer.use_pass_normal = layer.use_pass_diffuse_color = True


def render(frame, samples, path):
    scene = bpy.context.scene
    scene.frame_set(frame)
    scene.cycles.samples = samples
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def roundMantissa(values, bits):
    """The nearest half whose mantissa has only `bits` bits; the dropped bits are zero and pack well."""
    drop = 10 - bits
    raw = np.clip(values, -HALF_MAX, HALF_MAX).astype(np.float16).view(np.uint16).astype(np.uint32)
    rounded = (raw + (1 << (drop - 1))) >> drop << drop
    rounded = np.where((rounded & 0x7C00) == 0x7C00, raw >> drop << drop, rounded)     # Never up to infinity.
    return rounded.astype(np.uint16).view(np.float16).astype(np.float32)


def readChannels(path):
    source = oiio.ImageInput.open(path)
    if source is None:
        raise RuntimeError(f"{path}: {oiio.geterror()}")
    spec = source.spec()
    pixels = source.read_image(oiio.FLOAT)
    source.close()
    return {name: pixels[..., k] for k, name in enumerate(spec.channelnames)}


def writeImage(path, frame, shot, parts, window):
    """`parts` are (name, compression, [(channel, values)]); more than one makes a multi-part file. `window` is (x, y,
    width, height) of the data window, y downwards; nothing: all of the picture."""
    x, y, width, height = window or (0, 0, WIDTH, HEIGHT)
    specs = []
    for name, compression, channels in parts:
        spec = oiio.ImageSpec(width, height, len(channels), oiio.HALF)
        spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = x, y, 0, 0, WIDTH, HEIGHT
        spec.channelnames = [channel for channel, _ in channels]
        spec.attribute("compression", compression)
        spec.attribute("framesPerSecond", oiio.TypeDesc("rational"), (24, 1))
        spec.attribute("Frame", str(frame))
        spec.attribute("DateTime", "2026:11:21 00:00:00")       # The library would write the time, and no two runs be equal.
        spec.attribute("Scene", shot)
        spec.attribute("Camera", "camera")
        spec.attribute("Software", "Blender %s, Cycles" % bpy.app.version_string)
        if len(parts) > 1:
            spec.attribute("oiio:subimagename", name)
        specs.append(spec)
    target = oiio.ImageOutput.create(path)
    opened = target.open(path, tuple(specs)) if len(specs) > 1 else target.open(path, specs[0])
    for k, (_, _, channels) in enumerate(parts):
        if k > 0:
            opened = opened and target.open(path, specs[k], "AppendSubimage")
        pixels = np.stack([v[y:y + height, x:x + width] for _, v in channels], -1)
        opened = opened and target.write_image(np.ascontiguousarray(pixels, np.float32))
    if not opened or not target.close():
        raise RuntimeError(f"{path}: {target.geterror()}")


def pack(shot, frame, rendered, path, isKey, window=None):
    """Blender's floats to small half files: mildly lossy colour, rounded data layers."""
    channels = readChannels(rendered)
    blender = shot in BLENDER_NAMES
    beauty = [(("ViewLayer.Combined." if blender else "") + c, np.clip(channels[f"ViewLayer.Combined.{c}"], -HALF_MAX, HALF_MAX))
              for c in "RGBA"]
    if not isKey:
        writeImage(path, frame, shot, [("rgba", "dwab:60", beauty)], window)
        return
    layers = {}
    for blenderName, plainName, letters, step in LAYERS:
        prefix = f"ViewLayer.{blenderName}." if blender else f"{plainName}."
        layers[plainName] = []
        for letter in letters:
            values = channels[f"ViewLayer.{blenderName}.{letter}"]
            if step is None:
                values = np.where(values < HALF_MAX, roundMantissa(values, DEPTH_BITS), HALF_MAX)
            else:
                values = np.round(values / step) * step
            layers[plainName].append((prefix + letter, values))
    data = layers["depth"] + layers["vector"] + layers["normal"]
    if blender:       # One part, as Blender writes it. DWA would take Vector.Y and Normal.Y for luminance, and blur them.
        beauty = [(name, roundMantissa(values, COLOUR_BITS)) for name, values in beauty]
        writeImage(path, frame, shot, [("", "zip", beauty + layers["albedo"] + data)], window)
    else:
        writeImage(path, frame, shot, [("rgba", "dwab:60", beauty), ("albedo", "dwab:140", layers["albedo"]),
                                       ("data", "zip", data)], window)


def parseArguments():
    tail = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="sample_shots.py")
    parser.add_argument("--out", required=True, help="folder that gets SHOT/keys and SHOT/truth")
    parser.add_argument("--shot", choices=list(SHOTS), help="only this one")
    parser.add_argument("--frames", default=f"{FIRST}-{LAST}", help="only these, as A-B")
    parser.add_argument("--samples-scale", type=float, default=1.0, help="fewer samples, to look at a change quickly")
    parser.add_argument("--raw", help="folder that keeps what Blender wrote, and is not rendered again")
    return parser.parse_args(tail)


def main():
    arguments = parseArguments()
    first, last = (int(x) for x in arguments.frames.split("-"))
    scratch = arguments.raw or tempfile.mkdtemp(prefix="sample_shots_")
    for shot in [arguments.shot] if arguments.shot else list(SHOTS):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        setUpRender(shot)
        SHOTS[shot]()
        for frame in range(first, last + 1):
            isKey = frame % 2 == 1
            folder = os.path.join(arguments.out, shot, "keys" if isKey else "truth")
            os.makedirs(folder, exist_ok=True)
            rendered = os.path.join(os.path.abspath(scratch), f"{shot}.{frame:04d}.exr")
            if not (arguments.raw and os.path.exists(rendered)):
                render(frame, max(1, round(SAMPLES[shot][0 if isKey else 1] * arguments.samples_scale)), rendered)
            pack(shot, frame, rendered, os.path.join(folder, f"{shot}.{frame:04d}.exr"), isKey)
    if not arguments.raw:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
