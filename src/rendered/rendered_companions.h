// Companions' files of whole frames that came back.
#pragma once

#include "inbetween/sequence.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace inbetween {

// Copies to OUT/rendered what of the companions lies in a folder (or beside the files of a pattern) and in
// those right below it, of these frames.
void storeCompanions(const std::filesystem::path& what, const std::filesystem::path& out,
                     const Sequence& sequence, const std::set<int>& frames);

// A frame's files in OUT/rendered, one for each companion; empty where one is not there.
std::vector<std::filesystem::path> storedCompanions(const std::filesystem::path& out,
                                                    const Sequence& sequence, int frame);

// The folders that hold companions whose files are called like the first sequence's.
std::set<std::string> companionFolders(const Sequence& sequence);

} // namespace inbetween
