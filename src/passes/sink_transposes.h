#pragma once

#include "graph/graph.h"

namespace mote {

/// Moves transposes from the operands of an op to its result, where the op computes the same with its axes in another
/// order: element-wise ops, reductions, paddings, slices, concatenation. On the way two of them cancel, and those that
/// move no element become reshapes; reshapes of reshapes become one. Returns whether anything changed; run it until
/// nothing does (remove_transposes).
[[nodiscard]] Result<bool> sink_transposes(Graph& graph);

/// Takes out the transpose in front of a flattening whose only readers are fully connected layers: their weights'
/// columns change places instead. Returns whether anything changed.
[[nodiscard]] Result<bool> absorb_transposes(Graph& graph);

/// Both, until nothing changes. A graph that came from another order of axes keeps a transpose only where something
/// depends on that order: at its inputs and outputs, or before a reshape that mixes axes.
[[nodiscard]] Result<bool> remove_transposes(Graph& graph);

}  // namespace mote
