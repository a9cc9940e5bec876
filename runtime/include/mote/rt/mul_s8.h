#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule A2: output = requantize((a - zero point of a) * (b - zero point of b))
struct MulS8 {
  Broadcast walk;
  int32_t a_zero_point, b_zero_point;
  Multiplier factor;  ///< scale of a * scale of b / output scale
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("a_zero_point", self.a_zero_point);
    visit("b_zero_point", self.b_zero_point);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }

  constexpr int8_t operator()(int8_t a, int8_t b) const noexcept {
    return requantize((a - a_zero_point) * (b - b_zero_point), factor.multiplier, factor.shift, stage);
  }
};

/// `output` may be an input of the output's shape.
constexpr void mul_s8(const MulS8& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
