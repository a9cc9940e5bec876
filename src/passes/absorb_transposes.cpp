#include <algorithm>

#include "passes/permutation.h"
#include "passes/rewrite.h"
#include "passes/sink_transposes.h"

namespace mote {

namespace {

/// A constant weights matrix, plain or behind a Dequantize.
struct Weights {
  Tensor content;
  bool stored = false;
};

std::optional<Weights> weights_of(const Graph& graph, const std::vector<std::optional<size_t>>& writer, ValueId id) {
  if (id == kNoValue || static_cast<size_t>(id) >= writer.size()) return std::nullopt;
  if (graph.value(id).constant) return Weights{*graph.value(id).constant, false};
  const auto& by = writer[static_cast<size_t>(id)];
  if (!by || !std::holds_alternative<Dequantize>(graph.nodes[*by].op)) return std::nullopt;
  const auto& content = graph.value(graph.nodes[*by].inputs[0]).constant;
  if (!content) return std::nullopt;
  return Weights{*content, true};
}

/// Column j of the result is the column that the transpose moved element j to.
Tensor with_columns_moved(const Tensor& weights, const Shape& flattened, const Order& order) {
  Tensor spread = weights;
  Shape shape{weights.type.shape[0]};
  shape.insert(shape.end(), flattened.begin(), flattened.end());
  spread.type.shape = shape;
  Order back{0};
  for (const int32_t axis : inverse(order)) back.push_back(axis + 1);
  Tensor result = permuted(spread, back);
  result.type.shape = weights.type.shape;
  result.type.quantization = weights.type.quantization;
  return result;
}

/// The nodes that read each value.
std::vector<std::vector<size_t>> readers_of(const Graph& graph) {
  std::vector<std::vector<size_t>> result(graph.values.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (const ValueId id : graph.nodes[i].inputs)
      if (id != kNoValue) result[static_cast<size_t>(id)].push_back(i);
  for (const ValueId id : graph.outputs) result[static_cast<size_t>(id)].push_back(graph.nodes.size());
  return result;
}

/// Fully connected layers that read flattened transposed values.
class Absorber {
 public:
  explicit Absorber(Graph& graph) : graph_(graph), writer_(find_writers(graph)), readers_(readers_of(graph)) {}

  bool run() {
    bool changed = false;
    for (Node& node : graph_.nodes)
      if (std::holds_alternative<Reshape>(node.op)) changed = absorb(node) || changed;
    graph_.nodes.insert(graph_.nodes.begin(), dequantizers_.begin(), dequantizers_.end());
    return changed;
  }

 private:
  bool absorb(Node& reshape) {
    const ValueId flat = reshape.outputs[0];
    const auto& by = writer_[static_cast<size_t>(reshape.inputs[0])];
    if (!by) return false;
    const auto order = order_of(graph_, graph_.nodes[*by]);
    const Shape to = graph_.value(flat).type.shape;
    const Shape whole = graph_.value(graph_.nodes[*by].outputs[0]).type.shape;
    if (!order || order->empty() || (*order)[0] != 0 || to.size() != 2 || to[0] != whole[0]) return false;
    const auto& readers = readers_[static_cast<size_t>(flat)];
    if (readers.empty() || !std::ranges::all_of(readers, [&](size_t n) { return takes_columns(n, flat); }))
      return false;
    Order inner;
    for (size_t axis = 1; axis < order->size(); ++axis) inner.push_back((*order)[axis] - 1);
    for (const size_t n : readers) move_columns(graph_.nodes[n], Shape(whole.begin() + 1, whole.end()), inner);
    reshape.inputs = {graph_.nodes[*by].inputs[0]};
    reshape.op = Reshape{to};
    return true;
  }

  bool takes_columns(size_t reader, ValueId flat) const {
    if (reader >= graph_.nodes.size()) return false;
    const Node& node = graph_.nodes[reader];
    return std::holds_alternative<FullyConnected>(node.op) && node.inputs[0] == flat &&
           std::ranges::count(node.inputs, flat) == 1 && weights_of(graph_, writer_, node.inputs[1]) &&
           graph_.value(node.inputs[1]).type.shape[1] == graph_.value(flat).type.shape[1];
  }

  void move_columns(Node& node, const Shape& inner, const Order& order) {
    const auto weights = weights_of(graph_, writer_, node.inputs[1]);
    const std::string name = graph_.value(node.inputs[1]).name;
    ValueId moved = graph_.add_constant(name, with_columns_moved(weights->content, inner, order));
    if (weights->stored) {
      const ValueId real = graph_.add_value(name, {DType::kFloat32, weights->content.type.shape, {}});
      dequantizers_.push_back({Dequantize{}, {moved}, {real}, name});
      moved = real;
    }
    node.inputs[1] = moved;
  }

  Graph& graph_;
  std::vector<std::optional<size_t>> writer_;
  std::vector<std::vector<size_t>> readers_;
  std::vector<Node> dequantizers_;
};

}  // namespace

Result<bool> absorb_transposes(Graph& graph) {
  return Absorber(graph).run();
}

}  // namespace mote
