#include "passes/all_passes.h"

namespace mote {

Result<> run_passes(Graph& graph, std::span<const Pass> passes, const Log& log) {
  for (const Pass& pass : passes) {
    auto changed = pass.run(graph);
    if (!changed) return fail(std::move(changed).error().in(pass.name));
    if (auto ok = verify(graph); !ok) return fail(std::move(ok).error().in(fmt::format("after {}", pass.name)));
    if (*changed) log.info("{}: {} ops left", pass.name, graph.nodes.size());
  }
  return {};
}

}  // namespace mote
