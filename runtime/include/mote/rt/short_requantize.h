/// The short form of requantization: one multiplication, one addition, one shift. The host searches its numbers and
/// proves for every layer that it gives the bytes of rule Q4 (src/target/short_requantization.h).
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// saturate((((accumulator * multiplier) >> 32) + addend - (accumulator < 0 ? step : 0)) >> shift); the accumulator
/// holds its bias already. Where the output's zero point is -128 the step is 0.
constexpr int8_t short_requantize(int32_t accumulator, int32_t multiplier, int32_t addend, int32_t step,
                                  int32_t shift) noexcept {
  const int32_t high = static_cast<int32_t>((static_cast<int64_t>(accumulator) * multiplier) >> 32);
  const int32_t steps = (high + addend - (accumulator < 0 ? step : 0)) >> shift;
  return static_cast<int8_t>(steps < -128 ? -128 : steps > 127 ? 127 : steps);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
