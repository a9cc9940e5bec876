/// Graphs of one node, made from the examples that every op gives of itself.
#pragma once

#include <string>
#include <vector>

#include "base/rng.h"
#include "formats/recurrent_samples.h"
#include "graph/graph.h"

namespace mote::testing {

/// One example of one op as a graph, in float, in int8 or with int16 activations, with plausible scales.
struct CaseGraph {
  std::string name;  ///< "conv2d_same_int8"
  Graph graph;
  std::vector<CaseType> inputs;  ///< what the graph's inputs hold
};

namespace internal {

inline Quantization step(float scale, int32_t zero_point) {
  return {{scale}, {zero_point}, 0};
}

inline Tensor random_tensor(const TensorType& type, Rng& rng) {
  Tensor tensor(type);
  if (type.dtype == DType::kFloat32)
    for (float& x : tensor.as<float>()) x = static_cast<float>(rng.uniform(-1, 1));
  if (type.dtype == DType::kInt8)
    for (int8_t& x : tensor.as<int8_t>()) x = static_cast<int8_t>(static_cast<int>(rng.below(255)) - 127);
  if (type.dtype == DType::kBool)
    for (uint8_t& x : tensor.data) x = static_cast<uint8_t>(rng.below(2));
  if (type.dtype == DType::kInt32)
    for (int32_t& x : tensor.as<int32_t>()) x = static_cast<int32_t>(rng.below(2001)) - 1000;
  if (type.dtype == DType::kInt64)
    for (int64_t& x : tensor.as<int64_t>()) x = static_cast<int64_t>(rng.below(200001)) - 100000;
  return tensor;
}

/// Scale and zero point of an activation of about [-size, size].
inline Quantization activation_step(DType dtype, float size, Rng& rng) {
  if (dtype == DType::kInt16 || dtype == DType::kInt32) return step(size / 32768, 0);
  const auto zero_point = static_cast<int32_t>(rng.below(256));
  return step(size / 128, dtype == DType::kUint8 ? zero_point : zero_point - 128);
}

/// The type of operand `i`: what the rule makes of it where activations are `dtype`.
inline TensorType operand_type(const OperandRule& rule, const Shape& shape, DType dtype, Rng& rng) {
  if (dtype == DType::kFloat32) return {DType::kFloat32, shape, {}};
  if (rule.role == OperandRole::kBias)
    return {dtype == DType::kInt16 ? DType::kInt64 : DType::kInt32, shape, step(0.0005f, 0)};
  if (rule.role == OperandRole::kActivation) return {dtype, shape, activation_step(dtype, 6.4f, rng)};
  TensorType type{DType::kInt8, shape, step(0.01f, 0)};
  if (rule.channel_axis >= 0) {
    type.quantization = {{}, {}, rule.channel_axis};
    for (int32_t c = 0; c < shape[static_cast<size_t>(rule.channel_axis)]; ++c) {
      type.quantization.scale.push_back(static_cast<float>(rng.uniform(0.002, 0.02)));
      type.quantization.zero_point.push_back(0);
    }
  }
  return type;
}

template <class T>
Result<Graph> build(const OpCase<T>& example, DType dtype, Rng& rng) {
  Graph graph;
  const std::vector<Argument> arguments = example.arguments(dtype);
  const QuantizationRule rule = example.op.quantization(arguments);
  std::vector<ValueId> ids;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const OperandRule operand = i < rule.inputs.size() ? rule.inputs[i] : kActivationOperand;
    if (arguments[i].constant != nullptr) {
      ids.push_back(graph.add_constant(fmt::format("fixed{}", i), *arguments[i].constant));
      continue;
    }
    if (arguments[i].left_out) {
      ids.push_back(kNoValue);
      continue;
    }
    TensorType type =
        example.type(i).is_form() ? operand_type(operand, arguments[i].type.shape, dtype, rng) : arguments[i].type;
    if (std::is_same_v<T, Svdf> && operand.role == OperandRole::kBias && type.quantization.present())
      type.quantization = step(0.0001f, 0);  // of the state times that of the time weights
    if (rule.output == QuantizationRule::Output::kShared && !graph.inputs.empty())
      type.quantization = graph.value(graph.inputs[0]).type.quantization;
    if (example.is_activation(i, operand.role)) {
      ids.push_back(graph.add_value(fmt::format("in{}", i), type));
      graph.inputs.push_back(ids.back());
    } else if (operand.role == OperandRole::kState) {
      ids.push_back(graph.add_state(fmt::format("state{}", i), initial_state(type)));
    } else {
      ids.push_back(graph.add_constant(fmt::format("constant{}", i), random_tensor(type, rng)));
    }
  }
  MOTE_TRY(graph.add_node(Op(example.op), ids, "node"));
  for (const ValueId id : graph.nodes.back().outputs) {
    TensorType& type = graph.value(id).type;
    const bool is_number = type.dtype == DType::kInt32 && !std::holds_alternative<Quantize>(graph.nodes.back().op);
    if (type.dtype == DType::kFloat32 || type.dtype == DType::kBool || type.dtype == DType::kInt64 || is_number)
      continue;
    using enum QuantizationRule::Output;
    type.quantization = rule.output == kFixed        ? rule.fixed_for(dtype)
                        : rule.output == kCalibrated ? activation_step(type.dtype, 9, rng)
                                                     : graph.value(ids[first_activation(rule)]).type.quantization;
  }
  graph.outputs = graph.nodes.back().outputs;
  return graph;
}

}  // namespace internal

/// Every example of every op, in float, in int8 and with int16 activations, as far as the op can be lowered in that
/// form.
inline std::vector<CaseGraph> all_case_graphs() {
  std::vector<CaseGraph> result;
  Rng rng(11);
  for_each_op([&]<class T>() {
    for (const OpCase<T>& example : T::cases())
      for (const DType dtype : {DType::kFloat32, DType::kInt8, DType::kInt16}) {
        auto graph = internal::build(example, dtype, rng);
        if (!graph || graph->inputs.empty() || graph->outputs.empty()) continue;  // a variable alone is no model
        if (has_own_integer_forms<T>() && dtype != DType::kFloat32) continue;
        const Node& node = graph->nodes.back();
        if (!lower(node.op, graph->arguments(node.inputs), graph->arguments(node.outputs))) continue;
        graph->name = fmt::format("{}_{}_{}", T::kName, example.name, name(dtype));
        result.push_back({graph->name, std::move(*graph), samples::input_types(example)});
      }
  });
  for (Graph& graph : samples::recurrent_graphs()) result.push_back({graph.name, std::move(graph), {{}}});
  return result;
}

}  // namespace mote::testing
