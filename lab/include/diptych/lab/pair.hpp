// diptych/lab/pair.hpp - your own pair in a few lines: an input, and the functions to be compared.
//
//     #include <diptych/lab/pair.hpp>
//
//     int main(int argc, char** argv) {
//         return diptych::lab::pair("sum", 10'000)
//             .input([](diptych::lab::Rng& rng, std::uint64_t n) {
//                 std::vector<std::uint64_t> words(n);
//                 std::ranges::generate(words, [&] { return rng.next(); });
//                 return words;
//             })
//             .side("c++", [](std::vector<std::uint64_t>& words) { return sum(words); })
//             .main(argc, argv);
//     }
//
// makes a worker: `diptych compare old=./build/old new=./build/new` compares two of them, or two
// sides of one. Rust's `diptych_lab::Pair` is the same thing, and both meet where name, size and
// input are the same. Include this header in one source file of the program. Header-only, C++20.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "diptych/lab/worker.hpp"

namespace diptych::lab {

// ---- Results ------------------------------------------------------------------------------------

/// Adds a result to a digest, as spec/lab-protocol.md says: all of it, or what a glance sees, which
/// is all that timed runs look at. For your own types overload
/// `void diptych_lab_digest(const T&, Digest&)` beside them, which is asked first.
template <class T>
void digest(const T& value, Digest& into, bool all) {
    if constexpr (requires { diptych_lab_digest(value, into); }) {
        diptych_lab_digest(value, into);
    } else if constexpr (std::floating_point<T>) {
        static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a number of 32 or 64 bits");
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        into.add(std::bit_cast<Bits>(value));
    } else if constexpr (std::is_enum_v<T>) {
        digest(static_cast<std::underlying_type_t<T>>(value), into, all);
    } else if constexpr (std::integral<T>) {
        into.add(static_cast<std::uint64_t>(value)); // signed ones keep their sign in all 64 bits
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        const std::string_view text = value;
        into.add(text.size());
        for (std::size_t i = 0; all && i < text.size(); i += 8) {
            std::uint64_t word = 0;
            for (std::size_t byte = i; byte < std::min(i + 8, text.size()); ++byte) {
                const auto bits =
                    static_cast<std::uint64_t>(static_cast<unsigned char>(text[byte]));
                word |= bits << (8 * (byte - i));
            }
            into.add(word);
        }
        if (!all && !text.empty()) {
            for (const std::size_t i : {std::size_t{0}, text.size() / 2, text.size() - 1}) {
                into.add(static_cast<unsigned char>(text[i]));
                if (text.size() == 1) {
                    break;
                }
            }
        }
    } else if constexpr (std::ranges::random_access_range<const T>) {
        const auto size = static_cast<std::uint64_t>(std::ranges::size(value));
        const auto item = [&](std::uint64_t at) {
            digest(value[static_cast<std::size_t>(at)], into, all);
        };
        into.add(size);
        if (all || size == 1) {
            for (std::uint64_t i = 0; i < size; ++i) {
                item(i);
            }
        } else if (size > 1) {
            item(0), item(size / 2), item(size - 1);
        }
    } else if constexpr (requires { value.has_value(), *value; }) {
        into.add(value.has_value() ? 1 : 0);
        if (value.has_value()) {
            digest(*value, into, all);
        }
    } else if constexpr (requires { *value; }) {
        digest(*value, into, all);
    } else {
        std::apply([&](const auto&... part) { (digest(part, into, all), ...); }, value);
    }
}

// ---- Pairs --------------------------------------------------------------------------------------

namespace detail {

/// One prepared batch. Neither function has state, so that their types say all.
template <class Input, class Work>
class PairCalls final : public Batch {
    using Value = std::invoke_result_t<Input, Rng&, std::uint64_t>;
    using Result = std::decay_t<std::invoke_result_t<Work, Value&>>;
    static_assert(!std::is_void_v<Result>, "work answers its result, to be compared with others'");

public:
    PairCalls(std::uint64_t n, std::uint64_t seed, std::uint64_t calls) {
        Rng seeds(seed);
        inputs_.reserve(calls);
        results_.reserve(calls);
        for (std::uint64_t i = 0; i < calls; ++i) {
            Rng rng(seeds.next());
            inputs_.push_back(Input{}(rng, n));
        }
    }

    std::uint64_t run() override { return work(false); }
    std::uint64_t check() override { return work(true); }

private:
    std::uint64_t work(bool all) {
        for (Value& input : inputs_) {
            results_.push_back(Work{}(input));
        }
        Digest found;
        for (const Result& result : results_) {
            digest(result, found, all);
        }
        return found.value();
    }

    std::vector<Value> inputs_;
    std::vector<Result> results_; // let go with the batch, which is not timed
};

} // namespace detail

/// A pair whose input is known: add the sides, then run `main`. The first side is what the others
/// are compared with.
template <class Input>
class Sides {
public:
    Sides(std::string name, std::vector<std::uint64_t> sizes, std::uint32_t threads)
        : name_(std::move(name)), sizes_(std::move(sizes)), threads_(threads) {}

    /// A side, compiled as this file is: `work(input)` is timed with nothing around it but keeping
    /// its result, which must be equal for all sides. `work` captures nothing.
    template <class Work>
    Sides& side(std::string name, Work) & {
        static_assert(std::is_empty_v<Work> && std::is_default_constructible_v<Work>,
                      "a lambda that captures nothing, or a type without members");
        Contestant made;
        made.name = std::move(name);
        made.compiler = compiler();
        made.flags = flags_;
        if (!contestants_.empty()) {
            made.baselines = {contestants_.front().name};
        }
        for (const std::uint64_t n : sizes_) {
            Workload& workload = made.workloads.emplace_back();
            workload.component = "pair";
            workload.name = name_;
            workload.n = n;
            workload.threads = threads_;
            workload.prepare = [](std::uint64_t size, std::uint64_t seed,
                                  std::uint64_t calls) -> std::unique_ptr<Batch> {
                return std::make_unique<detail::PairCalls<Input, Work>>(size, seed, calls);
            };
        }
        contestants_.push_back(std::move(made));
        return *this;
    }
    template <class Work>
    Sides&& side(std::string name, Work work) && {
        return std::move(side(std::move(name), work));
    }

    /// The flags that decide the code of the sides that follow; for readers of the report.
    Sides& flags(std::string text) & {
        flags_ = std::move(text);
        return *this;
    }
    Sides&& flags(std::string text) && { return std::move(flags(std::move(text))); }

    /// Says of the side that was added last what it is written in and compiled by, where that is
    /// not C++ and the compiler of this file.
    Sides& built_by(std::string language, std::string by, std::string flags) & {
        contestants_.back().language = std::move(language);
        contestants_.back().compiler = std::move(by);
        contestants_.back().flags = std::move(flags);
        return *this;
    }
    Sides&& built_by(std::string language, std::string by, std::string flags) && {
        return std::move(built_by(std::move(language), std::move(by), std::move(flags)));
    }

    /// What `worker_main` takes.
    [[nodiscard]] const std::vector<Contestant>& contestants() const { return contestants_; }

    /// Serves the coordinator: the program is a worker.
    [[nodiscard]] int main(int argc, char** argv) const {
        return worker_main(argc, argv, contestants_);
    }

private:
    std::string name_;
    std::vector<std::uint64_t> sizes_;
    std::uint32_t threads_;
    std::string flags_ = optimised();
    std::vector<Contestant> contestants_;

    static std::string optimised() {
#if defined(__OPTIMIZE__)
        return "optimised";
#else
        return "-O0";
#endif
    }
};

/// What a pair is called, before anybody knows what its input is.
class PairName {
public:
    PairName(std::string name, std::uint64_t n) : name_(std::move(name)), sizes_{n} {}

    /// On inputs of a further size, too.
    PairName&& also(std::uint64_t n) && {
        sizes_.push_back(n);
        return std::move(*this);
    }

    /// One call keeps so many threads busy.
    PairName&& threads(std::uint32_t threads) && {
        threads_ = threads;
        return std::move(*this);
    }

    /// `make(rng, n)` makes one input of size n: not timed, anew for every call. It captures
    /// nothing.
    template <class Input>
    Sides<Input> input(Input) && {
        static_assert(std::is_empty_v<Input> && std::is_default_constructible_v<Input>,
                      "a lambda that captures nothing, or a type without members");
        return Sides<Input>(std::move(name_), std::move(sizes_), threads_);
    }

private:
    std::string name_;
    std::vector<std::uint64_t> sizes_;
    std::uint32_t threads_ = 1;
};

/// Work of this name on inputs of size `n`. Figures per element divide by it.
inline PairName pair(std::string name, std::uint64_t n) { return {std::move(name), n}; }

} // namespace diptych::lab
