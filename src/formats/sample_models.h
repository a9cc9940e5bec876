#pragma once

#include <cmath>
#include <cstring>
#include <vector>

#include "base/rng.h"
#include "formats/model.h"

/// Small models made from the cases that every op lists, for the tests and the fuzz target of this room.
namespace mote::samples {

inline Tensor random_constant(TensorType type, Rng& rng) {
  Tensor tensor(std::move(type));
  if (tensor.type.dtype == DType::kFloat32) {
    for (float& v : tensor.as<float>()) v = static_cast<float>(rng.uniform(-1, 1));
  } else if (tensor.type.dtype == DType::kInt32) {
    for (int32_t& v : tensor.as<int32_t>()) v = static_cast<int32_t>(rng.below(2000)) - 1000;
  } else if (tensor.type.dtype == DType::kBool) {
    for (uint8_t& v : tensor.data) v = static_cast<uint8_t>(rng.below(2));
  } else if (tensor.type.dtype == DType::kInt64) {
    for (int64_t& v : tensor.as<int64_t>()) v = static_cast<int64_t>(rng.below(200000)) - 100000;
  } else {
    for (int8_t& v : tensor.as<int8_t>()) v = static_cast<int8_t>(static_cast<int>(rng.below(255)) - 127);
  }
  return tensor;
}

/// One scale, or one for each index along `axis`.
inline Quantization symmetric(const Shape& shape, int32_t axis, float scale) {
  Quantization q;
  const int32_t scales = axis < 0 ? 1 : shape[static_cast<size_t>(axis)];
  q.axis = axis < 0 ? 0 : axis;
  for (int32_t i = 0; i < scales; ++i) q.scale.push_back(scale * (1 + 0.125f * static_cast<float>(i % 8)));
  q.zero_point.assign(q.scale.size(), 0);
  return q;
}

/// Scale and zero point of the activations; outputs have others.
inline Quantization activation_step(DType dtype, bool is_output) {
  if (dtype == DType::kInt16 || dtype == DType::kInt32) return {{is_output ? 0.000244140625f : 0.0001f}, {0}, 0};
  const int32_t shift = dtype == DType::kUint8 ? 128 : 0;
  return is_output ? Quantization{{0.0625f}, {3 + shift}, 0} : Quantization{{0.03125f}, {-5 + shift}, 0};
}

inline void quantize_outputs(Graph& graph, const QuantizationRule& rule, DType activations) {
  const Node& node = graph.nodes.back();
  for (const ValueId id : node.outputs) {
    TensorType& type = graph.value(id).type;
    const bool is_number = type.dtype == DType::kInt32 && !std::holds_alternative<Quantize>(node.op);
    if (type.dtype == DType::kFloat32 || type.dtype == DType::kBool || type.dtype == DType::kInt64 || is_number)
      continue;
    using enum QuantizationRule::Output;
    if (rule.output == kFixed)
      type.quantization = rule.fixed_for(activations);
    else if (rule.output == kCalibrated)
      type.quantization = activation_step(type.dtype, true);
    else
      type.quantization = graph.value(node.inputs[first_activation(rule)]).type.quantization;
  }
}

/// The graph of one case with its activations in float, int8 or int16; an error where the op has no such form.
template <class T>
Result<Graph> graph_of(const OpCase<T>& example, DType activations) {
  Rng rng(7);
  const bool quantized = activations != DType::kFloat32;
  Graph graph;
  graph.name = example.name;
  const std::vector<Argument> arguments = example.arguments(DType::kFloat32);
  const QuantizationRule rule = example.op.quantization(arguments);
  std::vector<ValueId> ids;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const OperandRule operand = i < rule.inputs.size() ? rule.inputs[i] : kActivationOperand;
    const std::string value_name = fmt::format("{}_{}", example.name, i);
    TensorType type = arguments[i].type;
    if (arguments[i].left_out) {
      ids.push_back(kNoValue);
    } else if (arguments[i].constant != nullptr) {
      ids.push_back(graph.add_constant(value_name, *arguments[i].constant));
    } else if (operand.role == OperandRole::kState) {
      ids.push_back(graph.add_state(value_name, initial_state(type)));
    } else if (!example.type(i).is_form()) {
      ids.push_back(graph.add_value(value_name, type));
      graph.inputs.push_back(ids.back());
    } else if (operand.role == OperandRole::kWeights) {
      if (quantized) type = {DType::kInt8, type.shape, symmetric(type.shape, operand.channel_axis, 0.0078125f)};
      ids.push_back(graph.add_constant(value_name, random_constant(type, rng)));
    } else if (operand.role == OperandRole::kBias) {
      if (quantized) {
        Quantization q = graph.value(ids[1]).type.quantization;  // input scale * weights scale
        for (float& scale : q.scale) scale *= graph.value(ids[first_activation(rule)]).type.quantization.scale[0];
        q.axis = 0;
        type = {activations == DType::kInt16 ? DType::kInt64 : DType::kInt32, type.shape, std::move(q)};
      }
      ids.push_back(graph.add_constant(value_name, random_constant(type, rng)));
    } else {
      if (quantized && operand.role == OperandRole::kActivation)
        type = {activations, type.shape, activation_step(activations, false)};
      ids.push_back(graph.add_value(value_name, type));
      graph.inputs.push_back(ids.back());
    }
  }
  MOTE_TRY(graph.add_node(example.op, ids, "result"));
  graph.outputs = graph.nodes.back().outputs;
  quantize_outputs(graph, rule, activations);
  MOTE_TRY(verify(graph));
  return graph;
}

/// The types of the inputs of such a graph, in order.
template <class T>
std::vector<CaseType> input_types(const OpCase<T>& example) {
  const std::vector<Argument> arguments = example.arguments(DType::kFloat32);
  const QuantizationRule rule = example.op.quantization(arguments);
  std::vector<CaseType> result;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const OperandRole role = i < rule.inputs.size() ? rule.inputs[i].role : OperandRole::kActivation;
    if (example.is_activation(i, role)) result.push_back(example.type(i));
  }
  return result;
}

/// Random content of an input: floats in [-4, 4), integers of the declared range, any byte where there are scales; if
/// the operand is bounded, what stands for numbers of its range.
inline Tensor random_input(const TensorType& type, const CaseType& declared, Rng& rng) {
  Tensor result(type);
  std::vector<float> numbers(static_cast<size_t>(count(type.shape)));
  if (declared.is_bounded) {
    const Quantization& q = type.quantization;
    for (float& v : numbers) {
      v = static_cast<float>(rng.uniform(declared.least, declared.most));
      if (q.present()) v = std::round(v / q.scale[0]) + static_cast<float>(q.zero_point[0]);
    }
  } else if (type.dtype == DType::kFloat32) {
    for (float& v : numbers) v = static_cast<float>(rng.uniform(-4, 4));
  } else if (declared.is_form()) {
    for (uint8_t& v : result.data) v = static_cast<uint8_t>(rng.below(256));
    return result;
  } else {
    const bool is_bool = type.dtype == DType::kBool;
    const uint64_t values = is_bool ? 2 : static_cast<uint64_t>(declared.most - declared.least + 1);
    for (float& v : numbers)
      v = static_cast<float>((is_bool ? 0 : declared.least) + static_cast<int32_t>(rng.below(values)));
  }
  return from_floats(type, numbers);
}

/// Two fully connected layers and a softmax in int8, with labels: what a small classifier looks like.
inline Model classifier() {
  Rng rng(3);
  Model model;
  Graph& g = model.graph;
  g.name = "classifier";
  g.inputs = {g.add_value("input", {DType::kInt8, {1, 6}, {{0.05f}, {4}, 0}})};
  ValueId last = g.inputs[0];
  for (const int32_t units : {5, 3}) {
    const int32_t depth = g.value(last).type.shape[1];
    const float scale = g.value(last).type.quantization.scale[0];
    const auto weights =
        g.add_constant(fmt::format("weights_{}", units),
                       random_constant({DType::kInt8, {units, depth}, symmetric({units, depth}, -1, 0.01f)}, rng));
    const auto bias = g.add_constant(fmt::format("bias_{}", units),
                                     random_constant({DType::kInt32, {units}, {{scale * 0.01f}, {0}, 0}}, rng));
    auto added = g.add_node(FullyConnected{Activation::kRelu}, {last, weights, bias}, fmt::format("dense_{}", units));
    last = *added;
    g.value(last).type.quantization = {{0.04f}, {-128}, 0};
  }
  auto added = g.add_node(Softmax{}, {last}, "probabilities");
  g.value(*added).type.quantization = {{1.0f / 256}, {-128}, 0};
  g.outputs = {*added};
  model.metadata.set_labels({"rest", "tilt", "wave"});
  return model;
}

/// The classifier behind a front end of its own and with an entry of another program.
inline Model classifier_with_front_end() {
  Model model = classifier();
  Rng rng(5);
  Graph front;
  front.name = "front";
  front.inputs = {front.add_value("raw", {DType::kInt8, {1, 4}, {{0.1f}, {0}, 0}})};
  const auto weights =
      front.add_constant("mix", random_constant({DType::kInt8, {6, 4}, symmetric({6, 4}, 0, 0.02f)}, rng));
  front.outputs = {*front.add_node(FullyConnected{}, {front.inputs[0], weights}, "features")};
  front.value(front.outputs[0]).type.quantization = model.graph.value(model.graph.inputs[0]).type.quantization;
  model.front_end = std::move(front);
  model.metadata.values["window"] = {{"length", 50}, {"hop", 25}};
  model.metadata.other.push_back({"vendor", {1, 2, 3}});
  return model;
}

}  // namespace mote::samples
