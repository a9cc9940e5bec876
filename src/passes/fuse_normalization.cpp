#include "passes/fuse_normalization.h"

#include "passes/channel_affine.h"
#include "passes/rewrite.h"

namespace mote {

namespace {

/// A constant of shape [channels], whatever leading extents of 1 it had.
ValueId as_row(Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (value.type.shape.size() == 1) return id;
  Tensor row = *value.constant;
  row.type.shape = {value.type.shape.back()};
  return graph.add_constant(value.name, std::move(row));
}

}  // namespace

Result<bool> fuse_normalization(Graph& graph) {
  const std::vector<int32_t> readers = count_readers(graph);
  const std::vector<std::optional<size_t>> writer = find_writers(graph);
  const auto sole_writer = [&](ValueId id) -> const Node* {
    const auto at = writer[static_cast<size_t>(id)];
    return at && readers[static_cast<size_t>(id)] == 1 ? &graph.nodes[*at] : nullptr;
  };
  bool changed = false;
  for (Node& node : graph.nodes) {
    if (!std::holds_alternative<Quantize>(node.op)) continue;
    const Node* sum = sole_writer(node.inputs[0]);
    const auto offset = sum != nullptr ? channel_step<Add>(graph, *sum) : std::nullopt;
    if (!offset || std::get<Add>(sum->op).activation != Activation::kNone) continue;
    const Node* product = sole_writer(offset->input);
    const auto factor = product != nullptr ? channel_step<Mul>(graph, *product) : std::nullopt;
    if (!factor || std::get<Mul>(product->op).activation != Activation::kNone) continue;
    node.op = AffineQuantize{};
    node.inputs = {factor->input, as_row(graph, factor->constant), as_row(graph, offset->constant)};
    changed = true;
  }
  return changed;
}

}  // namespace mote
