// Rust walks a list and calls back for each entry. The callback throws, and the exception passes
// through the frame of the walk before C++ catches it again.
#include <cstdint>
#include <cstdio>
#include <stdexcept>

extern "C" {
using Visit = void (*)(std::uint32_t);
void walk(Visit visit);
std::uint32_t walks_open();
}

static void visit(std::uint32_t entry) {
    if (entry == 3)
        throw std::runtime_error("refused");
    std::printf("visited %u\n", entry);
}

int main() {
    try {
        walk(visit);
    } catch (const std::runtime_error& error) {
        std::printf("%s, %u walks open\n", error.what(), walks_open());
    }
}
