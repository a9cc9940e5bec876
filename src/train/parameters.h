#pragma once

#include <vector>

#include "graph/graph.h"
#include "train/optimizer.h"

namespace mote {

/// A constant of the graph that training moves.
struct Parameter {
  ValueId value = kNoValue;
  ParameterRange range;  ///< its elements in the flat array of all parameters
};

/// Where every trainable constant stands in one flat array: float constants that an op names weights or bias.
/// Stretches begin at multiples of 16 elements; the elements between them stay 0.
struct ParameterLayout {
  std::vector<Parameter> parameters;
  size_t elements = 0;

  explicit ParameterLayout(const Graph& graph);
  [[nodiscard]] std::vector<ParameterRange> ranges() const;
  /// The graph's constants as a flat array, and back.
  [[nodiscard]] std::vector<float> gather(const Graph& graph) const;
  void scatter(std::span<const float> flat, Graph& graph) const;
};

}  // namespace mote
