#pragma once

#include <filesystem>

namespace inbetween {

// Says in the movie how its colours are meant: BT.709 primaries, sRGB curve, BT.601 matrix, limited range,
// which is what OpenCV writes but does not say, so that players guess, and guess another matrix for high
// definition. Adds a `colr` box (ISO 14496-12) to the video track's description in .mp4 and .mov. A file that
// says so already, or is laid out in another way than FFmpeg does, stays as it is. Throws
// std::ios_base::failure.
void tagColours(const std::filesystem::path& movie);

} // namespace inbetween
