#include "train/batch_runner.h"

#include <algorithm>

#include "base/rng.h"
#include "graph/run_float.h"

namespace mote {

namespace {
constexpr size_t kAlignment = 16;

size_t at(ValueId id) {
  return static_cast<size_t>(id);
}

/// Every node draws its own numbers.
uint64_t node_seed(uint64_t seed, size_t node) {
  return seed + (node + 1) * 0x9E3779B97F4A7C15u;
}
}  // namespace

BatchRunner::BatchRunner(const Graph& graph, ValueId result, std::span<const float> weights, size_t capacity)
    : graph_(&graph),
      result_(result),
      weights_(weights),
      capacity_(capacity),
      needs_gradient_(graph.values.size()),
      offsets_(graph.values.size()),
      in_weights_(graph.values.size(), -1),
      numbers_(graph.values.size()),
      views_(capacity + 1) {}

Result<BatchRunner> BatchRunner::create(const Graph& graph, ValueId result, const ParameterLayout& layout,
                                        std::span<const float> weights, size_t capacity) {
  MOTE_TRY(verify(graph));
  if (graph.inputs.size() != 1)
    return fail(ErrorCode::kUnsupported, "training needs a graph with one input, {} has {}", graph.name,
                graph.inputs.size());
  BatchRunner runner(graph, result, weights, capacity);
  runner.choose_nodes();
  for (const size_t n : runner.nodes_)
    for (const ValueId id : graph.nodes[n].outputs)
      if (!is_plain(graph.value(id).type))
        return fail(ErrorCode::kUnsupported, "value {} is {}; only float32 models are trained", graph.value(id).name,
                    text(graph.value(id).type));
  runner.place_values(layout);
  MOTE_TRY(runner.prepare(capacity));
  return runner;
}

Result<> BatchRunner::check_gradients() const {
  for (const size_t n : nodes_) {
    const Node& node = graph_->nodes[n];
    if (differentiable(node.op)) continue;
    for (const ValueId id : node.inputs)
      if (id != kNoValue && needs_gradient_[at(id)])
        return fail(ErrorCode::kUnsupported,
                    "{} {} has no derivative, so what comes before it ({}) cannot be trained; train the network up to "
                    "there, or leave the op out while training",
                    name(node.op), node.name, graph_->value(id).name);
  }
  return {};
}

void BatchRunner::choose_nodes() {
  std::vector<bool> wanted(graph_->values.size());
  wanted[at(result_)] = true;
  for (size_t n = graph_->nodes.size(); n-- > 0;) {
    const Node& node = graph_->nodes[n];
    if (std::ranges::none_of(node.outputs, [&](ValueId id) { return wanted[at(id)]; })) continue;
    nodes_.push_back(n);
    for (const ValueId id : node.inputs)
      if (id != kNoValue) wanted[at(id)] = true;
  }
  std::ranges::reverse(nodes_);
}

void BatchRunner::place_values(const ParameterLayout& layout) {
  for (const Parameter& parameter : layout.parameters) {
    in_weights_[at(parameter.value)] = static_cast<ptrdiff_t>(parameter.range.begin);
    needs_gradient_[at(parameter.value)] = parameter.learned;
  }
  size_t total = 0;
  const auto place = [&](ValueId id) {
    offsets_[at(id)] = total;
    const auto& shape = graph_->value(id).type.shape;
    const auto one = static_cast<size_t>(count(shape) / std::max(shape.empty() ? 1 : shape[0], 1));
    const size_t elements = std::max(static_cast<size_t>(count(shape)), one * capacity_);
    total += (elements + kAlignment - 1) / kAlignment * kAlignment;
    return one;
  };
  input_elements_ = place(graph_->inputs[0]);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = graph_->nodes[nodes_[i]];
    const bool needs =
        std::ranges::any_of(node.inputs, [&](ValueId id) { return id != kNoValue && needs_gradient_[at(id)]; });
    for (const ValueId id : node.outputs) {
      needs_gradient_[at(id)] = needs && graph_->value(id).type.dtype == DType::kFloat32;
      const size_t one = place(id);
      if (id == result_) result_elements_ = one;
    }
    for (size_t operand = 0; operand < node.inputs.size(); ++operand) {
      const ValueId id = node.inputs[operand];
      if (id == kNoValue || in_weights_[at(id)] < 0 || !needs_gradient_[at(id)]) continue;
      parameter_operands_.push_back({i, operand, static_cast<size_t>(in_weights_[at(id)]),
                                     static_cast<size_t>(count(graph_->value(id).type.shape))});
    }
  }
  for (size_t i = 0; i < numbers_.size(); ++i) {
    const Value& value = graph_->values[i];
    if (value.constant && value.type.dtype != DType::kFloat32 && is_plain(value.type))
      numbers_[i] = as_floats(*value.constant);
  }
  values_.resize(total);
  gradients_.resize(total);
}

ConstFloatView BatchRunner::view(const Graph& shaped, ValueId id) const {
  if (id == kNoValue) return {};
  const Value& value = shaped.value(id);
  const auto elements = static_cast<size_t>(count(value.type.shape));
  if (in_weights_[at(id)] >= 0)
    return {value.type.shape, weights_.subspan(static_cast<size_t>(in_weights_[at(id)]), elements)};
  if (const auto& constant = graph_->value(id).constant) {
    if (value.type.dtype == DType::kFloat32) return {value.type.shape, constant->as<float>()};
    return {value.type.shape, numbers_[at(id)], &*constant};
  }
  return {value.type.shape, std::span(values_).subspan(offsets_[at(id)], elements)};
}

std::span<float> BatchRunner::gradient_of(const Graph& shaped, ValueId id) {
  if (id == kNoValue || !needs_gradient_[at(id)] || in_weights_[at(id)] >= 0) return {};
  return std::span(gradients_).subspan(offsets_[at(id)], static_cast<size_t>(count(shaped.value(id).type.shape)));
}

Result<> BatchRunner::prepare(size_t samples) {
  if (views_[samples]) return {};
  Graph shaped = *graph_;
  MOTE_TRY(set_batch(shaped, static_cast<int32_t>(samples)));
  auto views = std::make_unique<Views>();
  for (const size_t n : nodes_) {
    const Node& node = shaped.nodes[n];
    ForwardContext forward;
    if (!node.outputs.empty()) forward.result = shaped.value(node.outputs[0]).type.dtype;
    BackwardContext backward;
    for (const ValueId id : node.inputs) {
      forward.inputs.push_back(view(shaped, id));
      backward.inputs.push_back(view(shaped, id));
      backward.input_gradients.push_back(
          {id == kNoValue ? Shape{} : shaped.value(id).type.shape, gradient_of(shaped, id)});
      const std::span<float> sum = backward.input_gradients.back().data;
      const auto same = [&](std::span<float> other) { return other.data() == sum.data(); };
      if (!sum.empty() && std::ranges::none_of(views->sums, same)) views->sums.push_back(sum);
    }
    for (const ValueId id : node.outputs) {
      const Shape& shape = shaped.value(id).type.shape;
      const std::span<float> data = std::span(values_).subspan(offsets_[at(id)], static_cast<size_t>(count(shape)));
      forward.outputs.push_back({shape, data});
      backward.outputs.push_back({shape, data});
      backward.output_gradients.push_back({shape, gradient_of(shaped, id)});
    }
    views->forward.push_back(std::move(forward));
    views->backward.push_back(std::move(backward));
  }
  views_[samples] = std::move(views);
  return {};
}

std::span<float> BatchRunner::input(size_t samples) {
  return std::span(values_).subspan(offsets_[at(graph_->inputs[0])], samples * input_elements_);
}

std::span<const float> BatchRunner::forward(size_t samples, bool training, uint64_t seed) {
  std::vector<ForwardContext>& contexts = views_[samples]->forward;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    contexts[i].training = training;
    contexts[i].seed = node_seed(seed, i);
    mote::forward(graph_->nodes[nodes_[i]].op, contexts[i]);
  }
  return std::span(values_).subspan(offsets_[at(result_)], samples * result_elements_);
}

std::span<const float> BatchRunner::value(ValueId id, size_t elements) const {
  return std::span(values_).subspan(offsets_[at(id)], elements);
}

std::span<float> BatchRunner::result_gradient(size_t samples) {
  return std::span(gradients_).subspan(offsets_[at(result_)], samples * result_elements_);
}

void BatchRunner::backward(size_t samples, uint64_t seed, std::span<float> gradient) {
  std::vector<BackwardContext>& contexts = views_[samples]->backward;
  for (const ParameterOperand& p : parameter_operands_)
    contexts[p.node].input_gradients[p.operand].data = gradient.subspan(p.begin, p.count);
  for (const std::span<float> sum : views_[samples]->sums) std::ranges::fill(sum, 0.0f);
  for (size_t i = nodes_.size(); i-- > 0;) {
    contexts[i].seed = node_seed(seed, i);
    if (!needs_gradient_[at(graph_->nodes[nodes_[i]].outputs[0])]) continue;
    mote::backward(graph_->nodes[nodes_[i]].op, contexts[i]);
  }
}

}  // namespace mote
