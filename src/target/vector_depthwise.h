#pragma once

#include "target/variants.h"

namespace mote {

/// depthwise_conv2d_s8 on Helium: channels in planes (runtime/include/mote/rt/vector_depthwise.h), or side by side
/// where there are few outputs and no padding (vector_depthwise_channels.h). Weights keep their bytes. Refused are
/// factors of 1 and more, and of what needs planes more than 64 taps and strides with dilation on one axis.
[[nodiscard]] std::optional<Lowered> vector_depthwise(const Lowered& lowered, const Target& target);

}  // namespace mote
