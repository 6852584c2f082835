// A queue owns the jobs that are handed to it. The line after the hand-over says which job it was,
// through the pointer that was just emptied.
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

struct Job {
    int id;
    const char* what;
};

class Queue {
public:
    void submit(std::unique_ptr<Job> job) {
#ifndef FIXED
        jobs_.push_back(std::move(job));
        std::printf("queued job %d\n", job->id);
#else
        std::printf("queued job %d\n", job->id);
        jobs_.push_back(std::move(job));
#endif
    }

    void run() const {
        for (const auto& job : jobs_)
            std::printf("%d: %s\n", job->id, job->what);
    }

private:
    std::vector<std::unique_ptr<Job>> jobs_;
};

int main() {
    Queue queue;
    queue.submit(std::make_unique<Job>(Job{7, "resize image"}));
    queue.run();
}
