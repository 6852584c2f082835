// A download list: what fails is put at the end of the list, to be tried again. The list is being
// walked over at that moment.
#include <cstddef>
#include <cstdio>
#include <vector>

struct Download {
    const char* file;
    int attempt;
};

bool fetch(const Download& d) {
    const bool ok = d.attempt > 1 || d.file[0] != 'a';
    std::printf("%s, attempt %d: %s\n", d.file, d.attempt, ok ? "ok" : "failed");
    return ok;
}

void fetch_all(std::vector<Download>& list) {
#ifndef FIXED
    for (const Download& d : list) {
        if (!fetch(d))
            list.push_back({d.file, d.attempt + 1});
    }
#else
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!fetch(list[i]))
            list.push_back({list[i].file, list[i].attempt + 1});
    }
#endif
}

int main() {
    std::vector<Download> list;
    for (const char* file : {"a.iso", "b.iso", "c.iso", "d.iso"})
        list.push_back({file, 1});
    fetch_all(list);
}
