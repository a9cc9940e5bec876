#pragma once

#include "graph/graph.h"

namespace mote {

/// Computes what depends on constants alone, whatever its type (see fold_node), and dequantized weights. Outputs of the
/// graph are left alone. Returns whether anything changed.
[[nodiscard]] Result<bool> fold_constants(Graph& graph);

}  // namespace mote
