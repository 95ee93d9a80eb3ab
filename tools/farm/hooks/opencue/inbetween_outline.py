"""Inbetween as dependent layers of an OpenCue job.

In the outline of the render, with this folder on PYTHONPATH and ../post_job.sh at the same path on all machines:

    import outline, outline.cuerun
    import inbetween_outline

    job = outline.Outline("sh010", frame_range="1-101x2")
    job.add_layer(render)                        # the layer that writes the keyframes
    inbetween_outline.add(job, after=render, keys="/show/sh010/keys", out="/show/sh010/out", shards=16)
    outline.cuerun.launch(job)

The layer "inbetween" makes the parts, a frame of OpenCue for each; "inbetween_merge" joins them. With scene=FILE (and
renderer="arnold", ...) a third, "inbetween_rerender", renders the frames and boxes that are asked for and puts them in. They
are listed in `out`: rerender.txt (whole frames), regions.txt (boxes), regions.json (both). A frame that is killed or retried
goes on where it was.

Tested with the real pyoutline (its job specification, without a Cuebot), not on a running OpenCue.
"""

import os
import shlex

from outline.modules.shell import Shell, ShellCommand

HOOK = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "post_job.sh")

# The parameters of post_job.sh that may be given to add().
OPTIONS = ("pattern", "threshold", "threads", "memory", "progress", "bin", "scene", "renderer", "rounds")


class Shards(Shell):
    """One frame of OpenCue for each part. The parts are numbered from 1 whatever frames the shot has: a Shell layer
    would lose those that are not in the frame range of the job."""

    def __init__(self, name, shards, hook, **args):
        self.__shards, self.__hook = shards, hook
        # What runs where the job is launched without pycuerun; Cuebot puts the frame number in.
        super().__init__(name, command=[shlex.quote(hook), "shard", "#IFRAME#", str(shards)], **args)

    def get_frame_range(self):
        return f"1-{self.__shards}"

    def _execute(self, frames):
        for frame in frames:
            self.system([self.__hook, "shard", str(frame), str(self.__shards)], frame=frame)


class Once(ShellCommand):
    """One frame of OpenCue that calls post_job.sh with `mode`."""

    def __init__(self, name, hook, mode, **args):
        self.__hook, self.__mode = hook, mode
        super().__init__(name, command=[shlex.quote(hook), mode], **args)

    def _execute(self, frames):
        self.system([self.__hook, self.__mode], frame=frames[0])


def add(job, after, keys, out, shards=16, hook=HOOK, **options):
    """Adds the layers to the outline `job`, behind the layer `after`; returns them. Raises ValueError."""
    if not isinstance(shards, int) or not 1 <= shards <= 100000:
        raise ValueError(f"shards is {shards!r}; give a whole number from 1 to 100000")
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ValueError(f"there is no {', '.join(unknown)}, only {', '.join(OPTIONS)}")
    env = {"INBETWEEN_KEYS": keys, "INBETWEEN_OUT": out}
    env.update({f"INBETWEEN_{name.upper()}": str(value) for name, value in options.items()})
    for name, value in env.items():
        # They travel in an XML document and an environment.
        if any(ord(letter) < 32 for letter in value):
            raise ValueError(f"{name} is {value!r}; control characters cannot be passed on")
    for name in ("INBETWEEN_KEYS", "INBETWEEN_OUT"):
        if not os.path.isabs(env[name]):
            raise ValueError(f"{name} is {env[name]!r}; give an absolute path")

    parts = Shards("inbetween", shards, hook, env=env)
    layers = [parts, Once("inbetween_merge", hook, "merge", env=env)]
    if options.get("scene"):
        layers.append(Once("inbetween_rerender", hook, "rerender", env=env))
    for before, layer in zip([after, *layers], layers):
        job.add_layer(layer)
        layer.depend_all(before)
    return tuple(layers)
