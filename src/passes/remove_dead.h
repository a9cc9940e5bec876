#pragma once

#include "graph/graph.h"

namespace mote {

/// Removes nodes whose results nobody reads and values that nobody reads or writes, and renumbers the values that are
/// left. The graph's inputs stay. Returns whether anything went.
[[nodiscard]] Result<bool> remove_dead(Graph& graph);

}  // namespace mote
