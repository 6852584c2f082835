#include "diptych/thread_pool/deque.hpp"

#include <memory>

namespace diptych::cpp::thread_pool {

struct Ring {
    explicit Ring(std::size_t slot_count)
        : slots(std::make_unique<Slot[]>(slot_count)), count(slot_count) {}

    Slot& slot(std::ptrdiff_t at) const noexcept {
        return slots[static_cast<std::size_t>(at) & (count - 1)];
    }

    std::unique_ptr<Slot[]> slots;
    std::size_t count;
    /// Those it took the place of, while thieves may be in them.
    std::unique_ptr<Ring> older;
};

// ---- Construction -------------------------------------------------------------------------------

Deque::Deque(std::size_t slots, Fences fences) : Deque(new Ring(slots), slots, fences) {}

Deque::Deque(Ring* ring, std::size_t slots, Fences fences)
    // With fences of the same price nothing is done but by the slow path, which has them.
    : limit_(fences == Fences::asymmetric ? static_cast<std::ptrdiff_t>(slots) : attention),
      slots_(ring->slots.get()), mask_(static_cast<std::ptrdiff_t>(slots) - 1),
      full_(static_cast<std::ptrdiff_t>(slots)), ring_(ring), fences_(fences) {}

// ---- Mutation, fast path first ------------------------------------------------------------------

Job* Deque::pop() noexcept {
    const std::ptrdiff_t at = bottom_.load(std::memory_order_relaxed) - 1;
    bottom_.store(at, std::memory_order_release); // E1
    light(fences_);                               // E3
    std::ptrdiff_t top = top_.load(std::memory_order_relaxed);
    if (top <= at) {
        // CONTRACT: T1 - an index between both ends.
        Job* job = slots_[at & mask_].load(std::memory_order_relaxed);
        if (top < at) {
            return job;
        }
        // E4: the last one; who moves top has it.
        const bool is_ours = top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                                          std::memory_order_relaxed);
        bottom_.store(at + 1, std::memory_order_release); // E1
        return is_ours ? job : nullptr;
    }
    bottom_.store(at + 1, std::memory_order_release); // E1
    return nullptr;
}

Steal Deque::steal() noexcept {
    std::ptrdiff_t top = top_.load(std::memory_order_acquire); // E3
    if (top >= bottom_.load(std::memory_order_relaxed)) {
        return {
            .kind =
                Steal::Kind::nothing}; // or just published: whoever is about to sleep looks again
    }
    heavy(fences_); // E3
    // E1, E3: a job of that index is seen, or was taken back.
    if (top >= bottom_.load(std::memory_order_acquire)) {
        return {.kind = Steal::Kind::nothing};
    }
    // CONTRACT: T7 - rings stay while somebody searches.
    const Ring* ring = ring_.load(std::memory_order_acquire); // E6, E7
    Job* job = ring->slot(top).load(std::memory_order_relaxed);
    // E4: success is the thief's only claim to the job. What was read else is thrown away. E15:
    // what was read was read before.
    if (top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                     std::memory_order_relaxed)) {
        return {.kind = Steal::Kind::job, .job = job};
    }
    return {.kind = Steal::Kind::again};
}

void Deque::call() noexcept {
    // E5: with `listen`, one of both swaps sees the other.
    limit_.exchange(attention, std::memory_order_seq_cst);
}

// ---- Slow path ----------------------------------------------------------------------------------

void Deque::make_room() {
    const std::ptrdiff_t bottom = bottom_.load(std::memory_order_relaxed);
    if (bottom >= full_) {
        // E15: what was read of the slots below it was read.
        const std::ptrdiff_t top = top_.load(std::memory_order_acquire);
        full_ = top + mask_ + 1;
        if (bottom >= full_) {
            grow(top, bottom);
        }
    }
}

void Deque::listen() noexcept {
    if (fences_ == Fences::asymmetric) {
        // E5: who called before is seen afterwards.
        limit_.exchange(full_, std::memory_order_seq_cst);
    }
}

void Deque::grow(std::ptrdiff_t top, std::ptrdiff_t bottom) {
    // CONTRACT: T1 - only the owner changes which ring it is.
    Ring* old = ring_.load(std::memory_order_relaxed);
    auto ring = std::make_unique<Ring>(2 * old->count);
    for (std::ptrdiff_t at = top; at < bottom; ++at) {
        ring->slot(at).store(old->slot(at).load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
    }
    const auto slots = static_cast<std::ptrdiff_t>(ring->count);
    slots_ = ring->slots.get();
    mask_ = slots - 1;
    full_ = top + slots;
    // CONTRACT: T1 - no thief looks at this member.
    ring->older.reset(old);
    // E6: who sees the new ring sees the jobs in it. Thieves in the old one find theirs there. E7:
    // until nobody is.
    ring_.store(ring.release(), std::memory_order_release);
}

void Deque::reclaim() noexcept {
    // CONTRACT: T1, T7 - only the owner changes which ring it is; nobody is in the old ones.
    ring_.load(std::memory_order_relaxed)->older.reset();
}

bool Deque::has_old_rings() const noexcept {
    // CONTRACT: T1 - by the owner alone.
    return ring_.load(std::memory_order_relaxed)->older != nullptr;
}

// ---- Destruction --------------------------------------------------------------------------------

Deque::~Deque() {
    // CONTRACT: T1 - nobody else is left.
    delete ring_.load(std::memory_order_relaxed);
}

} // namespace diptych::cpp::thread_pool
