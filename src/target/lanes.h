#pragma once

#include "target/variants.h"

namespace mote {

/// conv2d_s8 without groups, fully_connected_s8 and depthwise_conv2d_s8 for processors with wide vectors
/// (runtime/include/mote/rt/lanes.h): weights in the order the vectors take them. Refuse layers with factors of 1/2 and
/// more, and with accumulators of 2^30 and more.
[[nodiscard]] std::optional<Lowered> lanes_conv2d(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> lanes_fully_connected(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> lanes_depthwise(const Lowered& lowered, const Target& target);

/// Sums and differences in one rounding of operands of one shape, average and max pooling, of 8 elements or channels
/// and more (runtime/include/mote/rt/lanes_unweighted.h).
[[nodiscard]] std::optional<Lowered> lanes_unweighted(const Lowered& lowered, const Target& target);

}  // namespace mote
