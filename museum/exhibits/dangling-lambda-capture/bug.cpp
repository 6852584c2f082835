// Queues work for later. The callback captures the locals of the function that queues it, by
// reference, and runs when that function has long returned.
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

class Scheduler {
public:
    void later(std::function<void()> task) { tasks_.push_back(std::move(task)); }

    void run() {
        for (const auto& task : tasks_) {
            task();
        }
    }

private:
    std::vector<std::function<void()>> tasks_;
};

void retry_later(Scheduler& scheduler, int job) {
    const int delay = 100 << job;
#ifdef FIXED
    scheduler.later([job, delay] { std::printf("job %d after %d ms\n", job, delay); });
#else
    scheduler.later([&] { std::printf("job %d after %d ms\n", job, delay); });
#endif
}

int main() {
    Scheduler scheduler;
    retry_later(scheduler, 1);
    retry_later(scheduler, 2);
    scheduler.run();
}
