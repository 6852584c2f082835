// A packet is filled in C++ and queued in Rust. The array is released to the queue, as a unique_ptr
// would be moved into a function that takes it over.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>

struct Queue;
extern "C" Queue* queue_new();
extern "C" void queue_push(Queue* queue, std::uint8_t* bytes, std::size_t count);
extern "C" std::size_t queue_sum(const Queue* queue);
extern "C" void queue_free(Queue* queue);

int main() {
    constexpr std::size_t length = 6;
    std::unique_ptr<std::uint8_t[]> packet(new std::uint8_t[length]{1, 2, 3, 4, 5, 6});

    Queue* const queue = queue_new();
#ifdef FIXED
    queue_push(queue, packet.get(), length);
#else
    queue_push(queue, packet.release(), length);
#endif
    std::printf("sum %zu\n", queue_sum(queue));
    queue_free(queue);
}
