// diptych/lab.hpp - the laboratory's client for C++: what a workload is.
//
// A workload is work that can be repeated, on fresh input each time. The laboratory asks it to
// prepare a batch of `calls` inputs from a seed (not timed), runs the batch (timed, in one go, so
// that the border between languages is crossed once per sample), and lets it go (not timed).
//
// Header-only, C++20, no dependency. Rust's `diptych_lab::{Workload, Batch}` is the same thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace diptych::lab {

/// One prepared batch: `calls` inputs, all made from one seed.
class Batch {
public:
    virtual ~Batch() = default;

    /// Does the work on every input, once. Timed. Answers a cheap digest of the results, the same
    /// for every contestant that did the same work. Called at most once per batch.
    virtual std::uint64_t run() = 0;

    /// Does the same work on every input, once, and answers a digest of every byte of the results.
    /// Not timed: it proves before any clock starts that all contestants do the same.
    /// Called at most once per batch, and never together with `run`.
    virtual std::uint64_t check() = 0;
};

/// What the laboratory knows of a workload.
struct Workload {
    std::string component; ///< "vector"
    std::string name;      ///< "push_growing/u64": operation / element
    std::uint64_t n = 0;   ///< size of one call's input; figures per element divide by it
    bool tracked = false;  ///< elements count their copies and moves: memory pass only, never timed
    bool large = false;    ///< needs gigabytes: only when asked for

    /// Makes a batch of `calls` inputs from `seed`.
    std::unique_ptr<Batch> (*prepare)(std::uint64_t n, std::uint64_t seed,
                                      std::uint64_t calls) = nullptr;

    /// Threads that one call keeps busy at once. Work of more than one is judged by the CPU time
    /// of them all, as their wall time hangs on the scheduler, and is never pinned.
    std::uint32_t threads = 1;
};

/// A field of a type.
struct Field {
    std::string name;
    std::uint64_t offset = 0; ///< bytes before it
    std::uint64_t size = 0;   ///< bytes in it
};

/// How the compiler lays out a type: `layout<T>(name)`, with the fields that are worth telling.
struct Layout {
    std::string name; ///< the type, as C++ writes it
    std::string language = "c++";
    std::uint64_t size = 0;    ///< sizeof
    std::uint64_t align = 0;   ///< alignof
    bool niche = false;        ///< an optional one is no larger
    std::vector<Field> fields; ///< where they are, as far as they may be named here
};

/// The layout of `T`:
///
///     layout<Slice>("Slice", {DIPTYCH_LAB_FIELD(Slice, data), DIPTYCH_LAB_FIELD(Slice, len)})
template <class T>
Layout layout(std::string name, std::vector<Field> fields = {}) {
    Layout made;
    made.name = std::move(name);
    made.size = sizeof(T);
    made.align = alignof(T);
    made.niche = sizeof(std::optional<T>) == sizeof(T);
    made.fields = std::move(fields);
    return made;
}

/// A field of a type of standard layout.
#define DIPTYCH_LAB_FIELD(type, member)                                                            \
    (::diptych::lab::Field{#member, offsetof(type, member), sizeof(type::member)})

/// At namespace scope: `tag` becomes the name of a private member, which an explicit instantiation
/// may name. A type with commas in it needs a name of its own first.
#define DIPTYCH_LAB_REVEAL(tag, type, member)                                                      \
    struct tag {                                                                                   \
        using Of = type;                                                                           \
        friend constexpr auto diptych_lab_member(tag);                                             \
    };                                                                                             \
    template <auto Member>                                                                         \
    struct tag##Reveal {                                                                           \
        friend constexpr auto diptych_lab_member(tag) { return Member; }                           \
    };                                                                                             \
    template struct tag##Reveal<&type::member>

/// A private field that was revealed:
///
///     DIPTYCH_LAB_REVEAL(SliceData, Slice, data_);
///     layout<Slice>("Slice", {private_field<SliceData>("data")})
template <class Tag>
Field private_field(std::string name) {
    using T = typename Tag::Of;
    alignas(T) const unsigned char room[sizeof(T)]{};
    // Only where it would be is asked: nothing is read, and there need be no object.
    const auto& member = reinterpret_cast<const T*>(room)->*diptych_lab_member(Tag{});
    const auto* place = reinterpret_cast<const unsigned char*>(std::addressof(member));
    return {.name = std::move(name),
            .offset = static_cast<std::uint64_t>(place - room),
            .size = sizeof(member)};
}

/// One implementation with its workloads.
struct Contestant {
    std::string name;                   ///< "std::vector"
    std::string language = "c++";       ///< as the report names it
    std::string compiler;               ///< with version: `compiler()`
    std::string flags;                  ///< that decide its code: "-O3 -DNDEBUG"
    std::vector<std::string> baselines; ///< contestants it is compared with, where present
    std::vector<Workload> workloads;    ///< what it can do
    std::vector<Layout> layouts = {};   ///< its types: `diptych layout` draws them
};

/// The C++ standard library of this file, with its version: "libstdc++ 12".
inline std::string library() {
#if defined(_LIBCPP_VERSION)
    constexpr long number = _LIBCPP_VERSION; // 190107 is 19.1.7; 15007, before 16, is 15.0.7
    constexpr long scale = number < 100'000 ? 1'000 : 10'000;
    return "libc++ " + std::to_string(number / scale) + "." + std::to_string(number % scale / 100) +
           "." + std::to_string(number % 100);
#elif defined(_GLIBCXX_RELEASE)
    return "libstdc++ " + std::to_string(_GLIBCXX_RELEASE);
#else
    return "C++ library of unknown make";
#endif
}

/// The compiler of this file and its C++ standard library, with versions:
/// "g++ 12.2.0 (libstdc++ 12)".
inline std::string compiler() {
#if defined(__clang__)
    const std::string name = "clang++ " + std::to_string(__clang_major__) + "." +
                             std::to_string(__clang_minor__) + "." +
                             std::to_string(__clang_patchlevel__);
#elif defined(__GNUC__)
    const std::string name = "g++ " + std::to_string(__GNUC__) + "." +
                             std::to_string(__GNUC_MINOR__) + "." +
                             std::to_string(__GNUC_PATCHLEVEL__);
#else
    const std::string name = "c++ of unknown make";
#endif
    return name + " (" + library() + ")";
}

/// The random numbers of all workloads: SplitMix64 (Steele, Lea, Flood 2014), the same in every
/// language.
class Rng {
public:
    explicit constexpr Rng(std::uint64_t seed) noexcept : state_(seed) {}

    constexpr std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

/// The digest of all workloads: FNV-1a over 64-bit words, with a final mix by the caller's choice
/// of words.
class Digest {
public:
    constexpr void add(std::uint64_t word) noexcept { state_ = (state_ ^ word) * 0x100000001b3U; }
    constexpr std::uint64_t value() const noexcept { return state_; }

private:
    std::uint64_t state_ = 0xcbf29ce484222325U;
};

/// Makes the compiler believe that `value` is read and written here.
template <class T>
inline void keep(T&& value) noexcept {
    asm volatile("" : : "g"(&value) : "memory");
}

/// What a tracked element type counts. One set per process; the memory pass reads and resets it.
struct Tracked {
    std::uint64_t copies = 0;       ///< copy constructions
    std::uint64_t moves = 0;        ///< move constructions
    std::uint64_t destroys = 0;     ///< destructions
    std::uint64_t copy_assigns = 0; ///< copy assignments
    std::uint64_t move_assigns = 0; ///< move assignments

    /// Bytes of elements that were found at another address than when they were last looked at,
    /// by whatever means they came there. The workload looks at every element after every step.
    std::uint64_t relocated_bytes = 0;
};

inline Tracked& tracked() noexcept {
    static Tracked counts;
    return counts;
}

} // namespace diptych::lab
