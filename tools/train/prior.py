"""The motion prior of the C++ library (src/motion/), so that training starts from exactly what the command starts from.

    cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build --target inbetween_prior_api
"""
import ctypes
import functools
import os
import pathlib

import numpy as np

LIBRARY = pathlib.Path(os.environ.get(
    "INBETWEEN_PRIOR_API",
    pathlib.Path(__file__).resolve().parents[2] / "build/tools/train/libinbetween_prior_api.so"))
PLANES = 7  # flow0 x y, flow1 x y, confidence 0, confidence 1, depth order


def _floats(array):
    return None if array is None else array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


@functools.cache
def library():
    return ctypes.CDLL(str(LIBRARY))


def motion_prior(key0, key1, time, gap, vectors0=None, vectors1=None, depth0=None, depth1=None):
    """Linear keyframes [H,W,3]; vectors [H,W,4] and depth [H,W] or None. Returns planes [7,H,W] of the main guess and of the
    other one, the pair's exposure, and whether the vectors were used (else the flow was estimated)."""
    height, width = key0.shape[:2]
    arrays = [None if a is None else np.ascontiguousarray(a, np.float32)
              for a in (key0, key1, vectors0, vectors1, depth0, depth1)]
    out = np.empty((2 * PLANES, height, width), np.float32)
    exposure, source = ctypes.c_float(), ctypes.c_int()
    failed = library().ib_prior(width, height, *map(_floats, arrays), int(gap), ctypes.c_float(time),
                                ctypes.byref(exposure), _floats(out), ctypes.byref(source))
    if failed:
        raise RuntimeError("ib_prior failed; its message is above")
    return out[:PLANES], out[PLANES:], exposure.value, source.value == 1
