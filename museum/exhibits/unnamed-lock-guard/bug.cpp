// Two threads pay into one account under a lock. The bug: the guard has no name, so it is a
// temporary that unlocks at the semicolon.
#include <cstdio>
#include <mutex>
#include <thread>

class Account {
public:
    void deposit(int cents) {
#ifdef FIXED
        const std::lock_guard lock{mutex_};
#else
        std::lock_guard{mutex_};
#endif
        cents_ += cents;
    }

    int cents() const {
        const std::lock_guard lock{mutex_};
        return cents_;
    }

private:
    mutable std::mutex mutex_;
    int cents_ = 0;
};

int main() {
    Account account;
    {
        const auto pay_in = [&account] {
            for (int i = 0; i < 2'000; ++i) {
                account.deposit(5);
            }
        };
        const std::jthread salary(pay_in);
        const std::jthread interest(pay_in);
    }
    std::printf("%d cents\n", account.cents());
}
