// Rules are shipped as data and name the fields of an event by number. A new rule speaks of field
// 5; the program that runs it supplies fields 0 to 4.
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <vector>

struct Rule {
    const char* name;
    std::size_t field;
    int limit;
};

bool matches(const Rule& rule, const std::vector<int>& event) {
#ifdef FIXED
    if (rule.field >= event.size())
        return false;
#endif
    return event[rule.field] >= rule.limit;
}

int main() {
    constexpr Rule rules[] = {{"many writes", 1, 100}, {"new pipe", 5, 0}};
    constexpr int wire[] = {3, 250, 0, 1, 40};
    const std::vector<int> event(std::begin(wire), std::end(wire));
    for (const Rule& rule : rules)
        std::printf("%s: %s\n", rule.name, matches(rule, event) ? "alarm" : "quiet");
}
