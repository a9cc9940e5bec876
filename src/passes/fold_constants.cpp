#include "passes/fold_constants.h"

#include <algorithm>

#include "graph/fold.h"
#include "passes/rewrite.h"

namespace mote {

namespace {

/// The node's outputs, if they follow from constants.
std::optional<std::vector<Tensor>> folded(const Graph& graph, const Node& node) {
  const ValueId first = node.inputs.empty() ? kNoValue : node.inputs[0];
  if (std::holds_alternative<Dequantize>(node.op) && first != kNoValue && graph.value(first).constant &&
      graph.value(first).type.dtype != DType::kInt4)
    return std::vector<Tensor>{dequantized(*graph.value(first).constant)};
  return fold_node(graph, node);
}

}  // namespace

Result<bool> fold_constants(Graph& graph) {
  std::vector<bool> done(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto is_result = [&](ValueId id) { return std::ranges::find(graph.outputs, id) != graph.outputs.end(); };
    if (node.outputs.empty() || std::ranges::any_of(node.outputs, is_result)) continue;
    std::optional<std::vector<Tensor>> contents = folded(graph, node);
    if (!contents) continue;
    for (size_t o = 0; o < contents->size(); ++o) graph.value(node.outputs[o]).constant = std::move((*contents)[o]);
    done[i] = true;
    changed = true;
  }
  erase_nodes(graph, done);
  return changed;
}

}  // namespace mote
