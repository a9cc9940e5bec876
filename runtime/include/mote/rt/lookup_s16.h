#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule I2: the table's value at x. `table` int16[513]: entry i is for x = 128 * (i - 256); between two entries the
/// line through both, rounded to nearest, ties up. Differences and sums wrap to int16.
constexpr int16_t interpolate(const int16_t* table, int16_t x) noexcept {
  const int16_t* const at = table + (256 + (x >> 7));
  const int32_t base = load(at);
  const int32_t slope = static_cast<int16_t>(load(at + 1) - base);
  return static_cast<int16_t>(base + ((slope * (x & 127) + 64) >> 7));
}

/// output = interpolate(table, input): any smooth function of one int16.
struct LookupS16 {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// `output` may be `input`.
constexpr void lookup_s16(const LookupS16& p, const int16_t* input, const int16_t* table, int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = interpolate(table, input[i]);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
