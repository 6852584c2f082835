// A thread that prints lines in the background until it is told to stop. The bug: `stop` waits for
// the thread and holds the lock that the thread needs to see that it shall stop.
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

class Writer {
public:
    void write(std::string line) {
        const std::scoped_lock lock(mutex_);
        lines_.push_back(std::move(line));
    }

    void stop() {
        std::unique_lock lock(mutex_);
        stop_ = true;
#ifdef FIXED
        lock.unlock();
#endif
        thread_.join();
    }

private:
    /// Prints what has come. Whether there may be more.
    bool print() {
        const std::scoped_lock lock(mutex_);
        for (const std::string& line : lines_) {
            std::printf("%s\n", line.c_str());
        }
        lines_.clear();
        return !stop_;
    }

    void run() {
        while (print()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    std::mutex mutex_;
    std::vector<std::string> lines_;
    bool stop_ = false;
    std::thread thread_{[this] { run(); }};
};

int main() {
    Writer writer;
    writer.write("started");
    writer.write("finished");
    writer.stop();
}
