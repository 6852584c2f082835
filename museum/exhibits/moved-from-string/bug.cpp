// A constructor takes its name by value and moves it into the member, as one should. What follows
// reads the parameter, which has the same name as before and holds nothing any more.
#include <cstdio>
#include <string>
#include <utility>

class Logger {
public:
    explicit Logger(std::string name) : name_(std::move(name)) {
#ifndef FIXED
        std::printf("opened log '%s'\n", name.c_str());
#else
        std::printf("opened log '%s'\n", name_.c_str());
#endif
    }

    void write(const char* line) const { std::printf("%s: %s\n", name_.c_str(), line); }

private:
    std::string name_;
};

int main() {
    const Logger logger("payments");
    logger.write("ready");
}
