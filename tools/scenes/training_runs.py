"""Path-traces short runs of consecutive frames from random scenes, to train the network on.

    blender -b -t 1 --python tools/scenes/training_runs.py -- --out DIR --first-seed N --count M

Each seed gives DIR/run_<seed>/frame.0001.exr and so on: Blender's multilayer EXR with Combined, Depth, Vector, Normal
and DiffCol. DIR/run_<seed>/done is written last and holds, as JSON, what was drawn for the run; a run that has it is
skipped, so the command can be stopped and repeated at any time.
"""
import argparse
import json
import math
import os
import random
import shutil
import sys

import bmesh
import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector, noise

SENSOR_MM = 36.0
LINEAR = 1          # Keyframe interpolation, as its number in Blender's enumeration.
MAX_ATTEMPTS = 8
RESTART_RSS_MB = 1500
MIN_FREE_BYTES = 15e9


def parseArguments():
    tail = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="training_runs.py")
    parser.add_argument("--out", required=True, help="folder that gets one folder a run")
    parser.add_argument("--first-seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--size", type=int, default=256, help="width and height in pixels")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--frames", type=int, default=5)
    return parser.parse_args(tail)


def logUniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def chance(rng, probability):
    return rng.random() < probability


def randomColour(rng, vivid=None):
    """A colour of random hue; `vivid` from 0 (grey) to 1 (saturated)."""
    vivid = rng.random() if vivid is None else vivid
    hue = rng.random()
    rgb = [0.5 + 0.5 * math.cos(2 * math.pi * (hue + k / 3.0)) for k in range(3)]
    value = logUniform(rng, 0.03, 0.9)
    return tuple(value * ((1 - vivid) + vivid * c) for c in rgb)


def randomDirection(rng):
    z = rng.uniform(-1, 1)
    a = rng.uniform(0, 2 * math.pi)
    r = math.sqrt(1 - z * z)
    return Vector((r * math.cos(a), r * math.sin(a), z))


# ---------------------------------------------------------------------------------------------------------------
# Materials
# ---------------------------------------------------------------------------------------------------------------

def paintImage(rng, size=192):
    """A picture with strokes, discs and a 1/f background: detail like that of a photograph or a poster."""
    generator = np.random.default_rng(rng.getrandbits(32))
    fy = np.fft.fftfreq(size)[:, None]
    fx = np.fft.fftfreq(size)[None, :]
    amplitude = 1.0 / np.maximum(np.hypot(fx, fy), 1.0 / size) ** generator.uniform(0.9, 1.6)
    canvas = np.zeros((size, size, 4), np.float32)
    for k in range(3):
        phase = np.exp(2j * np.pi * generator.random((size, size)))
        plane = np.real(np.fft.ifft2(amplitude * phase))
        canvas[..., k] = 0.4 + 0.2 * plane / (plane.std() + 1e-9)
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size
    for _ in range(generator.integers(0, 70)):
        cx, cy, angle = generator.random(), generator.random(), generator.uniform(0, np.pi)
        ru, rv = np.exp(generator.uniform(np.log(0.006), np.log(0.2), 2))
        u = (xx - cx) * np.cos(angle) + (yy - cy) * np.sin(angle)
        v = -(xx - cx) * np.sin(angle) + (yy - cy) * np.cos(angle)
        mask = (np.maximum(abs(u) / ru, abs(v) / rv) < 1) if generator.random() < 0.6 else (np.hypot(u / ru, v / rv) < 1)
        canvas[mask, :3] = randomColour(rng)
    canvas[..., 3] = 1
    image = bpy.data.images.new("painted", size, size, float_buffer=True)
    image.pixels.foreach_set(np.clip(canvas, 0.01, 1).ravel())
    return image


def makeRamp(rng, nodes):
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.interpolation = rng.choice(["LINEAR", "LINEAR", "EASE", "CONSTANT"])
    elements = ramp.color_ramp.elements
    for _ in range(rng.randint(0, 4)):
        elements.new(rng.uniform(0.2, 0.8))
    vivid = rng.choice([None, None, 0.1, 0.9])
    for element in elements:
        element.color = (*randomColour(rng, vivid), 1)
    return ramp


def addTexture(rng, tree, coordinate, scale, images):
    """A texture node tree over `coordinate`; returns its colour socket. `scale` is features a unit of length."""
    nodes, links = tree.nodes, tree.links
    mapping = nodes.new("ShaderNodeMapping")
    links.new(coordinate, mapping.inputs["Vector"])
    mapping.inputs["Rotation"].default_value = [rng.uniform(0, 6.28) for _ in range(3)]
    mapping.inputs["Location"].default_value = [rng.uniform(-9, 9) for _ in range(3)]
    vector = mapping.outputs["Vector"]
    kind = rng.choice(["noise", "noise", "voronoi", "voronoi", "checker", "brick", "wave", "wave", "magic", "image",
                       "image"])
    if kind == "image" and images:
        node = nodes.new("ShaderNodeTexImage")
        node.image = rng.choice(images)
        node.projection = "BOX"
        node.extension = "REPEAT"
        s = scale * 0.25
        mapping.inputs["Scale"].default_value = (s, s, s)
        links.new(vector, node.inputs["Vector"])
        return node.outputs["Color"]
    if kind == "checker":
        node = nodes.new("ShaderNodeTexChecker")
        node.inputs["Scale"].default_value = scale
        node.inputs["Color1"].default_value = (*randomColour(rng), 1)
        node.inputs["Color2"].default_value = (*randomColour(rng), 1)
        links.new(vector, node.inputs["Vector"])
        return node.outputs["Color"]
    if kind == "brick":
        mapping.inputs["Rotation"].default_value = (rng.choice([0, 1.57]), 0, rng.choice([0, 0.4, 1.57]))
        node = nodes.new("ShaderNodeTexBrick")
        node.inputs["Scale"].default_value = scale
        for name in ("Color1", "Color2", "Mortar"):
            node.inputs[name].default_value = (*randomColour(rng), 1)
        links.new(vector, node.inputs["Vector"])
        return node.outputs["Color"]
    if kind == "voronoi":
        node = nodes.new("ShaderNodeTexVoronoi")
        node.feature = rng.choice(["F1", "F1", "DISTANCE_TO_EDGE"])
        node.inputs["Scale"].default_value = scale
        links.new(vector, node.inputs["Vector"])
        if node.feature == "F1" and chance(rng, 0.4):
            return node.outputs["Color"]
        value = node.outputs["Distance"]
    elif kind == "wave":
        node = nodes.new("ShaderNodeTexWave")
        node.wave_type = rng.choice(["BANDS", "RINGS"])
        node.wave_profile = rng.choice(["SIN", "SAW", "TRI"])
        node.inputs["Scale"].default_value = scale * 0.4
        node.inputs["Distortion"].default_value = rng.choice([0, 0, rng.uniform(0, 12)])
        node.inputs["Detail"].default_value = rng.uniform(0, 4)
        links.new(vector, node.inputs["Vector"])
        value = node.outputs["Fac"]
    elif kind == "magic":
        node = nodes.new("ShaderNodeTexMagic")
        node.turbulence_depth = rng.randint(1, 5)
        node.inputs["Scale"].default_value = scale
        links.new(vector, node.inputs["Vector"])
        if chance(rng, 0.4):
            return node.outputs["Color"]
        value = node.outputs["Fac"]
    else:
        node = nodes.new("ShaderNodeTexNoise")
        node.inputs["Scale"].default_value = scale
        node.inputs["Detail"].default_value = rng.uniform(0, 5)
        node.inputs["Roughness"].default_value = rng.uniform(0.4, 0.75)
        node.inputs["Distortion"].default_value = rng.choice([0, 0, rng.uniform(0, 2)])
        links.new(vector, node.inputs["Vector"])
        stretch = nodes.new("ShaderNodeMapRange")   # Noise stays near 0.5; a ramp needs all of 0 to 1.
        stretch.inputs["From Min"].default_value = 0.3
        stretch.inputs["From Max"].default_value = 0.7
        links.new(node.outputs["Fac"], stretch.inputs["Value"])
        value = stretch.outputs["Result"]
    ramp = makeRamp(rng, nodes)
    links.new(value, ramp.inputs["Fac"])
    return ramp.outputs["Color"]


def makeMaterial(rng, images, kind, scale, sticky, lamp=False):
    """`sticky` textures follow a deforming surface: they use undeformed (generated) coordinates.

    The camera sees emission at its full strength. Other surfaces are lit by it only if it is a `lamp`, and both that
    and reflections are weaker than they should be: they would need many more samples.
    """
    material = bpy.data.materials.new(kind)
    material.use_nodes = True
    tree = material.node_tree
    nodes, links = tree.nodes, tree.links
    shader = nodes["Principled BSDF"]
    coordinates = nodes.new("ShaderNodeTexCoord")
    coordinate = coordinates.outputs["Generated" if sticky else "Object"]
    colour = None
    flat = randomColour(rng)
    if kind != "glass" and not chance(rng, 0.25 if kind != "emissive" else 0.6):
        colour = addTexture(rng, tree, coordinate, scale, images)
        if chance(rng, 0.35):
            other = addTexture(rng, tree, coordinate, scale * logUniform(rng, 0.2, 5), images)
            mix = nodes.new("ShaderNodeMixRGB")
            mix.blend_type = rng.choice(["MIX", "MULTIPLY", "OVERLAY", "ADD"])
            mix.inputs["Fac"].default_value = rng.uniform(0.3, 0.8)
            links.new(colour, mix.inputs["Color1"])
            links.new(other, mix.inputs["Color2"])
            colour = mix.outputs["Color"]
    if kind == "emissive":
        emission = nodes.new("ShaderNodeEmission")
        strength = logUniform(rng, 1, 200)
        path = nodes.new("ShaderNodeLightPath")
        lit, seen = nodes.new("ShaderNodeMapRange"), nodes.new("ShaderNodeMapRange")
        links.new(path.outputs["Is Diffuse Ray"], lit.inputs["Value"])
        lit.inputs["To Min"].default_value = min(strength, 3)
        lit.inputs["To Max"].default_value = min(strength, 12) if lamp else 0
        links.new(path.outputs["Is Camera Ray"], seen.inputs["Value"])
        links.new(lit.outputs["Result"], seen.inputs["To Min"])
        seen.inputs["To Max"].default_value = strength
        links.new(seen.outputs["Result"], emission.inputs["Strength"])
        emission.inputs["Color"].default_value = (*[min(1, c + 0.15) for c in flat], 1)
        if colour is not None:
            links.new(colour, emission.inputs["Color"])
        links.new(emission.outputs["Emission"], nodes["Material Output"].inputs["Surface"])
        material.cycles.sample_as_light = lamp
        return material
    shader.inputs["Base Color"].default_value = (*flat, 1)
    shader.inputs["Roughness"].default_value = rng.uniform(0.3, 1)
    shader.inputs["Specular"].default_value = rng.choice([0, 0.3, 0.5])
    if colour is not None:
        links.new(colour, shader.inputs["Base Color"])
    if kind == "metal":
        shader.inputs["Metallic"].default_value = 1
        shader.inputs["Roughness"].default_value = rng.choice([0.05, 0.15, rng.uniform(0.1, 0.5)])
    elif kind == "glossy":
        shader.inputs["Roughness"].default_value = rng.uniform(0.03, 0.3)
        shader.inputs["Specular"].default_value = 0.6
    elif kind == "glass":
        shader.inputs["Transmission"].default_value = 1
        shader.inputs["Roughness"].default_value = 0
        shader.inputs["Base Color"].default_value = (*[0.6 + 0.4 * c for c in flat], 1)
    elif colour is not None and chance(rng, 0.15):
        bump = nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = rng.uniform(0.2, 0.8)
        links.new(colour, bump.inputs["Height"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return material


def drawMaterialKind(rng, night):
    roll = rng.random()
    if roll < (0.25 if night else 0.05):
        return "emissive"
    if roll < 0.40:
        return rng.choice(["glossy", "metal", "glossy"])
    if roll < 0.43:
        return "glass"
    return "matte"


# ---------------------------------------------------------------------------------------------------------------
# Meshes. All of them have a bounding radius of about one.
# ---------------------------------------------------------------------------------------------------------------

def addBox(bm, centre, size, rotation=None):
    matrix = Matrix.Translation(centre)
    if rotation is not None:
        matrix = matrix @ rotation.to_matrix().to_4x4()
    bmesh.ops.create_cube(bm, size=1, matrix=matrix @ Matrix.Diagonal((*size, 1)))


def meshFromOperatorObject(data):
    """The mesh of a curve or text, which is easier to instance, normalise and deform than the curve itself."""
    source = bpy.data.objects.new("source", data)
    bpy.context.scene.collection.objects.link(source)
    bpy.context.view_layer.update()
    mesh = bpy.data.meshes.new_from_object(source.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    bpy.data.objects.remove(source)
    bpy.data.curves.remove(data)
    return mesh


def makeMesh(rng, kind):
    smooth = chance(rng, 0.6)
    bm = bmesh.new()
    if kind == "cube":
        bmesh.ops.create_cube(bm, size=1, matrix=Matrix.Diagonal((*[rng.uniform(0.3, 1) for _ in range(3)], 1)))
        if chance(rng, 0.4):
            bmesh.ops.bevel(bm, geom=bm.edges[:], offset=0.06, segments=2, affect="EDGES", clamp_overlap=True)
        smooth = False
    elif kind == "sphere":
        bmesh.ops.create_uvsphere(bm, u_segments=32, v_segments=16, radius=1)
        smooth = True
    elif kind == "rock":
        bmesh.ops.create_icosphere(bm, subdivisions=rng.choice([3, 4]), radius=1)
        offset = randomDirection(rng) * 50
        frequency = logUniform(rng, 0.6, 4)
        amplitude = rng.uniform(0.15, 0.7)
        for vertex in bm.verts:
            vertex.co *= 1 + amplitude * noise.fractal(vertex.co * frequency + offset, 0.8, 2, 3)
    elif kind == "cone":
        bmesh.ops.create_cone(bm, cap_ends=True, segments=rng.choice([4, 6, 24]), radius1=0.7,
                              radius2=rng.choice([0, 0.3]), depth=rng.uniform(0.8, 2))
        smooth = False
    elif kind == "cylinder":
        bmesh.ops.create_cone(bm, cap_ends=True, segments=24, radius1=0.5, radius2=0.5, depth=rng.uniform(0.3, 2))
        smooth = False
    elif kind == "torus":
        major, minor, nu, nv = 1.0, rng.uniform(0.1, 0.4), 40, 14
        ring = [[bm.verts.new(((major + minor * math.cos(b)) * math.cos(a), (major + minor * math.cos(b)) * math.sin(a),
                               minor * math.sin(b))) for b in (2 * math.pi * j / nv for j in range(nv))]
                for a in (2 * math.pi * i / nu for i in range(nu))]
        for i in range(nu):
            for j in range(nv):
                bm.faces.new((ring[i][j], ring[(i + 1) % nu][j], ring[(i + 1) % nu][(j + 1) % nv], ring[i][(j + 1) % nv]))
        smooth = True
    elif kind == "monkey":
        bmesh.ops.create_monkey(bm)
    elif kind == "card":
        bmesh.ops.create_grid(bm, x_segments=12, y_segments=12, size=0.7)
        bmesh.ops.scale(bm, vec=(1, rng.uniform(0.4, 1), 1), verts=bm.verts[:])
    elif kind == "poles":
        for _ in range(rng.randint(1, 9)):
            width = logUniform(rng, 0.006, 0.05)
            tilt = Euler((rng.gauss(0, 0.15), rng.gauss(0, 0.15), rng.uniform(0, 3)))
            addBox(bm, (rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8), 0), (width, width, 2), tilt)
        smooth = False
    elif kind == "fence":
        bars, width = rng.randint(5, 16), rng.uniform(0.008, 0.05)
        for k in range(bars):
            addBox(bm, (-1 + 2 * k / (bars - 1), 0, 0), (width, width, 1.4))
        rows = rng.choice([2, 2, bars])
        for k in range(rows):
            addBox(bm, (0, 0, -0.55 + 1.1 * k / (rows - 1)), (2, width, width))
        smooth = False
    elif kind == "lattice":
        source = rng.choice(["cube", "ico"])
        if source == "cube":
            bmesh.ops.create_cube(bm, size=1.2)
            bmesh.ops.subdivide_edges(bm, edges=bm.edges[:], cuts=rng.randint(1, 4), use_grid_fill=True)
        else:
            bmesh.ops.create_icosphere(bm, subdivisions=rng.choice([1, 2]), radius=1)
        bmesh.ops.wireframe(bm, faces=bm.faces[:], thickness=rng.uniform(0.02, 0.08), use_replace=True, use_boundary=True)
        smooth = False
    elif kind == "grass":
        for _ in range(rng.randint(60, 350)):
            x, y, h = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.3, 0.9)
            a, w = rng.uniform(0, 6.28), rng.uniform(0.008, 0.03)
            side, lean = Vector((math.cos(a) * w, math.sin(a) * w, 0)), Vector((rng.gauss(0, 0.15), rng.gauss(0, 0.15), h))
            foot = Vector((x, y, -0.3))
            middle = foot + lean * 0.5
            tip = foot + lean + Vector((lean.x, lean.y, 0)) * 0.6
            v = [bm.verts.new(p) for p in (foot - side, foot + side, middle + side * 0.7, middle - side * 0.7, tip)]
            bm.faces.new(v[:4])
            bm.faces.new((v[3], v[2], v[4]))
        smooth = False
    elif kind == "foliage":
        leaf = rng.uniform(0.06, 0.2)
        for _ in range(rng.randint(40, 250)):
            centre = randomDirection(rng) * rng.random() ** 0.4
            turn = Euler([rng.uniform(0, 6.28) for _ in range(3)]).to_matrix()
            bm.faces.new([bm.verts.new(centre + turn @ Vector((x * leaf, y * leaf * 0.5, 0)))
                          for x, y in ((-1, 0), (0, -1), (1, 0), (0, 1))])
        smooth = False
    elif kind in ("text", "curve"):
        bm.free()
        if kind == "text":
            data = bpy.data.curves.new("text", "FONT")
            letters = "ABCDEFGHKMNPRSTXYZabdefghkqrs0123456789&#%?!"
            lines = [" ".join("".join(rng.choice(letters) for _ in range(rng.randint(1, 6)))
                              for _ in range(rng.randint(1, 3))) for _ in range(rng.randint(1, 4))]
            data.body = "\n".join(lines)
            data.align_x = data.align_y = "CENTER"
            data.extrude = rng.choice([0, 0.03, 0.15])
            data.resolution_u = 3
        else:
            data = bpy.data.curves.new("curve", "CURVE")
            data.dimensions = "3D"
            data.bevel_depth = logUniform(rng, 0.01, 0.15)
            data.bevel_resolution = 2
            data.resolution_u = 8
            for _ in range(rng.randint(1, 3)):
                spline = data.splines.new("BEZIER")
                spline.bezier_points.add(rng.randint(2, 6))
                for point in spline.bezier_points:
                    point.co = randomDirection(rng)
                    point.handle_left_type = point.handle_right_type = "AUTO"
        mesh = meshFromOperatorObject(data)
        bm = bmesh.new()
        bm.from_mesh(mesh)
        bpy.data.meshes.remove(mesh)
        if kind == "text":     # Upright and readable from -y, where the camera is.
            bmesh.ops.rotate(bm, cent=(0, 0, 0), matrix=Matrix.Rotation(math.pi / 2, 3, "X"), verts=bm.verts[:])
    radius = max((v.co.length for v in bm.verts), default=1) or 1
    bmesh.ops.scale(bm, vec=(1 / radius,) * 3, verts=bm.verts[:])
    mesh = bpy.data.meshes.new(kind)
    bm.to_mesh(mesh)
    bm.free()
    mesh.materials.clear()
    if smooth:
        mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    return mesh


SOLID = ["cube", "cube", "sphere", "rock", "rock", "cone", "cylinder", "torus", "monkey", "monkey", "card"]
THIN = ["poles", "fence", "lattice", "grass", "foliage", "text", "text", "curve", "curve"]


# ---------------------------------------------------------------------------------------------------------------
# Motion. Paths are functions of the time in frames from the middle of the run, turned into a key at every frame.
# ---------------------------------------------------------------------------------------------------------------

def setKeys(block, path, index, frames, values):
    """Linear keys; one channel of `path`."""
    if block.animation_data is None:
        block.animation_data_create()
    if block.animation_data.action is None:
        block.animation_data.action = bpy.data.actions.new(block.name)
    curve = block.animation_data.action.fcurves.new(path, index=index)
    curve.keyframe_points.add(len(frames))
    curve.keyframe_points.foreach_set("co", [x for pair in zip(frames, values) for x in pair])
    curve.keyframe_points.foreach_set("interpolation", [LINEAR] * len(frames))
    curve.update()


def drawPath(rng, speed, direction, linearShare=0.6):
    """A function of time to an offset that is zero at time zero, with `speed` units a frame there."""
    side = direction.cross(randomDirection(rng))
    side = side.normalized() if side.length > 1e-3 else Vector((0, 0, 1))
    kind = "linear" if chance(rng, linearShare) else rng.choice(["arc", "arc", "accelerate", "bounce", "swing", "jitter"])
    if kind == "arc":
        turn = rng.uniform(0.05, 0.5) * rng.choice([-1, 1])    # Radians a frame.
        radius = speed / abs(turn)
        sign = math.copysign(1, turn)
        return kind, lambda t: direction * (radius * math.sin(abs(turn) * t)) + side * (
            sign * radius * (1 - math.cos(turn * t)))
    if kind == "accelerate":
        gain = rng.uniform(-0.35, 0.35)
        return kind, lambda t: direction * (speed * (t + 0.5 * gain * t * t))
    if kind == "bounce":
        height, period, phase = speed * rng.uniform(1.5, 4), rng.uniform(4, 9), rng.uniform(0, 1)
        start = abs(math.sin(math.pi * phase))
        forward = Vector((direction.x, direction.y, 0)) * speed * 0.6
        return kind, lambda t: forward * t + Vector((0, 0, height * (abs(math.sin(math.pi * (t / period + phase))) - start)))
    if kind == "swing":
        rate, phase = rng.uniform(0.3, 1.1), rng.uniform(-1, 1)
        return kind, lambda t: direction * (speed / rate * (math.sin(rate * t + phase) - math.sin(phase)))
    if kind == "jitter":
        table = {}
        seed = rng.getrandbits(32)

        def jitter(t):
            if t not in table:
                local = random.Random(seed * 1000 + int(round(t * 8)) + 500)
                table[t] = randomDirection(local) * (speed * local.uniform(0.2, 0.8))
            return table[t]
        return kind, lambda t: direction * (speed * t * 0.5) + jitter(t)
    return "linear", lambda t: direction * (speed * t)


def drawSpin(rng, rate):
    """Functions of time to the three Euler angles, for a turn of about `rate` radians a frame."""
    weights = randomDirection(rng) if chance(rng, 0.5) else Vector((0, 0, rng.choice([-1, 1])))
    if chance(rng, 0.7):
        return lambda t: weights * (rate * t)
    rhythm = rng.uniform(0.3, 0.9)
    return lambda t: weights * (rate / rhythm * math.sin(rhythm * t))


class SceneBuilder:
    def __init__(self, rng, arguments):
        self.rng = rng
        self.size = arguments.size
        self.frames = arguments.frames
        self.scene = bpy.context.scene
        self.keyFrames = list(range(-1, self.frames + 3))     # Cycles looks one frame to either side for vectors.
        self.middle = (1 + self.frames) / 2
        self.times = [f - self.middle for f in self.keyFrames]
        self.tags = []

    # -- helpers ------------------------------------------------------------------------------------------------

    def pixelsToUnits(self, pixels, distance):
        return pixels * distance / self.focalPx

    def pointAt(self, u, v, distance):
        """The world point at image position (u, v), from -1 to 1 with v up, `distance` in front of the camera."""
        half = 0.5 * self.size / self.focalPx
        return self.cameraMatrix @ Vector((u * half * distance, v * half * distance, -distance))

    def screenDirection(self, depthShare=0.3):
        """A random direction, mostly along the image plane."""
        rng = self.rng
        a = rng.uniform(0, 2 * math.pi)
        local = Vector((math.cos(a), math.sin(a) * 0.7, rng.gauss(0, depthShare)))
        return (self.cameraMatrix.to_3x3() @ local).normalized()

    def link(self, name, data):
        thing = bpy.data.objects.new(name, data)
        self.scene.collection.objects.link(thing)
        return thing

    def key(self, block, path, values):
        for axis in range(len(values[0])):
            setKeys(block, path, axis, self.keyFrames, [v[axis] for v in values])

    def drawSpeedPx(self):
        return logUniform(self.rng, 0.3, 25) * self.size / 256

    def images(self):
        return self.paintings

    # -- parts of a scene ---------------------------------------------------------------------------------------

    def build(self):
        rng = self.rng
        self.paintings = [paintImage(rng) for _ in range(rng.choice([0, 1, 1, 2]))]
        self.night = chance(rng, 0.2)
        self.profile = rng.choices(["camera", "objects", "both", "calm"], [0.22, 0.38, 0.30, 0.10])[0]
        self.place = rng.choices(["open", "wall", "room", "void"], [0.40, 0.25, 0.20, 0.15])[0]
        self.tags += [self.profile, self.place] + (["night"] if self.night else [])
        self.setUpRender()
        self.addCamera()
        self.addSet()
        self.addLight()
        budget = rng.randint(3, 12)
        for _ in range(budget):
            self.addThing()
        if chance(rng, 0.14):
            self.addCloud()
        if chance(rng, 0.12):
            self.addChain()
        if chance(rng, 0.04):
            self.addHair()
        if chance(rng, 0.15):
            self.addForeground()

    def setUpRender(self):
        rng, scene = self.rng, self.scene
        scene.render.engine = "CYCLES"
        cycles = scene.cycles
        cycles.device = "CPU"
        cycles.use_adaptive_sampling = False
        cycles.use_denoising = False
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 1, 2
        cycles.transmission_bounces, cycles.transparent_max_bounces, cycles.volume_bounces = 3, 4, 0
        if self.place in ("open", "void"):
            cycles.max_bounces, cycles.diffuse_bounces = 2, 0       # The sky still lights; only surfaces do not.
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.blur_glossy = 1.0
        cycles.sample_clamp_indirect = 2.0
        cycles.light_sampling_threshold = 0.01
        cycles.use_animated_seed = True           # Noise that stood still would look like texture to the network.
        cycles.seed = rng.getrandbits(30)
        scene.render.threads_mode = "FIXED"
        scene.render.threads = 1
        scene.render.resolution_percentage = 100
        scene.render.use_compositing = scene.render.use_sequencer = False
        settings = scene.render.image_settings
        settings.file_format = "OPEN_EXR_MULTILAYER"
        settings.color_depth = "16"
        settings.exr_codec = "ZIP"
        layer = bpy.context.view_layer
        layer.use_pass_combined = layer.use_pass_z = layer.use_pass_vector = True
        layer.use_pass_normal = layer.use_pass_diffuse_color = True
        scene.render.film_transparent = chance(rng, 0.04)
        scene.frame_start, scene.frame_end = 1, self.frames
        if chance(rng, 0.03):
            scene.render.use_motion_blur = True
            scene.render.motion_blur_shutter = rng.uniform(0.2, 0.6)
            self.tags.append("motion_blur")

    def addCamera(self):
        rng = self.rng
        data = bpy.data.cameras.new("camera")
        data.sensor_width = SENSOR_MM
        data.lens = logUniform(rng, 20, 85)
        data.clip_start = 0.02
        data.clip_end = 500
        self.focalPx = data.lens / SENSOR_MM * self.size
        self.reach = rng.uniform(4, 9) * data.lens / 35          # How far the middle of the scene is.
        pitch = rng.uniform(-0.05, 0.5)
        if self.place == "void":
            pitch = rng.uniform(-0.6, 0.6)
        height = rng.uniform(0.9, 2.0) + max(0, math.sin(pitch)) * self.reach
        rotation = Euler((math.pi / 2 - pitch, rng.gauss(0, 0.04) if chance(rng, 0.7) else rng.gauss(0, 0.4), 0))
        location = Vector((0, -self.reach * math.cos(pitch), height))
        camera = self.link("camera", data)
        self.scene.camera = camera
        self.cameraMatrix = Matrix.Translation(location) @ rotation.to_matrix().to_4x4()
        camera.location, camera.rotation_euler = location, rotation
        if chance(rng, 0.04):
            data.dof.use_dof = True
            data.dof.focus_distance = self.reach * rng.uniform(0.7, 1.2)
            data.dof.aperture_fstop = logUniform(rng, 0.05, 0.6)
            self.tags.append("dof")
        if self.profile == "objects":
            return
        speed = self.drawSpeedPx() if self.profile != "calm" else logUniform(rng, 0.05, 0.6)
        locations = [location.copy() for _ in self.times]
        angles = [Vector(rotation) for _ in self.times]
        _, curve = drawPath(rng, 1.0, Vector((1, 0, 0)))        # How the speed changes; along x, 1 a frame.
        curve = [curve(t) for t in self.times]
        moves = set(rng.sample(["pan", "truck", "dolly", "orbit", "shake", "zoom", "roll"],
                               rng.choice([1, 1, 1, 2])))
        if "truck" in moves or chance(rng, 0.35):
            moves.add("truck")
            step = self.pixelsToUnits(speed, self.reach * 0.8)
            across = (self.cameraMatrix.to_3x3() @ Vector((rng.choice([-1, 1]), rng.gauss(0, 0.3), 0))).normalized()
            for k, c in enumerate(curve):
                locations[k] += across * (step * c.x)
        if "dolly" in moves:
            step = min(0.06 * self.reach, speed * self.reach / (0.35 * self.size)) * rng.choice([-1, 1])
            forward = self.cameraMatrix.to_3x3() @ Vector((0, 0, -1))
            for k, c in enumerate(curve):
                locations[k] += forward * (step * c.x)
        if "pan" in moves:
            rate = speed / self.focalPx
            a = rng.uniform(0, 2 * math.pi)
            for k, c in enumerate(curve):
                angles[k] += Vector((math.sin(a) * 0.6 * rate * c.x, 0, math.cos(a) * rate * c.x))
        if "orbit" in moves:
            rate = min(0.12, 2.0 * speed / self.focalPx) * rng.choice([-1, 1])
            for k, c in enumerate(curve):
                turn = Matrix.Rotation(rate * c.x, 3, "Z")
                locations[k] = turn @ locations[k]
                angles[k] += Vector((0, 0, rate * c.x))
        if "roll" in moves:
            rate = min(0.15, speed / (0.35 * self.size)) * rng.choice([-1, 1])
            for k, c in enumerate(curve):
                angles[k] = Vector((angles[k] + Vector((0, rate * c.x, 0))))
        if "shake" in moves:
            for k in range(len(self.times)):
                angles[k] += Vector((rng.gauss(0, 1), rng.gauss(0, 0.3), rng.gauss(0, 1))) * (0.4 * speed / self.focalPx)
        if "zoom" in moves:
            rate = min(0.1, speed / (0.35 * self.size)) * rng.choice([-1, 1])
            setKeys(data, "lens", 0, self.keyFrames, [data.lens * math.exp(rate * c.x) for c in curve])
        self.tags += sorted(moves)
        self.key(camera, "location", locations)
        self.key(camera, "rotation_euler", angles)

    def surface(self, name, matrix, extent, scale):
        """A large plane with its own texture."""
        mesh = bpy.data.meshes.new(name)
        bm = bmesh.new()
        bmesh.ops.create_grid(bm, x_segments=1, y_segments=1, size=extent)
        bm.to_mesh(mesh)
        bm.free()
        mesh.materials.append(makeMaterial(self.rng, self.images(), "matte" if chance(self.rng, 0.75) else "glossy", scale,
                                           False))
        self.link(name, mesh).matrix_world = matrix

    def addSet(self):
        rng = self.rng
        perMetre = lambda: logUniform(rng, 0.4, 8)
        if self.place == "void":
            return
        self.surface("ground", Matrix.Identity(4), 60 if self.place == "open" else 14, perMetre())
        if self.place == "open":
            return
        back = rng.uniform(1.5, 6)
        upright = Matrix.Rotation(math.pi / 2, 4, "X")
        self.surface("back", Matrix.Translation((0, back, 0)) @ Matrix.Rotation(rng.gauss(0, 0.2), 4, "Z") @ upright, 30,
                     perMetre())
        if self.place == "room":
            for side in (-1, 1):
                turn = Matrix.Rotation(math.pi / 2, 4, "Z") @ upright
                self.surface("side", Matrix.Translation((side * rng.uniform(3.5, 6), 0, 0)) @ turn, 30, perMetre())

    def addLight(self):
        rng = self.rng
        world = bpy.data.worlds.new("world")
        self.scene.world = world
        world.use_nodes = True
        world.cycles.sampling_method = "NONE"      # Smooth skies need no importance map, and it takes time to make.
        nodes, links = world.node_tree.nodes, world.node_tree.links
        background = nodes["Background"]
        background.inputs["Strength"].default_value = logUniform(rng, 0.01, 0.12) if self.night else logUniform(rng, 0.2, 1.5)
        background.inputs["Color"].default_value = (*[0.25 + 0.6 * c for c in randomColour(rng)], 1)
        if chance(rng, 0.75):
            coordinates = nodes.new("ShaderNodeTexCoord")
            # Light from a smooth sky, a picture of a detailed one: the light would be noisy otherwise.
            colour = addTexture(rng, world.node_tree, coordinates.outputs["Generated"], logUniform(rng, 2, 25), self.images())
            path = nodes.new("ShaderNodeLightPath")
            mix = nodes.new("ShaderNodeMixShader")
            seen = nodes.new("ShaderNodeBackground")
            seen.inputs["Strength"].default_value = background.inputs["Strength"].default_value
            links.new(colour, seen.inputs["Color"])
            links.new(path.outputs["Is Camera Ray"], mix.inputs["Fac"])
            links.new(background.outputs["Background"], mix.inputs[1])
            links.new(seen.outputs["Background"], mix.inputs[2])
            links.new(mix.outputs["Shader"], nodes["World Output"].inputs["Surface"])
        kind = rng.choices(["sun", "area", "point"], [0.6, 0.25, 0.15])[0] if self.place != "room" else rng.choice(["area", "sun"])
        strength = 0.06 if self.night else 1.0
        count = 1 if kind == "sun" else rng.choice([1, 2])
        for _ in range(count):
            data = bpy.data.lights.new("light", kind.upper())
            data.color = [0.5 + 0.5 * c for c in randomColour(rng, rng.choice([0.1, 0.3, 0.8]))]
            lamp = self.link("light", data)
            if kind == "sun":
                data.energy = logUniform(rng, 1, 7) * strength
                data.angle = logUniform(rng, 0.004, 0.1)
                angles = Vector((rng.uniform(0.2, 1.2), 0, rng.uniform(-1.9, 1.9)))
                lamp.rotation_euler = angles
                if chance(rng, 0.1):
                    spin = drawSpin(rng, logUniform(rng, 0.005, 0.08))
                    self.key(lamp, "rotation_euler", [angles + spin(t) for t in self.times])
                    self.tags.append("moving_light")
                continue
            at = Vector((rng.uniform(-3, 3), rng.uniform(-self.reach * 0.8, 0.5), rng.uniform(2.5, 6)))
            data.energy = logUniform(rng, 150, 900) * strength
            if kind == "area":
                data.size = rng.uniform(0.2, 2)
            else:
                data.shadow_soft_size = rng.uniform(0.02, 0.2)
            lamp.location = at
            lamp.rotation_euler = (-at).to_track_quat("-Z", "Y").to_euler()
            if chance(rng, 0.2):
                _, path = drawPath(rng, self.pixelsToUnits(self.drawSpeedPx(), 4), randomDirection(rng))
                self.key(lamp, "location", [at + path(t) for t in self.times])
                self.tags.append("moving_light")

    def spot(self, radiusPx, near=0.35, far=1.6):
        """A distance, a point in view and the radius there of something that has `radiusPx` on the screen."""
        rng = self.rng
        distance = self.reach * logUniform(rng, near, far)
        radius = self.pixelsToUnits(radiusPx, distance)
        distance = max(distance, radius * 1.6 + 0.3)
        point = self.pointAt(rng.uniform(-0.85, 0.85), rng.uniform(-0.75, 0.7), distance)
        if self.place != "void" and point.z < radius * 0.5:
            point.z = radius * rng.uniform(0.4, 1.0)       # Not under the ground.
        if self.place in ("wall", "room"):
            point.y = min(point.y, 1.3)
        return distance, point, radius

    def objectSpeedPx(self):
        if self.profile in ("objects", "both"):
            return self.drawSpeedPx() if chance(self.rng, 0.8) else 0.0
        return self.drawSpeedPx() if self.profile == "calm" and chance(self.rng, 0.15) else 0.0

    def moveThing(self, thing, point, angles, scale, distance, radiusPx):
        rng = self.rng
        speed, spinSpeed = self.objectSpeedPx(), self.objectSpeedPx()
        thing.location, thing.rotation_euler, thing.scale = point, angles, scale
        if speed > 0 and chance(rng, 0.8):
            name, path = drawPath(rng, self.pixelsToUnits(speed, distance), self.screenDirection())
            self.key(thing, "location", [point + path(t) for t in self.times])
            self.tags.append(name)
        if spinSpeed > 0 and chance(rng, 0.55):
            spin = drawSpin(rng, min(0.6, spinSpeed / max(radiusPx * 0.7, 4)))
            self.key(thing, "rotation_euler", [angles + spin(t) for t in self.times])
        if speed > 0 and chance(rng, 0.12):
            rate = rng.choice([-1, 1]) * min(0.12, speed / max(radiusPx, 4))
            self.key(thing, "scale", [scale * math.exp(rate * t) for t in self.times])

    def deform(self, thing, mesh, speedPx, radiusPx):
        """Bends the mesh itself, so that vectors come from vertices and not only from transforms."""
        rng = self.rng
        amount = min(0.35, speedPx / max(radiusPx, 8))     # Of the radius, a frame.
        kind = rng.choice(["keys", "keys", "bend", "wave"])
        if kind == "keys":
            thing.shape_key_add(name="Basis")
            block = thing.shape_key_add(name="moved")
            count = len(mesh.vertices)
            points = np.empty(count * 3, np.float32)
            mesh.vertices.foreach_get("co", points)
            offset, frequency = randomDirection(rng) * 20, logUniform(rng, 0.7, 3)
            moved = np.array([Vector(p) + noise.noise_vector(Vector(p) * frequency + offset)
                              for p in points.reshape(-1, 3)], np.float32)
            block.data.foreach_set("co", moved.ravel())
            block.slider_min, block.slider_max = -5, 5
            rhythm = rng.uniform(0.2, 0.8)
            setKeys(mesh.shape_keys, 'key_blocks["moved"].value', 0, self.keyFrames,
                    [amount / rhythm * math.sin(rhythm * t) for t in self.times])
        elif kind == "bend":
            modifier = thing.modifiers.new("bend", "SIMPLE_DEFORM")
            modifier.deform_method = rng.choice(["TWIST", "BEND", "TAPER", "STRETCH"])
            modifier.deform_axis = rng.choice("XYZ")
            base, rate = rng.uniform(-0.6, 0.6), amount * rng.choice([-2, 2])
            name = "angle" if modifier.deform_method in ("TWIST", "BEND") else "factor"
            setKeys(thing, f'modifiers["bend"].{name}', 0, self.keyFrames, [base + rate * t for t in self.times])
        else:
            modifier = thing.modifiers.new("wave", "WAVE")
            modifier.time_offset = -60
            modifier.height, modifier.width, modifier.narrowness = rng.uniform(0.1, 0.35), rng.uniform(0.4, 0.9), rng.uniform(2, 5)
            modifier.speed = rng.uniform(0.02, 0.15)
        self.tags.append("deform")

    def addThing(self):
        rng = self.rng
        thin = chance(rng, 0.3)
        mesh = makeMesh(rng, rng.choice(THIN if thin else SOLID))
        radiusPx = logUniform(rng, 14 if thin else 9, 110 if thin else 80) * self.size / 256
        distance, point, radius = self.spot(radiusPx)
        willDeform = self.profile in ("objects", "both") and len(mesh.vertices) < 6000 and chance(rng, 0.15)
        upright = chance(rng, 0.5)
        mesh.materials.append(makeMaterial(rng, self.images(), drawMaterialKind(rng, self.night), logUniform(rng, 1, 14),
                                           willDeform, self.night and len(mesh.polygons) < 400))
        thing = self.link(mesh.name, mesh)
        angles = Vector((0, 0, rng.gauss(0, 0.6))) if upright else Vector([rng.uniform(-3.1, 3.1) for _ in range(3)])
        if mesh.name.startswith("card") and upright:
            angles.x = math.pi / 2
        stretch = Vector([logUniform(rng, 0.6, 1.2) for _ in range(3)]) if chance(rng, 0.3) else Vector((1, 1, 1))
        self.moveThing(thing, point, angles, stretch * radius, distance, radiusPx)
        if willDeform:
            self.deform(thing, mesh, self.drawSpeedPx(), radiusPx)

    def addCloud(self):
        """Many small instances with velocities of their own."""
        rng = self.rng
        meshes = []
        for _ in range(3):
            mesh = makeMesh(rng, rng.choice(["sphere", "rock", "cube", "cone", "foliage", "card"]))
            mesh.materials.append(makeMaterial(rng, self.images(), drawMaterialKind(rng, self.night), 2, False))
            meshes.append(mesh)
        common = self.screenDirection() * rng.choice([0, 0, 1, 2])
        base = self.drawSpeedPx() * 0.6
        for _ in range(rng.randint(50, 220)):
            radiusPx = logUniform(rng, 1.2, 8) * self.size / 256
            distance, point, radius = self.spot(radiusPx, 0.3, 2)
            thing = self.link("mote", rng.choice(meshes))
            thing.scale = (radius,) * 3
            velocity = (common + randomDirection(rng) * rng.uniform(0.1, 1)) * self.pixelsToUnits(base, distance)
            fall = Vector((0, 0, -0.5)) * self.pixelsToUnits(rng.choice([0, 0.2]) * base, distance)
            self.key(thing, "location", [point + velocity * t + fall * t * t for t in self.times])
            if radiusPx > 3:
                spin = drawSpin(rng, rng.uniform(0, 0.5))
                self.key(thing, "rotation_euler", [spin(t) for t in self.times])
        self.tags.append("cloud")

    def addChain(self):
        """An arm of links, each turning about the end of the one before."""
        rng = self.rng
        links = rng.randint(3, 5)
        lengthPx = rng.uniform(60, 150) / links * self.size / 256
        distance, point, length = self.spot(lengthPx)
        width = length * rng.uniform(0.12, 0.3)
        speed = self.drawSpeedPx()
        parent = None
        for k in range(links):
            mesh = bpy.data.meshes.new("link")
            bm = bmesh.new()
            addBox(bm, (0, 0, length / 2), (width, width, length))
            bmesh.ops.create_uvsphere(bm, u_segments=16, v_segments=8, radius=width * 0.8)
            bm.to_mesh(mesh)
            bm.free()
            mesh.materials.append(makeMaterial(rng, self.images(), drawMaterialKind(rng, False), 3 / length, False))
            part = self.link("link", mesh)
            if parent is None:
                part.location = point
            else:
                part.parent = parent
                part.location = (0, 0, length)
            rest = Vector((rng.gauss(0, 0.6), rng.gauss(0, 0.6), 0)) + (Vector((0, 0, rng.uniform(0, 6))) if k == 0 else Vector())
            swing = drawSpin(rng, min(0.35, speed / (lengthPx * links)))
            self.key(part, "rotation_euler", [rest + swing(t) for t in self.times])
            parent = part
        self.tags.append("chain")

    def addHair(self):
        rng = self.rng
        mesh = makeMesh(rng, rng.choice(["sphere", "torus", "monkey"]))
        mesh.materials.append(makeMaterial(rng, [], "matte", 3, True))
        radiusPx = rng.uniform(25, 60) * self.size / 256
        distance, point, radius = self.spot(radiusPx)
        thing = self.link("hairy", mesh)
        self.moveThing(thing, point, Vector((0, 0, rng.uniform(-1, 1))), Vector((radius,) * 3), distance, radiusPx)
        settings = thing.modifiers.new("hair", "PARTICLE_SYSTEM").particle_system.settings
        settings.type = "HAIR"
        settings.count = rng.randint(200, 1200)
        settings.hair_length = radius * rng.uniform(0.2, 0.7)
        settings.root_radius = rng.uniform(0.5, 2) * 0.6
        settings.radius_scale = 0.02
        self.tags.append("hair")

    def addForeground(self):
        """Something close and large that hides and shows what is behind it."""
        rng = self.rng
        for _ in range(rng.randint(1, 3)):
            mesh = makeMesh(rng, rng.choice(["cylinder", "poles", "fence", "foliage", "grass", "lattice", "card"]))
            mesh.materials.append(makeMaterial(rng, self.images(), "matte", logUniform(rng, 2, 10), False))
            distance = self.reach * rng.uniform(0.22, 0.35)
            radiusPx = rng.uniform(50, 140) * self.size / 256
            radius = self.pixelsToUnits(radiusPx, distance)
            distance = max(distance, radius * 1.3)
            point = self.pointAt(rng.choice([-1, 1]) * rng.uniform(0.3, 1.0), rng.uniform(-0.8, 0.6), distance)
            thing = self.link("foreground", mesh)
            angles = Vector((rng.gauss(0, 0.2), rng.gauss(0, 0.2), rng.uniform(-0.5, 0.5)))
            if mesh.name.startswith("card"):
                angles.x += math.pi / 2
            self.moveThing(thing, point, angles, Vector((radius, radius, radius * rng.uniform(1, 2))), distance, radiusPx)
        self.tags.append("foreground")


# ---------------------------------------------------------------------------------------------------------------
# Rendering
# ---------------------------------------------------------------------------------------------------------------

def renderFrame(scene, frame, size, samples, path):
    scene.frame_set(frame)
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.cycles.samples = samples
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def look(scene, frame, path):
    """A tiny render: linear luminance as an array, and the share of pixels that something very close fills."""
    layer = bpy.context.view_layer
    passes = ("use_pass_vector", "use_pass_normal", "use_pass_diffuse_color", "use_pass_z")
    for name in passes:
        setattr(layer, name, False)
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    renderFrame(scene, frame, 40, 2, path)
    settings.file_format, settings.color_depth = "OPEN_EXR_MULTILAYER", "16"
    for name in passes:
        setattr(layer, name, True)
    image = bpy.data.images.load(path)
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    os.remove(path)
    return pixels.reshape(40, 40, -1)[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def adjustExposure(builder, frames, path):
    """Sets the exposure; False where the run shows too little to be worth rendering."""
    scene = builder.scene
    scene.cycles.film_exposure = 1
    views = [look(scene, frame, path) for frame in (1, frames)]
    luminance = np.stack(views)
    lit = luminance[luminance > 1e-5]
    if lit.size < 0.25 * luminance.size:
        return False
    level = math.exp(float(np.log(lit).mean()))
    target = logUniform(builder.rng, 0.02, 0.12) if builder.night else logUniform(builder.rng, 0.06, 0.5)
    gain = target / level
    if not 0.02 < gain < 400:
        return False
    scene.cycles.film_exposure = min(gain, 10)          # Blender's limit.
    for view in views:
        display = np.log1p(view * gain * 8)
        if display.std() < 0.18 or (np.abs(np.diff(display, axis=1)) > 0.05).mean() < 0.08:
            return False                                # One flat thing fills the view.
    return True


def buildRun(seed, arguments, scratch):
    for attempt in range(MAX_ATTEMPTS):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        builder = SceneBuilder(random.Random(seed * 1000 + attempt), arguments)
        builder.build()
        if adjustExposure(builder, arguments.frames, scratch):
            builder.tags.append(f"attempt{attempt}")
            return builder
    return builder


def residentMb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main():
    arguments = parseArguments()
    os.makedirs(arguments.out, exist_ok=True)
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.count):
        if shutil.disk_usage(arguments.out).free < MIN_FREE_BYTES:
            print("the disk is nearly full: stopping before it is", file=sys.stderr)
            return
        folder = os.path.join(arguments.out, f"run_{seed:06d}")
        if os.path.exists(os.path.join(folder, "done")):
            continue
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        try:
            builder = buildRun(seed, arguments, os.path.join(folder, "look.exr"))
            for frame in range(1, arguments.frames + 1):
                renderFrame(builder.scene, frame, arguments.size, arguments.samples,
                            os.path.join(folder, f"frame.{frame:04d}.exr"))
        except Exception as error:     # One odd scene must not end a job of days.
            print(f"run {seed}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            if os.environ.get("INBETWEEN_SCENES_STRICT"):
                raise
            continue
        with open(os.path.join(folder, "done.part"), "w") as file:
            json.dump({"seed": seed, "frames": arguments.frames, "tags": sorted(set(builder.tags))}, file)
        os.rename(os.path.join(folder, "done.part"), os.path.join(folder, "done"))
        if residentMb() > RESTART_RSS_MB:      # Blender keeps some memory of every scene; a new process has none.
            sys.stdout.flush()
            os.execv(bpy.app.binary_path, [bpy.app.binary_path] + sys.argv[1:])


if __name__ == "__main__":
    main()
