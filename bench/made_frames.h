// Frames to measure with: made, not rendered, so that any size can be had without files in the repository.
#pragma once

#include "inbetween/image.h"

// RGBA, depth, vectors (Blender's convention) and normals, all half: a textured ground that moves under noise.
inbetween::Image madeFrame(int width, int height, int frame);
