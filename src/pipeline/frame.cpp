#include "pipeline/frame.h"

#include "base/text.h"

#include <new>

namespace inbetween {

std::shared_ptr<const Keyframe> keyframeOf(int number, Image image) {
    auto keyframe = std::make_shared<Keyframe>();
    keyframe->number = number;
    keyframe->groups.push_back(std::make_shared<const Image>(std::move(image)));
    return keyframe;
}

std::string reasonOf(const std::exception& error) {
    // bad_alloc says nothing that helps a person.
    return dynamic_cast<const std::bad_alloc*>(&error)
               ? "out of memory; give --memory a smaller budget or use fewer threads"
               : printable(error.what());
}

} // namespace inbetween
