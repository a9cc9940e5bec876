#include "passes/rewrite.h"

#include <algorithm>

namespace mote {

std::vector<int32_t> count_readers(const Graph& graph) {
  std::vector<int32_t> result(graph.values.size());
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.inputs)
      if (id != kNoValue) ++result[static_cast<size_t>(id)];
  for (const ValueId id : graph.outputs) ++result[static_cast<size_t>(id)];
  return result;
}

std::vector<std::optional<size_t>> find_writers(const Graph& graph) {
  std::vector<std::optional<size_t>> result(graph.values.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (const ValueId id : graph.nodes[i].outputs) result[static_cast<size_t>(id)] = i;
  return result;
}

void replace_reads(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  std::replace(graph.outputs.begin(), graph.outputs.end(), from, to);
}

void erase_nodes(Graph& graph, const std::vector<bool>& marked) {
  std::vector<Node> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (!marked[i]) kept.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(kept);
}

std::optional<std::span<const float>> float_constant(const Graph& graph, ValueId id) {
  if (id == kNoValue) return std::nullopt;
  const Value& value = graph.value(id);
  if (!value.constant || value.type.dtype != DType::kFloat32) return std::nullopt;
  return value.constant->as<float>();
}

Activation* activation_of(Op& op) {
  return std::visit(
      [](auto& o) -> Activation* {
        if constexpr (requires { o.activation; }) return &o.activation;
        return nullptr;
      },
      op);
}

}  // namespace mote
