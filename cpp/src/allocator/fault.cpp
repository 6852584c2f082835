#include "fault.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace diptych::cpp::allocator {

namespace {

constexpr std::string_view name(Fault fault) {
    switch (fault) {
    case Fault::double_free:
        return "double free";
    case Fault::invalid_free:
        return "invalid free";
    case Fault::invalid_realloc:
        return "invalid realloc";
    case Fault::corrupted_block:
        return "corrupted block";
    }
    return "fault";
}

/// Text in memory that nobody has to allocate.
struct Line {
    char bytes[64];
    std::size_t length = 0;

    [[gnu::noinline]] void add(std::string_view text) {
        for (const char c : text) {
            bytes[length++] = c;
        }
    }
};

} // namespace

void fail(Fault fault, const void* p) noexcept {
    Line line;
    line.add("diptych: ");
    line.add(name(fault));
    line.add(": 0x");
    const auto address = reinterpret_cast<std::uintptr_t>(p);
    int digit = 60;
    while (digit > 0 && (address >> digit) == 0) {
        digit -= 4;
    }
    for (; digit >= 0; digit -= 4) {
        line.bytes[line.length++] = "0123456789abcdef"[(address >> digit) & 15];
    }
    line.add("\n");
    // One call, so that lines of several processes do not mix. If it fails nobody can be told.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.bytes, line.length);
    std::abort();
}

} // namespace diptych::cpp::allocator
