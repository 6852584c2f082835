// A library in C++ that a program in C loads for itself alone: the C++ library comes with it, and
// is not where a preloaded allocator looks first.
#include <cstddef>
#include <initializer_list>
#include <new>

namespace {

int handled = 0;

bool is_refused(std::size_t asked, bool aligned) {
    const volatile std::size_t bytes = asked; // or the compiler sees what will come of it
    try {
        void* block = aligned ? ::operator new(bytes, std::align_val_t{64}) : ::operator new(bytes);
        ::operator delete(block);
        return false;
    } catch (const std::bad_alloc&) {
        return true;
    }
}

} // namespace

/// 0 if all that cannot be had is refused by an exception or by null, after the handler was asked.
extern "C" int what_cannot_be_had_is_refused() {
    for (const std::size_t asked : {std::size_t{1} << 50, std::size_t{1} << 63}) {
        const volatile std::size_t bytes = asked;
        for (const bool aligned : {false, true}) {
            handled = 0;
            std::set_new_handler([] {
                ++handled;
                std::set_new_handler(nullptr);
            });
            if (!is_refused(bytes, aligned) || handled != 1) {
                return 1;
            }
        }
        if (::operator new(bytes, std::nothrow) != nullptr ||
            ::operator new(bytes, std::align_val_t{64}, std::nothrow) != nullptr) {
            return 2;
        }
    }
    return 0;
}
