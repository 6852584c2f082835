// stats.hpp - what is in use, counted by walking over pages: nothing is counted while allocating.
#pragma once

#include "diptych/allocator.hpp"
#include "heap.hpp"
#include "huge.hpp"

namespace diptych::cpp::allocator {

/// As stats(), and what of it is huge blocks.
Stats count(HugeCount& huge) noexcept;

/// Calls visitor(context, block, bytes) for each block in use of a heap that is no thread's.
void visit(const Heap& heap, void (*visitor)(void*, void*, std::size_t), void* context);

} // namespace diptych::cpp::allocator
