#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule A1: both inputs are brought to a common scale of 2^-20 steps, added, and brought to the output's scale.
struct AddS8 {
  Broadcast walk;
  int32_t a_zero_point, b_zero_point;
  Multiplier a_factor, b_factor;  ///< own scale / (2 * larger scale), at most 1/2
  Multiplier output_factor;       ///< 2 * larger scale / (2^20 * output scale), below 1
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("a_zero_point", self.a_zero_point);
    visit("b_zero_point", self.b_zero_point);
    visit("a_factor", self.a_factor);
    visit("b_factor", self.b_factor);
    visit("output_factor", self.output_factor);
    visit("stage", self.stage);
  }

  constexpr int8_t operator()(int8_t a, int8_t b) const noexcept {
    const int32_t left = (a - a_zero_point) * (int32_t{1} << 20);
    const int32_t right = (b - b_zero_point) * (int32_t{1} << 20);
    return requantize(multiply(left, a_factor) + multiply(right, b_factor), output_factor.multiplier,
                      output_factor.shift, stage);
  }
};

/// `output` may be an input of the output's shape.
constexpr void add_s8(const AddS8& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
