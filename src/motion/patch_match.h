// Matches patches of one picture to another one, however far: PatchMatch (Barnes et al. 2009) with support weights that
// follow the colours (Yoon and Kweon 2006), so a patch on a thin thing hardly sees what is behind it.
#pragma once

#include "inbetween/view.h"

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

// Whole pixels.
struct Shift {
    std::int16_t x = 0, y = 0;
    bool operator==(const Shift&) const = default;
};

// The surroundings of a pixel: 7x7 places, two pixels apart.
class Patch {
public:
    static constexpr int reach = 3, side = 2 * reach + 1, spacing = 2;

    Patch(const PatchPicture& picture, int x, int y);

    // How badly the patch fits to where it is shifted: the weighted mean of the colours' differences, of which none counts for
    // more than 0.15 of the view; 1 where the pixel itself leaves the picture. May stop when it is above `most`.
    float cost(const PatchPicture& other, Shift shift, float most = 1.0f) const;
    // The same, bilinear between the pixels.
    float cost(const PatchPicture& other, float shiftX, float shiftY) const;

    // Calls visit(x, y, weight) for the places inside the picture; the weights sum up to 1.
    template <class Visit> void forPlaces(const Visit& visit) const {
        for (int k = 0; k < side * side; ++k)
            if (weights_[std::size_t(k)] > 0.0f)
                visit(x_ + spacing * (k % side - reach), y_ + spacing * (k / side - reach), weights_[std::size_t(k)]);
    }

private:
    const PatchPicture& picture_;
    int x_, y_;
    std::array<float, std::size_t(side) * side> weights_; // 0 outside
};

struct PatchSearch {
    int iterations = 1;
    int farthest = 1;               // pixels, of a random step
    const std::vector<char>* where = nullptr; // optional: pixels that may change
};
// Improves the shifts from `from` to `to`. Always the same for the same pictures.
void patchMatch(const PatchPicture& from, const PatchPicture& to, const PatchSearch& search, std::vector<Shift>& shifts);

} // namespace inbetween
