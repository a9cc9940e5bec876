#pragma once

#include "target/variants.h"

namespace mote {

/// depthwise_conv2d_s8 with any window on Armv7E-M as rt::depthwise_words_s8: weights stay bytes, a channel has 15
/// more. The activation must be one that int8 itself clamps.
[[nodiscard]] std::optional<Lowered> depthwise_words(const Lowered& lowered, const Target& target);

}  // namespace mote
