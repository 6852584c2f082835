// A pipe's end is closed by hand and again by its wrapper. In between another descriptor has got
// the same number, and it is that one which the wrapper closes.
#include <cstdio>
#include <unistd.h>
#include <utility>

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }
    void close() {
        if (number_ >= 0)
            ::close(number_);
#ifdef FIXED
        number_ = -1;
#endif
    }
    int number() const { return number_; }

private:
    int number_;
};

int main() {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        return 1;
    const Descriptor reader(pipe_ends[0]);
    int journal = -1;
    {
        Descriptor writer(pipe_ends[1]);
        writer.close();
        journal = dup(STDOUT_FILENO);
    }
    const bool written = write(journal, "entry\n", 6) == 6;
    std::puts(written ? "journal written" : "journal lost");
    close(journal);
}
