// server.hpp - a server, as an allocator sees one. src/workloads/allocator/server.rs is the same
// thing.
//
// 4096 sessions hold a block each, for long. A request takes four to eleven blocks, most of them
// small, and gives them back when it is done; one in two ends a session and begins another. What a
// session's block is like changes from phase to phase, as does what users do over a day, so that
// holes of yesterday's size stay between the blocks of today.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "blocks.hpp"

namespace diptych::workloads::allocator {

/// Requests of one call.
constexpr std::uint64_t operations = 65'536;

/// Sessions that live at a time.
constexpr std::size_t sessions_live = 4096;

/// Blocks of a request, at most.
constexpr std::size_t request_blocks = 11;

/// Requests from one phase to the next.
constexpr std::uint64_t phase_requests = 8192;

/// The bytes of a session's block: 32 to 63 in the first phase, up to 4 to 8 KiB in the eighth.
[[gnu::always_inline]] inline std::size_t session_size(std::uint64_t phase, std::uint64_t random) {
    const std::uint64_t least = std::uint64_t{32} << (phase % 8);
    return least + random % least;
}

/// The bytes of a request's block: three in four are of 16 to 271, one in 64 has 4 to 36 KiB.
[[gnu::always_inline]] inline std::size_t request_size(std::uint64_t random) {
    const std::uint64_t of = random >> 16;
    const std::uint64_t kind = random % 64;
    if (kind == 0) {
        return 4096 + of % 32'768;
    }
    return kind < 16 ? 256 + of % 2048 : 16 + of % 256;
}

/// The server.
template <class Malloc>
struct Server {
    /// The series of a server, and room for what its sessions hold.
    struct Input {
        Series series;
        std::vector<Block> sessions;
    };

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return {Serial::prepare(n, rng), std::vector<Block>(sessions_live)};
    }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        lab::Rng rng(input.series.seed);
        std::array<Block, request_blocks> blocks{};
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < input.series.n; ++i) {
            const std::uint64_t random = rng.next();
            const std::span<Block> request = std::span(blocks).first(4 + random % 8);
            for (Block& block : request) {
                const std::uint64_t of_block = rng.next();
                block = Block::take<Malloc, Every>(request_size(of_block), of_block);
            }
            if ((random & 8) != 0) {
                Block& session = input.sessions[(random >> 32) % sessions_live];
                sum += session.give<Malloc, Every>();
                session = Block::take<Malloc, Every>(session_size(i / phase_requests, random >> 8),
                                                     random);
            }
            sum += give_all<Malloc, Every>(request);
        }
        return sum + give_all<Malloc, Every>(input.sessions);
    }
};

} // namespace diptych::workloads::allocator
