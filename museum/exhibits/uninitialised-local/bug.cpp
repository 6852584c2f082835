// The price of a parcel by its zone. The zones that are known set the rate; a new one, that the
// table does not know yet, leaves the variable as it was found.
#include <cstdio>
#include <string_view>

int price(std::string_view zone, int kilos) {
#ifndef FIXED
    int rate;
#else
    int rate = 25;
#endif
    if (zone == "home")
        rate = 4;
    else if (zone == "union")
        rate = 9;
    return 5 + rate * kilos;
}

int main(int argc, char**) {
    for (const char* zone : {"home", "union", "world"})
        std::printf("%s: %d\n", zone, price(zone, 1 + argc));
}
