// The length of a route: the sum over each point and the next, so the loop ends one before the
// size. The size is unsigned, and one before nothing is the largest number there is.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

struct Point {
    double x, y;
};

double length(const std::vector<Point>& route) {
    double sum = 0;
#ifndef FIXED
    for (std::size_t i = 0; i < route.size() - 1; ++i)
#else
    for (std::size_t i = 0; i + 1 < route.size(); ++i)
#endif
        sum += std::hypot(route[i + 1].x - route[i].x, route[i + 1].y - route[i].y);
    return sum;
}

int main() {
    std::vector<Point> route;
    std::printf("%.1f\n", length(route));
    for (const Point p : {Point{0, 0}, {3, 4}, {3, 9}})
        route.push_back(p);
    std::printf("%.1f\n", length(route));
}
