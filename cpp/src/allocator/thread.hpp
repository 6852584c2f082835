// thread.hpp - what a thread has: a number, and a heap; and the pages that threads leave behind.
//
//              allocates                   ends, or the heap's page is full
//   no_heap --------------> its own heap ------------------------------------> pages without an
//   owner
//                                 ^                                                      |
//                                 +------------------------------------------------------+
//                                    frees a block of one, or needs one of its class
#pragma once

#include "config.hpp"

namespace diptych::cpp::allocator {

class Locked;
struct Heap;
struct Page;

// TWIN: Rust has no built-in function for the thread pointer, and no attribute for the model of
// a variable: both are assembly there.

/// Unlike any other living thread's, and never 0 or 1.
inline std::uintptr_t thread_number() noexcept {
    return reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
}

/// The heap of a thread that has none yet: every request finds no_page and takes the slow path.
extern Heap no_heap;
/// The same of a thread that is about to end, and has given its heap back. If it allocates all the
/// same it gets another one, which is never given back. It is made when the first thread ends: a
/// constant would be as many addresses again for the loader to fill in before a program begins.
extern std::byte ended_heap[];

/// Whether it is neither of them.
inline bool has_pages(const Heap* heap) noexcept {
    return heap != &no_heap && reinterpret_cast<const std::byte*>(heap) != ended_heap;
}

/// This thread's.
// constinit, so that nobody asks at each use whether it was made.
extern constinit thread_local Heap* thread_heap [[gnu::tls_model("initial-exec")]];

/// Makes it, at the thread's first request; null: no memory.
Heap* make_thread_heap() noexcept;
/// How many threads have one.
std::size_t thread_count() noexcept;

/// A page that nobody owns, with room, is this heap's from now on; null: there is none.
Page* left_page(Heap* heap, unsigned cls) noexcept;
/// The caller became the owner of a page by freeing a block of it.
void adopt(Page* page) noexcept;
/// What the calling thread keeps for itself, and what nobody uses, goes back to the kernel.
bool trim() noexcept;

} // namespace diptych::cpp::allocator
