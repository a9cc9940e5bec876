#include "graph/graph.h"

#include <algorithm>
#include <cmath>

namespace mote {

ValueId Graph::add_value(std::string value_name, TensorType type) {
  values.push_back({std::move(value_name), std::move(type), std::nullopt, std::nullopt});
  return static_cast<ValueId>(values.size()) - 1;
}

ValueId Graph::add_constant(std::string value_name, Tensor content) {
  const ValueId id = add_value(std::move(value_name), content.type);
  value(id).constant = std::move(content);
  return id;
}

ValueId Graph::add_state(std::string value_name, Tensor initial) {
  const ValueId id = add_value(std::move(value_name), initial.type);
  value(id).initial = std::move(initial);
  return id;
}

std::vector<Argument> Graph::arguments(const std::vector<ValueId>& ids) const {
  std::vector<Argument> result;
  for (const ValueId id : ids) {
    if (id == kNoValue) {
      result.push_back({{}, nullptr, true});
      continue;
    }
    const Value& v = value(id);
    result.push_back({v.type, v.constant ? &*v.constant : nullptr});
  }
  return result;
}

Result<ValueId> Graph::add_node(Op op, std::vector<ValueId> input_ids, std::string node_name) {
  auto types = infer(op, arguments(input_ids));
  if (!types) return fail(std::move(types).error().in(fmt::format("{} {}", mote::name(op), node_name)));
  std::vector<ValueId> output_ids;
  for (size_t i = 0; i < types->size(); ++i)
    output_ids.push_back(add_value(i == 0 ? node_name : fmt::format("{}:{}", node_name, i), std::move((*types)[i])));
  nodes.push_back({std::move(op), std::move(input_ids), output_ids, std::move(node_name)});
  return output_ids.empty() ? kNoValue : output_ids[0];
}

namespace {

Result<> verify_value(const Value& value) {
  const auto elements = checked_count(value.type.shape);
  if (!elements) return fail(elements.error());
  if (value.constant && (value.constant->type != value.type || value.constant->data.size() != value.type.bytes()))
    return fail(ErrorCode::kBadInput, "holds {} bytes, its type {} needs {}", value.constant->data.size(),
                text(value.type), value.type.bytes());
  if (value.initial && (value.initial->type != value.type || value.initial->data.size() != value.type.bytes()))
    return fail(ErrorCode::kBadInput, "starts with {} bytes of state, its type {} needs {}", value.initial->data.size(),
                text(value.type), value.type.bytes());
  if (value.initial && value.constant) return fail(ErrorCode::kBadInput, "is both a constant and state");
  const Quantization& q = value.type.quantization;
  if (q.scale.size() != q.zero_point.size())
    return fail(ErrorCode::kBadInput, "has {} scales but {} zero points", q.scale.size(), q.zero_point.size());
  for (const float scale : q.scale)
    if (!(scale > 0) || !std::isfinite(scale)) return fail(ErrorCode::kBadInput, "has the scale {}", scale);
  if (q.per_channel()) {
    const auto rank = static_cast<int32_t>(value.type.shape.size());
    if (q.axis < 0 || q.axis >= rank ||
        static_cast<size_t>(value.type.shape[static_cast<size_t>(q.axis)]) != q.scale.size())
      return fail(ErrorCode::kBadInput, "has {} scales along axis {} of shape {}", q.scale.size(), q.axis,
                  text(value.type.shape));
  }
  return {};
}

/// What an op carries over must be state, and state is written by no other op.
Result<> verify_states(const Graph& graph, const Node& node) {
  const QuantizationRule rule = quantization(node.op, graph.arguments(node.inputs));
  for (size_t i = 0; i < node.inputs.size() && i < rule.inputs.size(); ++i) {
    if (rule.inputs[i].role != OperandRole::kState || node.inputs[i] == kNoValue) continue;
    if (!graph.value(node.inputs[i]).initial)
      return fail(ErrorCode::kBadInput, "operand {} ({}) carries state, but it is no variable tensor", i,
                  graph.value(node.inputs[i]).name);
  }
  return {};
}

Result<> verify_node(const Graph& graph, const Node& node, std::vector<bool>& written) {
  const auto in_range = [&](ValueId id) { return id >= 0 && static_cast<size_t>(id) < graph.values.size(); };
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) continue;
    if (!in_range(id)) return fail(ErrorCode::kBadInput, "reads value {}, there are {}", id, graph.values.size());
    if (!written[static_cast<size_t>(id)])
      return fail(ErrorCode::kBadInput, "reads {} before it is computed", graph.value(id).name);
  }
  if (!node.inputs.empty() && node.inputs[0] == kNoValue)
    return fail(ErrorCode::kBadInput, "leaves out its first operand");
  MOTE_TRY_ASSIGN(const auto types, infer(node.op, graph.arguments(node.inputs)));
  if (types.size() != node.outputs.size())
    return fail(ErrorCode::kBadInput, "has {} outputs, {} are expected", node.outputs.size(), types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    const ValueId id = node.outputs[i];
    if (!in_range(id)) return fail(ErrorCode::kBadInput, "writes value {}, there are {}", id, graph.values.size());
    if (written[static_cast<size_t>(id)])
      return fail(ErrorCode::kBadInput, "writes {}, which is already there", graph.value(id).name);
    written[static_cast<size_t>(id)] = true;
    const TensorType& declared = graph.value(id).type;
    if (declared.shape != types[i].shape || declared.dtype != types[i].dtype)
      return fail(ErrorCode::kBadInput, "output {} is declared {}, it computes {}", graph.value(id).name,
                  text(declared), text(types[i]));
  }
  return verify_states(graph, node);
}

}  // namespace

Result<> verify(const Graph& graph) {
  std::vector<bool> written(graph.values.size());
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    written[i] = value.constant.has_value() || value.initial.has_value();
    if (auto ok = verify_value(value); !ok)
      return fail(std::move(ok).error().in(fmt::format("tensor {} ({})", i, value.name)));
  }
  const auto known = [&](ValueId id) { return id >= 0 && static_cast<size_t>(id) < graph.values.size(); };
  for (const ValueId id : graph.inputs) {
    if (!known(id)) return fail(ErrorCode::kBadInput, "the model's input {} is not a value", id);
    if (graph.value(id).initial)
      return fail(ErrorCode::kBadInput, "the model's input {} ({}) is state of the model itself", id,
                  graph.value(id).name);
    written[static_cast<size_t>(id)] = true;
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (auto ok = verify_node(graph, graph.nodes[i], written); !ok)
      return fail(
          std::move(ok).error().in(fmt::format("op {} ({} {})", i, name(graph.nodes[i].op), graph.nodes[i].name)));
  if (graph.inputs.empty() || graph.outputs.empty())
    return fail(ErrorCode::kBadInput, "the model has {} inputs and {} outputs; at least one of each is needed",
                graph.inputs.size(), graph.outputs.size());
  for (const ValueId id : graph.outputs)
    if (!known(id) || !written[static_cast<size_t>(id)])
      return fail(ErrorCode::kBadInput, "the model's output {} is never computed", id);
  return {};
}

Tensor initial_state(const TensorType& type) {
  Tensor result(type);
  if (type.dtype == DType::kInt8 && type.quantization.present())
    std::fill(result.data.begin(), result.data.end(), static_cast<uint8_t>(type.quantization.zero_point[0]));
  return result;
}

size_t state_bytes(const Graph& graph) {
  size_t total = 0;
  for (const Value& value : graph.values) total += value.initial ? value.type.bytes() : 0;
  return total;
}

Result<> set_batch(Graph& graph, int32_t batch) {
  for (const Value& value : graph.values)
    if (value.initial)
      return fail(ErrorCode::kUnsupported,
                  "the model carries state ({}) from one inference to the next; it runs one sequence at a time",
                  value.name);
  for (const ValueId id : graph.inputs)
    if (!graph.value(id).type.shape.empty()) graph.value(id).type.shape[0] = batch;
  for (const Node& node : graph.nodes) {
    MOTE_TRY_ASSIGN(const auto types, infer(node.op, graph.arguments(node.inputs)));
    for (size_t i = 0; i < types.size(); ++i) graph.value(node.outputs[i]).type.shape = types[i].shape;
  }
  return {};
}

int64_t node_macs(const Graph& graph, const Node& node) {
  return macs(node.op, graph.arguments(node.inputs), graph.arguments(node.outputs));
}

int64_t total_macs(const Graph& graph) {
  int64_t total = 0;
  for (const Node& node : graph.nodes) {
    const int64_t macs = node_macs(graph, node);
    total = macs > INT64_MAX - total ? INT64_MAX : total + macs;
  }
  return total;
}

int64_t parameter_count(const Graph& graph) {
  using enum OperandRole;
  std::vector<bool> counted(graph.values.size());
  int64_t total = 0;
  for (const Node& node : graph.nodes) {
    const auto rule = quantization(node.op, graph.arguments(node.inputs));
    for (size_t i = 0; i < node.inputs.size() && i < rule.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      const auto role = rule.inputs[i].role;
      if (id == kNoValue || !graph.value(id).constant || counted[static_cast<size_t>(id)]) continue;
      if (role != kWeights && role != kBias) continue;
      counted[static_cast<size_t>(id)] = true;
      total += count(graph.value(id).type.shape);
    }
  }
  return total;
}

std::string text(const Graph& graph) {
  std::string result = fmt::format("{}\n", graph.name);
  for (const Node& node : graph.nodes) {
    std::vector<std::string> operands;
    for (const ValueId id : node.inputs) operands.push_back(id == kNoValue ? "-" : graph.value(id).name);
    for (const ValueId id : node.outputs)
      result += fmt::format("  {} = {}({})  {}\n", graph.value(id).name, name(node.op), fmt::join(operands, ", "),
                            text(graph.value(id).type));
  }
  return result;
}

}  // namespace mote
