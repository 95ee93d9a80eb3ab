#include "inbetween/large_memory.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <sys/mman.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace inbetween {
namespace {

constexpr std::size_t hugePage = std::size_t(2) << 20;
constexpr std::align_val_t smallAlignment{64};
// Planes that all began at the same place in their pages would take each other's lines in the caches, where
// many of them are walked through side by side: so each begins a page and a line later than the one before.
constexpr std::size_t staggerBytes = 4096 + 64, staggers = 16;

// An address sanitizer sees reads past the end in memory of its own alone.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool reuses = false;
#elif defined(__has_feature)
constexpr bool reuses = !__has_feature(address_sanitizer);
#else
constexpr bool reuses = true;
#endif

bool isLarge(std::size_t bytes) {
    return reuses && bytes >= leastLargeBytes && bytes <= std::size_t(-1) / 2;
}

std::size_t wholePages(std::size_t bytes) {
    return (bytes + staggers * staggerBytes + hugePage - 1) / hugePage * hugePage;
}

void* map(std::size_t size) {
    void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        releaseIdleMemory();
        mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (mapped == MAP_FAILED)
        throw std::bad_alloc();
    return mapped;
}

void* mapAligned(std::size_t size) {
    void* mapped = map(size + hugePage);
    const auto first = reinterpret_cast<std::uintptr_t>(mapped);
    const std::uintptr_t aligned = (first + hugePage - 1) / hugePage * hugePage;
    auto* memory = static_cast<std::byte*>(mapped) + (aligned - first);
    if (aligned > first)
        ::munmap(mapped, aligned - first);
    ::munmap(memory + size, first + hugePage - aligned);
    ::madvise(memory, size, MADV_HUGEPAGE); // a kernel without them gives small ones
    return memory;
}

class IdleMemory {
public:
    // Null where nothing fits; then as much as is wanted was given back, since it will be mapped anew.
    void* take(std::size_t size) {
        const std::lock_guard lock(mutex_);
        auto best = blocks_.end();
        for (auto at = blocks_.begin(); at != blocks_.end(); ++at)
            if (at->size >= size && at->size <= size + size / 8 &&
                (best == blocks_.end() || at->size < best->size))
                best = at;
        if (best == blocks_.end()) {
            unmap(size);
            return nullptr;
        }
        void* memory = best->memory;
        if (best->size > size) // the caller will free no more than it asked for
            ::munmap(static_cast<std::byte*>(memory) + size, best->size - size);
        blocks_.erase(best);
        return memory;
    }

    void keep(void* memory, std::size_t size) noexcept {
        const std::lock_guard lock(mutex_);
        try {
            blocks_.push_back({memory, size});
        } catch (const std::bad_alloc&) {
            ::munmap(memory, size);
        }
    }

    void release() noexcept {
        const std::lock_guard lock(mutex_);
        unmap(std::size_t(-1));
    }

    std::size_t bytes() noexcept {
        const std::lock_guard lock(mutex_);
        std::size_t sum = 0;
        for (const Block& block : blocks_)
            sum += block.size;
        return sum;
    }

private:
    struct Block {
        void* memory;
        std::size_t size;
    };

    // The oldest first, until `size` bytes are given back.
    void unmap(std::size_t size) {
        std::size_t given = 0, count = 0;
        for (; count < blocks_.size() && given < size; ++count) {
            ::munmap(blocks_[count].memory, blocks_[count].size);
            given += blocks_[count].size;
        }
        blocks_.erase(blocks_.begin(), blocks_.begin() + std::ptrdiff_t(count));
    }

    std::mutex mutex_;
    std::vector<Block> blocks_; // as they came
};

// Never destroyed: planes in static storage may be freed after it.
IdleMemory& idleMemory() {
    static auto* idle = new IdleMemory;
    return *idle;
}

} // namespace

void* allocateLarge(std::size_t bytes) {
    if (!isLarge(bytes))
        return ::operator new(bytes, smallAlignment);
    static std::atomic<std::size_t> count = 0;
    const std::size_t size = wholePages(bytes);
    void* memory = idleMemory().take(size);
    if (!memory)
        memory = mapAligned(size);
    return static_cast<std::byte*>(memory) + count++ % staggers * staggerBytes;
}

void freeLarge(void* memory, std::size_t bytes) noexcept {
    if (!memory)
        return;
    if (!isLarge(bytes)) {
        ::operator delete(memory, smallAlignment);
        return;
    }
    const std::size_t stagger = reinterpret_cast<std::uintptr_t>(memory) % hugePage;
    idleMemory().keep(static_cast<std::byte*>(memory) - stagger, wholePages(bytes));
}

void trimHeap() noexcept {
#if defined(__GLIBC__)
    ::malloc_trim(0);
#endif
}

void releaseIdleMemory() noexcept {
    idleMemory().release();
}

void expectMappable(std::size_t bytes) {
    ::munmap(map(bytes), bytes);
}

std::size_t idleMemoryBytes() noexcept {
    return idleMemory().bytes();
}

} // namespace inbetween
