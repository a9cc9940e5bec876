#include "passes/fold_constants.h"

#include <algorithm>

#include "graph/fold.h"
#include "passes/rewrite.h"

namespace mote {

namespace {

/// real = scale * (stored - zero_point), with one scale or one along the axis.
Tensor dequantized(const Tensor& content, const TensorType& type) {
  Tensor result(type);
  const Quantization& q = content.type.quantization;
  size_t inner = 1;
  for (size_t i = static_cast<size_t>(q.axis) + 1; i < content.type.shape.size(); ++i)
    inner *= static_cast<size_t>(content.type.shape[i]);
  const auto from = content.as<int8_t>();
  const auto to = result.as<float>();
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t c = q.per_channel() ? i / inner % q.scale.size() : 0;
    to[i] = q.scale[c] * static_cast<float>(from[i] - q.zero_point[c]);
  }
  return result;
}

/// The node's outputs, if they follow from constants.
std::optional<std::vector<Tensor>> folded(const Graph& graph, const Node& node) {
  const ValueId first = node.inputs.empty() ? kNoValue : node.inputs[0];
  if (std::holds_alternative<Dequantize>(node.op) && first != kNoValue && graph.value(first).constant) {
    const Tensor& content = *graph.value(first).constant;
    if (content.type.dtype == DType::kInt8 && content.type.quantization.present())
      return std::vector<Tensor>{dequantized(content, graph.value(node.outputs[0]).type)};
  }
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
