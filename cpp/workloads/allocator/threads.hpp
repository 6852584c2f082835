// threads.hpp - loops of several threads. src/workloads/allocator/threads.rs is the same thing.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "blocks.hpp"

namespace diptych::workloads::allocator {

/// Blocks that are handed over at a time.
constexpr std::size_t portion = 512;

/// Portions that wait to be freed, at most: what is freed early is there to be taken again.
constexpr std::size_t ahead = 4;

/// A producer takes blocks of 64 bytes, a consumer gives them back: every block is freed by a
/// thread that did not allocate it.
template <class Malloc>
struct ProducerConsumer {
    /// The portions, made beforehand, so that handing over is a matter of counting.
    struct Input {
        Series series;
        std::vector<std::vector<Block>> portions;
    };

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        Input input{Serial::prepare(n, rng), {}};
        for (std::uint64_t first = 0; first < n; first += portion) {
            input.portions.emplace_back(std::min<std::size_t>(portion, n - first));
        }
        return input;
    }

    template <bool Every>
    static std::uint64_t go(Input& input) {
        std::mutex mutex;
        std::condition_variable changed;
        std::size_t filled = 0; // portions, by the producer
        std::size_t freed = 0;  // portions, by the consumer
        std::uint64_t sum = 0;
        std::jthread consumer([&] {
            for (std::size_t index = 0; index < input.portions.size(); ++index) {
                {
                    std::unique_lock lock(mutex);
                    changed.wait(lock, [&] { return filled != index; });
                }
                sum += give_all<Malloc, Every>(input.portions[index]);
                {
                    const std::scoped_lock lock(mutex);
                    freed = index + 1;
                }
                changed.notify_one();
            }
        });
        std::uint64_t word = input.series.seed;
        for (std::size_t index = 0; index < input.portions.size(); ++index) {
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return freed + ahead != index; });
            }
            for (Block& block : input.portions[index]) {
                block = Block::take<Malloc, Every>(64, word);
                ++word;
            }
            {
                const std::scoped_lock lock(mutex);
                filled = index + 1;
            }
            changed.notify_one();
        }
        consumer.join();
        return sum;
    }
};

/// Blocks that one thread takes.
constexpr std::size_t of_one_thread = 1000;

/// One thread after the other takes 1000 blocks of 16 to 1039 bytes, gives back every other one and
/// what its predecessor has left, and ends.
template <class Malloc>
struct ThreadChurn {
    struct Input {
        Series series;
        std::vector<Block> left;
        std::vector<Block> own;
    };

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return {Serial::prepare(n, rng), std::vector<Block>(of_one_thread),
                std::vector<Block>(of_one_thread)};
    }

    template <bool Every>
    static std::uint64_t go(Input& input) {
        lab::Rng rng(input.series.seed);
        std::uint64_t sum = 0;
        for (std::uint64_t first = 0; first < input.series.n; first += of_one_thread) {
            const std::size_t count = std::min<std::size_t>(of_one_thread, input.series.n - first);
            std::jthread([&] {
                sum += life<Every>(rng, input.left, std::span(input.own).first(count));
            }).join();
            std::swap(input.left, input.own);
        }
        return sum + give_all<Malloc, Every>(input.left);
    }

private:
    /// What one thread does.
    template <bool Every>
    static std::uint64_t life(lab::Rng& rng, std::span<Block> left, std::span<Block> own) {
        for (Block& block : own) {
            const std::uint64_t random = rng.next();
            block = Block::take<Malloc, Every>(16 + random % 1024, random);
        }
        std::uint64_t sum = give_all<Malloc, Every>(left);
        for (std::size_t i = 0; i < own.size(); i += 2) {
            sum += own[i].template give<Malloc, Every>();
        }
        return sum;
    }
};

} // namespace diptych::workloads::allocator
