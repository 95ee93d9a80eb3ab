// How much memory a run may use where nobody says.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace inbetween {

// Half of what is free: the smaller of the machine's available memory and what the process's cgroups leave.
std::size_t defaultMemoryBytes();

// What the memory limits of a process's cgroups leave, its own and those around it: farm engines set one a
// job. Pages of files that the kernel can give back count as free. `ofProcess` is /proc/self/cgroup, `root`
// where cgroups are mounted (version 2, or version 1 with its folder `memory`). None where nothing limits.
std::optional<std::size_t> memoryLeftByCgroups(const std::filesystem::path& ofProcess,
                                               const std::filesystem::path& root);

} // namespace inbetween
