#pragma once

#include "graph/graph.h"

namespace mote {

/// Moves a float mul by or add of one constant a channel, after a convolution or fully connected layer whose result
/// nobody else reads, into that layer's weights and bias. Its fused activation moves along. Returns whether anything
/// changed.
[[nodiscard]] Result<bool> fold_scale(Graph& graph);

}  // namespace mote
