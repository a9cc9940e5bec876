#pragma once

#include <array>
#include <optional>

#include "mote/rt/linear_pair.h"

namespace mote {

/// A function of two int8: entry 256 * (a + 128) + (b + 128).
using PairTable = std::array<int8_t, 65536>;

/// Parameters (without the walk) of rt::linear_pair_s8 that give `table` for every pair, clamped to [low, high], for a
/// function close to a_slope * a + b_slope * b + a constant. Empty if the search finds none: then the function needs
/// its own, longer arithmetic. Comparing all 65536 pairs is the proof; the search is bounded and repeats itself.
[[nodiscard]] std::optional<rt::LinearPair> find_linear_pair(const PairTable& table, double a_slope, double b_slope,
                                                             int32_t low, int32_t high);

}  // namespace mote
