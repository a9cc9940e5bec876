#include "passes/fuse_activation.h"

#include "passes/rewrite.h"

namespace mote {

namespace {

std::optional<Activation> clamp_of(const Op& op) {
  if (std::holds_alternative<Relu>(op)) return Activation::kRelu;
  if (std::holds_alternative<Relu6>(op)) return Activation::kRelu6;
  return std::nullopt;
}

/// The one activation that equals `first` followed by `second`, if there is one.
std::optional<Activation> chain(Activation first, Activation second) {
  if (first == Activation::kNone) return second;
  if (first == Activation::kRelu) return second;
  if (first == Activation::kRelu6) return first;
  return std::nullopt;
}

}  // namespace

Result<bool> fuse_activation(Graph& graph) {
  const std::vector<int32_t> readers = count_readers(graph);
  std::vector<std::optional<size_t>> writer = find_writers(graph);
  std::vector<bool> fused(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::optional<Activation> clamp = clamp_of(graph.nodes[i].op);
    if (!clamp) continue;
    const ValueId before = graph.nodes[i].inputs[0];
    const ValueId after = graph.nodes[i].outputs[0];
    const std::optional<size_t> producer = writer[static_cast<size_t>(before)];
    if (!producer || readers[static_cast<size_t>(before)] != 1) continue;
    if (graph.value(before).type.dtype != DType::kFloat32) continue;
    Activation* activation = activation_of(graph.nodes[*producer].op);
    if (activation == nullptr) continue;
    const std::optional<Activation> both = chain(*activation, *clamp);
    if (!both) continue;
    *activation = *both;
    graph.nodes[*producer].outputs[0] = after;
    writer[static_cast<size_t>(after)] = producer;
    fused[i] = true;
    changed = true;
  }
  erase_nodes(graph, fused);
  return changed;
}

}  // namespace mote
