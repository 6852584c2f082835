// Keeps the best score while new ones arrive: the reference is into a vector that then grows.
#include <cstdio>
#include <vector>

int main() {
    std::vector<int> scores{90, 75, 60};
#ifdef FIXED
    const int best = scores.front();
#else
    const int& best = scores.front();
#endif
    scores.push_back(80);
    std::printf("best %d of %zu\n", best, scores.size());
}
