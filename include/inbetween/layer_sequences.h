// Sequences that look like the layers of one shot, each in files of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

// The patterns of the sequences in a folder, or in the folders right below it, that belong together: they
// have frames in common, and one of them is the beauty by its name (beauty, rgba, combined ..., or a name
// without a layer where all others have one). The beauty comes first. Empty where that is not so.
std::vector<std::string> findLayerSequences(const std::filesystem::path& folder);

// The command that joins them, ready for a shell; empty for fewer than two.
std::string joinCommand(const std::vector<std::string>& patterns);

} // namespace inbetween
