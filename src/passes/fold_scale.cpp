#include "passes/fold_scale.h"

#include "passes/channel_affine.h"
#include "passes/rewrite.h"

namespace mote {

Result<bool> fold_scale(Graph& graph) {
  const std::vector<int32_t> readers = count_readers(graph);
  std::vector<std::optional<size_t>> writer = find_writers(graph);
  std::vector<bool> folded(graph.nodes.size());
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto product = channel_step<Mul>(graph, graph.nodes[i]);
    const auto sum = channel_step<Add>(graph, graph.nodes[i]);
    if (!product && !sum) continue;
    const ChannelStep step = product ? *product : *sum;
    const auto producer = writer[static_cast<size_t>(step.input)];
    if (!producer || readers[static_cast<size_t>(step.input)] != 1) continue;
    if (!takes_channel_affine(graph, graph.nodes[*producer])) continue;
    const auto constant = graph.value(step.constant).constant->as<float>();
    const std::vector<float> values(constant.begin(), constant.end());
    const std::vector<float> ones(values.size(), 1.0f);
    const std::vector<float> zeros(values.size(), 0.0f);
    Activation* activation = activation_of(graph.nodes[*producer].op);
    if (activation == nullptr) continue;
    *activation = *activation_of(graph.nodes[i].op);
    const ValueId after = graph.nodes[i].outputs[0];
    fold_channel_affine(graph, *producer, product ? values : ones, product ? zeros : values);
    graph.nodes[*producer].outputs[0] = after;
    writer[static_cast<size_t>(after)] = producer;
    folded[i] = true;
    changed = true;
  }
  erase_nodes(graph, folded);
  return changed;
}

}  // namespace mote
