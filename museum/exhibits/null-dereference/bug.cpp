// Looks a policy up by the name of its region and reads its quota. A policy with a blank region
// was let in, no region has that name, and the look-up says so with a null pointer.
#include <array>
#include <cstdio>
#include <string_view>

struct Region {
    std::string_view name;
    int quota;
};

constexpr std::array<Region, 2> regions{{{"east", 100}, {"west", 250}}};

const Region* find(std::string_view name) {
    for (const Region& region : regions) {
        if (region.name == name)
            return &region;
    }
    return nullptr;
}

int quota(std::string_view name) {
    const Region* region = find(name);
#ifdef FIXED
    if (region == nullptr)
        return 0;
#endif
    return region->quota;
}

int main() {
    for (const char* name : {"west", ""})
        std::printf("'%s': %d\n", name, quota(name));
}
