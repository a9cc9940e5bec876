#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "target/short_requantization.h"

namespace mote {

inline constexpr int32_t kLeastOutput = -128, kMostOutput = 127;

/// The least accumulator of [low, high] that gives at least output k by rule Q4, high + 1 if none does; for k from -127
/// to 127. The rule is monotone, so this is all there is to know of it.
using Thresholds = std::array<int64_t, kMostOutput - kLeastOutput>;
[[nodiscard]] Thresholds thresholds_of(const RequantizedChannel& channel, int32_t zero_point);

/// The output if it is the same for all accumulators, as of a channel whose weights are all 0.
[[nodiscard]] std::optional<int32_t> constant_output(const RequantizedChannel& channel, int32_t zero_point);

}  // namespace mote
