// diptych/lab/kernels.hpp - work of known size, by which the laboratory itself is judged.
//
// Four kernels of component "calibration", the same in Rust (`diptych_lab::kernels`), each run by
// contestants that do exactly 0, 0.5, 1, 2 and 5 % more of it: "c++", "c++ +0.5 %" and so on. A
// method that is worth its figures calls two of the same equal, and finds the others.
//
//     workload     one call                                                      the extra work
//     hash/u64     hashes an array that fits the cache six times, word by word   more words
//     push/u64     pushes n words into a vector that grows, and frees it         longer vectors
//     map/u64      inserts n words into a hash map with room, and frees it       more inserts
//     threads/u64  two threads each sum an array that fits the cache forty times  more words
//
// The extra work is a number in the batch: all contestants of a program run the same machine code.
// What it computes is hidden from the optimiser and left out of the digest, so all digests are
// equal. Every part that costs grows by the share: a vector begins with room for 1/16 of its words
// and doubles four times, so that what it asks for, copies and touches grows too. Each vector has a
// length of its own, up to 1/16 above n: one length alone might lie before a border of pages, or of
// what the kernel hands out at once, and a share more behind it. A map has room for the largest
// share from the start, because its table could only double. Beginning two threads costs what it
// costs, so the time of threads/u64 grows by a little less than its work.
//
// Header-only, C++20; g++ or clang++. Threads need -pthread on glibc before 2.34.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "diptych/lab.hpp"

namespace diptych::lab::kernels {

namespace detail {

/// How often hash/u64 goes over its array.
inline constexpr std::uint64_t passes = 6;

/// How often each thread of threads/u64 goes over the array.
inline constexpr std::uint64_t sweeps = 40;

/// How often the vector of push/u64 doubles.
inline constexpr unsigned doublings = 4;

/// The largest share of extra work, in thousandths.
inline constexpr std::uint64_t largest = 50;

/// Steps that are `share` thousandths of `steps`.
constexpr std::uint64_t extra(std::uint64_t steps, std::uint64_t share) {
    return steps * share / 1000;
}

/// Makes the optimiser believe that a value is used.
template <class T>
void use(const T& value) {
    asm volatile("" : : "g"(&value) : "memory"); // NOLINT(hicpp-no-assembler)
}

/// Computing alone.
class Hash {
public:
    Hash(std::uint64_t n, std::span<const std::uint64_t> seeds) {
        for (const std::uint64_t seed : seeds) {
            Rng rng(seed);
            std::vector<std::uint64_t>& words = arrays_.emplace_back(n);
            std::generate(words.begin(), words.end(), [&] { return rng.next(); });
        }
    }

    void call(std::size_t index, std::uint64_t, std::uint64_t n, std::uint64_t share, bool,
              Digest& results) const {
        const std::vector<std::uint64_t>& words = arrays_[index];
        results.add(hash(words, passes * n));
        use(hash(words, extra(passes * n, share)));
    }

private:
    /// Hashes `count` words, from the start of the array again after its end. Each step waits for
    /// the one before.
    [[gnu::noinline]] static std::uint64_t hash(std::span<const std::uint64_t> words,
                                                std::uint64_t count) {
        Digest digest;
        std::uint64_t left = words.empty() ? 0 : count;
        while (left > 0) {
            const std::span<const std::uint64_t> part =
                words.first(std::min<std::uint64_t>(left, words.size()));
            for (const std::uint64_t word : part) {
                digest.add(word);
            }
            left -= part.size();
        }
        return digest.value();
    }

    std::vector<std::vector<std::uint64_t>> arrays_;
};

/// The allocator, and memory written for the first time.
class Push {
public:
    Push(std::uint64_t, std::span<const std::uint64_t>) {}

    void call(std::size_t, std::uint64_t seed, std::uint64_t n, std::uint64_t share, bool all,
              Digest& results) const {
        std::vector<std::uint64_t> words;
        const std::uint64_t usual = n + seed % (n / 16 + 1);
        const std::uint64_t steps = usual + extra(usual, share);
        constexpr std::uint64_t part = std::uint64_t{1} << doublings;
        words.reserve((steps + part - 1) / part);
        for (std::uint64_t i = 0; i < steps; ++i) {
            words.push_back(seed ^ i);
        }
        use(words);
        if (all) {
            for (const std::uint64_t word : std::span(words).first(n)) {
                results.add(word);
            }
        } else {
            results.add(words.empty() ? 0 : words[n / 2]);
        }
    }
};

/// Many blocks, and places in memory that cannot be foreseen.
class Map {
public:
    Map(std::uint64_t, std::span<const std::uint64_t>) {}

    void call(std::size_t, std::uint64_t seed, std::uint64_t n, std::uint64_t share, bool all,
              Digest& results) const {
        std::unordered_map<std::uint64_t, std::uint64_t, Identity> map;
        map.reserve(n + extra(n, largest));
        Rng keys(seed);
        const std::uint64_t steps = n + extra(n, share);
        for (std::uint64_t i = 0; i < steps; ++i) {
            map.insert_or_assign(keys.next(), seed ^ i);
        }
        keys = Rng(seed);
        const std::uint64_t shown = all ? n : std::min<std::uint64_t>(n, 1);
        for (std::uint64_t i = 0; i < shown; ++i) {
            results.add(map.find(keys.next())->second);
        }
    }

private:
    /// The word itself: the keys are random already, and every run must do the same.
    struct Identity {
        std::size_t operator()(std::uint64_t word) const noexcept { return word; }
    };
};

/// Two threads, for which the machine may have one core.
class Threads {
public:
    Threads(std::uint64_t n, std::span<const std::uint64_t> seeds) : words_(n) {
        Rng rng(seeds.empty() ? 0 : seeds[0]);
        std::generate(words_.begin(), words_.end(), [&] { return rng.next(); });
    }

    void call(std::size_t, std::uint64_t seed, std::uint64_t n, std::uint64_t share, bool,
              Digest& results) const {
        const auto work = [&](std::uint64_t key, std::uint64_t& result) {
            result = sum(words_, sweeps * n, key);
            use(sum(words_, extra(sweeps * n, share), key));
        };
        std::array<std::uint64_t, 2> sums{};
        {
            const std::jthread one([&] { work(seed, sums[0]); });
            const std::jthread two([&] { work(~seed, sums[1]); });
        }
        results.add(sums[0]);
        results.add(sums[1]);
    }

private:
    /// Sums `count` words, from the start of the array again after its end.
    [[gnu::noinline]] static std::uint64_t sum(std::span<const std::uint64_t> words,
                                               std::uint64_t count, std::uint64_t key) {
        std::uint64_t sum = 0;
        std::uint64_t left = words.empty() ? 0 : count;
        while (left > 0) {
            const std::span<const std::uint64_t> part =
                words.first(std::min<std::uint64_t>(left, words.size()));
            for (const std::uint64_t word : part) {
                sum += word ^ key;
            }
            left -= part.size();
        }
        return sum;
    }

    /// Read by all.
    std::vector<std::uint64_t> words_;
};

template <class Kernel>
class Calls final : public Batch {
public:
    Calls(std::uint64_t n, std::vector<std::uint64_t> seeds, std::uint64_t share)
        : kernel_(n, seeds), seeds_(std::move(seeds)), n_(n), share_(share) {}

    std::uint64_t run() override { return digest(false); }
    std::uint64_t check() override { return digest(true); }

private:
    std::uint64_t digest(bool all) const {
        Digest digest;
        for (std::size_t i = 0; i < seeds_.size(); ++i) {
            kernel_.call(i, seeds_[i], n_, share_, all, digest);
        }
        return digest.value();
    }

    Kernel kernel_;
    std::vector<std::uint64_t> seeds_;
    std::uint64_t n_;
    std::uint64_t share_;
};

template <class Kernel, std::uint64_t Share>
std::unique_ptr<Batch> prepare(std::uint64_t n, std::uint64_t seed, std::uint64_t calls) {
    Rng rng(seed);
    std::vector<std::uint64_t> seeds(calls);
    std::generate(seeds.begin(), seeds.end(), [&] { return rng.next(); });
    return std::make_unique<Calls<Kernel>>(n, std::move(seeds), Share);
}

template <std::uint64_t Share>
Contestant contestant(std::string_view suffix, std::string_view flags) {
    static_assert(Share <= largest);
    return {.name = "c++" + std::string(suffix),
            .compiler = compiler(),
            .flags = std::string(flags),
            .baselines = Share == 0 ? std::vector<std::string>{} : std::vector<std::string>{"c++"},
            .workloads = {
                {"calibration", "hash/u64", 8'000, false, false, prepare<Hash, Share>},
                {"calibration", "push/u64", 100'000, false, false, prepare<Push, Share>},
                {"calibration", "map/u64", 9'600, false, false, prepare<Map, Share>},
                {"calibration", "threads/u64", 50'000, false, false, prepare<Threads, Share>, 2},
            }};
}

} // namespace detail

/// The contestants "c++", "c++ +0.5 %", "c++ +1 %", "c++ +2 %" and "c++ +5 %", each of the others
/// with the first one as its baseline. `flags` are those that this program is compiled with.
inline std::vector<Contestant> contestants(std::string_view flags = "unknown") {
    std::vector<Contestant> all;
    all.push_back(detail::contestant<0>("", flags));
    all.push_back(detail::contestant<5>(" +0.5 %", flags));
    all.push_back(detail::contestant<10>(" +1 %", flags));
    all.push_back(detail::contestant<20>(" +2 %", flags));
    all.push_back(detail::contestant<detail::largest>(" +5 %", flags));
    return all;
}

} // namespace diptych::lab::kernels
