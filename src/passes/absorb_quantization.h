#pragma once

#include "graph/graph.h"

namespace mote {

/// Turns float ops between Dequantize and Quantize into int8 ops with those scales: layers with int8 weights (their
/// Dequantize of a constant goes too) and biases, element-wise ops, and ops that only move or compare elements, below
/// which a Dequantize sinks. Where an op's result must have another scale than the Quantize behind it says, an int8
/// Quantize rescales. What cannot be an int8 op stays float. Returns whether anything changed.
[[nodiscard]] Result<bool> absorb_quantization(Graph& graph);

}  // namespace mote
