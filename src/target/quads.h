#pragma once

#include "target/variants.h"

namespace mote {

/// Whether a target multiplies 32 bits at a time and is asked for speed.
[[nodiscard]] bool runs_quads(const Target& target);

/// conv2d_s8 without groups as quad panels (runtime/include/mote/rt/quads.h), for cores without SIMD. Refuses what they
/// cannot hold: two weights of -128 side by side, factors without a narrow form, too many channels that pad a block.
[[nodiscard]] std::optional<Lowered> quad_conv2d(const Lowered& lowered, const Target& target);

/// fully_connected_s8 by words of weights (runtime/include/mote/rt/word_rows.h), for the same targets. Refuses weights
/// of -128 beside negative ones, sums that leave 256ths of an int32, factors without a narrow form. Where the products
/// of any four inputs fit 16 bits, by dots of four (dot_rows.h).
[[nodiscard]] std::optional<Lowered> word_fully_connected(const Lowered& lowered, const Target& target);

}  // namespace mote
