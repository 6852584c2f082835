// Tags are equal whatever their case, and a set of them hashes the letters as they are. Equal tags
// then lie in different buckets, and the set keeps both.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <unordered_set>

static char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

struct Tag {
    std::string text;
    bool operator==(const Tag& other) const {
        return std::equal(text.begin(), text.end(), other.text.begin(), other.text.end(),
                          [](char left, char right) { return lower(left) == lower(right); });
    }
};

template <>
struct std::hash<Tag> {
    std::size_t operator()(const Tag& tag) const {
        std::string text = tag.text;
#ifdef FIXED
        std::transform(text.begin(), text.end(), text.begin(), lower);
#endif
        return std::hash<std::string>()(text);
    }
};

int main() {
    std::unordered_set<Tag> tags;
    for (const char* text : {"Rust", "C++", "rust", "RUST", "c++"})
        tags.insert({text});
    std::printf("%zu tags\n", tags.size());
}
