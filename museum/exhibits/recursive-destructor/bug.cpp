// Keeps the history of a document, each edit owning the one before it. The destructor of an edit
// calls that of the one before, and so on, one frame deeper for each.
#include <cstdio>
#include <memory>
#include <utility>

struct Edit {
    int position;
    std::unique_ptr<Edit> previous;
};

class History {
public:
    History() = default;
    History(const History&) = delete;
    History(History&&) = delete;
    History& operator=(const History&) = delete;
    History& operator=(History&&) = delete;
#ifdef FIXED
    ~History() {
        for (auto edit = std::move(last_); edit != nullptr;) {
            edit = std::move(edit->previous);
        }
    }
#else
    ~History() = default;
#endif
    void record(int position) {
        last_ = std::unique_ptr<Edit>(new Edit{position, std::move(last_)});
    }
    int last() const { return last_->position; }

private:
    std::unique_ptr<Edit> last_;
};

int main() {
    {
        History history;
        for (int i = 0; i < 700'000; ++i) {
            history.record(i);
        }
        std::printf("%d\n", history.last());
    }
    std::printf("closed\n");
}
