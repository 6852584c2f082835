#include "diptych/vector/erased/element.hpp"

namespace diptych::cpp::detail {

// ---- Mutation -----------------------------------------------------------------------------------

ErasedError Element::copy_run(unsigned char* dst, const unsigned char* src, std::size_t count,
                              std::size_t stride) const noexcept {
    if (copies_by_bytes()) {
        copy_run_bytes(dst, src, count, stride);
        return {};
    }
    std::size_t made = 0;
    const auto undone = [&](ErasedError error) {
        // CONTRACT: V2 - the copies before this one are alive, and nobody else knows them.
        destroy_run(dst, made);
        return error;
    };
    try {
        for (; made < count; ++made) {
            // CONTRACT: V2 - the target is raw and the source alive; V8 - a sound function.
            const dpt_status status =
                table_->copy(slot(dst, made), src + made * stride, table_->context);
            if (status != DPT_OK) {
                return undone(ErasedError(ErasedError::Cause::copy, made, count,
                                          static_cast<std::size_t>(status)));
            }
        }
    } catch (...) {
        // TWIN: an exception can be caught here and is; one that reached Rust would end the
        // program.
        return undone(ErasedError(ErasedError::Cause::copy_threw, made, count));
    }
    return {};
}

void Element::copy_run_bytes(unsigned char* dst, const unsigned char* src, std::size_t count,
                             std::size_t stride) const noexcept {
    if (stride != 0) {
        std::memcpy(dst, src, count * size());
    } else if (count > 0) {
        copy_bytes(dst, src);
        const std::size_t piece = std::max<std::size_t>(fill_bytes / size(), 1);
        for (std::size_t done = 1; done < count;) {
            const std::size_t next = std::min({done, piece, count - done});
            // CONTRACT: V2 - the first `done` slots are written, the next ones raw, and next <=
            // done.
            std::memcpy(slot(dst, done), dst, next * size());
            done += next;
        }
    }
}

void Element::relocate_run(unsigned char* dst, unsigned char* src,
                           std::size_t count) const noexcept {
    if (dst == src) {
        return;
    }
    if (relocates_by_bytes()) {
        std::memmove(dst, src, count * size());
    } else if (reinterpret_cast<std::uintptr_t>(dst) <= reinterpret_cast<std::uintptr_t>(src)) {
        for (std::size_t index = 0; index < count; ++index) {
            // CONTRACT: V6 - going up, the target is raw or was just left.
            relocate(slot(dst, index), slot(src, index));
        }
    } else {
        for (std::size_t index = count; index-- > 0;) {
            // CONTRACT: V6 - going down, the target is raw or was just left.
            relocate(slot(dst, index), slot(src, index));
        }
    }
}

} // namespace diptych::cpp::detail
