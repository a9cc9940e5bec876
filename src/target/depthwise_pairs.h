#pragma once

#include "target/variants.h"

namespace mote {

/// depthwise_conv2d_s8 with any window on cores that multiply 32 bits at a time, as rt::depthwise_pairs: one byte a
/// weight and 20 (stepped: 28) besides for each output channel. Refuses two neighbouring weights of a window that are
/// both -128, factors without a narrow form, strides together with dilation, images so small that the portable
/// kernel does as well, and those of one channel that take less memory as the convolution they are.
[[nodiscard]] std::optional<Lowered> depthwise_pairs(const Lowered& lowered, const Target& target);

}  // namespace mote
