// Keeps a set of small numbers as the bits of a word of 64. The bit is made from a 1 of 32 bits, so
// the upper half of the set is never reached.
#include <cstdint>
#include <cstdio>
#include <initializer_list>

class BitSet {
public:
    void insert(unsigned member) { bits_ |= bit(member); }
    bool contains(unsigned member) const { return (bits_ & bit(member)) != 0; }

private:
#ifdef FIXED
    static std::uint64_t bit(unsigned member) { return std::uint64_t{1} << member; }
#else
    static std::uint64_t bit(unsigned member) { return 1U << member; }
#endif
    std::uint64_t bits_ = 0;
};

int main() {
    BitSet cores;
    for (const unsigned core : {3U, 40U}) {
        cores.insert(core);
    }
    for (const unsigned core : {3U, 8U, 40U}) {
        std::printf("%u: %s\n", core, cores.contains(core) ? "yes" : "no");
    }
}
