#pragma once

#include "graph/graph.h"

namespace mote {

/// The contents of a node's outputs, if they follow from constants alone (a shape follows from the type of its
/// operand): computed by the kernels that would compute them on a board, whatever the element type, or by the float
/// function of an op that has no kernel. Nothing if an operand is not constant, or if no kernel computes this form.
/// `graph` holds the types of the outputs already.
[[nodiscard]] std::optional<std::vector<Tensor>> fold_node(const Graph& graph, const Node& node);

/// As fold_node for what is no real number: the shapes that Keras' layers compute. Nothing where an output is real or
/// an input or output of the graph. Files are read and written with these folded, since later ops have a shape only
/// with them known.
[[nodiscard]] std::optional<std::vector<Tensor>> fold_integers(const Graph& graph, const Node& node);

}  // namespace mote
