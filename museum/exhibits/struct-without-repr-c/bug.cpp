// An order crosses the border by reference. Both sides declare the same fields in the same order,
// and only one of them keeps that order in memory.
#include <cstdint>
#include <cstdio>

struct Order {
    std::uint16_t item;
    std::uint16_t count;
    std::uint32_t cents;
};

extern "C" std::uint32_t order_total(const Order* order);

int main() {
    const Order order{7, 3, 1999};
    std::printf("total %u\n", order_total(&order));
}
