#pragma once

#include <string>
#include <vector>

#include "formats/tflite_reader.h"

namespace mote {

/// Collects what is suspicious in one network.
class FindingList {
 public:
  explicit FindingList(const Reading& reading) : reading_(reading) {}

  [[nodiscard]] const Graph& graph() const { return reading_.model.graph; }

  /// About node `node` of the graph.
  void add(std::string_view id, size_t node, std::string reason, std::string fix) {
    const Node& at = graph().nodes[node];
    add_tensor(id, at.outputs[0], std::move(reason), std::move(fix));
    found_.back().op = node < reading_.file_index.size() ? reading_.file_index[node] : static_cast<int>(node);
    found_.back().op_name = name(at.op);
  }
  void add_tensor(std::string_view id, ValueId tensor, std::string reason, std::string fix) {
    Problem& problem = found_.emplace_back();
    problem.id = id;
    problem.tensor = tensor;
    problem.tensor_name = graph().value(tensor).name;
    problem.reason = std::move(reason);
    problem.fix = std::move(fix);
  }
  [[nodiscard]] std::vector<Problem> take() { return std::move(found_); }

 private:
  const Reading& reading_;
  std::vector<Problem> found_;
};

/// Scales, zero points and factors of every tensor and layer.
void find_quantization(FindingList& list);
/// What constant weights hold, and what sums they lead to.
void find_weights(FindingList& list);

}  // namespace mote
