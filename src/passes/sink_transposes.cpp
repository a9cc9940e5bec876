#include "passes/sink_transposes.h"

#include <algorithm>
#include <map>

#include "passes/fold_constants.h"
#include "passes/remove_dead.h"
#include "passes/rewrite.h"
#include "passes/sink_rules.h"

namespace mote {

namespace {

/// Walks over the nodes once and writes them anew.
class Sinker {
 public:
  explicit Sinker(Graph& graph) : graph_(graph) {}

  Result<bool> run() {
    const std::vector<Node> nodes = std::exchange(graph_.nodes, {});
    for (const Node& old : nodes) {
      Node node = old;
      for (ValueId& id : node.inputs) id = now(id);
      MOTE_TRY(visit(std::move(node)));
    }
    for (size_t i = 0; i < graph_.outputs.size(); ++i) graph_.outputs[i] = now(graph_.outputs[i]);
    return changed_;
  }

 private:
  ValueId now(ValueId id) const {
    const auto found = instead_.find(id);
    return found == instead_.end() ? id : found->second;
  }

  Result<> visit(Node node) {
    if (const auto order = order_of(graph_, node)) return visit_transpose(std::move(node), *order);
    SinkContext context{graph_,
                        [this](ValueId id) -> const TransposedView* {
                          const auto found = views_.find(id);
                          return found == views_.end() ? nullptr : &found->second;
                        },
                        [this](Node added) { return emit(std::move(added)); },
                        [this](ValueId id) { return dequantized(id); }};
    auto sunk = sink(context, node);
    if (error_) return fail(*error_);
    if (sunk) return put_sunk(node, std::move(*sunk));
    if (std::holds_alternative<Reshape>(node.op)) return visit_reshape(std::move(node));
    put(std::move(node));
    return {};
  }

  void put(Node node) {
    for (const ValueId id : node.outputs) writer_[id] = graph_.nodes.size();
    graph_.nodes.push_back(std::move(node));
  }

  ValueId emit(Node node) {
    auto id = graph_.add_node(std::move(node.op), std::move(node.inputs), node.name);
    if (!id) {
      error_ = id.error();
      return node.inputs.empty() ? kNoValue : node.inputs[0];
    }
    writer_[*id] = graph_.nodes.size() - 1;
    return *id;
  }

  const Node* writer(ValueId id) const {
    const auto found = writer_.find(id);
    return found == writer_.end() ? nullptr : &graph_.nodes[found->second];
  }

  const Tensor* dequantized(ValueId id) const {
    const Node* node = id == kNoValue ? nullptr : writer(id);
    if (node == nullptr || !std::holds_alternative<Dequantize>(node->op)) return nullptr;
    const auto& content = graph_.value(node->inputs[0]).constant;
    return content ? &*content : nullptr;
  }

  /// Readers of `id` read `source` from now on, if the graph's outputs allow it; else a reshape that changes nothing
  /// stays.
  Result<> skip(ValueId id, ValueId source, const std::string& name) {
    const bool is_output = std::ranges::find(graph_.outputs, id) != graph_.outputs.end();
    const bool free =
        writer(source) != nullptr && std::ranges::none_of(graph_.outputs, [&](ValueId o) { return now(o) == source; });
    if (is_output && !free) {
      put({Reshape{graph_.value(source).type.shape}, {source}, {id}, name});
      return {};
    }
    if (is_output) graph_.value(source).name = graph_.value(id).name;
    instead_[id] = source;
    changed_ = true;
    return {};
  }

  Result<> visit_transpose(Node node, Order order) {
    const ValueId result = node.outputs[0];
    ValueId source = node.inputs[0];
    if (const auto found = views_.find(source); found != views_.end()) {
      order = compose(found->second.order, order);
      source = found->second.source;
      changed_ = true;
    }
    if (order == identity_order(order.size())) return skip(result, source, node.name);
    if (moves_no_element(graph_.value(source).type.shape, order)) {
      changed_ = true;
      return visit_reshape({Reshape{graph_.value(result).type.shape}, {source}, {result}, node.name});
    }
    views_[result] = {source, order};
    put({Transpose{}, {source, graph_.add_constant(node.name + "_order", integers(order))}, {result}, node.name});
    return {};
  }

  Result<> visit_reshape(Node node) {
    const Node* before = writer(node.inputs[0]);
    if (before != nullptr && std::holds_alternative<Reshape>(before->op)) {
      node.inputs = {before->inputs[0]};
      changed_ = true;
    }
    const ValueId result = node.outputs[0];
    const TensorType& type = graph_.value(result).type;
    if (graph_.value(node.inputs[0]).type == type) return skip(result, node.inputs[0], node.name);
    node.inputs.resize(1);
    node.op = Reshape{type.shape};
    put(std::move(node));
    return {};
  }

  /// The op on the sources, and the transpose of its result, which keeps its identity.
  Result<> put_sunk(const Node& node, SunkNode sunk) {
    changed_ = true;
    const ValueId result = node.outputs[0];
    TensorType type = graph_.value(result).type;
    type.shape = permuted(type.shape, inverse(sunk.order));
    const ValueId inner = graph_.add_value(node.name + "_moved", type);
    Node moved{std::move(sunk.op), std::move(sunk.inputs), {inner}, node.name};
    MOTE_TRY_ASSIGN(const auto types, infer(moved.op, graph_.arguments(moved.inputs)));
    if (types.size() != 1 || types[0].shape != type.shape)
      return fail(ErrorCode::kInternal, "{} {}: the transposed form has another shape", mote::name(node.op), node.name);
    put(std::move(moved));
    return visit_transpose({Transpose{}, {inner}, {result}, node.name}, std::move(sunk.order));
  }

  Graph& graph_;
  std::map<ValueId, TransposedView> views_;
  std::map<ValueId, size_t> writer_;
  std::map<ValueId, ValueId> instead_;
  std::optional<Error> error_;
  bool changed_ = false;
};

}  // namespace

Result<bool> sink_transposes(Graph& graph) {
  return Sinker(graph).run();
}

Result<bool> remove_transposes(Graph& graph) {
  constexpr int kMostRounds = 64;
  bool any = false;
  for (int round = 0; round < kMostRounds; ++round) {
    MOTE_TRY_ASSIGN(const bool sunk, sink_transposes(graph));
    MOTE_TRY(remove_dead(graph));
    MOTE_TRY_ASSIGN(const bool absorbed, absorb_transposes(graph));
    MOTE_TRY(remove_dead(graph));
    if (!sunk && !absorbed) break;
    any = true;
  }
  return any;
}

}  // namespace mote
