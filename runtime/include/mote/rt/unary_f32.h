/// Functions of one float32.
#pragma once

#include "mote/rt/elementary_f32.h"
#include "mote/rt/tanh_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

struct UnaryF32 {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// output = input where that is positive, else alpha * input
struct LeakyReluF32 {
  int32_t count;
  float alpha;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("alpha", self.alpha);
  }
};

/// `output` may be `input`, here and below.
inline void leaky_relu_f32(const LeakyReluF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[i] > 0.0f ? input[i] : input[i] * p.alpha;
}

inline void abs_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = magnitude(input[i]);
}
inline void neg_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = -input[i];
}
inline void square_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[i] * input[i];
}
inline void sqrt_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = square_root(input[i]);
}
inline void rsqrt_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = 1.0f / square_root(input[i]);
}
inline void exp_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = exponential(input[i]);
}
inline void log_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = natural_logarithm(input[i]);
}
inline void sin_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = sine(input[i], 0);
}
inline void cos_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = sine(input[i], 1);
}
inline void floor_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = floor_of(input[i]);
}
inline void ceil_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = -floor_of(-input[i]);
}
inline void round_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = round_to_even(input[i]);
}
/// x * min(max(x + 3, 0), 6) / 6
inline void hard_swish_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const float shifted = input[i] + 3.0f;
    output[i] = input[i] * (shifted < 0.0f ? 0.0f : shifted > 6.0f ? 6.0f : shifted) / 6.0f;
  }
}
/// exp(x) - 1 below 0; near 0 as (exp(x) - 1) = tanh(x/2) (exp(x) + 1), which loses no digits.
inline void elu_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const float x = input[i];
    output[i] = x >= 0.0f ? x : hyperbolic_tangent(0.5f * x) * (exponential(x) + 1.0f);
  }
}
/// x times the share of a normal distribution below x.
inline void gelu_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const float x = input[i];
    const float tail = 0.5f * error_complement(magnitude(x) * 0.707106781f);
    output[i] = x * (x < 0.0f ? tail : 1.0f - tail);
  }
}
/// The same through tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
inline void gelu_tanh_f32(const UnaryF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const float x = input[i];
    output[i] = 0.5f * x * (1.0f + hyperbolic_tangent(0.797884561f * (x + 0.044715f * x * x * x)));
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
