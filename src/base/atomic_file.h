// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace inbetween {

// Calls `write` with a temporary path in the target's folder (".NAME.HOST-PID-XXXXXX.part", made
// exclusively), then syncs the file, renames it over `target` and syncs the folder. When anything throws, the
// temporary is removed and `target` is as it was. Errors of the file system become Error(output) that names
// `target` and the reason.
void writeFileAtomically(const std::filesystem::path& target,
                         const std::function<void(const std::filesystem::path&)>& write);
void writeTextAtomically(const std::filesystem::path& target, std::string_view text);

// Makes `folder`, below `root`, and those above it. Throws Error(output), too, where a symbolic link leads
// out of `root`.
void makeFolderWithin(const std::filesystem::path& root, const std::filesystem::path& folder);

// Lets the next reader have the file from the disk, or from the server, and not from this machine's memory,
// where the system knows how. Throws Error(output).
void dropFromCache(const std::filesystem::path& file);

// Temporaries that a killed run left in `folder`; returns how many were removed. One that a process of this
// machine is still writing stays, and so do those of other machines for a day.
int removeStaleTemporaries(const std::filesystem::path& folder);

} // namespace inbetween
