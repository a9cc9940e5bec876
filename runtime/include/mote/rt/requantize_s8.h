#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule R1: output = requantize(input - input_zero_point): another scale, and the clamp of a ReLU.
struct RequantizeS8 {
  int32_t count;
  int32_t input_zero_point;
  Multiplier factor;  ///< input scale / output scale
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("input_zero_point", self.input_zero_point);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

/// `output` may be `input`.
constexpr void requantize_s8(const RequantizeS8& p, const int8_t* input, int8_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i)
    output[i] = requantize(input[i] - p.input_zero_point, p.factor.multiplier, p.factor.shift, p.stage);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
