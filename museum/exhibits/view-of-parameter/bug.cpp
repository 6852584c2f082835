// The extension of a file name. The bug: the function takes its own copy of the name and returns a
// view into that copy, which ends with the call.
#include <cstdio>
#include <string>
#include <string_view>

#ifdef FIXED
std::string_view extension(std::string_view name) {
#else
std::string_view extension(std::string name) {
#endif
    std::string_view rest = name;
    rest.remove_prefix(rest.rfind('.') + 1);
    return rest;
}

int main() {
    const std::string name = "photo-2024-08-17.jpeg";
    const std::string_view kind = extension(name);
    std::printf("%.*s of %zu\n", static_cast<int>(kind.size()), kind.data(), name.size());
}
