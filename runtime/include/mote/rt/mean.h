#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule M1: output[o][i] = requantize(offset + sum over r of input[o][r][i]); the division is inside the factor.
struct MeanS8 {
  int32_t outer, reduced, inner;
  int32_t offset;     ///< -input zero point * reduced
  Multiplier factor;  ///< input scale / output scale / reduced
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("outer", self.outer);
    visit("reduced", self.reduced);
    visit("inner", self.inner);
    visit("offset", self.offset);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

/// `input` int8[outer][reduced][inner], `output` int8[outer][inner].
constexpr void mean_s8(const MeanS8& p, const int8_t* input, int8_t* output) noexcept {
  for (int32_t o = 0; o < p.outer; ++o, input += p.reduced * p.inner)
    for (int32_t i = 0; i < p.inner; ++i) {
      int32_t sum = p.offset;
      const int8_t* from = input + i;
      for (int32_t r = 0; r < p.reduced; ++r, from += p.inner) sum += *from;
      *output++ = requantize(sum, p.factor.multiplier, p.factor.shift, p.stage);
    }
}

struct MeanF32 {
  int32_t outer, reduced, inner;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("outer", self.outer);
    visit("reduced", self.reduced);
    visit("inner", self.inner);
  }
};

/// `input` float[outer][reduced][inner], `output` float[outer][inner].
constexpr void mean_f32(const MeanF32& p, const float* input, float* output) noexcept {
  for (int32_t o = 0; o < p.outer; ++o, input += p.reduced * p.inner)
    for (int32_t i = 0; i < p.inner; ++i) {
      float sum = 0;
      const float* from = input + i;
      for (int32_t r = 0; r < p.reduced; ++r, from += p.inner) sum += *from;
      *output++ = sum / static_cast<float>(p.reduced);
    }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
