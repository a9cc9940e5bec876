#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace mote {

/// True for float32 and for numbers and truth values without scales: what a float model carries as floats.
[[nodiscard]] bool is_plain(const TensorType& type);

/// Runs a float graph with each op's forward function and keeps every value: the definition that integer models and
/// rewrites are compared with. Values of other types than float32 (bool, int32, ...) are carried as floats. The batch
/// is the one the graph declares.
class FloatRunner {
 public:
  /// Refuses a graph with a value that an op computes or reads as input and that is not plain. The graph must
  /// outlive the runner and keep its shapes.
  [[nodiscard]] static Result<FloatRunner> create(const Graph& graph);

  /// One batch: one span for each input of the graph, of exactly its number of elements. State starts afresh.
  [[nodiscard]] Result<> run(std::span<const std::span<const float>> inputs);
  /// The same, but state is what the run before left.
  [[nodiscard]] Result<> run_on(std::span<const std::span<const float>> inputs);

  /// The elements of a value after run(), or of a constant. Empty for a quantized constant.
  [[nodiscard]] std::span<const float> value(ValueId id) const { return views_[static_cast<size_t>(id)]; }

 private:
  explicit FloatRunner(const Graph& graph);

  const Graph* graph_;
  std::vector<std::vector<float>> storage_;  ///< by ValueId; empty for float constants
  std::vector<std::span<const float>> views_;
};

/// One batch through a float graph: its outputs, in order.
[[nodiscard]] Result<std::vector<std::vector<float>>> run_float(const Graph& graph,
                                                                std::span<const std::span<const float>> inputs);

}  // namespace mote
