#pragma once

#include "graph/graph.h"

namespace mote {

/// Fuses float mul by a constant a channel, add of a constant a channel and quantize, each read by the next one only,
/// into one AffineQuantize, which computes the same bytes without buffers in between. For firmware: the fused op has no
/// place in a file. Returns whether anything changed.
[[nodiscard]] Result<bool> fuse_normalization(Graph& graph);

}  // namespace mote
