// Uses what depends on where an image lies, and says where its own function is.
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Base {
    virtual ~Base() = default;
    virtual int answer() const = 0;
};
struct One final : Base {
    int answer() const override { return 1; }
};
struct Two final : Base {
    int answer() const override { return 2; }
};

/// Dynamic initialisation: .init_array must run.
const std::vector<std::string> words = {"built", "before", "main"};

alignas(64) thread_local std::uint64_t local[3] = {7, 8, 9};
alignas(64) std::uint64_t zeroed[9];
alignas(32) std::uint64_t stored[2] = {3, 4};

int first(int value) { return value + 1; }
int second(int value) { return value * 2; }
/// Addresses in data: relative relocations.
int (*const table[])(int) = {first, second, first};

[[gnu::noinline]] void fail(const std::string& what) { throw std::runtime_error(what); }

bool aligned(const void* pointer, std::uintptr_t to) {
    return reinterpret_cast<std::uintptr_t>(pointer) % to == 0;
}

} // namespace

extern "C" [[gnu::noinline]] int whereabouts(int value) { return value ^ 5; }

int main() {
    std::string caught;
    try {
        fail("thrown");
    } catch (const std::exception& error) {
        caught = error.what();
    }
    const One one;
    const Two two;
    const Base* const objects[] = {&one, &two};
    int sum = 0;
    for (const Base* object : objects) {
        sum = sum * 10 + object->answer();
    }
    for (int (*function)(int) : table) {
        sum = sum * 10 + function(2);
    }
    local[0] += zeroed[8] + stored[1];
    std::printf("%s %s %d %llu %d%d%d %d\n", caught.c_str(), words[2].c_str(), sum,
                static_cast<unsigned long long>(local[0] + local[2]), aligned(local, 64),
                aligned(zeroed, 64), aligned(stored, 32), whereabouts(1));
    std::printf("%d\n", static_cast<int>(reinterpret_cast<std::uintptr_t>(&whereabouts) % 4096));
}
