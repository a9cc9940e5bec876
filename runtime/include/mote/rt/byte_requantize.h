/// Requantization for cores that multiply 8 bits at a time. The host searches its numbers and proves for every channel
/// that they give the bytes of rule Q4 (src/target/byte_requantization.h).
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A place is an accumulator, in 24 bits, counted from the first that gives more than -128. An output is
/// min(254, ((place * multiplier >> 8) + addend) >> n) - 127, with n = 24, or 32 for factors below 2^-8.
struct ByteForm {
  uint32_t multiplier;
  uint32_t addend;
  bool is_small;  ///< n is 32; else all places from 2^16 on give 127
  bool is_stepped;
  uint32_t pivot;  ///< places from here on take the step, too: their ties round the other way
  uint32_t step;
};

constexpr int8_t byte_requantize(int32_t place, const ByteForm& form) noexcept {
  if (place < 0) return -128;
  const uint32_t u = static_cast<uint32_t>(place);
  if (!form.is_small && u >> 16 != 0) return 127;
  const uint64_t step = form.is_stepped && u >= form.pivot ? form.step : 0;
  const uint64_t sum = (static_cast<uint64_t>(u) * form.multiplier >> 8) + form.addend + step;
  const uint64_t output = sum >> (form.is_small ? 32 : 24);
  return static_cast<int8_t>(static_cast<int32_t>(output < 254 ? output : 254) - 127);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
