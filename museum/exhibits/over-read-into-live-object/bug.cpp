// A heartbeat: the peer sends a length and as many bytes, and gets them back. The length is what
// the peer says, and behind its message, in the same slab of buffers, lies another's.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

class Slab {
public:
    std::span<const char> receive(std::string_view message) {
        char* at = bytes_.data() + used_;
        std::memcpy(at, message.data(), message.size());
        used_ += message.size();
        return {at, message.size()};
    }

private:
    std::array<char, 256> bytes_{};
    std::size_t used_ = 0;
};

std::string_view heartbeat(std::span<const char> request) {
    const auto claimed = static_cast<std::size_t>(static_cast<unsigned char>(request[0]));
#ifdef FIXED
    if (1 + claimed > request.size())
        return "(dropped)";
#endif
    return {request.data() + 1, claimed};
}

int main() {
    Slab slab;
    const auto honest = slab.receive("\4ping"), greedy = slab.receive("\x18ping");
    slab.receive("password=hunter2 to=bank");
    for (const auto request : {honest, greedy}) {
        const std::string_view reply = heartbeat(request);
        std::printf("%.*s\n", static_cast<int>(reply.size()), reply.data());
    }
}
