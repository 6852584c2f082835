// A pure C++ worker: the same `fill` as the toy's in Rust, and a tracked one.
#include "diptych/lab/worker.hpp"

namespace {

using diptych::lab::Batch;

class Fill final : public Batch {
public:
    Fill(std::uint64_t n, std::uint64_t seed, std::uint64_t calls) : n_(n) {
        diptych::lab::Rng rng(seed);
        for (std::uint64_t i = 0; i < calls; ++i) {
            seeds_.push_back(rng.next());
        }
    }

    std::uint64_t run() override {
        diptych::lab::Digest digest;
        for (const std::uint64_t seed : seeds_) {
            diptych::lab::Rng rng(seed);
            std::vector<std::uint64_t> words;
            for (std::uint64_t i = 0; i < n_; ++i) {
                words.push_back(rng.next());
            }
            digest.add(words[words.size() / 2]);
        }
        diptych::lab::tracked().moves += 7;
        diptych::lab::tracked().copy_assigns += 2;
        diptych::lab::tracked().relocated_bytes += 48;
        kept_.assign(100, 1);
        // Work that prints does not garble the protocol.
        std::puts("ok\tnot an answer");
        std::fflush(stdout);
        return digest.value();
    }

    std::uint64_t check() override { return run(); }

private:
    std::uint64_t n_;
    std::vector<std::uint64_t> seeds_;
    std::vector<std::uint64_t> kept_;
};

std::unique_ptr<Batch> fill(std::uint64_t n, std::uint64_t seed, std::uint64_t calls) {
    return std::make_unique<Fill>(n, seed, calls);
}

} // namespace

int main(int argc, char** argv) {
    const diptych::lab::Contestant contestants[] = {{
        .name = "far",
        .compiler = diptych::lab::compiler(),
        .flags = "-O2",
        .baselines = {"plain"},
        .workloads = {{"toy", "fill/u64", 1000, false, false, fill},
                      {"toy", "count/tracked", 10, true, false, fill}},
    }};
    return diptych::lab::worker_main(argc, argv, contestants);
}
