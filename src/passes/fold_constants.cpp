#include "passes/fold_constants.h"

#include <algorithm>
#include <cmath>

#include "graph/run_float.h"
#include "passes/rewrite.h"

namespace mote {

namespace {

/// What one fold may add to the model: a few bytes that are tiled or padded without end are left as an op.
constexpr size_t kMostFoldedBytes = size_t{64} << 20;

/// Whether floats carry these integers without rounding.
bool exact(std::span<const float> numbers) {
  constexpr float kLargest = 1 << 24;
  return std::ranges::all_of(numbers, [](float x) { return std::abs(x) < kLargest; });
}

/// What forward computes; nothing if integers are too large for it.
std::optional<Tensor> computed(const Graph& graph, const Node& node, const TensorType& type) {
  ForwardContext context;
  std::vector<std::vector<float>> numbers(node.inputs.size());
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    context.inputs.emplace_back();
    if (node.inputs[i] == kNoValue) continue;
    const Tensor& content = *graph.value(node.inputs[i]).constant;
    if (!is_plain(content.type)) return std::nullopt;
    numbers[i] = as_floats(content);
    if (content.type.dtype != DType::kFloat32 && !exact(numbers[i])) return std::nullopt;
    context.inputs.back() = {content.type.shape, numbers[i], &content};
  }
  std::vector<float> result(static_cast<size_t>(count(type.shape)));
  context.outputs.push_back({type.shape, result});
  forward(node.op, context);
  if (type.dtype != DType::kFloat32 && !exact(result)) return std::nullopt;
  return from_floats(type, result);
}

/// The node's output, if it follows from constants.
std::optional<Tensor> folded(const Graph& graph, const Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1) return std::nullopt;
  const bool all_constant = std::ranges::all_of(
      node.inputs, [&](ValueId id) { return id == kNoValue || graph.value(id).constant.has_value(); });
  if (!all_constant) return std::nullopt;
  const Value& first = graph.value(node.inputs[0]);
  const TensorType& type = graph.value(node.outputs[0]).type;
  if (type.bytes() > kMostFoldedBytes) return std::nullopt;
  if (aliases_input(node.op)) return Tensor(type, first.constant->data);
  if (!is_plain(type)) return std::nullopt;
  if (std::holds_alternative<Dequantize>(node.op) && first.type.dtype != DType::kInt4)
    return dequantized(*first.constant);
  return computed(graph, node, type);
}

}  // namespace

Result<bool> fold_constants(Graph& graph) {
  std::vector<bool> done(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.outputs.empty() || std::ranges::find(graph.outputs, node.outputs[0]) != graph.outputs.end()) continue;
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
