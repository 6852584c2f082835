#include "diptych/vector/erased.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace diptych::cpp {

using detail::Element;
using Cause = ErasedError::Cause;

// ---- Types --------------------------------------------------------------------------------------

namespace {

/// Bytes of the first block that growth makes, where an element is not larger.
constexpr std::size_t first_block_bytes = 64;

bool is_over_aligned(std::size_t align) noexcept { return align > alignof(std::max_align_t); }

void* allocate(std::size_t bytes, std::size_t align) noexcept {
    return is_over_aligned(align) ? std::aligned_alloc(align, bytes) : std::malloc(bytes);
}

} // namespace

// ---- Construction -------------------------------------------------------------------------------

ErasedVector ErasedVector::of(Element elem, const dpt_elem* table) noexcept {
    return from_raw({elem.dangling(), 0, 0, table});
}

ErasedError ErasedVector::create(const dpt_elem& elem, ErasedVector& out) noexcept {
    if (ErasedError error = Element::check(elem)) {
        return error;
    }
    out = of(Element(&elem), &elem);
    return {};
}

ErasedError ErasedVector::with_capacity(const dpt_elem& elem, std::size_t capacity,
                                        ErasedVector& out) noexcept {
    ErasedVector vector;
    if (ErasedError error = create(elem, vector)) {
        return error;
    }
    if (ErasedError error = vector.reserve_exact(capacity)) {
        return error;
    }
    out = std::move(vector);
    return {};
}

ErasedError ErasedVector::from_items(const dpt_elem& elem, const void* items, std::size_t count,
                                     ErasedVector& out) noexcept {
    ErasedVector vector;
    if (ErasedError error = with_capacity(elem, count, vector)) {
        return error;
    }
    // CONTRACT: V2 - nothing aliases a new block.
    if (ErasedError error = vector.append_copies(items, count, elem.size)) {
        return error;
    }
    out = std::move(vector);
    return {};
}

ErasedError ErasedVector::try_clone(ErasedVector& out) const noexcept {
    ErasedVector copy = of(elem(), raw_.elem);
    if (ErasedError error = copy.reserve_exact(raw_.len)) {
        return error;
    }
    // CONTRACT: V2 - `len` elements are alive at `data`; nothing aliases a new block.
    if (ErasedError error = copy.append_copies(raw_.data, raw_.len, elem().size())) {
        return error;
    }
    out = std::move(copy);
    return {};
}

// ---- Queries ------------------------------------------------------------------------------------

/// Whether `item` lies in an element of ours, and how many bytes behind the first one.
bool ErasedVector::lies_inside(const void* item, std::size_t& offset) const noexcept {
    offset = reinterpret_cast<std::uintptr_t>(item) - reinterpret_cast<std::uintptr_t>(raw_.data);
    return offset < raw_.len * elem().size();
}

ErasedError ErasedVector::check_index(std::size_t index, std::size_t end) const noexcept {
    return index < end ? ErasedError() : ErasedError(Cause::index, index, raw_.len);
}

// ---- Mutation -----------------------------------------------------------------------------------

ErasedError ErasedVector::extend(const void* items, std::size_t count) noexcept {
    const std::size_t size = elem().size();
    const std::size_t len = raw_.len;
    std::size_t offset = 0;
    if (count > 0 && lies_inside(items, offset) && count > (len * size - offset) / size) {
        return ErasedError(Cause::range, offset / size, count, len);
    }
    if (ErasedError error = reserve_beside(count, items)) {
        return error;
    }
    // CONTRACT: V2 - `items` ends before slot `len` or is not in the block.
    return append_copies(items, count, size);
}

ErasedError ErasedVector::append(ErasedVector& source) noexcept {
    if (!elem().is_like(source.elem())) {
        return ErasedError(Cause::unlike_elements);
    }
    if (ErasedError error = reserve(source.raw_.len)) {
        return error;
    }
    const std::size_t count = std::exchange(source.raw_.len, 0);
    // CONTRACT: V6 - `count` raw slots follow `len`; the source forgot its elements.
    elem().relocate_run(slot(raw_.len), source.raw_.data, count);
    raw_.len += count;
    return {};
}

void ErasedVector::truncate(std::size_t len) noexcept {
    if (len < raw_.len) {
        const std::size_t count = std::exchange(raw_.len, len) - len;
        // CONTRACT: V2 - `count` elements from slot `len` on were alive and no longer count.
        elem().destroy_run(slot(len), count);
    }
}

ErasedError ErasedVector::resize(std::size_t len, const void* fill) noexcept {
    if (len <= raw_.len) {
        truncate(len);
        return {};
    }
    const std::size_t count = len - raw_.len;
    if (ErasedError error = reserve_beside(count, fill)) {
        return error;
    }
    // CONTRACT: V2 - `fill` is before slot `len` or not in the block.
    return append_copies(fill, count, 0);
}

ErasedError ErasedVector::insert(std::size_t index, const void* item) noexcept {
    if (ErasedError error = check_index(index, raw_.len + 1)) {
        return error;
    }
    if (ErasedError error = reserve_beside(1, item)) {
        return error;
    }
    const std::size_t size = elem().size();
    const auto* source = static_cast<const unsigned char*>(item);
    std::size_t offset = 0;
    if (lies_inside(item, offset) && offset >= index * size) {
        source += size;
    }
    const std::size_t tail = part(index, 1);
    // CONTRACT: V2 - the slot is raw; `item` is alive, and was followed if the gap moved it.
    const ErasedError error = elem().copy_run(slot(index), source, 1, size);
    // CONTRACT: V2 - the gap of 1 has `tail` elements behind it, and is filled unless the copy
    // failed.
    join(1, error ? 0 : 1, tail);
    return error;
}

ErasedError ErasedVector::insert_take(std::size_t index, void* item) noexcept {
    if (ErasedError error = check_index(index, raw_.len + 1)) {
        return error;
    }
    if (ErasedError error = reserve(1)) {
        return error;
    }
    const std::size_t tail = part(index, 1);
    // CONTRACT: V6 - the slot is raw; `item` is the caller's to give.
    elem().relocate(slot(index), item);
    raw_.len = index + 1 + tail;
    return {};
}

ErasedError ErasedVector::remove(std::size_t index, void* out) noexcept {
    if (ErasedError error = check_index(index, raw_.len)) {
        return error;
    }
    const std::size_t tail = raw_.len - index - 1;
    raw_.len = index;
    // CONTRACT: V2 - the slot was an element and no longer counts.
    give_up(slot(index), out);
    // CONTRACT: V2 - slot `index` is raw now and has `tail` elements behind it.
    join(1, 0, tail);
    return {};
}

ErasedError ErasedVector::swap_remove(std::size_t index, void* out) noexcept {
    if (ErasedError error = check_index(index, raw_.len)) {
        return error;
    }
    const std::size_t last = raw_.len - 1;
    raw_.len = index;
    // CONTRACT: V2 - the slot was an element and no longer counts.
    give_up(slot(index), out);
    if (index != last) {
        // CONTRACT: V6 - slot `index` is raw now, the last one alive.
        elem().relocate(slot(index), slot(last));
    }
    raw_.len = last;
    return {};
}

// ---- Growth -------------------------------------------------------------------------------------

ErasedError ErasedVector::reserve(std::size_t additional) noexcept {
    return additional <= raw_.cap - raw_.len ? ErasedError() : grow(additional);
}

ErasedError ErasedVector::reserve_exact(std::size_t additional) noexcept {
    if (additional <= raw_.cap - raw_.len) {
        return {};
    }
    std::size_t cap = 0;
    if (ErasedError error = checked_capacity(additional, cap)) {
        return error;
    }
    return reallocate(cap);
}

ErasedError ErasedVector::shrink_to_fit() noexcept { return reallocate(raw_.len); }

[[gnu::cold, gnu::noinline]] ErasedError ErasedVector::push_slow(const void* item) noexcept {
    if (ErasedError error = reserve_beside(1, item)) {
        return error;
    }
    // CONTRACT: V2 - slot `len` is raw and not `item`.
    return append_copies(item, 1, 0);
}

/// Appends copies for which there is room; see `Element::copy_run`.
ErasedError ErasedVector::append_copies(const void* items, std::size_t count,
                                        std::size_t stride) noexcept {
    DPT_ASSERT(count <= raw_.cap - raw_.len);
    if (count > 0) {
        // CONTRACT: V2 - the slots from `len` on are raw.
        if (ErasedError error = elem().copy_run(
                slot(raw_.len), static_cast<const unsigned char*>(items), count, stride)) {
            return error;
        }
        raw_.len += count;
    }
    return {};
}

/// As `reserve`; `item` moves along if it is an element of ours.
ErasedError ErasedVector::reserve_beside(std::size_t additional, const void*& item) noexcept {
    if (additional <= raw_.cap - raw_.len) {
        return {};
    }
    std::size_t offset = 0;
    const bool inside = lies_inside(item, offset);
    if (ErasedError error = grow(additional)) {
        return error;
    }
    if (inside) {
        item = raw_.data + offset;
    }
    return {};
}

[[gnu::cold, gnu::noinline]] ErasedError ErasedVector::grow(std::size_t additional) noexcept {
    std::size_t needed = 0;
    if (ErasedError error = checked_capacity(additional, needed)) {
        return error;
    }
    const std::size_t size = elem().size();
    const std::size_t first = std::max<std::size_t>(first_block_bytes / size, 1);
    // V4 - `cap` elements are at most PTRDIFF_MAX bytes, so that doubling cannot overflow.
    const std::size_t roomy = std::max({2 * raw_.cap, needed, first});
    const std::size_t most = PTRDIFF_MAX / size;
    return reallocate(roomy <= most ? roomy : needed);
}

/// V4: `needed` is `len + additional`, if the block may be so large.
ErasedError ErasedVector::checked_capacity(std::size_t additional,
                                           std::size_t& needed) const noexcept {
    const std::size_t size = elem().size();
    const std::size_t most = PTRDIFF_MAX / size;
    if (raw_.len > most || additional > most - raw_.len) {
        return ErasedError(Cause::capacity, raw_.len, additional, size);
    }
    needed = raw_.len + additional;
    return {};
}

/// Gives the vector a block of exactly `cap` elements, `len <= cap`, or none.
ErasedError ErasedVector::reallocate(std::size_t cap) noexcept {
    check_invariants();
    DPT_ASSERT(raw_.len <= cap);
    if (cap == raw_.cap) {
        return {};
    }
    if (cap == 0) {
        release();
        return {};
    }
    const Element elem = this->elem();
    const std::size_t bytes = cap * elem.size();
    // TWIN: Rust's `realloc` takes any alignment, C's does not: such a block is moved here.
    const bool in_place =
        raw_.cap > 0 && elem.relocates_by_bytes() && !is_over_aligned(elem.align());
    // CONTRACT: V3 - the block came from `malloc` or `realloc`.
    void* data = in_place ? std::realloc(raw_.data, bytes) : allocate(bytes, elem.align());
    if (data == nullptr) {
        return ErasedError(Cause::memory, bytes);
    }
    auto* block = static_cast<unsigned char*>(data);
    if (!in_place) {
        const std::size_t len = std::exchange(raw_.len, 0);
        // CONTRACT: V6 - `len` elements were alive at `data`; the new block is raw.
        elem.relocate_run(block, raw_.data, len);
        release();
        raw_.len = len;
    }
    raw_.data = block;
    raw_.cap = cap;
    return {};
}

/// Frees the block, in which no element is alive.
void ErasedVector::release() noexcept {
    DPT_ASSERT(raw_.len == 0);
    if (std::exchange(raw_.cap, 0) > 0) {
        // CONTRACT: V3 - the block is ours, and is forgotten here.
        std::free(raw_.data);
        raw_.data = elem().dangling();
    }
}

// ---- Ranges -------------------------------------------------------------------------------------

ErasedError ErasedVector::erase(std::size_t first, std::size_t count) noexcept {
    const std::size_t len = raw_.len;
    if (first > len || count > len - first) {
        return ErasedError(Cause::range, first, count, len);
    }
    raw_.len = first;
    // CONTRACT: V2 - the elements were alive and no longer count.
    elem().destroy_run(slot(first), count);
    // CONTRACT: V2 - the `count` slots are raw now and have the rest behind them.
    join(count, 0, len - first - count);
    return {};
}

ErasedError ErasedVector::split_off(std::size_t at, ErasedVector& out) noexcept {
    if (ErasedError error = check_index(at, raw_.len + 1)) {
        return error;
    }
    const std::size_t count = raw_.len - at;
    ErasedVector rest = of(elem(), raw_.elem);
    if (ErasedError error = rest.reserve_exact(count)) {
        return error;
    }
    raw_.len = at;
    // CONTRACT: V6 - `count` elements from `at` on were alive; the new block is raw.
    elem().relocate_run(rest.raw_.data, slot(at), count);
    rest.raw_.len = count;
    out = std::move(rest);
    return {};
}

ErasedError ErasedVector::retain(Keep keep, void* context) noexcept {
    ErasedError thrown;
    const std::size_t len = std::exchange(raw_.len, 0);
    std::size_t kept = 0;
    for (std::size_t index = 0; index < len; ++index) {
        unsigned char* item = slot(index);
        bool stays = true;
        if (!thrown) {
            try {
                // CONTRACT: V2 - slot `index` is alive: only slots before it were left.
                stays = keep(item, context) != 0;
            } catch (...) {
                thrown = ErasedError(Cause::asked_threw, index, len);
            }
        }
        if (!stays) {
            // CONTRACT: V2 - alive, as above, and not counted.
            elem().destroy_run(item, 1);
            continue;
        }
        if (kept != index) {
            // CONTRACT: V6 - slot `kept` was left by its element.
            elem().relocate(slot(kept), item);
        }
        kept += 1;
    }
    raw_.len = kept;
    return thrown;
}

ErasedError ErasedVector::dedup(Same same, void* context) noexcept {
    ErasedError thrown;
    const std::size_t len = std::exchange(raw_.len, 0);
    std::size_t kept = std::min<std::size_t>(len, 1);
    for (std::size_t index = 1; index < len; ++index) {
        unsigned char* item = slot(index);
        unsigned char* before = slot(kept - 1);
        bool stays = true;
        if (!thrown) {
            try {
                // CONTRACT: V2 - both are alive: `before` is the last one kept, and slot `index`
                // was not reached yet.
                stays = same(item, before, context) == 0;
            } catch (...) {
                thrown = ErasedError(Cause::asked_threw, index, len);
            }
        }
        if (!stays) {
            // CONTRACT: V2 - alive, as above, and not counted.
            elem().destroy_run(item, 1);
            continue;
        }
        if (kept != index) {
            // CONTRACT: V6 - slot `kept` was left by its element.
            elem().relocate(slot(kept), item);
        }
        kept += 1;
    }
    raw_.len = kept;
    return thrown;
}

ErasedError ErasedVector::open_gap(std::size_t index, std::size_t count, void*& slots) noexcept {
    if (ErasedError error = check_index(index, raw_.len + 1)) {
        return error;
    }
    if (ErasedError error = reserve(count)) {
        return error;
    }
    part(index, count);
    slots = slot(index);
    return {};
}

ErasedError ErasedVector::close_gap(std::size_t index, std::size_t count, std::size_t filled,
                                    std::size_t tail) noexcept {
    const std::size_t cap = raw_.cap;
    if (filled > count) {
        return ErasedError(Cause::gap_overfilled, filled, count);
    }
    if (index != raw_.len) {
        return ErasedError(Cause::gap_moved, index, raw_.len);
    }
    if (count > cap - index || tail > cap - index - count) {
        return ErasedError(Cause::gap_too_long, index, count, tail, cap);
    }
    join(count, filled, tail);
    return {};
}

ErasedError ErasedVector::set_len(std::size_t len) noexcept {
    if (len > raw_.cap) {
        return ErasedError(Cause::room, len, raw_.cap);
    }
    raw_.len = len;
    return {};
}

/// Moves the elements from `index` on `count` slots up, for which there is room, and forgets them
/// (V5); answers how many they are.
std::size_t ErasedVector::part(std::size_t index, std::size_t count) noexcept {
    const std::size_t tail = std::exchange(raw_.len, index) - index;
    // CONTRACT: V6 - `tail` elements are alive from `index` on; the slots they move to are raw or
    // their own.
    elem().relocate_run(slot(index + count), slot(index), tail);
    return tail;
}

/// Moves the `tail` elements behind the gap of `count` slots at `len` down to its first `filled`
/// ones, and counts them all. CONTRACT: V2 - there is such a gap; its first `filled` slots are
/// alive, the others raw.
void ErasedVector::join(std::size_t count, std::size_t filled, std::size_t tail) noexcept {
    const std::size_t index = raw_.len;
    // CONTRACT: V6 - as above.
    elem().relocate_run(slot(index + filled), slot(index + count), tail);
    raw_.len = index + filled + tail;
}

} // namespace diptych::cpp
