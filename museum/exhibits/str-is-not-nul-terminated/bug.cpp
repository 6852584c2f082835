// Rust keeps a user's name; C++ prints it. A char pointer looks like a C string, but the text
// behind this one ends at its length.
#include <cstddef>
#include <cstdio>
#include <string_view>

struct User;
extern "C" User* user_new(unsigned id);
extern "C" const char* user_name(const User* user);
extern "C" std::size_t user_name_length(const User* user);
extern "C" void user_free(User* user);

int main() {
    User* const user = user_new(7);
#ifdef FIXED
    const std::string_view name(user_name(user), user_name_length(user));
#else
    const std::string_view name(user_name(user));
#endif
    std::printf("hello, %.*s\n", static_cast<int>(name.size()), name.data());
    user_free(user);
}
