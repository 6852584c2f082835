// workloads.cpp - contestants in C++ as src/bridge/workloads.rs sees them.
#include "bridge/workloads.hpp"

#include <utility>

#include "diptych/src/bridge/workloads.rs.h"

namespace diptych::workloads::bridge {

const Contestant& rust_through_c() { return diptych::workloads::rust_through_c(); }
const Contestant& twin() { return diptych::workloads::twin(); }

rust::Str name(const Contestant& contestant) { return contestant.name; }
rust::Str compiler(const Contestant& contestant) { return contestant.compiler; }
rust::Str flags(const Contestant& contestant) { return contestant.flags; }
std::size_t baselines(const Contestant& contestant) { return contestant.baselines.size(); }
rust::Str baseline(const Contestant& contestant, std::size_t index) {
    return contestant.baselines.at(index);
}
std::size_t workloads(const Contestant& contestant) { return contestant.workloads.size(); }
const Workload& workload(const Contestant& contestant, std::size_t index) {
    return contestant.workloads.at(index);
}

rust::Str component(const Workload& workload) { return workload.component; }
rust::Str operation(const Workload& workload) { return workload.name; }
std::uint64_t n(const Workload& workload) { return workload.n; }
bool tracked(const Workload& workload) { return workload.tracked; }
bool large(const Workload& workload) { return workload.large; }
std::uint32_t threads(const Workload& workload) { return workload.threads; }
std::unique_ptr<Batch> prepare(const Workload& workload, std::uint64_t n, std::uint64_t seed,
                               std::uint64_t calls) {
    return workload.prepare(n, seed, calls);
}

rust::Vec<Layout> layouts(const Contestant& contestant) {
    rust::Vec<Layout> all;
    for (const lab::Layout& from : contestant.layouts) {
        Layout layout;
        layout.name = from.name;
        layout.size = from.size;
        layout.align = from.align;
        layout.niche = from.niche;
        for (const lab::Field& field : from.fields) {
            layout.fields.push_back({field.name, field.offset, field.size});
        }
        all.push_back(std::move(layout));
    }
    return all;
}

Tracked take_tracked() {
    const lab::Tracked counts = std::exchange(lab::tracked(), {});
    return {counts.copies,       counts.moves,        counts.destroys,
            counts.copy_assigns, counts.move_assigns, counts.relocated_bytes};
}

} // namespace diptych::workloads::bridge
