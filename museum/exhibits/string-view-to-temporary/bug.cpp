// The part of an address before the question mark. The bug: `substr` of a string is a new string,
// and the view that is kept of it sees it end at the semicolon.
#include <cstdio>
#include <string>
#include <string_view>

int main() {
    const std::string url = "https://example.org/search?q=ferris";
#ifdef FIXED
    const std::string_view page = std::string_view(url).substr(0, url.find('?'));
#else
    const std::string_view page = url.substr(0, url.find('?'));
#endif
    std::printf("%.*s\n", static_cast<int>(page.size()), page.data());
}
