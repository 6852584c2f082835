// A log goes to a pipe whose reader is gone: the write raises SIGPIPE, and the handler logs that.
// The bug: the handler takes the lock that the thread that it interrupts holds.
#include <array>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <unistd.h>

class Log {
public:
    void open(int fd) {
        const std::scoped_lock lock(mutex_);
        fd_ = fd;
    }

    void add(std::string_view line) {
        const std::scoped_lock lock(mutex_);
        if (::write(fd_, line.data(), line.size()) < 0) {
            ++lost_;
        }
    }

    int lost() const {
        const std::scoped_lock lock(mutex_);
        return lost_;
    }

private:
    int fd_ = -1;
    mutable std::mutex mutex_;
    int lost_ = 0;
};

namespace {
Log events;
volatile std::sig_atomic_t reader_gone = 0;
} // namespace

extern "C" void on_broken_pipe(int) {
#ifdef FIXED
    reader_gone = 1;
#else
    events.add("the reader is gone\n");
#endif
}

int main() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return 1;
    }
    events.open(ends[1]);
    std::signal(SIGPIPE, on_broken_pipe);

    ::close(ends[0]);
    events.add("started\n");
    if (reader_gone != 0) {
        events.add("the reader is gone\n");
    }
    std::printf("%d lines lost\n", events.lost());
}
