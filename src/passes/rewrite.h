#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace mote {

/// What passes share.

/// How often each value is read: by operands of nodes and as an output of the graph.
[[nodiscard]] std::vector<int32_t> count_readers(const Graph& graph);

/// The index of the node that writes each value; nothing for inputs and constants.
[[nodiscard]] std::vector<std::optional<size_t>> find_writers(const Graph& graph);

/// Whoever read `from`, nodes and the graph's outputs, reads `to`.
void replace_reads(Graph& graph, ValueId from, ValueId to);

/// Removes the marked nodes; what they wrote is left to remove_dead.
void erase_nodes(Graph& graph, const std::vector<bool>& marked);

/// The value's elements if it is a float32 constant, else nothing.
[[nodiscard]] std::optional<std::span<const float>> float_constant(const Graph& graph, ValueId id);

/// The fused activation of an op that has one, else null.
[[nodiscard]] Activation* activation_of(Op& op);

}  // namespace mote
