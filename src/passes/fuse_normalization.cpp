#include "passes/fuse_normalization.h"

#include <algorithm>

#include "passes/rewrite.h"

namespace mote {

namespace {

/// The activation operand and the constant operand of a mul or add without fused activation.
struct ChannelStep {
  ValueId input;
  ValueId constant;
};

template <class T>
std::optional<ChannelStep> channel_step(const Graph& graph, const Node& node) {
  const T* op = std::get_if<T>(&node.op);
  if (op == nullptr || op->activation != Activation::kNone) return std::nullopt;
  const Shape& output = graph.value(node.outputs[0]).type.shape;
  for (size_t i = 0; i < 2; ++i) {
    const Value& constant = graph.value(node.inputs[i]);
    const Value& input = graph.value(node.inputs[1 - i]);
    if (!float_constant(graph, node.inputs[i]) || input.constant || input.type.dtype != DType::kFloat32) continue;
    if (output.empty() || input.type.shape != output || constant.type.shape.empty()) continue;
    if (constant.type.shape.back() == output.back() && count(constant.type.shape) == output.back())
      return ChannelStep{node.inputs[1 - i], node.inputs[i]};
  }
  return std::nullopt;
}

/// A constant of shape [channels], whatever leading extents of 1 it had.
ValueId as_row(Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (value.type.shape.size() == 1) return id;
  Tensor row = *value.constant;
  row.type.shape = {value.type.shape.back()};
  return graph.add_constant(value.name, std::move(row));
}

}  // namespace

Result<bool> fuse_normalization(Graph& graph) {
  const std::vector<int32_t> readers = count_readers(graph);
  const std::vector<std::optional<size_t>> writer = find_writers(graph);
  const auto sole_writer = [&](ValueId id) -> const Node* {
    const auto at = writer[static_cast<size_t>(id)];
    return at && readers[static_cast<size_t>(id)] == 1 ? &graph.nodes[*at] : nullptr;
  };
  bool changed = false;
  for (Node& node : graph.nodes) {
    if (!std::holds_alternative<Quantize>(node.op)) continue;
    const Node* sum = sole_writer(node.inputs[0]);
    const auto offset = sum != nullptr ? channel_step<Add>(graph, *sum) : std::nullopt;
    if (!offset) continue;
    const Node* product = sole_writer(offset->input);
    const auto factor = product != nullptr ? channel_step<Mul>(graph, *product) : std::nullopt;
    if (!factor) continue;
    node.op = AffineQuantize{};
    node.inputs = {factor->input, as_row(graph, factor->constant), as_row(graph, offset->constant)};
    changed = true;
  }
  return changed;
}

}  // namespace mote
