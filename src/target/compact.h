#pragma once

#include "target/variants.h"

namespace mote {

/// In size mode on Armv7E-M, conv2d_s8 without groups and fully_connected_s8 as rt::conv2d_compact, depthwise_conv2d_s8
/// with windows of three rows as rt::depthwise_compact: one walk for all layers of a kind. Refuse an activation that
/// int8 itself does not clamp, factors of 1/2 and more, weights of -128 beside negative ones, sums that leave 256ths of
/// an int32, and outputs that padding to fours would make many more.
[[nodiscard]] std::optional<Lowered> compact_conv2d(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> compact_fully_connected(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> compact_depthwise(const Lowered& lowered, const Target& target);

}  // namespace mote
