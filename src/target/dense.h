#pragma once

#include "target/variants.h"

namespace mote {

/// conv2d_s8 without groups, and fully_connected_s8, as panels of dense weights (runtime/include/mote/rt/dense.h).
/// Refuse what the packing cannot hold: weights of -128 beside negative ones, sums that leave 256ths of an int32,
/// factors without a short form.
[[nodiscard]] std::optional<Lowered> dense_conv2d(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> dense_fully_connected(const Lowered& lowered, const Target& target);

}  // namespace mote
