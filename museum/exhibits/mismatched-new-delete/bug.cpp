// Shares a buffer between its readers. It is made with new[], and the shared pointer of one byte
// gives it back with delete.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>

#ifdef FIXED
using Buffer = std::shared_ptr<unsigned char[]>;
#else
using Buffer = std::shared_ptr<unsigned char>;
#endif

int main() {
    constexpr std::size_t kSize = 64;
    const auto buffer = Buffer(new unsigned char[kSize]{});
    const Buffer reader = buffer;
    buffer.get()[7] = 42;
    std::printf("%td zeros\n", std::count(reader.get(), reader.get() + kSize, 0));
}
