#pragma once

#include "mote/rt/broadcast.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = clamp(a * b, low, high)
struct MulF32 {
  Broadcast walk;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("low", self.low);
    visit("high", self.high);
  }

  constexpr float operator()(float a, float b) const noexcept {
    const float result = a * b;
    return result < low ? low : result > high ? high : result;
  }
};

/// `output` may be an input of the output's shape.
constexpr void mul_f32(const MulF32& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
