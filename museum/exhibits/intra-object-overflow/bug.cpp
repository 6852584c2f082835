// A record of a session as it lies in shared memory. The name is cut to what fits, into the record
// instead of into its own field, and the flag behind it takes the rest.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

struct Session {
    char name[8];
    bool admin;
};

void rename(Session& session, std::string_view name) {
#ifndef FIXED
    const auto length = std::min(name.size(), sizeof session);
#else
    const auto length = std::min(name.size(), sizeof session.name);
#endif
    std::memcpy(session.name, name.data(), length);
}

int main(int argc, char** argv) {
    const std::string name = argc > 1 ? argv[1] : "mallory!\1";
    Session session{};
    rename(session, name);
    std::printf("%.8s is %s\n", session.name, session.admin ? "an administrator" : "a guest");
}
