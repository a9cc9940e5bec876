#pragma once

#include "graph/graph.h"

namespace mote {

/// One graph that runs `front` and feeds its outputs to the inputs of `main`, in order. Inputs are those of `front`,
/// outputs and name those of `main`. Refuses outputs and inputs that differ in number, type, shape or quantization.
[[nodiscard]] Result<Graph> join(const Graph& front, const Graph& main);

}  // namespace mote
