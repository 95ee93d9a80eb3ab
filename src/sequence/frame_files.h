// A frame whose layers are in several files: the first sequence's and its companions'.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/sequence.h"

#include <string>
#include <vector>

namespace inbetween {

// All files of a keyframe as one image; Part::file says which file a part is of. Where there are companions,
// a part that is alone in its file is called by Companion::layer, that of the first file has no name. A
// companion's file that is not there or cannot be used is in
// Image::missingFiles. ReadOptions::channels chooses from the first file. Throws Error(input) where the first
// file cannot be read.
Image readFrameFiles(const SequenceFrame& frame, const std::vector<Companion>& companions,
                     const ReadOptions& options);

// The same without samples, for whoever asks for roles and groups.
Image readFrameOutline(const SequenceFrame& frame, const std::vector<Companion>& companions);

// What the headers say; what is missing is left out.
ExrInfo readFrameInfo(const SequenceFrame& frame, const std::vector<Companion>& companions,
                      const ReadOptions& options);

// Takes the parts of one file out of an image, as they are in the file.
Image takeFile(Image& image, int file);

// Leaves out the parts of these files.
void leaveOutFiles(Image& image, const std::map<int, std::string>& files);

} // namespace inbetween
