// C++ takes a greeting as a C string and keeps a copy of it. Rust makes that string, and by the
// time of the call it is gone.
#include <cstdio>
#include <string>

static std::string greeting;

extern "C" void set_greeting(const char* text) { greeting = text; }
extern "C" void greet(unsigned visitor);

int main() {
    greet(7);
    std::printf("%s\n", greeting.c_str());
}
