#include "passes/fold_constants.h"

#include <algorithm>

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

Tensor computed(const Graph& graph, const Node& node, const TensorType& type) {
  ForwardContext context;
  for (const ValueId id : node.inputs) {
    context.inputs.emplace_back();
    if (id == kNoValue) continue;
    context.inputs.back().shape = graph.value(id).type.shape;
    if (const auto content = float_constant(graph, id)) context.inputs.back().data = *content;
  }
  Tensor result(type);
  context.outputs.push_back({type.shape, result.as<float>()});
  forward(node.op, context);
  return result;
}

/// The node's output, if it follows from constants.
std::optional<Tensor> folded(const Graph& graph, const Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1) return std::nullopt;
  const bool all_constant = std::ranges::all_of(
      node.inputs, [&](ValueId id) { return id == kNoValue || graph.value(id).constant.has_value(); });
  if (!all_constant) return std::nullopt;
  const Value& first = graph.value(node.inputs[0]);
  const TensorType& type = graph.value(node.outputs[0]).type;
  if (aliases_input(node.op)) return Tensor(type, first.constant->data);
  if (type.dtype != DType::kFloat32) return std::nullopt;
  if (std::holds_alternative<Dequantize>(node.op) && first.type.dtype == DType::kInt8 &&
      first.type.quantization.present())
    return dequantized(*first.constant, type);
  if (first.type.dtype == DType::kFloat32) return computed(graph, node, type);
  return std::nullopt;
}

}  // namespace

Result<bool> fold_constants(Graph& graph) {
  std::vector<bool> done(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (std::ranges::find(graph.outputs, node.outputs[0]) != graph.outputs.end()) continue;
    std::optional<Tensor> content = folded(graph, node);
    if (!content) continue;
    graph.value(node.outputs[0]).constant = std::move(content);
    done[i] = true;
    changed = true;
  }
  erase_nodes(graph, done);
  return changed;
}

}  // namespace mote
