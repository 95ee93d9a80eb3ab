// Matches patches of one picture to another one, however far: PatchMatch (Barnes et al. 2009) with support
// weights that follow the colours (Yoon and Kweon 2006), so a patch on a thin thing hardly sees what is
// behind it.
#pragma once

#include "inbetween/view.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace inbetween {

// One pixel, R G B of the view and an unused fourth, as one vector.
using PatchColour = float __attribute__((vector_size(16)));

struct PatchPicture {
    int width = 0, height = 0;
    std::vector<PatchColour> pixels;

    const PatchColour& at(int x, int y) const { return pixels[std::size_t(y) * width + x]; }
};

// Means over divisor x divisor pixels; what is left over right and bottom is left out.
PatchPicture shrunkView(const ViewPlanes& view, int divisor);
PatchPicture halved(const PatchPicture& picture);

// Mean over R G B.
float colourDifference(PatchColour a, PatchColour b);

// The colours' differences, none more than `most`.
inline PatchColour limitedDifference(PatchColour a, PatchColour b, float most) {
    const PatchColour d = a - b, size = d < 0.0f ? -d : d, limit = PatchColour{} + most;
    return size < limit ? size : limit;
}
inline float sum(PatchColour v) {
    return v[0] + v[1] + v[2];
}

// Bilinear between the pixels, those at the edge going on outside.
inline PatchColour sampleAt(const PatchPicture& picture, float x, float y) {
    x = std::clamp(x, 0.0f, float(picture.width - 1));
    y = std::clamp(y, 0.0f, float(picture.height - 1));
    const int left = int(x), top = int(y);
    const int right = std::min(left + 1, picture.width - 1), below = std::min(top + 1, picture.height - 1);
    const float fx = x - float(left), fy = y - float(top);
    return (picture.at(left, top) * (1 - fx) + picture.at(right, top) * fx) * (1 - fy) +
           (picture.at(left, below) * (1 - fx) + picture.at(right, below) * fx) * fy;
}

// A number to another one that looks random: always the same.
std::uint32_t scrambled(std::uint32_t x);

// Whole pixels.
struct Shift {
    std::int16_t x = 0, y = 0;
    bool operator==(const Shift&) const = default;
};

// How the surroundings of a place move: the place itself by (x, y) pixels, and what is (dx, dy) from it to
// where it is then plus
// ((1 + grow) dx - turn dy, turn dx + (1 + grow) dy).
struct Similarity {
    float x = 0, y = 0, grow = 0, turn = 0;

    // The same motion, told of the place that is (dx, dy) from here.
    Similarity seenFrom(float dx, float dy) const {
        return {x + grow * dx - turn * dy, y + turn * dx + grow * dy, grow, turn};
    }
};

// The surroundings of a pixel: 7x7 places, two pixels apart.
class Patch {
public:
    static constexpr int reach = 3, side = 2 * reach + 1, spacing = 2;

    Patch(const PatchPicture& picture, int x, int y);

    // How badly the patch fits to where it is shifted: the weighted mean of the colours' differences, of
    // which none counts for more than 0.15 of the view; 1 where the pixel itself leaves the picture. May stop
    // when it is above `most`.
    float cost(const PatchPicture& other, Shift shift, float most = 1.0f) const;
    // The same, bilinear between the pixels.
    float cost(const PatchPicture& other, float shiftX, float shiftY) const;
    float cost(const PatchPicture& other, const Similarity& motion) const;

    // Calls visit(x, y, weight) for the places inside the picture; the weights sum up to 1.
    template <class Visit> void forPlaces(const Visit& visit) const {
        for (int k = 0; k < side * side; ++k)
            if (weights_[std::size_t(k)] > 0.0f)
                visit(x_ + spacing * (k % side - reach), y_ + spacing * (k / side - reach),
                      weights_[std::size_t(k)]);
    }

private:
    const PatchPicture& picture_;
    int x_, y_;
    std::array<float, std::size_t(side) * side> weights_; // 0 outside
};

struct PatchSearch {
    int iterations = 1;
    int farthest = 1;                         // pixels, of a random step
    const std::vector<char>* where = nullptr; // optional: pixels that may change
};
// Improves the shifts from `from` to `to`. Always the same for the same pictures.
void patchMatch(const PatchPicture& from, const PatchPicture& to, const PatchSearch& search,
                std::vector<Shift>& shifts);

} // namespace inbetween
