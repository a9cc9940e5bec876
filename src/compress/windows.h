#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace mote {

/// Windows for a graph: one view for each of its inputs, of shape [number of windows, ...].

/// The number of batches in `windows` as large as the graph declares. Refuses no windows, sizes that do not divide,
/// and inputs that disagree.
[[nodiscard]] Result<int64_t> count_batches(const Graph& graph, std::span<const ConstFloatView> windows);

/// The elements of batch `batch`, one span an input.
[[nodiscard]] std::vector<std::span<const float>> batch_inputs(const Graph& graph,
                                                               std::span<const ConstFloatView> windows, int64_t batch);

}  // namespace mote
