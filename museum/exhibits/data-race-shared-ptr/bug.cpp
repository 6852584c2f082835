// A thread reads the settings while another replaces them. The bug: the reference count behind a
// shared_ptr is for several threads, the shared_ptr itself is not.
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

struct Config {
    int version;
    int limit;
};

class Settings {
public:
    using Pointer = std::shared_ptr<const Config>;

    /// Whether a reader sees a whole configuration.
    bool check() const {
#ifdef FIXED
        const std::scoped_lock lock(mutex_);
#endif
        const Pointer config = current_;
        return config->limit == 10 * config->version;
    }

    void replace(int version) {
        auto config = std::make_shared<const Config>(Config{version, 10 * version});
#ifdef FIXED
        const std::scoped_lock lock(mutex_);
#endif
        current_.swap(config);
    }

    int version() const { return current_->version; }

private:
#ifdef FIXED
    mutable std::mutex mutex_;
#endif
    Pointer current_ = std::make_shared<const Config>(Config{0, 0});
};

int main() {
    Settings settings;
    int torn = 0;
    {
        const std::jthread reader([&settings, &torn] {
            for (int i = 0; i < 1'000; ++i) {
                torn += settings.check() ? 0 : 1;
            }
        });
        for (int version = 1; version <= 1'000; ++version) {
            settings.replace(version);
        }
    }
    std::printf("version %d, %d torn\n", settings.version(), torn);
}
