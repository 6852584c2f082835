// Prices are sorted with a comparison that says "less or equal". An element is then less than
// itself, and the sort walks past the end in search of one that is not.
#include <algorithm>
#include <cstdio>
#include <vector>

struct Offer {
    int cents;
    int shop;
};

static bool cheaper(const Offer& left, const Offer& right) {
#ifdef FIXED
    return left.cents < right.cents;
#else
    return left.cents <= right.cents;
#endif
}

int main() {
    std::vector<Offer> offers;
    for (int shop = 0; shop < 40; ++shop)
        offers.push_back({999, shop});
    std::sort(offers.begin(), offers.end(), cheaper);

    long shops = 0;
    for (const Offer& offer : offers)
        shops += offer.shop;
    std::printf("%zu offers from %d, shops %ld\n", offers.size(), offers.front().cents, shops);
}
