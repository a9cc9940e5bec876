#pragma once

#include "graph/graph.h"

namespace mote {

/// Moves a ReLU or ReLU6 of float values into the op before it (convolution, fully connected, add, ...), if nobody else
/// reads what that op computes. ReLU before ReLU6 becomes ReLU6. Returns whether anything changed.
[[nodiscard]] Result<bool> fuse_activation(Graph& graph);

}  // namespace mote
