// Adds up what the payments of a day brought in. Refunds came later, and the switch does not know
// them: they count as nothing.
#include <cstdio>

enum class Kind { sale, fee, refund };

struct Payment {
    Kind kind;
    int cents;
};

int balance(const Payment& payment) {
    int sign = 0;
    switch (payment.kind) {
    case Kind::sale:
        sign = 1;
        break;
    case Kind::fee:
#ifdef FIXED
    case Kind::refund:
#endif
        sign = -1;
        break;
    }
    return sign * payment.cents;
}

int main() {
    constexpr Payment day[] = {{Kind::sale, 500}, {Kind::fee, 20}, {Kind::refund, 300}};
    int total = 0;
    for (const Payment& payment : day) {
        total += balance(payment);
    }
    std::printf("%d\n", total);
}
