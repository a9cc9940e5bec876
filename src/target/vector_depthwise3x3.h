#pragma once

#include "target/variants.h"

namespace mote {

/// depthwise_conv2d_s8 with windows of 3 x 3, a multiplier of 1 and strides of 1 or 2 on Helium, as
/// rt::vector_depthwise3x3_s8. Weights keep their bytes.
[[nodiscard]] std::optional<Lowered> vector_depthwise3x3(const Lowered& lowered, const Target& target);

}  // namespace mote
