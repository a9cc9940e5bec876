#pragma once

#include "mote/rt/math_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// 1 / (1 + exp(-x))
inline float sigmoid(float x) noexcept {
  return 1.0f / (1.0f + exponential(-x));
}

/// output = sigmoid(input)
struct LogisticF32 {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// `output` may be `input`.
inline void logistic_f32(const LogisticF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = sigmoid(input[i]);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
