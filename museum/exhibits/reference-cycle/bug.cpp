// A connection keeps the handler that is called when data arrives, and the handler needs the
// connection. Each owns the other, so neither ever goes.
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>

struct Connection : std::enable_shared_from_this<Connection> {
    explicit Connection(std::string peer_name) : peer(std::move(peer_name)) {}

    void start() {
#ifndef FIXED
        on_data = [self = shared_from_this()](const char* data) { self->log(data); };
#else
        on_data = [weak = weak_from_this()](const char* data) {
            if (const auto self = weak.lock())
                self->log(data);
        };
#endif
    }

    void log(const char* data) const { std::printf("%s sent %s\n", peer.c_str(), data); }

    std::string peer;
    std::function<void(const char*)> on_data;
};

void serve(const char* peer) {
    const auto connection = std::make_shared<Connection>(peer);
    connection->start();
    connection->on_data("hello");
}

int main() {
    for (const char* peer : {"10.0.0.7", "10.0.0.8", "10.0.0.9"})
        serve(peer);
}
