// border.hpp - the price of the border: the Rust twin, pushed to from C++, one call per element.
// src/workloads/vector/border.rs pushes to the C++ twin from Rust.
//
// The same loop without a border is PushGrowing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "diptych.h"
#include "elements.hpp"
#include "growth.hpp"

namespace diptych::workloads {

/// A vector of numbers behind the C interface.
class Erased {
public:
    Erased() { expect(dpt_rust_vec_new(&vec_, &table)); }
    Erased(Erased&& other) noexcept : vec_(std::exchange(other.vec_, {})) {}
    Erased& operator=(Erased&&) = delete;
    ~Erased() { dpt_rust_vec_free(&vec_); }

    void push_back(const std::uint64_t& item) { expect(dpt_rust_vec_push(&vec_, &item)); }

    [[nodiscard]] bool empty() const { return vec_.len == 0; }
    [[nodiscard]] std::size_t size() const { return vec_.len; }
    [[nodiscard]] const std::uint64_t* data() const {
        return reinterpret_cast<const std::uint64_t*>(vec_.data);
    }
    [[nodiscard]] const std::uint64_t* begin() const { return data(); }
    [[nodiscard]] const std::uint64_t* end() const { return data() + size(); }
    [[nodiscard]] const std::uint64_t& front() const { return data()[0]; }
    [[nodiscard]] const std::uint64_t& back() const { return data()[size() - 1]; }

private:
    static constexpr dpt_elem table = DPT_ELEM_PLAIN(std::uint64_t);

    static void expect(dpt_status status) {
        if (status != DPT_OK) {
            throw std::bad_alloc();
        }
    }

    dpt_rust_vec vec_{};
};

/// The one vector behind the C interface that exists: of numbers.
struct RustThroughC {
    template <class>
    using Of = Erased;
};

} // namespace diptych::workloads
