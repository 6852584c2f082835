// A function and its port to Rust, compared: see CMakeLists.txt.
#include <diptych/lab/pair.hpp>

using Bytes = std::vector<unsigned char>;

extern "C" std::uint32_t rust_checksum(const unsigned char* data, std::size_t size);

static std::uint32_t checksum(const Bytes& bytes) {
    std::uint32_t low = 1, high = 0;
    for (const unsigned char byte : bytes) {
        low = (low + byte) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

int main(int argc, char** argv) {
    return diptych::lab::pair("checksum", 10'000)
        .input([](diptych::lab::Rng& rng, std::uint64_t n) {
            Bytes bytes(n);
            for (unsigned char& byte : bytes) {
                byte = static_cast<unsigned char>(rng.next());
            }
            return bytes;
        })
        .side("c++", [](Bytes& bytes) { return checksum(bytes); })
        .side("rust", [](Bytes& bytes) { return rust_checksum(bytes.data(), bytes.size()); })
        .built_by("rust", "rustc", "opt-level=3")
        .main(argc, argv);
}
