// A thread fills in an order and raises a flag; another waits for the flag and reads the order.
// The bug: the flag is atomic, but relaxed, so it carries nothing with it.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

struct Order {
    int amount = 0;
    int price = 0;
};

class Desk {
public:
    void place(Order order) {
#ifdef FIXED
        const std::scoped_lock lock(mutex_);
        order_ = order;
        placed_ = true;
        changed_.notify_one();
#else
        order_ = order;
        placed_.store(true, std::memory_order_relaxed);
#endif
    }

    int total() {
#ifdef FIXED
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return placed_; });
#else
        while (!placed_.load(std::memory_order_relaxed)) {
            std::this_thread::yield();
        }
#endif
        return order_.amount * order_.price;
    }

private:
    Order order_;
#ifdef FIXED
    std::mutex mutex_;
    std::condition_variable changed_;
    bool placed_ = false;
#else
    std::atomic<bool> placed_ = false;
#endif
};

int main() {
    Desk desk;
    const std::jthread customer([&desk] { desk.place({.amount = 6, .price = 7}); });
    std::printf("total %d\n", desk.total());
}
