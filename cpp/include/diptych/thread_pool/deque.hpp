// thread_pool/deque.hpp - the jobs of one worker: it takes the youngest back, others steal the
// oldest.
//
//            top                  bottom          limit
//             |                     |               |
//   +---+---+-v-+---+---+---+---+---v---+---+---+---v---+
//   |   |   | j | j | j | j | j | j |   |   |   |   |   |  a ring: index & mask
//   +---+---+---+---+---+---+---+---+---+---+---+---+---+
//     thieves: top + 1            owner: bottom +- 1
//
// Chase and Lev's deque with the orderings of Lê, Pop, Cohen and Zappa Nardelli (PPoPP 2013), and
// fences whose price the thief pays. A push looks at one word afterwards, `limit`: the index that
// it may not reach without looking closer, because the ring is full or because somebody sleeps.
#pragma once

#include "config.hpp"
#include "sync.hpp"

#include <atomic>
#include <cstddef>
#include <limits>

namespace diptych::cpp::thread_pool {

struct Job;
struct Ring;

using Slot = std::atomic<Job*>;

/// What a thief comes back with.
struct Steal {
    enum class Kind : std::uint8_t {
        nothing,
        /// Somebody was quicker: there may be more.
        again,
        job,
    };
    Kind kind;
    Job* job = nullptr;
};

/// What a push answers.
struct Pushed {
    std::ptrdiff_t at;
    bool at_limit;
};

/// The owner's line, and the thieves'.
// CONTRACT: T1 - what is not atomic is the owner's.
class alignas(line_bytes) Deque { // NOLINT(clang-analyzer-optin.performance.Padding)
public:
    // ---- Construction ---------------------------------------------------------------------------

    Deque(std::size_t slots, Fences fences);

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] Fences fences() const noexcept { return fences_; }

    /// How many jobs there seem to be.
    [[nodiscard]] std::ptrdiff_t len() const noexcept {
        return bottom_.load(std::memory_order_relaxed) - top_.load(std::memory_order_relaxed);
    }

    /// What the fast path of `take` is told of a job: with symmetric fences, something that leads
    /// it to the slow one.
    [[nodiscard]] std::ptrdiff_t token(std::ptrdiff_t at) const noexcept {
        return fences_ == Fences::asymmetric ? at : attention;
    }

    /// No job that was published before the caller's heavy fence is left.
    [[nodiscard]] bool is_empty() const noexcept {
        // E2
        return top_.load(std::memory_order_acquire) >= bottom_.load(std::memory_order_acquire);
    }

    // ---- Mutation, fast path first --------------------------------------------------------------

    /// Puts a job in, and answers its index; at the limit there may be no room for another one
    /// until `make_room`. By the owner; the job stays until somebody has taken it.
    [[gnu::always_inline]] Pushed push(Job* job) noexcept {
        const std::ptrdiff_t at = bottom_.load(std::memory_order_relaxed);
        // CONTRACT: T1 - there is room for one, always.
        slots_[at & mask_].store(job, std::memory_order_relaxed);
        // E1: who sees the new bottom sees the job, and the ring.
        bottom_.store(at + 1, std::memory_order_release);
        // E2: the limit is looked at afterwards.
        light(Fences::asymmetric);
        return {.at = at, .at_limit = at + 1 >= limit_.load(std::memory_order_relaxed)};
    }

    /// Takes the job of that index back; false if it is not the youngest, or the last one, or
    /// perhaps stolen: then nothing has changed, and `take_slowly` knows. By the owner, who pushed
    /// it with asymmetric fences.
    [[gnu::always_inline]] bool take(std::ptrdiff_t at) noexcept {
        if (bottom_.load(std::memory_order_relaxed) != at + 1) [[unlikely]] {
            return false;
        }
        bottom_.store(at, std::memory_order_release); // E1, as all that it is told
        // E3: a thief that has not seen this bottom has moved top before.
        light(Fences::asymmetric);
        if (top_.load(std::memory_order_relaxed) < at) [[likely]] {
            return true;
        }
        bottom_.store(at + 1, std::memory_order_release); // E1
        return false;
    }

    /// Takes the youngest job, or null. By the owner.
    Job* pop() noexcept;

    /// Takes the oldest job. By a thread that `Control` counts as searching: or rings go while it
    /// is in them.
    Steal steal() noexcept;

    /// The owner's next push will reach the limit.
    void call() noexcept;

    // ---- Slow path ------------------------------------------------------------------------------

    /// After a push that reached the limit: makes room for the next one, if the ring was full. By
    /// the owner.
    void make_room();

    /// Nobody needs attention, the caller thinks: it has to look again afterwards. By the owner.
    void listen() noexcept;

    /// Frees the rings that were grown out of. By the owner, when nobody was searching after it
    /// grew.
    void reclaim() noexcept;

    /// There is something for `reclaim`.
    [[nodiscard]] bool has_old_rings() const noexcept;

    // ---- Destruction ----------------------------------------------------------------------------

    ~Deque();
    Deque(const Deque&) = delete;
    Deque& operator=(const Deque&) = delete;

private:
    Deque(Ring* ring, std::size_t slots, Fences fences);

    /// A limit that every push reaches.
    static constexpr std::ptrdiff_t attention = std::numeric_limits<std::ptrdiff_t>::min();

    void grow(std::ptrdiff_t top, std::ptrdiff_t bottom);

    /// Behind the youngest job. Written by the owner.
    std::atomic<std::ptrdiff_t> bottom_{0};
    /// Written by the owner, and lowered by who wants its attention.
    std::atomic<std::ptrdiff_t> limit_;
    /// Of the ring, for its owner.
    Slot* slots_;
    std::ptrdiff_t mask_;
    /// Where the ring is full: `top`, as it was last seen, and the number of slots.
    std::ptrdiff_t full_;
    std::atomic<Ring*> ring_;
    Fences fences_;
    /// The oldest job.
    alignas(line_bytes) std::atomic<std::ptrdiff_t> top_{0};
};

} // namespace diptych::cpp::thread_pool
