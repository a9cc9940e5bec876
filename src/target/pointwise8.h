#pragma once

#include "target/variants.h"

namespace mote {

/// conv2d_s8 with windows of one pixel of 8 channels, outputs in eights and an activation that int8 itself clamps, as
/// rt::pointwise8_s8: on Armv7E-M in speed mode, 28 bytes an output channel instead of 16.
[[nodiscard]] std::optional<Lowered> pointwise8(const Lowered& lowered, const Target& target);

}  // namespace mote
