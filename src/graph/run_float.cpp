#include "graph/run_float.h"

#include <algorithm>

namespace mote {

FloatRunner::FloatRunner(const Graph& graph)
    : graph_(&graph), storage_(graph.values.size()), views_(graph.values.size()) {
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (value.constant && value.type.dtype == DType::kFloat32) {
      views_[i] = value.constant->as<float>();
      continue;
    }
    if (!value.constant)
      storage_[i].resize(static_cast<size_t>(count(value.type.shape)));
    else if (!value.type.quantization.present())
      storage_[i] = as_floats(*value.constant);
    views_[i] = storage_[i];
  }
}

bool is_plain(const TensorType& type) {
  if (type.dtype == DType::kFloat16 || type.dtype == DType::kInt4) return false;
  return type.dtype == DType::kFloat32 || !type.quantization.present();
}

Result<FloatRunner> FloatRunner::create(const Graph& graph) {
  MOTE_TRY(verify(graph));
  const auto refuse = [&](ValueId id) {
    return fail(ErrorCode::kUnsupported, "value {} is {}; only float32 models run in float", graph.value(id).name,
                text(graph.value(id).type));
  };
  for (const ValueId id : graph.inputs)
    if (!is_plain(graph.value(id).type)) return refuse(id);
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.outputs)
      if (!is_plain(graph.value(id).type)) return refuse(id);
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (graph.values[i].initial && !is_plain(graph.values[i].type)) return refuse(static_cast<ValueId>(i));
  return FloatRunner(graph);
}

Result<> FloatRunner::run(std::span<const std::span<const float>> inputs) {
  for (size_t i = 0; i < storage_.size(); ++i)
    if (const auto& initial = graph_->values[i].initial) std::ranges::copy(as_floats(*initial), storage_[i].begin());
  return run_on(inputs);
}

Result<> FloatRunner::run_on(std::span<const std::span<const float>> inputs) {
  if (inputs.size() != graph_->inputs.size())
    return fail(ErrorCode::kBadInput, "{} inputs given, the model has {}", inputs.size(), graph_->inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueId id = graph_->inputs[i];
    std::vector<float>& target = storage_[static_cast<size_t>(id)];
    if (inputs[i].size() != target.size())
      return fail(ErrorCode::kBadInput, "{} elements given for input {}, its shape is {}", inputs[i].size(),
                  graph_->value(id).name, text(graph_->value(id).type.shape));
    std::copy(inputs[i].begin(), inputs[i].end(), target.begin());
  }
  for (const Node& node : graph_->nodes) {
    ForwardContext context;
    for (const ValueId id : node.inputs) {
      context.inputs.emplace_back();
      context.states.emplace_back();
      if (id == kNoValue) continue;
      const Value& v = graph_->value(id);
      context.inputs.back() = {v.type.shape, value(id), v.constant ? &*v.constant : nullptr};
      if (v.initial) context.states.back() = {v.type.shape, storage_[static_cast<size_t>(id)]};
    }
    for (const ValueId id : node.outputs)
      context.outputs.push_back({graph_->value(id).type.shape, storage_[static_cast<size_t>(id)]});
    if (!node.outputs.empty()) context.result = graph_->value(node.outputs[0]).type.dtype;
    forward(node.op, context);
  }
  return {};
}

Result<std::vector<std::vector<float>>> run_float(const Graph& graph, std::span<const std::span<const float>> inputs) {
  MOTE_TRY_ASSIGN(FloatRunner runner, FloatRunner::create(graph));
  MOTE_TRY(runner.run(inputs));
  std::vector<std::vector<float>> outputs;
  for (const ValueId id : graph.outputs) outputs.emplace_back(runner.value(id).begin(), runner.value(id).end());
  return outputs;
}

}  // namespace mote
