// Two agents sell the seats of one house. The bug: each access to a seat is atomic, but to look
// whether it is free and to take it are two, and both agents may look before either takes.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <thread>

constexpr std::size_t SEATS = 2'000;

/// Another waits meanwhile.
void charge_the_card() { std::this_thread::yield(); }

class House {
public:
    bool sell(std::size_t seat) {
#ifdef FIXED
        if (taken_[seat].exchange(true)) {
            return false;
        }
        charge_the_card();
        return true;
#else
        if (taken_[seat]) {
            return false;
        }
        charge_the_card();
        taken_[seat] = true;
        return true;
#endif
    }

private:
    std::array<std::atomic<bool>, SEATS> taken_{};
};

int main() {
    House house;
    int here = 0;
    int there = 0;
    {
        const auto agent = [&house](int& sold) {
            for (std::size_t seat = 0; seat < SEATS; ++seat) {
                sold += house.sell(seat) ? 1 : 0;
            }
        };
        const std::jthread thread([&] { agent(there); });
        agent(here);
    }
    std::printf("%d tickets for %zu seats\n", here + there, SEATS);
}
