#pragma once

#include "target/variants.h"

namespace mote {

/// conv2d_s8 without groups, depthwise_conv2d_s8 with a multiplier of 1 or 2, and fully_connected_s8 as byte panels
/// (runtime/include/mote/rt/byte_layers.h), for AVR, in all modes. They refuse what a panel cannot hold: runs of
/// inputs, rows or channels beyond its counters, sums that leave 24 bits, factors without a form.
[[nodiscard]] std::optional<Lowered> byte_conv2d(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> byte_depthwise(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> byte_fully_connected(const Lowered& lowered, const Target& target);

}  // namespace mote
