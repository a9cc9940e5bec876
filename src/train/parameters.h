#pragma once

#include <vector>

#include "graph/graph.h"
#include "train/optimizer.h"

namespace mote {

/// A constant of the graph that training moves.
struct Parameter {
  ValueId value = kNoValue;
  ParameterRange range;  ///< its elements in the flat array of all parameters
  bool learned = true;   ///< false for running statistics, which have no gradient
};

/// Running statistics of a batch normalisation: no gradient moves them, every step does.
struct RunningStatistic {
  ValueId batch_mean = kNoValue, batch_variance = kNoValue;  ///< what the node computed for its shard
  size_t mean = 0, variance = 0;                             ///< the running ones, in the flat array
  size_t channels = 0;
  BatchNorm op;
};

/// Where every constant that training moves stands in one flat array: float constants that an op names weights or bias,
/// and running statistics. Stretches begin at multiples of 16 elements; the elements between them stay 0.
struct ParameterLayout {
  std::vector<Parameter> parameters;
  std::vector<RunningStatistic> statistics;
  size_t elements = 0;

  explicit ParameterLayout(const Graph& graph);
  [[nodiscard]] std::vector<ParameterRange> ranges() const;
  /// The graph's constants as a flat array, and back.
  [[nodiscard]] std::vector<float> gather(const Graph& graph) const;
  void scatter(std::span<const float> flat, Graph& graph) const;

 private:
  size_t place(const Graph& graph, ValueId id, bool decays, bool learned);
};

}  // namespace mote
