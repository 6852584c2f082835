// A helper thread and the main one count visits in an object that Rust owns. Each call takes a
// `&mut` to it, and a header cannot say that two of those must never exist at once.
#include <cstdint>
#include <cstdio>
#include <thread>

struct Tally;
extern "C" Tally* tally_new();
extern "C" void tally_add(Tally* tally, std::uint64_t visits);
extern "C" std::uint64_t tally_total(const Tally* tally);
extern "C" void tally_free(Tally* tally);

int main() {
    Tally* const tally = tally_new();
    const auto count = [tally] {
        for (int visit = 0; visit < 10'000; ++visit)
            tally_add(tally, 1);
    };
    std::thread helper(count);
    count();
    helper.join();
    std::printf("%llu visits\n", static_cast<unsigned long long>(tally_total(tally)));
    tally_free(tally);
}
