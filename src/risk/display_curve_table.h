// From the view of a keyframe pair to the display view in which errors are measured.
#pragma once

#include "inbetween/view.h"

#include <algorithm>
#include <vector>

namespace inbetween {

// displayCurve(linear) of a view sample, by a table: the curves cost two transcendental functions a sample.
class DisplayCurveTable {
public:
    explicit DisplayCurveTable(float exposure) : table_(size + 1) {
        const float white = viewCurve(exposure); // the view of linear 1, over which the display clips
        perView_ = size / white;
        for (int i = 0; i <= size; ++i)
            table_[i] = displayCurve(viewCurveInverse(white * static_cast<float>(i) / size) / exposure);
    }

    float operator()(float view) const {
        const float position = view > 0.0f ? std::min(view * perView_, float(size)) : 0.0f; // NaN is 0
        const int i = std::min(static_cast<int>(position), size - 1);
        return table_[i] + (position - static_cast<float>(i)) * (table_[i + 1] - table_[i]);
    }

private:
    static constexpr int size = 4096;
    float perView_; // table entries
    std::vector<float> table_;
};

} // namespace inbetween
