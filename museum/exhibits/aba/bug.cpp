// A lock-free list of free slots, taken by index. The bug: the exchange in `take` asks whether the
// first slot is the same as before, not whether the list is: between the two reads the slot may
// have been taken and given back, in front of another.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

constexpr std::uint32_t SLOTS = 4;
constexpr int ROUNDS = 10'000;

class FreeList {
public:
    FreeList() {
        for (std::uint32_t slot = 0; slot < SLOTS; ++slot) {
            next_[slot] = slot + 1;
        }
    }

    std::uint32_t take() {
        std::uint64_t head = head_;
        while (slot_of(head) < SLOTS) {
            const std::uint64_t next = next_[slot_of(head)];
            if (head_.compare_exchange_weak(head, next | tag_after(head))) {
                break;
            }
        }
        return slot_of(head);
    }

    void give(std::uint32_t slot) {
        std::uint64_t head = head_;
        do {
            next_[slot] = slot_of(head);
        } while (!head_.compare_exchange_weak(head, slot | tag_after(head)));
    }

private:
    static std::uint32_t slot_of(std::uint64_t head) { return static_cast<std::uint32_t>(head); }

    /// The upper half of the next head.
    static std::uint64_t tag_after([[maybe_unused]] std::uint64_t head) {
#ifdef FIXED
        return ((head >> 32) + 1) << 32;
#else
        return 0;
#endif
    }

    std::atomic<std::uint64_t> head_ = 0;
    std::array<std::atomic<std::uint32_t>, SLOTS> next_{};
};

int main() {
    FreeList list;
    std::array<std::atomic<bool>, SLOTS> busy{};
    std::atomic<int> twice = 0;
    const auto use_two = [&] {
        for (int round = 0; round < ROUNDS; ++round) {
            const std::array taken{list.take(), list.take()};
            for (const std::uint32_t slot : taken) {
                if (slot < SLOTS && busy[slot].exchange(true)) {
                    ++twice;
                }
            }
            for (const std::uint32_t slot : taken) {
                if (slot < SLOTS) {
                    busy[slot] = false;
                    list.give(slot);
                }
            }
        }
    };
    {
        const std::jthread thread(use_two);
        use_two();
    }
    std::printf("given out twice: %s\n", twice == 0 ? "never" : "yes");
}
