#include "wild.h"

#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <new>

struct wild_re2 {
    re2::RE2 compiled;
};

namespace {

re2::StringPiece piece(const uint8_t* text, size_t len) {
    return {reinterpret_cast<const char*>(text), len};
}

void add(uint64_t& digest, uint64_t word) { digest = (digest ^ word) * 0x100000001b3U; }

wild_found find(const wild_re2* pattern, re2::StringPiece text, bool all) {
    wild_found found = {0, 0xcbf29ce484222325U};
    re2::StringPiece match;
    size_t from = 0;
    while (pattern->compiled.Match(text, from, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
        const auto begin = static_cast<size_t>(match.data() - text.data());
        from = begin + match.size();
        ++found.matches;
        add(found.digest, begin);
        add(found.digest, from);
        if (!all || match.empty())
            break;
    }
    return found;
}

} // namespace

wild_re2* wild_re2_new(const uint8_t* pattern, size_t len) noexcept {
    re2::RE2::Options options;
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    auto* compiled = new (std::nothrow) wild_re2{re2::RE2(piece(pattern, len), options)};
    if (compiled != nullptr && !compiled->compiled.ok()) {
        delete compiled;
        return nullptr;
    }
    return compiled;
}

void wild_re2_free(wild_re2* pattern) noexcept { delete pattern; }

wild_found wild_re2_find(const wild_re2* pattern, const uint8_t* text, size_t len) noexcept {
    return find(pattern, piece(text, len), true);
}

wild_found wild_re2_find_first(const wild_re2* pattern, const uint8_t* text, size_t len) noexcept {
    return find(pattern, piece(text, len), false);
}
