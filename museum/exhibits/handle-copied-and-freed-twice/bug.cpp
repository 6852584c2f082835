// A class wraps a handle that Rust made and frees it at its end. A copy of the wrapper copies the
// handle, and both ends free it.
#include <cstdio>
#include <utility>

struct Session;
extern "C" Session* session_open(unsigned port);
extern "C" unsigned session_port(const Session* session);
extern "C" void session_close(Session* session);

class Connection {
public:
    explicit Connection(unsigned port) : session_(session_open(port)) {}
    ~Connection() { session_close(session_); }
#ifdef FIXED
    Connection(Connection&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
    Connection& operator=(Connection&& other) noexcept {
        std::swap(session_, other.session_);
        return *this;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
#endif
    unsigned port() const { return session_port(session_); }

private:
    Session* session_;
};

static void report(Connection connection) { std::printf("port %u\n", connection.port()); }

int main() {
    Connection connection(8080);
#ifdef FIXED
    report(std::move(connection));
#else
    report(connection);
#endif
}
