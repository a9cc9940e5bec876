#include <algorithm>
#include <cfloat>
#include <cmath>

#include "pipeline/findings_parts.h"

namespace mote {

namespace {

constexpr double kWidestSpread = 65536;      // of the scales of one layer's channels
constexpr double kSmallestFactor = 0x1p-31;  // below it a sum of 31 bits gives 0
constexpr double kBiasTolerance = 0.02;      // of a step of the output, as TensorFlow Lite demands of converters
constexpr double kSaturated = 0.5;           // of all weights at the ends of int8
constexpr size_t kFewWeights = 16;

/// A layer with weights: the operands that its quantization rule names.
struct Layer {
  size_t node;
  const TensorType* input;
  const TensorType* output;
  ValueId weights_id, bias_id = kNoValue;
  const Tensor* weights;
  const Tensor* bias = nullptr;
  int32_t channel_axis;
};

/// The layers whose weights are constant.
std::vector<Layer> weighted_layers(const Graph& graph) {
  std::vector<Layer> layers;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const QuantizationRule rule = quantization(node.op, graph.arguments(node.inputs));
    for (size_t k = 0; k < node.inputs.size() && k < rule.inputs.size(); ++k) {
      if (rule.inputs[k].role != OperandRole::kWeights || node.inputs[k] == kNoValue) continue;
      const Value& weights = graph.value(node.inputs[k]);
      if (!weights.constant || node.inputs[0] == kNoValue) continue;
      Layer layer{i,
                  &graph.value(node.inputs[0]).type,
                  &graph.value(node.outputs[0]).type,
                  node.inputs[k],
                  kNoValue,
                  &*weights.constant,
                  nullptr,
                  rule.inputs[k].channel_axis};
      for (size_t b = k + 1; b < node.inputs.size() && b < rule.inputs.size() && layer.bias == nullptr; ++b)
        if (rule.inputs[b].role == OperandRole::kBias && node.inputs[b] != kNoValue)
          if (const Value& bias = graph.value(node.inputs[b]); bias.constant) {
            layer.bias = &*bias.constant;
            layer.bias_id = node.inputs[b];
          }
      layers.push_back(layer);
      break;
    }
  }
  return layers;
}

const std::vector<float>& scales(const TensorType& type) {
  return type.quantization.scale;
}

/// Scale `c`, or the only one.
double scale_at(const TensorType& type, size_t c) {
  const auto& all = scales(type);
  return static_cast<double>(all[all.size() == 1 ? 0 : c % all.size()]);
}

bool is_int8_layer(const Layer& layer) {
  return layer.weights->type.dtype == DType::kInt8 && layer.input->dtype == DType::kInt8 &&
         scales(*layer.input).size() == 1 && scales(*layer.output).size() == 1 && !scales(layer.weights->type).empty();
}

void find_factors(FindingList& list, const Layer& layer) {
  const auto& all = scales(layer.weights->type);
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  if (static_cast<double>(*most) > kWidestSpread * static_cast<double>(*least))
    list.add("channel-scale-spread", layer.node,
             fmt::format("has weights with scales from {:.3g} to {:.3g}", *least, *most),
             "a channel that is nearly all zero was quantized apart: prune it, or quantize the layer with one scale");
  const double step = scale_at(*layer.input, 0) / scale_at(*layer.output, 0);
  const double low = step * static_cast<double>(*least), high = step * static_cast<double>(*most);
  if (high >= 1 || low < kSmallestFactor)
    list.add(
        "factor-range", layer.node,
        fmt::format("multiplies its sums by factors from {:.3g} to {:.3g}; from 2^-31 to below 1 is usual", low, high),
        "the output's range does not suit the layer: calibrate again on data like those of use");
}

void find_bias_scale(FindingList& list, const Layer& layer) {
  if (layer.bias == nullptr || layer.bias->type.dtype != DType::kInt32 || scales(layer.bias->type).empty()) return;
  const size_t channels = std::max(scales(layer.weights->type).size(), scales(layer.bias->type).size());
  const double input = scale_at(*layer.input, 0), output = scale_at(*layer.output, 0);
  for (size_t c = 0; c < channels; ++c) {
    const double expected = input * scale_at(layer.weights->type, c);
    const double stored = scale_at(layer.bias->type, c);
    const double largest =
        c < layer.bias->as<int32_t>().size() ? std::abs(static_cast<double>(layer.bias->as<int32_t>()[c])) : 1;
    // What counts is the bias in steps of the output, and how far it is off there.
    if (std::abs(stored - expected) <= 1e-3 * expected ||
        std::abs(stored - expected) * largest <= kBiasTolerance * output)
      continue;
    list.add("bias-scale", layer.node,
             fmt::format("has a bias with the scale {:.6g} (index {}); input scale * weights scale is {:.6g}, and the "
                         "kernels take it for that",
                         stored, c, expected),
             "the bias was quantized for another input or other weights: convert the model again");
    return;
  }
}

void find_channel_axis(FindingList& list, const Layer& layer) {
  const Quantization& q = layer.weights->type.quantization;
  if (!q.per_channel() || layer.channel_axis < 0 || q.axis == layer.channel_axis) return;
  list.add(
      "channel-axis", layer.node,
      fmt::format("has weights with scales along axis {}, its outputs are axis {}; the kernels take the scales for "
                  "those of the outputs",
                  q.axis, layer.channel_axis),
      "convert the model with a current converter");
}

/// For each channel the sum of |weight|.
std::vector<int64_t> weight_sums(const Layer& layer) {
  const Shape& shape = layer.weights->type.shape;
  const size_t axis = layer.channel_axis < 0 ? 0 : static_cast<size_t>(layer.channel_axis);
  if (axis >= shape.size()) return {};
  int64_t inner = 1;
  for (size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  std::vector<int64_t> sums(static_cast<size_t>(shape[axis]));
  const auto weights = layer.weights->as<int8_t>();
  for (size_t i = 0; i < weights.size(); ++i)
    sums[i / static_cast<size_t>(inner) % sums.size()] += std::abs(static_cast<int>(weights[i]));
  return sums;
}

void find_sums(FindingList& list, const Layer& layer) {
  const int64_t zero = layer.input->quantization.zero_point[0];
  const int64_t farthest = std::max(std::abs(127 - zero), std::abs(-128 - zero));
  const std::vector<int64_t> sums = weight_sums(layer);
  double reach = 0;  // of any output, in steps of the output's scale
  for (size_t c = 0; c < sums.size(); ++c) {
    int64_t most = sums[c] * farthest;
    if (layer.bias != nullptr && layer.bias->type.dtype == DType::kInt32 && c < layer.bias->as<int32_t>().size())
      most += std::abs(static_cast<int64_t>(layer.bias->as<int32_t>()[c]));
    reach = std::max(reach, static_cast<double>(most) * scale_at(*layer.input, 0) * scale_at(layer.weights->type, c) /
                                scale_at(*layer.output, 0));
  }
  if (reach < 0.5 && !sums.empty())
    list.add("constant-output", layer.node,
             fmt::format("reaches at most {:.3g} steps of its output's scale: the output never changes", reach),
             "the output's range is far too wide: calibrate again on data like those of use");
}

void find_weight_values(FindingList& list, const Layer& layer) {
  const auto weights = layer.weights->as<int8_t>();
  const auto at_ends = std::count_if(weights.begin(), weights.end(), [](int8_t w) { return w <= -127 || w == 127; });
  const double share = static_cast<double>(at_ends) / static_cast<double>(weights.size());
  if (weights.size() >= kFewWeights && share >= kSaturated)
    list.add("saturated-weights", layer.node,
             fmt::format("has {:.0f} % of its weights at the ends of int8", share * 100),
             "the weights were cut off, not scaled: convert the model again");
  if (std::find(weights.begin(), weights.end(), int8_t{-128}) != weights.end())
    list.add("weights-range", layer.node, "has weights of -128; symmetric ones go from -127 to 127",
             "kernels for some chips count on that range: convert the model with a current converter");
}

}  // namespace

void find_quantization(FindingList& list) {
  const Graph& graph = list.graph();
  for (size_t i = 0; i < graph.values.size(); ++i)
    for (const float scale : graph.values[i].type.quantization.scale)
      if (scale < FLT_MIN) {
        list.add_tensor("tiny-scale", static_cast<ValueId>(i),
                        fmt::format("has the scale {:.3g}, below what float32 holds in full", scale),
                        "the tensor is all zero or was never calibrated: prune it, or calibrate again");
        break;
      }
  for (const Layer& layer : weighted_layers(graph)) {
    find_channel_axis(list, layer);
    if (!is_int8_layer(layer)) continue;
    find_factors(list, layer);
    find_bias_scale(list, layer);
  }
}

void find_weights(FindingList& list) {
  for (const Layer& layer : weighted_layers(list.graph())) {
    if (!is_int8_layer(layer)) continue;
    find_sums(list, layer);
    find_weight_values(list, layer);
  }
}

}  // namespace mote
