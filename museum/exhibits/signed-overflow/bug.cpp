// Counts how long a machine has been up, in hundredths of a second. The counter is an int: it lasts
// for 248 days.
#include <cstdint>
#include <cstdio>
#include <initializer_list>

class Uptime {
public:
#ifdef FIXED
    using Ticks = std::int64_t;
#else
    using Ticks = std::int32_t;
#endif
    static constexpr Ticks kDay = 24 * 60 * 60 * 100;

    void add(Ticks ticks) { ticks_ += ticks; }
    int days() const { return static_cast<int>(ticks_ / kDay); }

private:
    Ticks ticks_ = 0;
};

int main() {
    Uptime uptime;
    for (const int days : {90, 30, 180}) {
        uptime.add(days * Uptime::kDay);
    }
    std::printf("up for %d days\n", uptime.days());
}
