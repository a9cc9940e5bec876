#include "passes/channel_affine.h"

#include <algorithm>

#include "passes/rewrite.h"

namespace mote {

namespace {

struct LayerParts {
  size_t weights;
  size_t bias;  ///< where the bias stands or belongs
  int32_t axis;
};

std::optional<LayerParts> parts_of(const Graph& graph, const Node& node) {
  const QuantizationRule rule = quantization(node.op, graph.arguments(node.inputs));
  std::optional<LayerParts> result;
  for (size_t i = 0; i < rule.inputs.size(); ++i) {
    if (rule.inputs[i].role == OperandRole::kWeights) result = LayerParts{i, i + 1, rule.inputs[i].channel_axis};
    if (rule.inputs[i].role == OperandRole::kBias && result) result->bias = i;
  }
  if (result && result->bias > node.inputs.size()) return std::nullopt;
  return result;
}

bool activates(const Op& op) {
  return std::visit(
      [](const auto& o) {
        if constexpr (requires { o.activation; }) return o.activation != Activation::kNone;
        return false;
      },
      op);
}

}  // namespace

template <class T>
std::optional<ChannelStep> channel_step(const Graph& graph, const Node& node) {
  if (!std::holds_alternative<T>(node.op)) return std::nullopt;
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
template std::optional<ChannelStep> channel_step<Mul>(const Graph& graph, const Node& node);
template std::optional<ChannelStep> channel_step<Add>(const Graph& graph, const Node& node);

bool takes_channel_affine(const Graph& graph, const Node& node) {
  if (activates(node.op)) return false;
  const auto parts = parts_of(graph, node);
  if (!parts || parts->axis < 0 || !float_constant(graph, node.inputs[parts->weights])) return false;
  const Shape& shape = graph.value(node.inputs[parts->weights]).type.shape;
  const Shape& output = graph.value(node.outputs[0]).type.shape;
  if (output.empty() || shape[static_cast<size_t>(parts->axis)] != output.back()) return false;
  const bool has_bias = parts->bias < node.inputs.size() && node.inputs[parts->bias] != kNoValue;
  return !has_bias || float_constant(graph, node.inputs[parts->bias]).has_value();
}

void fold_channel_affine(Graph& graph, size_t index, std::span<const float> factor, std::span<const float> offset) {
  const LayerParts parts = *parts_of(graph, graph.nodes[index]);
  std::vector<ValueId> inputs = graph.nodes[index].inputs;
  inputs.resize(std::max(inputs.size(), parts.bias + 1), kNoValue);

  const Value& old_weights = graph.value(inputs[parts.weights]);
  Tensor weights = *old_weights.constant;
  size_t inner = 1;
  for (size_t i = static_cast<size_t>(parts.axis) + 1; i < weights.type.shape.size(); ++i)
    inner *= static_cast<size_t>(weights.type.shape[i]);
  const auto elements = weights.as<float>();
  for (size_t i = 0; i < elements.size(); ++i) elements[i] *= factor[i / inner % factor.size()];

  std::vector<float> bias(offset.begin(), offset.end());
  std::string bias_name = graph.nodes[index].name + "_bias";
  if (const auto old = float_constant(graph, inputs[parts.bias])) {
    for (size_t c = 0; c < bias.size(); ++c) bias[c] += factor[c] * (*old)[c];
    bias_name = graph.value(inputs[parts.bias]).name;
  }
  inputs[parts.weights] = graph.add_constant(std::string(old_weights.name), std::move(weights));
  inputs[parts.bias] = graph.add_constant(bias_name, float_tensor({static_cast<int32_t>(bias.size())}, bias));
  graph.nodes[index].inputs = std::move(inputs);
}

}  // namespace mote
