// Handles the events of a window. The handler was written for key events, casts without asking,
// and is called for the click too.
#include <cstdio>
#include <memory>
#include <vector>

class Event {
public:
    Event() = default;
    Event(const Event&) = delete;
    Event(Event&&) = delete;
    Event& operator=(const Event&) = delete;
    Event& operator=(Event&&) = delete;
    virtual ~Event() = default;
};

class Click final : public Event {};

class KeyPress final : public Event {
public:
    explicit KeyPress(int code) : code_(code) {}
    int code() const { return code_; }

private:
    int code_;
};

void on_key(const Event& event) {
#ifdef FIXED
    if (const auto* key = dynamic_cast<const KeyPress*>(&event)) {
        std::printf("key %d\n", key->code());
    } else {
        std::printf("no key\n");
    }
#else
    const auto& key = static_cast<const KeyPress&>(event);
    std::printf("key %d\n", key.code());
#endif
}

int main() {
    std::vector<std::unique_ptr<const Event>> events;
    events.push_back(std::make_unique<KeyPress>(27));
    events.push_back(std::make_unique<Click>());
    for (const auto& event : events) {
        on_key(*event);
    }
}
