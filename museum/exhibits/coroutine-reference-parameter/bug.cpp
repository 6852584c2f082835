// A lazy coroutine takes a text by reference. It keeps the reference and not the text, and by the
// time it is resumed the temporary behind it is gone.
#include <coroutine>
#include <cstdio>
#include <exception>
#include <string>

class Task {
public:
    struct promise_type {
        Task get_return_object() { return Task(Handle::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&&) = delete;
    Task& operator=(Task&&) = delete;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { handle_.destroy(); }
    void run() { handle_.resume(); }

private:
    Handle handle_;
};

static Task greet(const std::string& name) {
    std::printf("welcome to the museum, %s\n", name.c_str());
    co_return;
}

int main() {
    const std::string number = "one thousand and one";
#ifdef FIXED
    const std::string name = "visitor number " + number;
    Task task = greet(name);
#else
    Task task = greet("visitor number " + number);
#endif
    task.run();
}
