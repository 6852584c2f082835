// Tells observers of an event. One of them subscribes another while it is being told, and the
// vector grows under the loop that walks it, and under the callback that runs.
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

class Topic {
public:
    using Observer = std::function<void(int)>;

    void subscribe(Observer observer) { observers_.push_back(std::move(observer)); }

    void publish(int event) const {
#ifdef FIXED
        const std::vector<Observer> present = observers_;
        for (const Observer& observer : present) {
#else
        for (const Observer& observer : observers_) {
#endif
            observer(event);
        }
    }

private:
    std::vector<Observer> observers_;
};

int main() {
    Topic topic;
    int sum = 0;
    topic.subscribe([&topic, &sum](int event) {
        topic.subscribe([&sum](int later) { sum += 10 * later; });
        sum += event;
    });
    topic.subscribe([&sum](int event) { sum += 100 * event; });
    topic.publish(1);
    std::printf("%d\n", sum);
}
