#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = clamp(input, low, high)
struct ClampF32 {
  int32_t count;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("low", self.low);
    visit("high", self.high);
  }
};

/// `output` may be `input`.
constexpr void clamp_f32(const ClampF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[i] < p.low ? p.low : input[i] > p.high ? p.high : input[i];
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
