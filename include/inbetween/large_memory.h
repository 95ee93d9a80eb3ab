// Memory for whole planes, which are made and dropped all the time.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace inbetween {

// Fresh pages cost more than what is computed on them: the kernel clears each one when it is first touched,
// and of a 5120x2700 in-between that was two fifths of all processor time. So memory from leastLargeBytes on
// comes in huge pages, and what is freed is kept for the next of about the same size. As much is given back
// as is taken anew: the greatest use stays what it would be without, except what other libraries take
// meanwhile. Thread-safe. Throws std::bad_alloc.
inline constexpr std::size_t leastLargeBytes = std::size_t(4) << 20;
void* allocateLarge(std::size_t bytes); // aligned to 64 bytes at least, not cleared
void freeLarge(void* memory, std::size_t bytes) noexcept;

// Gives back what the heap holds between small allocations: other libraries leave hundreds of megabytes
// there.
void trimHeap() noexcept;

// Gives what is kept back to the system.
void releaseIdleMemory() noexcept;
std::size_t idleMemoryBytes() noexcept;

// For libraries that do not survive without memory: throws std::bad_alloc where the system does not map so
// much more, even after idle memory was given back.
void expectMappable(std::size_t bytes);

template <class T> struct LargeAllocator {
    using value_type = T;

    LargeAllocator() = default;
    template <class Other> LargeAllocator(const LargeAllocator<Other>&) noexcept {}

    T* allocate(std::size_t count) {
        if (count > std::size_t(-1) / sizeof(T))
            throw std::bad_array_new_length();
        return static_cast<T*>(allocateLarge(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t count) noexcept { freeLarge(memory, count * sizeof(T)); }

    bool operator==(const LargeAllocator&) const = default;
};

template <class T> using LargeVector = std::vector<T, LargeAllocator<T>>;

} // namespace inbetween
