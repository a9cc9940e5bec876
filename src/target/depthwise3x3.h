#pragma once

#include "target/variants.h"

namespace mote {

/// depthwise_conv2d_s8 with windows of 3 x 3, one stride of 1 or 2, a multiplier of 1 and an activation that int8
/// itself clamps, on Armv7E-M: as rt::depthwise3x3_s8 in speed mode, with weights of 16 bits, 36 bytes a channel
/// instead of 21; else as rt::depthwise3x3_bytes_s8, which keeps to the 21.
[[nodiscard]] std::optional<Lowered> depthwise3x3(const Lowered& lowered, const Target& target);

}  // namespace mote
