#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule N4: input in the output's scale, with a factor of its own on each side of 0: leaky ReLU, the absolute value and
/// the ReLU family.
struct PiecewiseS16 {
  int32_t count;
  Multiplier positive;  ///< where the input is 0 or more
  Multiplier negative;  ///< elsewhere; a multiplier below 0 turns the sign
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("positive", self.positive);
    visit("negative", self.negative);
    visit("stage", self.stage);
  }
};

/// `output` may be `input`.
constexpr void piecewise_s16(const PiecewiseS16& p, const int16_t* input, int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const Multiplier& factor = input[i] < 0 ? p.negative : p.positive;
    output[i] = requantize_to<int16_t>(input[i], factor.multiplier, factor.shift, p.stage);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
