// thread_pool/block.hpp - memory for jobs that outlive the call that made them: blocks of 64 bytes,
// which go from hand to hand.
//
//   a thread's own: [ block, block, .. ]          taken and given without asking anybody
//                        |  magazines of 32, when there are too many or none
//                        v
//   of all threads: [ magazine, magazine, .. ]    under a lock
//
// What is free is listed beside the blocks, not in them: a thread that takes a block does not have
// to wait for memory that another one has written last (Bonwick and Adams, 2001).
#pragma once

#include "config.hpp"

#include <memory>
#include <new>
#include <utility>

namespace diptych::cpp::thread_pool {

// ---- Mutation, fast path first ------------------------------------------------------------------

/// A block that is nobody else's; std::bad_alloc.
void* take_block();
void give_block(void* block) noexcept;

/// A T has room in a block.
template <class T>
inline constexpr bool fits = sizeof(T) <= block_bytes && alignof(T) <= block_bytes;

/// Makes a value on the heap.
template <class T, class... Given>
T* put(Given&&... given) {
    if constexpr (!fits<T>) {
        return new T(std::forward<Given>(given)...);
    } else {
        void* block = take_block();
        try {
            // CONTRACT: T8 - a block of enough bytes that is nobody else's.
            return ::new (block) T(std::forward<Given>(given)...);
        } catch (...) {
            give_block(block);
            throw;
        }
    }
}

/// Destroys it; of `put`.
// CONTRACT: T2 - nobody uses it afterwards.
template <class T>
void drop(T* place) noexcept {
    if constexpr (!fits<T>) {
        delete place;
    } else {
        std::destroy_at(place);
        give_block(place);
    }
}

// ---- Slow path ----------------------------------------------------------------------------------

/// Gives what this thread has to the others.
void give_all() noexcept;

} // namespace diptych::cpp::thread_pool
