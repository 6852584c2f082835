// border.hpp - the price of the border: the Rust twin, called from C++ for each element.
// src/workloads/vector/border.rs calls the C++ twin from Rust.
//
// Each call is timed in two forms. In the first the calls are independent of each other, and the
// processor works on several at once; in the second each one needs what the one before it answered.
// The loops are those without a border: PushGrowing and PushChain, IndexSumChecked and Chase.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <utility>

#include "chains.hpp"
#include "diptych.h"
#include "elements.hpp"
#include "growth.hpp"
#include "whole.hpp"

namespace diptych::workloads {

/// A vector of numbers behind the C interface. Pushing is a call; reading is none, as dpt_vec_get
/// is inline in the C header.
class Erased {
public:
    Erased() { expect(dpt_rust_vec_new(&vec_, &table)); }
    Erased(Erased&& other) noexcept : vec_(std::exchange(other.vec_, {})) {}
    Erased& operator=(Erased&&) = delete;
    ~Erased() { dpt_rust_vec_free(&vec_); }

    void reserve(std::size_t count) { expect(dpt_rust_vec_reserve(&vec_, count)); }
    void push_back(const std::uint64_t& item) { expect(dpt_rust_vec_push(&vec_, &item)); }

    [[nodiscard]] const std::uint64_t& at(std::size_t index) const {
        const void* item = dpt_rust_vec_get(&vec_, index);
        if (item == nullptr) {
            throw std::out_of_range("no element has this index");
        }
        return *static_cast<const std::uint64_t*>(item);
    }
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
