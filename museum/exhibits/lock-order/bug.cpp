// Money goes from one account to another, under the locks of both. The bug: each transfer locks
// the payer first, so two that cross can wait for each other. Here they happen not to cross.
#include <cstdio>
#include <mutex>
#include <thread>

struct Account {
    int id;
    int cents;
    std::mutex mutex{};
};

void transfer(Account& from, Account& to, int cents) {
#ifdef FIXED
    Account& first = from.id < to.id ? from : to;
    Account& second = from.id < to.id ? to : from;
#else
    Account& first = from;
    Account& second = to;
#endif
    const std::scoped_lock outer(first.mutex);
    const std::scoped_lock inner(second.mutex);
    from.cents -= cents;
    to.cents += cents;
}

int main() {
    Account savings{.id = 1, .cents = 500};
    Account current{.id = 2, .cents = 100};
    std::thread([&] { transfer(savings, current, 200); }).join();
    std::thread([&] { transfer(current, savings, 50); }).join();
    std::printf("%d and %d\n", savings.cents, current.cents);
}
