#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule N6: input where it is not negative, input * alpha elsewhere, in the output's scale.
struct PreluInteger {
  Broadcast walk;
  int32_t input_zero_point, alpha_zero_point;
  Multiplier positive;  ///< input scale / output scale
  Multiplier negative;  ///< input scale * alpha scale / output scale
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("input_zero_point", self.input_zero_point);
    visit("alpha_zero_point", self.alpha_zero_point);
    visit("positive", self.positive);
    visit("negative", self.negative);
    visit("stage", self.stage);
  }
};

namespace prelu {

struct Float {
  constexpr float operator()(float x, float alpha) const noexcept { return x >= 0.0f ? x : x * alpha; }
};
template <class T>
struct Integer {
  const PreluInteger& p;
  constexpr T operator()(T input, int8_t alpha) const noexcept {
    const int32_t x = input - p.input_zero_point;
    if (x >= 0) return requantize_to<T>(x, p.positive.multiplier, p.positive.shift, p.stage);
    return requantize_to<T>(x * (alpha - p.alpha_zero_point), p.negative.multiplier, p.negative.shift, p.stage);
  }
};

}  // namespace prelu

/// `output` may be `input` where that has the output's shape, here and below.
constexpr void prelu_f32(const Pairwise& p, const float* input, const float* alpha, float* output) noexcept {
  broadcast(p.walk, input, alpha, output, prelu::Float{});
}
constexpr void prelu_s8(const PreluInteger& p, const int8_t* input, const int8_t* alpha, int8_t* output) noexcept {
  broadcast(p.walk, input, alpha, output, prelu::Integer<int8_t>{p});
}
constexpr void prelu_s16(const PreluInteger& p, const int16_t* input, const int8_t* alpha, int16_t* output) noexcept {
  broadcast(p.walk, input, alpha, output, prelu::Integer<int16_t>{p});
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
