// A table with seats and a waiting line: who leaves is announced after the seat was given away.
// The reference still says where the guest sat, and the next guest's record lies there by now.
#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>

struct Guest {
    const char* name;
    int chips;
};

class Table {
public:
    void sit(std::size_t seat, const char* name, int chips) {
        seats_[seat] = std::make_unique<Guest>(Guest{name, chips});
    }

    void leave(std::size_t seat, const char* next) {
#ifndef FIXED
        const Guest& leaver = *seats_[seat];
        seats_[seat].reset();
        sit(seat, next, 100);
        std::printf("%s leaves with %d chips\n", leaver.name, leaver.chips);
#else
        const Guest leaver = *seats_[seat];
        seats_[seat].reset();
        sit(seat, next, 100);
        std::printf("%s leaves with %d chips\n", leaver.name, leaver.chips);
#endif
        std::printf("%s sits down with %d\n", seats_[seat]->name, seats_[seat]->chips);
    }

private:
    std::array<std::unique_ptr<Guest>, 4> seats_;
};

int main() {
    Table table;
    table.sit(0, "Ada", 370);
    table.leave(0, "Bob");
}
