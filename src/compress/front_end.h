#pragma once

#include <optional>
#include <span>

#include "graph/graph.h"

namespace mote {

/// The normalisation of a sensor window as a graph of its own: float32 input of `shape` (channels last), then
/// mul by 1 / deviation and add of -mean / deviation, a channel each. With `quantization` (that of the int8 model's
/// input) a quantize op follows; without, the output is float32.
/// Refuses means and deviations that do not match the channels or are not finite, and deviations that are not positive.
[[nodiscard]] Result<Graph> make_front_end(std::span<const float> means, std::span<const float> deviations,
                                           const Shape& shape, const std::optional<Quantization>& quantization);

}  // namespace mote
