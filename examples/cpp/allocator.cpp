// A heap as a memory resource, and a container on an allocator, in C++20, on either twin: the
// `using` lines below are all that changes.
//
// Compiled with DPT_USE_RUST or DPT_USE_CPP; the CMake targets diptych::rust and diptych::cpp
// define it. Prints what it does, and fails if a result is not what the header promises.
#if defined(DPT_USE_RUST)
#include <diptych/rust/allocator.hpp>
namespace twin = diptych::rust;
#else
#include <diptych/allocator.hpp>
namespace twin = diptych::cpp;
#endif

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory_resource>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

void expect(bool condition, const char* what) {
    if (!condition) {
        throw std::logic_error(std::string("not as promised: ") + what);
    }
}

/// How often each word occurs; nodes and words are in the heap, and nothing of it is destroyed one
/// by one: the heap ends first.
void words_in_a_heap() {
    const std::size_t before = twin::allocator::stats().live_blocks;
    {
        twin::Heap heap;
        using Counts = std::pmr::map<std::pmr::string, int>;
        auto& counts = *new (heap.allocate(sizeof(Counts))) Counts(&heap.resource());
        std::istringstream text(
            "gold hinge panel gold a-word-that-is-too-long-for-its-string gold");
        for (std::string word; text >> word;) {
            ++counts[std::pmr::string(word, &heap.resource())];
        }
        std::size_t blocks = 0;
        std::size_t bytes = 0;
        heap.visit([&](void*, std::size_t size) {
            ++blocks;
            bytes += size;
        });
        std::cout << counts.size() << " words in " << blocks << " blocks of " << bytes
                  << " bytes\n";
        expect(counts.size() == 4 && blocks == 6, "a map, four nodes, one long word");
        for (const auto& [word, times] : counts) {
            expect(times == (word == "gold" ? 3 : 1), "counts");
        }
    }
    expect(twin::allocator::stats().live_blocks == before, "the heap has taken everything along");
}

/// Containers of the standard library on the allocator of all threads.
void containers() {
    std::vector<std::uint64_t, twin::Allocator<std::uint64_t>> squares;
    for (std::uint64_t i = 0; i < 100; ++i) {
        squares.push_back(i * i);
    }
    const std::size_t usable = squares.get_allocator().usable(squares.data());
    std::cout << squares.size() << " squares in room for " << usable << '\n';
    expect(squares[99] == 9801 && usable >= squares.capacity(), "squares");

    struct alignas(256) Line {
        unsigned char bytes[256];
    };
    const std::vector<Line, twin::Allocator<Line>> lines(3);
    expect(reinterpret_cast<std::uintptr_t>(lines.data()) % 256 == 0, "alignment");

    twin::MemoryResource resource;
    std::pmr::vector<std::pmr::string> names(&resource);
    names.emplace_back("a name that is too long to be kept in the string itself");
    expect(names[0].get_allocator().resource() == &resource, "a string takes after its vector");
    expect(resource == twin::MemoryResource(), "what one has given, any other takes back");
}

} // namespace

int main() {
    try {
        words_in_a_heap();
        containers();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
