// A getter hands out its member by reference, or a default when it is empty. The two arms of ?:
// have different types, so both become a temporary std::string, and the reference is to that.
#include <cstdio>
#include <string>
#include <string_view>

class Host {
public:
    explicit Host(std::string_view name) : name_(name) {}

#ifndef FIXED
    const std::string& name() const { return name_.empty() ? "localhost" : name_; }
#else
    std::string_view name() const {
        return name_.empty() ? std::string_view("localhost") : std::string_view(name_);
    }
#endif

private:
    std::string name_;
};

void connect(std::string_view name) {
    std::printf("connecting to %.*s\n", static_cast<int>(name.size()), name.data());
}

int main() {
    connect(Host("db.internal").name());
    connect(Host("").name());
}
