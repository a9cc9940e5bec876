#include "train/parameters.h"

#include <algorithm>

namespace mote {

namespace {
constexpr size_t kAlignment = 16;
}

ParameterLayout::ParameterLayout(const Graph& graph) {
  std::vector<bool> seen(graph.values.size());
  for (const Node& node : graph.nodes) {
    const QuantizationRule rule = quantization(node.op, graph.arguments(node.inputs));
    for (size_t i = 0; i < node.inputs.size() && i < rule.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      const OperandRole role = rule.inputs[i].role;
      if (id == kNoValue || (role != OperandRole::kWeights && role != OperandRole::kBias)) continue;
      const Value& value = graph.value(id);
      if (!value.constant || value.type.dtype != DType::kFloat32 || seen[static_cast<size_t>(id)]) continue;
      seen[static_cast<size_t>(id)] = true;
      const auto size = static_cast<size_t>(count(value.type.shape));
      parameters.push_back({id, {elements, size, role == OperandRole::kWeights}});
      elements += (size + kAlignment - 1) / kAlignment * kAlignment;
    }
  }
}

std::vector<ParameterRange> ParameterLayout::ranges() const {
  std::vector<ParameterRange> result;
  for (const Parameter& parameter : parameters) result.push_back(parameter.range);
  return result;
}

std::vector<float> ParameterLayout::gather(const Graph& graph) const {
  std::vector<float> flat(elements);
  for (const auto& [id, range] : parameters)
    std::ranges::copy(graph.value(id).constant->as<float>(), flat.begin() + static_cast<std::ptrdiff_t>(range.begin));
  return flat;
}

void ParameterLayout::scatter(std::span<const float> flat, Graph& graph) const {
  for (const auto& [id, range] : parameters)
    std::ranges::copy(flat.subspan(range.begin, range.count), graph.value(id).constant->as<float>().begin());
}

}  // namespace mote
