#pragma once

#include "graph/graph.h"

namespace mote {

/// What a graph goes through after it was imported, verified after each pass.
[[nodiscard]] Result<> tidy_import(Graph& graph);

}  // namespace mote
