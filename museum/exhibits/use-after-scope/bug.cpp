// Prints who a message is from. The name of a guest is put together in a buffer of the inner block,
// and shown after it.
#include <array>
#include <cstdio>

void greet(int user, int guest) {
#ifdef FIXED
    std::array<char, 32> text{};
#endif
    const char* name = "root";
    if (user != 0) {
#ifndef FIXED
        std::array<char, 32> text{};
#endif
        std::snprintf(text.data(), text.size(), "guest %d", guest);
        name = text.data();
    }
    std::array<char, 64> line{};
    std::snprintf(line.data(), line.size(), "from %s", name);
    std::puts(line.data());
}

int main() {
    greet(0, 0);
    greet(1, 17);
}
