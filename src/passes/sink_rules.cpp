#include "passes/sink_rules.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace mote {

namespace {

using Rule = std::optional<SunkNode> (*)(SinkContext&, const Node&);

const Shape& shape_of(const SinkContext& context, ValueId id) {
  return context.graph.value(id).type.shape;
}

Shape with_rank(const Shape& shape, size_t rank) {
  Shape result(rank - shape.size(), 1);
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

/// The constant as it broadcasts against the source: permuted, without outer extents of 1.
Tensor aligned(Tensor content, const Order& order) {
  const size_t missing = order.size() - content.type.shape.size();
  content.type.shape = with_rank(content.type.shape, order.size());
  content.type.quantization.axis += static_cast<int32_t>(missing);
  Tensor result = permuted(content, inverse(order));
  Shape& shape = result.type.shape;
  while (shape.size() > 1 && shape[0] == 1 &&
         (!result.type.quantization.per_channel() || result.type.quantization.axis > 0)) {
    shape.erase(shape.begin());
    --result.type.quantization.axis;
  }
  if (!result.type.quantization.per_channel()) result.type.quantization.axis = 0;
  return result;
}

/// The operand as it stands beside sources that are transposed by `order` afterwards.
std::optional<ValueId> beside(SinkContext& context, ValueId id, const Order& order) {
  if (id == kNoValue) return id;
  const Value& value = context.graph.value(id);
  if (value.type.shape.size() > order.size()) return std::nullopt;
  if (value.constant) {
    if (count(value.type.shape) == 1) return id;
    return context.graph.add_constant(value.name, aligned(Tensor(*value.constant), order));
  }
  if (const Tensor* stored = context.dequantized(id)) {
    const std::string name = value.name;
    const ValueId moved = context.graph.add_constant(name, aligned(*stored, order));
    return context.emit({Dequantize{}, {moved}, {}, name});
  }
  if (const TransposedView* view = context.view(id); view != nullptr && view->order == order) return view->source;
  const Shape shape = with_rank(value.type.shape, order.size());
  if (!moves_no_element(shape, inverse(order))) return std::nullopt;
  return context.emit({Reshape{permuted(shape, inverse(order))}, {id}, {}, value.name});
}

/// The first operand that is transposed and has the result's rank.
const TransposedView* leading_view(const SinkContext& context, const Node& node) {
  const size_t rank = shape_of(context, node.outputs[0]).size();
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) continue;
    const TransposedView* view = context.view(id);
    if (view != nullptr && view->order.size() == rank) return view;
  }
  return nullptr;
}

/// Whether all operands can follow; asked before anything is added.
bool can_follow(const SinkContext& context, const Node& node, const Order& order) {
  return std::ranges::all_of(node.inputs, [&](ValueId id) {
    if (id == kNoValue || context.graph.value(id).constant || context.dequantized(id) != nullptr) return true;
    if (const TransposedView* view = context.view(id); view != nullptr && view->order == order) return true;
    const Shape& shape = shape_of(context, id);
    return shape.size() <= order.size() && moves_no_element(with_rank(shape, order.size()), inverse(order));
  });
}

std::optional<SunkNode> sink_pointwise(SinkContext& context, const Node& node) {
  const TransposedView* view = leading_view(context, node);
  if (view == nullptr) return std::nullopt;
  const Order order = view->order;
  if (!can_follow(context, node, order)) return std::nullopt;
  SunkNode result{node.op, {}, order};
  for (const ValueId id : node.inputs) {
    const auto moved = beside(context, id, order);
    if (!moved) return std::nullopt;
    result.inputs.push_back(*moved);
  }
  return result;
}

/// The view of operand 0, if there is one.
std::optional<TransposedView> first_view(const SinkContext& context, const Node& node) {
  if (node.inputs.empty() || node.inputs[0] == kNoValue) return std::nullopt;
  const TransposedView* view = context.view(node.inputs[0]);
  if (view == nullptr) return std::nullopt;
  return *view;
}

/// The elements of a constant int32 operand.
std::optional<std::vector<int32_t>> constants(const SinkContext& context, const Node& node, size_t operand) {
  if (operand >= node.inputs.size() || node.inputs[operand] == kNoValue) return std::nullopt;
  const auto& content = context.graph.value(node.inputs[operand]).constant;
  if (!content || content->type.dtype != DType::kInt32) return std::nullopt;
  const auto elements = content->as<int32_t>();
  return std::vector<int32_t>(elements.begin(), elements.end());
}

/// Ops along the last axis, which must stay the last.
std::optional<SunkNode> sink_last_axis(SinkContext& context, const Node& node) {
  const auto view = first_view(context, node);
  if (!view || view->order.empty() || view->order.back() + 1 != static_cast<int32_t>(view->order.size()))
    return std::nullopt;
  return SunkNode{node.op, {view->source}, view->order};
}

/// Reductions over constant axes, which stay with extent 1 or go.
std::optional<SunkNode> sink_reduction(SinkContext& context, const Node& node) {
  const auto view = first_view(context, node);
  auto axes = constants(context, node, 1);
  if (!view || !axes || node.inputs.size() != 2) return std::nullopt;
  const Order& order = view->order;
  std::vector<bool> reduced(order.size());
  for (int32_t& axis : *axes) {
    axis = order[static_cast<size_t>(axis < 0 ? axis + static_cast<int32_t>(order.size()) : axis)];
    reduced[static_cast<size_t>(axis)] = true;
  }
  SunkNode result{node.op, {view->source, context.graph.add_constant(node.name + "_axes", integers(*axes))}, order};
  if (shape_of(context, node.outputs[0]).size() == order.size()) return result;
  std::vector<int32_t> place(order.size());
  int32_t left = 0;
  for (size_t i = 0; i < order.size(); ++i) place[i] = reduced[i] ? -1 : left++;
  result.order.clear();
  for (const int32_t axis : order)
    if (!reduced[static_cast<size_t>(axis)]) result.order.push_back(place[static_cast<size_t>(axis)]);
  return result;
}

/// Calls visit on the op's attribute `axis`, if it has one.
void with_axis(Op& op, const std::function<void(int32_t&)>& visit) {
  std::visit(
      [&](auto& o) {
        if constexpr (requires { o.axis = int32_t{}; }) visit(o.axis);
      },
      op);
}

std::optional<SunkNode> sink_concatenation(SinkContext& context, const Node& node) {
  auto result = sink_pointwise(context, node);
  if (!result) return std::nullopt;
  // Operands must keep their rank here.
  const size_t rank = result->order.size();
  for (ValueId& id : result->inputs) {
    Value& value = context.graph.value(id);
    if (value.type.shape.size() == rank) continue;
    if (!value.constant) return std::nullopt;
    value.type.shape = value.constant->type.shape = with_rank(value.type.shape, rank);
  }
  with_axis(result->op, [&](int32_t& axis) {
    axis = result->order[static_cast<size_t>(axis < 0 ? axis + static_cast<int32_t>(rank) : axis)];
  });
  return result;
}

/// Entry order[i] of the result is entry i of the list.
std::vector<int32_t> placed(const std::vector<int32_t>& list, const Order& order, size_t each) {
  std::vector<int32_t> result(list.size());
  for (size_t i = 0; i < order.size(); ++i)
    for (size_t j = 0; j < each; ++j) result[static_cast<size_t>(order[i]) * each + j] = list[i * each + j];
  return result;
}

/// Ops whose further int32 operands have one entry an axis (`each` of them): paddings, begins, sizes, repetitions.
std::optional<SunkNode> sink_lists(SinkContext& context, const Node& node, size_t lists, size_t each) {
  const auto view = first_view(context, node);
  if (!view) return std::nullopt;
  SunkNode result{node.op, {view->source}, view->order};
  for (size_t i = 1; i <= lists; ++i) {
    const auto list = constants(context, node, i);
    if (!list || list->size() != view->order.size() * each) return std::nullopt;
    const ValueId old = node.inputs[i];
    const Shape shape = shape_of(context, old);
    result.inputs.push_back(
        context.graph.add_constant(context.graph.value(old).name, integers(placed(*list, view->order, each), shape)));
  }
  result.inputs.insert(result.inputs.end(), node.inputs.begin() + static_cast<ptrdiff_t>(lists) + 1, node.inputs.end());
  return result;
}

std::optional<SunkNode> sink_padding(SinkContext& context, const Node& node) {
  return sink_lists(context, node, 1, 2);
}
std::optional<SunkNode> sink_tile(SinkContext& context, const Node& node) {
  return sink_lists(context, node, 1, 1);
}
std::optional<SunkNode> sink_slice(SinkContext& context, const Node& node) {
  return sink_lists(context, node, 2, 1);
}
std::optional<SunkNode> sink_strided_slice(SinkContext& context, const Node& node) {
  const auto& op = std::get<StridedSlice>(node.op);
  if (op.ellipsis_mask != 0 || op.new_axis_mask != 0 || op.shrink_axis_mask != 0) return std::nullopt;
  auto result = sink_lists(context, node, 3, 1);
  if (!result) return std::nullopt;
  auto& moved = std::get<StridedSlice>(result->op);
  const auto placed_bits = [&](int32_t mask) {
    int32_t to = 0;
    for (size_t i = 0; i < result->order.size(); ++i)
      if ((mask >> i & 1) != 0) to |= 1 << result->order[i];
    return to;
  };
  moved.begin_mask = placed_bits(op.begin_mask);
  moved.end_mask = placed_bits(op.end_mask);
  return result;
}

/// A list of places along one axis.
std::optional<SunkNode> sink_gather(SinkContext& context, const Node& node) {
  const auto view = first_view(context, node);
  if (!view || node.inputs.size() != 2 || shape_of(context, node.inputs[1]).size() != 1) return std::nullopt;
  SunkNode result{node.op, {view->source, node.inputs[1]}, view->order};
  with_axis(result.op, [&](int32_t& axis) {
    axis = view->order[static_cast<size_t>(axis < 0 ? axis + static_cast<int32_t>(view->order.size()) : axis)];
  });
  return result;
}

/// A reshape that only adds or takes away extents of 1.
std::optional<SunkNode> sink_reshape(SinkContext& context, const Node& node) {
  const auto view = first_view(context, node);
  if (!view) return std::nullopt;
  const Shape& from = shape_of(context, node.inputs[0]);
  const Shape& to = shape_of(context, node.outputs[0]);
  std::vector<size_t> from_axes, to_axes;  // those of extent > 1
  for (size_t i = 0; i < from.size(); ++i)
    if (from[i] != 1) from_axes.push_back(i);
  for (size_t i = 0; i < to.size(); ++i)
    if (to[i] != 1) to_axes.push_back(i);
  if (from_axes.size() != to_axes.size()) return std::nullopt;
  for (size_t i = 0; i < from_axes.size(); ++i)
    if (from[from_axes[i]] != to[to_axes[i]]) return std::nullopt;
  // Each axis of extent > 1 stands where its source stands; each of extent 1 keeps its place behind its neighbour.
  std::vector<std::pair<int32_t, int32_t>> places;  // (place in the source, axis of the result)
  int32_t place = -1;
  size_t next = 0;
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] != 1) place = view->order[from_axes[next++]];
    places.emplace_back(place, static_cast<int32_t>(i));
  }
  std::ranges::stable_sort(places);
  Order sorted;  // axis of the result, in the order of the source
  for (const auto& [at, axis] : places) sorted.push_back(axis);
  return SunkNode{Reshape{permuted(to, sorted)}, {view->source}, inverse(sorted)};
}

struct NamedRule {
  std::string_view op;
  Rule rule;
};

constexpr NamedRule kRules[] = {
    {"softmax", sink_last_axis},     {"log_softmax", sink_last_axis},
    {"mean", sink_reduction},        {"sum", sink_reduction},
    {"reduce_max", sink_reduction},  {"reduce_min", sink_reduction},
    {"reduce_prod", sink_reduction}, {"reduce_any", sink_reduction},
    {"reduce_all", sink_reduction},  {"arg_max", sink_reduction},
    {"arg_min", sink_reduction},     {"concatenation", sink_concatenation},
    {"pad", sink_padding},           {"pad_v2", sink_padding},
    {"mirror_pad", sink_padding},    {"tile", sink_tile},
    {"slice", sink_slice},           {"strided_slice", sink_strided_slice},
    {"gather", sink_gather},         {"reshape", sink_reshape},
};

/// Ops that compute each element of the result from the elements in its place.
constexpr std::string_view kPointwise[] = {
    "add",        "sub",         "mul",        "div",         "minimum",    "maximum",       "squared_difference",
    "pow",        "floor_div",   "floor_mod",  "relu",        "relu6",      "relu_n1_to_1",  "relu_0_to_1",
    "leaky_relu", "hard_swish",  "elu",        "gelu",        "abs",        "neg",           "square",
    "sqrt",       "rsqrt",       "exp",        "log",         "sin",        "cos",           "floor",
    "ceil",       "round",       "prelu",      "logistic",    "tanh",       "dropout",       "quantize",
    "dequantize", "cast",        "less",       "greater",     "less_equal", "greater_equal", "equal",
    "not_equal",  "logical_and", "logical_or", "logical_not", "select_v2",
};

}  // namespace

std::optional<SunkNode> sink(SinkContext& context, const Node& node) {
  if (node.outputs.size() != 1) return std::nullopt;
  const std::string_view op = name(node.op);
  for (const NamedRule& entry : kRules)
    if (entry.op == op) return entry.rule(context, node);
  if (std::ranges::find(kPointwise, op) != std::end(kPointwise)) return sink_pointwise(context, node);
  return std::nullopt;
}

}  // namespace mote
