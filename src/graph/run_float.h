#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace mote {

/// Runs a float graph with each op's forward function and keeps every value: the definition that integer models and
/// rewrites are compared with. The batch is the one the graph declares.
class FloatRunner {
 public:
  /// Refuses a graph with a value that an op computes or reads as input and that is not float32. The graph must
  /// outlive the runner and keep its shapes.
  [[nodiscard]] static Result<FloatRunner> create(const Graph& graph);

  /// One batch: one span for each input of the graph, of exactly its number of elements.
  [[nodiscard]] Result<> run(std::span<const std::span<const float>> inputs);

  /// The elements of a value after run(), or of a float constant. Empty for a constant of another type.
  [[nodiscard]] std::span<const float> value(ValueId id) const { return views_[static_cast<size_t>(id)]; }

 private:
  explicit FloatRunner(const Graph& graph);

  const Graph* graph_;
  std::vector<std::vector<float>> storage_;  ///< by ValueId; empty for constants
  std::vector<std::span<const float>> views_;
};

/// One batch through a float graph: its outputs, in order.
[[nodiscard]] Result<std::vector<std::vector<float>>> run_float(const Graph& graph,
                                                                std::span<const std::span<const float>> inputs);

}  // namespace mote
