#include "passes/drop_training_only.h"

#include "passes/rewrite.h"

namespace mote {

Result<bool> drop_training_only(Graph& graph) {
  std::vector<bool> dropped(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!std::holds_alternative<Dropout>(graph.nodes[i].op)) continue;
    replace_reads(graph, graph.nodes[i].outputs[0], graph.nodes[i].inputs[0]);
    dropped[i] = true;
    changed = true;
  }
  erase_nodes(graph, dropped);
  return changed;
}

}  // namespace mote
