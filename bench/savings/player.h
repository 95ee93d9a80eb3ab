// The renderer, played by frames that were rendered beforehand.
#pragma once

#include "inbetween/evaluate.h"
#include "inbetween/exr.h"
#include "inbetween/rerender.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace savings {

// A folder with `keys` (frames with all their layers) and `truth` (frames to measure against; colour does).
class Player {
public:
    explicit Player(const std::filesystem::path& shot); // throws inbetween::Error(input)

    const std::string& name() const { return name_; }
    std::vector<int> frames() const; // all that keys and truth have together, ascending
    bool hasKey(int frame) const { return keys_.contains(frame); }
    const std::filesystem::path& key(int frame) const { return keys_.at(frame); }

    // What a renderer would write for the task, into `folder` and folders in it. A frame that `keys` lacks
    // has the truth's colour, and its other layers as they were made in `out`: nothing is measured of those.
    void render(const inbetween::RerenderTask& task, const std::filesystem::path& out,
                const std::filesystem::path& folder) const;

    // The error of a frame in the display view; nothing to measure against: none.
    std::optional<inbetween::PictureError> error(int frame, const std::filesystem::path& made) const;
    // Its squared errors by blocks, as a prediction would have them that knows the truth.
    std::optional<inbetween::ErrorMap> errorMap(int frame, const std::filesystem::path& made) const;

private:
    const std::filesystem::path* truth(int frame) const; // null: none
    inbetween::Image rendered(int frame, const std::filesystem::path& out) const;

    std::string name_;
    std::map<int, std::filesystem::path> keys_, truth_;
};

} // namespace savings
