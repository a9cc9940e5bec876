#include "pipeline/findings.h"

#include <algorithm>
#include <map>

#include "pipeline/findings_parts.h"

namespace mote {

namespace {

constexpr FindingKind kKinds[] = {
    {"unsupported-op", true},
    {"custom-op", true},
    {"op-shape", true},
    {"op-type", true},
    {"hybrid", true},
    {"no-kernel", true},
    {"no-plan", true},
    {"tensor-type", true},
    {"tensor-shape", true},
    {"tensor-quantization", true},
    {"tensor-content", true},
    {"open-shape", true},
    {"several-networks", true},
    {"structure", true},
    {"size", true},
    {"damaged", true},
    {"bias-scale", false},
    {"channel-axis", false},
    {"channel-scale-spread", false},
    {"constant-output", false},
    {"dead-op", false},
    {"duplicate-name", false},
    {"factor-range", false},
    {"float-island", false},
    {"front-end-scale", false},
    {"label-count", false},
    {"no-labels", false},
    {"saturated-weights", false},
    {"softmax-inside", false},
    {"tiny-scale", false},
    {"unused-input", false},
    {"weights-range", false},
};

/// By value: how often it is read by an op, and whether the model hands it out.
std::vector<int> readers(const Graph& graph) {
  std::vector<int> times(graph.values.size());
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.inputs)
      if (id != kNoValue) ++times[static_cast<size_t>(id)];
  for (const ValueId id : graph.outputs) ++times[static_cast<size_t>(id)];
  return times;
}

void find_unused(FindingList& list) {
  const Graph& graph = list.graph();
  const std::vector<int> read = readers(graph);
  for (const ValueId id : graph.inputs)
    if (read[static_cast<size_t>(id)] == 0)
      list.add_tensor("unused-input", id, "is an input that no op reads",
                      "remove it from the model, or look for the layer that was lost in conversion");
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (std::all_of(node.outputs.begin(), node.outputs.end(),
                    [&](ValueId id) { return read[static_cast<size_t>(id)] == 0; }))
      list.add("dead-op", i, "computes what nothing reads; firmware leaves it out",
               "convert the model without it, or name it as an output");
  }
}

void find_duplicate_names(FindingList& list) {
  std::map<std::string_view, ValueId> first;
  for (size_t i = 0; i < list.graph().values.size(); ++i) {
    const Value& value = list.graph().values[i];
    const auto [found, added] = first.try_emplace(value.name, static_cast<ValueId>(i));
    if (!added)
      list.add_tensor("duplicate-name", static_cast<ValueId>(i),
                      fmt::format("has the name of tensor {}", found->second),
                      "give layers names of their own; what is compared by name takes the first of the two");
  }
}

/// Float ops between a dequantize and a quantize: a converter had no integer form of them.
void find_float_islands(FindingList& list) {
  const Graph& graph = list.graph();
  std::vector<int> island(graph.values.size(), -1);  // by value: the node that left the integers
  std::map<int, std::pair<size_t, bool>> islands;    // by that node: float ops, and whether it leads back
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    int from = -1;
    for (const ValueId id : node.inputs)
      if (id != kNoValue) from = std::max(from, island[static_cast<size_t>(id)]);
    if (std::holds_alternative<Dequantize>(node.op) && !graph.value(node.inputs[0]).constant) {
      from = static_cast<int>(i);
      islands[from] = {0, false};
    } else if (from < 0) {
      continue;
    } else if (std::holds_alternative<Quantize>(node.op)) {
      islands[from].second = true;
      continue;
    } else {
      ++islands[from].first;
    }
    for (const ValueId id : node.outputs) island[static_cast<size_t>(id)] = from;
  }
  for (const auto& [node, found] : islands)
    if (found.second)
      list.add("float-island", static_cast<size_t>(node),
               found.first == 0 ? std::string("becomes float and integer again with nothing in between")
                                : fmt::format("leads to {} float ops between integer ones", found.first),
               "the converter had no integer form of them: replace the layer, or quantize the whole model");
}

void find_softmax_inside(FindingList& list) {
  const Graph& graph = list.graph();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!std::holds_alternative<Softmax>(node.op)) continue;
    const bool to_weights = std::ranges::any_of(graph.nodes, [&](const Node& reader) {
      return std::find(reader.inputs.begin(), reader.inputs.end(), node.outputs[0]) != reader.inputs.end() &&
             quantization(reader.op, graph.arguments(reader.inputs)).inputs.size() > 1 &&
             quantization(reader.op, graph.arguments(reader.inputs)).inputs[1].role == OperandRole::kWeights;
    });
    if (to_weights)
      list.add("softmax-inside", i, "is a softmax, and a layer with weights reads it",
               "a softmax belongs at the end; a second one or a layer behind it is mostly a mistake in the model");
  }
}

void find_labels(FindingList& list, const Model& model) {
  const Graph& graph = list.graph();
  if (graph.outputs.size() != 1) return;
  const std::vector<std::string> labels = model.metadata.labels();
  const Shape& shape = graph.value(graph.outputs[0]).type.shape;
  const int64_t classes = shape.empty() ? 1 : shape.back();
  const bool classifies = std::ranges::any_of(graph.nodes, [&](const Node& node) {
    return std::holds_alternative<Softmax>(node.op) && node.outputs[0] == graph.outputs[0];
  });
  if (labels.empty() && classifies)
    list.add_tensor("no-labels", graph.outputs[0],
                    fmt::format("gives {} probabilities, and no class has a name", classes),
                    "put the names into the entry mote.json (docs/model-file.md); results are numbered until then");
  if (!labels.empty() && classifies && static_cast<int64_t>(labels.size()) != classes)
    list.add_tensor("label-count", graph.outputs[0],
                    fmt::format("has {} elements, {} labels are given", classes, labels.size()),
                    "correct the labels in the entry mote.json");
}

void find_front_end(FindingList& list, const Model& model) {
  if (!model.front_end || model.front_end->outputs.size() != 1 || list.graph().inputs.empty()) return;
  const TensorType& made = model.front_end->value(model.front_end->outputs[0]).type;
  const TensorType& wanted = list.graph().value(list.graph().inputs[0]).type;
  if (made.quantization.scale == wanted.quantization.scale &&
      made.quantization.zero_point == wanted.quantization.zero_point)
    return;
  list.add_tensor("front-end-scale", list.graph().inputs[0],
                  fmt::format("expects {}, the front end in the file makes {}", text(wanted), text(made)),
                  "the preprocessing belongs to another network: train and write the model again");
}

}  // namespace

std::span<const FindingKind> finding_kinds() {
  return kKinds;
}

std::vector<Problem> suspicious(const Reading& reading) {
  FindingList list(reading);
  find_quantization(list);
  find_weights(list);
  find_float_islands(list);
  find_softmax_inside(list);
  if (reading.problems.empty()) {
    find_unused(list);
    find_labels(list, reading.model);
    find_front_end(list, reading.model);
  }
  find_duplicate_names(list);
  return list.take();
}

}  // namespace mote
