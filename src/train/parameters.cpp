#include "train/parameters.h"

#include <algorithm>

namespace mote {

namespace {
constexpr size_t kAlignment = 16;
}

/// Gives the constant a stretch of its own and returns where it begins.
size_t ParameterLayout::place(const Graph& graph, ValueId id, bool decays, bool learned) {
  for (const Parameter& known : parameters)
    if (known.value == id) return known.range.begin;
  const auto size = static_cast<size_t>(count(graph.value(id).type.shape));
  const size_t begin = elements;
  parameters.push_back({id, {begin, size, decays}, learned});
  elements += (size + kAlignment - 1) / kAlignment * kAlignment;
  return begin;
}

ParameterLayout::ParameterLayout(const Graph& graph) {
  const auto is_constant = [&](ValueId id) {
    return id != kNoValue && graph.value(id).constant && graph.value(id).type.dtype == DType::kFloat32;
  };
  for (const Node& node : graph.nodes) {
    const QuantizationRule rule = quantization(node.op, graph.arguments(node.inputs));
    const auto* norm = std::get_if<BatchNorm>(&node.op);
    for (size_t i = 0; i < node.inputs.size() && i < rule.inputs.size(); ++i) {
      const OperandRole role = rule.inputs[i].role;
      if (role != OperandRole::kWeights && role != OperandRole::kBias) continue;
      if (!is_constant(node.inputs[i])) continue;
      (void)place(graph, node.inputs[i], role == OperandRole::kWeights && norm == nullptr, true);
    }
    if (norm == nullptr) continue;
    const ValueId mean = node.inputs[BatchNorm::kRunningMean], variance = node.inputs[BatchNorm::kRunningVariance];
    if (!is_constant(mean) || !is_constant(variance)) continue;
    const size_t mean_at = place(graph, mean, false, false), variance_at = place(graph, variance, false, false);
    statistics.push_back({node.outputs[BatchNorm::kBatchMean], node.outputs[BatchNorm::kBatchVariance], mean_at,
                          variance_at, static_cast<size_t>(count(graph.value(mean).type.shape)), *norm});
  }
}

std::vector<ParameterRange> ParameterLayout::ranges() const {
  std::vector<ParameterRange> result;
  for (const Parameter& parameter : parameters) result.push_back(parameter.range);
  return result;
}

std::vector<float> ParameterLayout::gather(const Graph& graph) const {
  std::vector<float> flat(elements);
  for (const auto& [id, range, learned] : parameters)
    std::ranges::copy(graph.value(id).constant->as<float>(), flat.begin() + static_cast<std::ptrdiff_t>(range.begin));
  return flat;
}

void ParameterLayout::scatter(std::span<const float> flat, Graph& graph) const {
  for (const auto& [id, range, learned] : parameters)
    std::ranges::copy(flat.subspan(range.begin, range.count), graph.value(id).constant->as<float>().begin());
}

}  // namespace mote
