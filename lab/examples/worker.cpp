// A worker of the laboratory in C++20 with the client header, which speaks the protocol: sums
// squares. g++ -std=c++20 -O3 -I lab/include lab/examples/worker.cpp -o worker-cpp -ldl
#include <diptych/lab/worker.hpp>

#include <numeric>

namespace {

using namespace diptych::lab;

class SumOfSquares final : public Batch {
public:
    SumOfSquares(std::uint64_t n, std::uint64_t seed, std::uint64_t calls) : inputs_(calls) {
        Rng rng(seed);
        for (auto& input : inputs_) {
            input.resize(n);
            for (std::uint64_t& number : input) {
                number = rng.next();
            }
        }
    }

    std::uint64_t run() override {
        Digest digest;
        for (const auto& input : inputs_) {
            digest.add(
                std::inner_product(input.begin(), input.end(), input.begin(), std::uint64_t{0}));
        }
        return digest.value();
    }

    std::uint64_t check() override { return run(); } // the sums are all there is

private:
    std::vector<std::vector<std::uint64_t>> inputs_;
};

} // namespace

int main(int argc, char** argv) {
    const Contestant contestants[] = {{
        .name = "cpp",
        .compiler = compiler(),
        .flags = "-O3",
        .baselines = {"rust", "c"},
        .workloads = {{"example", "sum_of_squares/u64", 1000, false, false,
                       [](std::uint64_t n, std::uint64_t seed,
                          std::uint64_t calls) -> std::unique_ptr<Batch> {
                           return std::make_unique<SumOfSquares>(n, seed, calls);
                       }}},
    }};
    return worker_main(argc, argv, contestants);
}
