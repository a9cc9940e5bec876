#pragma once

#include "mote/rt/elementary_f32.h"
#include "mote/rt/fixed_point.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule N5: 1 / sqrt(x) of an integer x, in the output's steps; 0 and what lies below, which has no root, give
/// `largest`. `factor` is 1 / (sqrt(input scale) * output scale * 2^20).
constexpr int32_t rsqrt_steps(int32_t x, const Multiplier& factor, const OutputStage& stage) noexcept {
  if (x <= 0) return stage.high;
  const Multiplier inverse = inverse_square_root(x);
  const int32_t fraction = multiply(1, inverse.multiplier, inverse.shift + 20);
  return land(multiply(fraction, factor), stage);
}

struct RsqrtS16 {
  int32_t count;
  Multiplier factor;
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

/// `output` may be `input`.
constexpr void rsqrt_s16(const RsqrtS16& p, const int16_t* input, int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = static_cast<int16_t>(rsqrt_steps(input[i], p.factor, p.stage));
}

/// Rule N9: sqrt(x) of x input steps, computed in float32 and cut off; what lies below 0 counts as 0.
inline int32_t sqrt_steps(int32_t x, float input_scale, float output_scale, const OutputStage& stage) noexcept {
  if (x <= 0) return clamp(stage.zero_point, stage.low, stage.high);
  const float steps = square_root(input_scale * static_cast<float>(x)) / output_scale;
  return land(static_cast<int32_t>(steps < 1e9f ? steps : 1e9f), stage);
}

struct SqrtS16 {
  int32_t count;
  float input_scale, output_scale;
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("input_scale", self.input_scale);
    visit("output_scale", self.output_scale);
    visit("stage", self.stage);
  }
};

/// `output` may be `input`.
inline void sqrt_s16(const SqrtS16& p, const int16_t* input, int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i)
    output[i] = static_cast<int16_t>(sqrt_steps(input[i], p.input_scale, p.output_scale, p.stage));
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
