#include "player.h"

#include "inbetween/error.h"
#include "inbetween/roles.h"
#include "inbetween/sequence.h"
#include "inbetween/view.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <set>

namespace savings {
namespace fs = std::filesystem;
using namespace inbetween;
namespace {

std::map<int, fs::path> framesIn(const fs::path& folder) {
    std::map<int, fs::path> frames;
    for (const SequenceFrame& frame : findSequence(folder.string()).keyframes)
        frames[frame.number] = frame.path;
    return frames;
}

// The rows of a box out of a part whose channels are not subsampled.
Image cropped(const Image& whole, const Box& box) {
    Image crop = whole;
    for (std::size_t p = 0; p < crop.parts.size(); ++p) {
        const Part& from = whole.parts[p];
        Part& to = crop.parts[p];
        to.dataWindow = intersection(from.dataWindow, box);
        for (std::size_t c = 0; c < to.channels.size(); ++c) {
            const std::size_t bytes = bytesPerSample(from.channels[c].type);
            const std::size_t stride = bytes * std::size_t(width(from.dataWindow));
            const std::size_t row = bytes * std::size_t(width(to.dataWindow));
            to.channels[c].samples.resize(row * std::size_t(height(to.dataWindow)));
            for (int y = 0; y < height(to.dataWindow); ++y)
                std::memcpy(to.channels[c].samples.data() + row * std::size_t(y),
                            from.channels[c].samples.data() +
                                stride * std::size_t(y + to.dataWindow.min.y - from.dataWindow.min.y) +
                                bytes * std::size_t(to.dataWindow.min.x - from.dataWindow.min.x),
                            row);
        }
    }
    return crop;
}

ColourPlanes beauty(const fs::path& path, Box& canvas) {
    const Image image = readExr(path);
    canvas = image.displayWindow;
    return linearBeauty(image, findRoles(image), canvas);
}

} // namespace

Player::Player(const fs::path& shot)
    : name_(shot.has_filename() ? shot.filename().string() : shot.parent_path().filename().string()),
      keys_(framesIn(shot / "keys")),
      truth_(framesIn(shot / "truth")) {}

std::vector<int> Player::frames() const {
    std::set<int> numbers;
    for (const auto& [number, path] : keys_)
        numbers.insert(number);
    for (const auto& [number, path] : truth_)
        numbers.insert(number);
    return {numbers.begin(), numbers.end()};
}

const fs::path* Player::truth(int frame) const {
    const auto found = truth_.find(frame);
    if (found != truth_.end())
        return &found->second;
    const auto key = keys_.find(frame);
    return key != keys_.end() ? &key->second : nullptr;
}

Image Player::rendered(int frame, const fs::path& out) const {
    if (hasKey(frame))
        return readExr(keys_.at(frame));
    Image image = readExr(keys_.begin()->second); // for its attributes: what was generated is refused
    const Image truth = readExr(truth_.at(frame));
    const fs::path made = out / truth_.at(frame).filename();
    const Image generated = fs::exists(made) ? readExr(made) : image;
    for (std::size_t p = 0; p < image.parts.size(); ++p)
        for (std::size_t c = 0; c < image.parts[p].channels.size(); ++c) {
            Channel& channel = image.parts[p].channels[c];
            const Channel* colour = truth.parts.front().find(channel.name);
            channel.samples = colour && colour->type == channel.type ? colour->samples
                                                                     : generated.parts[p].channels[c].samples;
        }
    return image;
}

void Player::render(const RerenderTask& task, const fs::path& out, const fs::path& folder) const {
    const fs::path to = task.box ? folder / std::to_string(task.region) : folder;
    fs::create_directories(to);
    const Image image = rendered(task.frame, out);
    const fs::path name = hasKey(task.frame) ? keys_.at(task.frame).filename()
                                             : truth_.at(task.frame).filename();
    writeExr(to / name, task.box ? cropped(image, *task.box) : image);
}

std::optional<PictureError> Player::error(int frame, const fs::path& made) const {
    if (!truth(frame) || !fs::exists(made))
        return std::nullopt;
    Box canvas, other;
    const ColourPlanes a = beauty(made, canvas), b = beauty(*truth(frame), other);
    return comparePictures(a, b);
}

std::optional<ErrorMap> Player::errorMap(int frame, const fs::path& made) const {
    if (!truth(frame) || !fs::exists(made))
        return std::nullopt;
    ErrorMap map;
    const ColourPlanes a = beauty(made, map.canvas), b = beauty(*truth(frame), map.window);
    map.window = map.canvas;
    map.levels.resize(std::size_t(map.columns()) * map.rows());
    for (int row = 0; row < map.rows(); ++row)
        for (int column = 0; column < map.columns(); ++column) {
            const Box box = map.pixels(column, row);
            double sum = 0;
            for (int y = box.min.y; y <= box.max.y; ++y)
                for (int x = box.min.x; x <= box.max.x; ++x)
                    for (Plane ColourPlanes::*channel :
                         {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b}) {
                        const double d =
                            displayCurve((a.*channel).at(x - map.canvas.min.x, y - map.canvas.min.y)) -
                            displayCurve((b.*channel).at(x - map.canvas.min.x, y - map.canvas.min.y));
                        sum += d * d / 3;
                    }
            map.at(column, row) = errorLevel(std::sqrt(sum / pixelCount(box)));
        }
    return map;
}

} // namespace savings
