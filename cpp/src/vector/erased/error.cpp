#include "diptych/vector/erased/error.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace diptych::cpp {

namespace {

/// Writes as much as fits, and always a NUL behind it.
class Sentence {
public:
    explicit Sentence(std::span<char> room) noexcept : room_(room) { add(""); }

    void add(std::string_view part) noexcept {
        part = part.substr(0, room_.size() - 1);
        *std::ranges::copy(part, room_.begin()).out = '\0';
        room_ = room_.subspan(part.size());
    }

    void add(std::size_t figure) noexcept {
        char digits[20];
        const auto end = std::to_chars(digits, digits + sizeof digits, figure).ptr;
        add(std::string_view(digits, end));
    }

private:
    std::span<char> room_;
};

} // namespace

void ErasedError::describe(std::span<char> text) const noexcept {
    const auto& [a, b, c, d] = figures_;
    const auto say = [&](auto... parts) {
        Sentence sentence(text);
        (sentence.add(parts), ...);
    };
    switch (cause_) {
    case Cause::none:
        return say("no failure");
    case Cause::element_size_zero:
        return say("the element size is 0");
    case Cause::element_size:
        return say("the element size ", a, " is no multiple of the alignment ", b);
    case Cause::element_align:
        return say("the element alignment ", a, " is no power of two");
    case Cause::unlike_elements:
        return say("the two vectors have unlike element tables");
    case Cause::gap_overfilled:
        return say(a, " filled slots are more than the gap of ", b);
    case Cause::gap_moved:
        return say("the gap is not at ", a, ", there are ", b, " elements before it");
    case Cause::gap_too_long:
        return say("a gap of ", b, " at ", a, " and ", c,
                   " elements behind it are more than the capacity of ", d);
    case Cause::index:
        return say("index ", a, " is past the end of ", b, " elements");
    case Cause::range:
        return say(b, " elements from index ", a, " reach past the end of ", c, " elements");
    case Cause::room:
        return say(a, " elements are more than the capacity of ", b);
    case Cause::empty:
        return say("the vector is empty");
    case Cause::capacity:
        return say(a, " + ", b, " elements of ", c, " bytes are more than PTRDIFF_MAX bytes");
    case Cause::memory:
        return say("no memory for ", a, " bytes");
    case Cause::copy:
        return say("copying element ", a, " of ", b, " failed with status ", c);
    case Cause::copy_threw:
        return say("copying element ", a, " of ", b, " threw an exception");
    case Cause::asked_threw:
        return say("the function asked about element ", a, " of ", b, " threw an exception");
    }
}

} // namespace diptych::cpp
