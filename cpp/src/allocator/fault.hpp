// fault.hpp - the end of a program that misused the heap.
#pragma once

namespace diptych::cpp::allocator {

enum class Fault { double_free, invalid_free, invalid_realloc, corrupted_block };

/// Writes "diptych: <fault>: 0x<address>" and a newline to standard error, and aborts.
[[noreturn, gnu::cold]] void fail(Fault fault, const void* p) noexcept;

} // namespace diptych::cpp::allocator
