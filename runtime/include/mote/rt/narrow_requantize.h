/// Requantization in 32 bits, for cores without a long multiplication. The host searches its numbers and proves for
/// every channel that they give the bytes of rule Q4 (src/target/narrow_requantization.h).
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A place is an accumulator counted from the first that gives more than -128.
struct NarrowForm {
  uint32_t addend;
  uint32_t limit;      ///< from this place on the output is 127
  uint32_t low, high;  ///< the factor is high + low / 2^shift, the output the top byte; limit * low <= 2^32
  uint32_t pivot;      ///< places before it, whose ties round the other way, take another addend
  uint32_t step;       ///< the difference of the two
};

constexpr int8_t narrow_requantize(int32_t place, const NarrowForm& form, int32_t shift) noexcept {
  const uint32_t u = static_cast<uint32_t>(place);
  if (u >= form.limit) return static_cast<int8_t>(place < 0 ? -128 : 127);
  const uint32_t sum = u * form.high + (u * form.low >> shift) + form.addend + (u < form.pivot ? form.step : 0);
  return static_cast<int8_t>(sum >> 24);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
