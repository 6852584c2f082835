// Takes the discounts off a price. They are kept by value, as the base class: what the derived
// class adds is cut off when it is put in.
#include <cstdio>
#include <memory>
#include <vector>

class Discount {
public:
    Discount() = default;
    Discount(const Discount&) = default;
    Discount(Discount&&) = default;
    Discount& operator=(const Discount&) = default;
    Discount& operator=(Discount&&) = default;
    virtual ~Discount() = default;

    virtual int apply(int cents) const { return cents; }
};

class PercentOff final : public Discount {
public:
    explicit PercentOff(int percent) : percent_(percent) {}
    int apply(int cents) const override { return cents - cents * percent_ / 100; }

private:
    int percent_;
};

int main() {
    int cents = 10'000;
#ifdef FIXED
    std::vector<std::unique_ptr<const Discount>> discounts;
    discounts.push_back(std::make_unique<PercentOff>(20));
    discounts.push_back(std::make_unique<PercentOff>(5));
    for (const auto& discount : discounts) {
        cents = discount->apply(cents);
    }
#else
    std::vector<Discount> discounts;
    discounts.push_back(PercentOff(20));
    discounts.push_back(PercentOff(5));
    for (const auto& discount : discounts) {
        cents = discount.apply(cents);
    }
#endif
    std::printf("%d\n", cents);
}
