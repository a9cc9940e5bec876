#include "passes/fold_batch_norm.h"

#include <array>

#include "passes/channel_affine.h"
#include "passes/rewrite.h"

namespace mote {

namespace {

constexpr size_t kParameters = 4;

Result<BatchNorm::Affine> inference_form_of(const Graph& graph, const Node& node) {
  std::array<std::span<const float>, kParameters> parameters;
  for (size_t i = 0; i < kParameters; ++i) {
    const auto content = float_constant(graph, node.inputs[i + 1]);
    if (!content)
      return fail(ErrorCode::kUnsupported,
                  "{}: operand {} is no float constant; only batch normalizations with known parameters can be folded",
                  node.name, i + 1);
    parameters[i] = *content;
  }
  return std::get<BatchNorm>(node.op).inference_form(parameters[0], parameters[1], parameters[2], parameters[3]);
}

Result<> refuse_read_statistics(const Graph& graph, const Node& node) {
  const std::vector<int32_t> readers = count_readers(graph);
  for (const size_t i : {BatchNorm::kBatchMean, BatchNorm::kBatchVariance})
    if (readers[static_cast<size_t>(node.outputs[i])] != 0)
      return fail(ErrorCode::kUnsupported,
                  "{}: {} is read, it exists in training only; let nothing but the trainer look at it", node.name,
                  graph.value(node.outputs[i]).name);
  return {};
}

/// The layer that writes what node `index` reads, if factor and offset can move there unnoticed by others.
std::optional<size_t> layer_in_front(const Graph& graph, size_t index) {
  const auto input = static_cast<size_t>(graph.nodes[index].inputs[0]);
  const std::optional<size_t> writer = find_writers(graph)[input];
  if (!writer || count_readers(graph)[input] != 1 || !takes_channel_affine(graph, graph.nodes[*writer])) return {};
  return writer;
}

void replace_by_mul_and_add(Graph& graph, size_t index, const BatchNorm::Affine& affine) {
  const Node norm = graph.nodes[index];
  const Shape channels{static_cast<int32_t>(affine.factor.size())};
  const ValueId factor = graph.add_constant(norm.name + "_factor", float_tensor(channels, affine.factor));
  const ValueId offset = graph.add_constant(norm.name + "_offset", float_tensor(channels, affine.offset));
  const ValueId scaled = graph.add_value(norm.name + "_scaled", graph.value(norm.outputs[0]).type);
  graph.nodes[index] = {Mul{}, {norm.inputs[0], factor}, {scaled}, norm.name + "_scaled"};
  graph.nodes.insert(graph.nodes.begin() + static_cast<ptrdiff_t>(index) + 1,
                     Node{Add{}, {scaled, offset}, {norm.outputs[0]}, norm.name});
}

}  // namespace

Result<bool> fold_batch_norm(Graph& graph) {
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size();) {
    if (!std::holds_alternative<BatchNorm>(graph.nodes[i].op)) {
      ++i;
      continue;
    }
    MOTE_TRY(refuse_read_statistics(graph, graph.nodes[i]));
    MOTE_TRY_ASSIGN(const BatchNorm::Affine affine, inference_form_of(graph, graph.nodes[i]));
    if (const auto layer = layer_in_front(graph, i)) {
      fold_channel_affine(graph, *layer, affine.factor, affine.offset);
      graph.nodes[*layer].outputs[0] = graph.nodes[i].outputs[0];
      graph.nodes.erase(graph.nodes.begin() + static_cast<ptrdiff_t>(i));
    } else {
      replace_by_mul_and_add(graph, i, affine);
      i += 2;
    }
    changed = true;
  }
  return changed;
}

}  // namespace mote
