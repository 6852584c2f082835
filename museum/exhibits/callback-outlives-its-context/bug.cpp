// A gauge subscribes to a feed that Rust runs, with its own address as the context of the callback.
// The gauge goes away and the subscription stays.
#include <cstdio>
#include <memory>

struct Feed;
extern "C" {
using OnPrice = void (*)(void* context, double price);
Feed* feed_new();
unsigned feed_subscribe(Feed* feed, OnPrice on_price, void* context);
void feed_unsubscribe(Feed* feed, unsigned subscription);
void feed_publish(Feed* feed, double price);
void feed_free(Feed* feed);
}

class Gauge {
public:
    explicit Gauge(Feed* feed) : feed_(feed), subscription_(feed_subscribe(feed, &show, this)) {}
#ifdef FIXED
    ~Gauge() { stop(); }
    Gauge(Gauge&&) = delete;
    Gauge& operator=(Gauge&&) = delete;
    Gauge(const Gauge&) = delete;
    Gauge& operator=(const Gauge&) = delete;
#endif
    void stop() { feed_unsubscribe(feed_, subscription_); }

private:
    static void show(void* context, double price) {
        auto* const gauge = static_cast<Gauge*>(context);
        std::printf("price %.1f, shown %u\n", price, ++gauge->shown_);
    }

    Feed* feed_;
    unsigned subscription_;
    unsigned shown_ = 0;
};

int main() {
    Feed* const feed = feed_new();
    std::unique_ptr<Gauge> gauge(new Gauge(feed));
    feed_publish(feed, 99.5);
    gauge.reset();
    feed_publish(feed, 98.0);
    feed_free(feed);
}
