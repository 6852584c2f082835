// A pair in C++ whose results are of all kinds: pair.rs has the same in Rust.
#include <diptych/lab/pair.hpp>

#include <algorithm>
#include <numeric>

namespace {

using Words = std::vector<std::uint64_t>;

enum class Parity : std::uint8_t { even, odd };

/// Not a tuple, not a range: it says itself what is digested.
struct Span {
    std::uint64_t begin;
    std::uint64_t end;
};

void diptych_lab_digest(const Span& span, diptych::lab::Digest& into) {
    into.add(span.begin);
    into.add(span.end);
}

auto kinds(Words& words) {
    const std::uint64_t first = words.front();
    const std::string text(static_cast<std::size_t>(first % 20), 'x');
    std::vector<std::vector<std::uint8_t>> rows;
    for (std::uint64_t i = 0; i < first % 5; ++i) {
        rows.emplace_back(static_cast<std::size_t>(i), static_cast<std::uint8_t>(first));
    }
    std::ranges::sort(words);
    return std::tuple(
        std::tuple(std::reduce(words.begin(), words.end()), static_cast<std::int32_t>(first),
                   static_cast<double>(first >> 11) / 3.0, static_cast<float>(first >> 40)),
        std::tuple(text, rows, first % 2 == 0 ? std::optional(first) : std::nullopt,
                   first % 2 == 0 ? Parity::even : Parity::odd),
        std::tuple(first % 3 == 0, Span{first, first + 1}), std::move(words));
}

} // namespace

int main(int argc, char** argv) {
    return diptych::lab::pair("kinds", 100)
        .also(1)
        .input([](diptych::lab::Rng& rng, std::uint64_t n) {
            Words words(n);
            std::ranges::generate(words, [&] { return rng.next(); });
            return words;
        })
        .side("far", [](Words& words) { return kinds(words); })
        .main(argc, argv);
}
