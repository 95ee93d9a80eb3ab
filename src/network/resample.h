// Pictures and flows at another size: means over the area where it is smaller, bilinear where it is larger.
#pragma once

#include "inbetween/view.h"
#include "network/tensor.h"

#include <vector>

namespace inbetween {

// Of what each sample along one axis is made: samples from `first` on, times weights of sum 1. Samples lie in the middle of
// their pixels.
class Resampling {
public:
    Resampling(int from, int to);

    struct Sample {
        int first, count;
        const float* weights;
    };
    int size() const { return int(samples_.size()); }
    Sample operator[](int i) const {
        const Range& range = samples_[std::size_t(i)];
        return {range.first, range.count, weights_.data() + range.weights};
    }

private:
    struct Range {
        int first, count;
        std::size_t weights;
    };
    std::vector<Range> samples_;
    std::vector<float> weights_;
};

// [height, width, 3] float32 padded right and bottom to multiples of `multiple` by edge replication; values over `most` are that.
Tensor pictureOf(const ViewPlanes& view, int width, int height, int multiple, float most);

// The upper left fromWidth x fromHeight of `plane` at another size, times `factor`, within +-`most`.
Plane resampled(const Plane& plane, int fromWidth, int fromHeight, int width, int height, float factor, float most);

} // namespace inbetween
