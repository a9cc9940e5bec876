/// Running sums along one axis: rule V6.
#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// `input` and `output` are [outer][depth][inner].
struct CumsumWalk {
  int32_t outer, depth, inner;
  int32_t exclusive;  ///< not 0: without the element itself
  int32_t reverse;    ///< not 0: from the last element to the first

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("outer", self.outer);
    visit("depth", self.depth);
    visit("inner", self.inner);
    visit("exclusive", self.exclusive);
    visit("reverse", self.reverse);
  }
};

namespace cumsum {

/// `number(x)` is what is summed, `output(sum)` what is stored.
template <class Function, class Wide, class T>
constexpr void walk(const CumsumWalk& p, const Function& function, Wide zero, const T* input, T* output) noexcept {
  const int32_t step = p.reverse != 0 ? -p.inner : p.inner;
  for (int32_t o = 0; o < p.outer; ++o)
    for (int32_t i = 0; i < p.inner; ++i) {
      int32_t at = (o * p.depth + (p.reverse != 0 ? p.depth - 1 : 0)) * p.inner + i;
      Wide sum = zero;
      for (int32_t d = 0; d < p.depth; ++d, at += step) {
        const Wide next = sum + function.number(input[at]);
        output[at] = function.output(p.exclusive != 0 ? sum : next);
        sum = next;
      }
    }
}

struct Float {
  constexpr float number(float x) const noexcept { return x; }
  constexpr float output(float sum) const noexcept { return sum; }
};

}  // namespace cumsum

struct CumsumF32 {
  CumsumWalk walk;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
  }
};

constexpr void cumsum_f32(const CumsumF32& p, const float* input, float* output) noexcept {
  cumsum::walk(p.walk, cumsum::Float{}, 0.0f, input, output);
}

struct CumsumS8 {
  CumsumWalk walk;
  int32_t zero_point;      ///< of the input
  Multiplier fine_factor;  ///< input scale / (2^19 * output scale), for sums of up to 4095 steps
  Multiplier factor;       ///< input scale / output scale, for larger ones
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("zero_point", self.zero_point);
    visit("fine_factor", self.fine_factor);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }

  constexpr int32_t number(int8_t x) const noexcept { return x - zero_point; }
  constexpr int8_t output(int32_t sum) const noexcept {
    const bool fits = sum > -4096 && sum < 4096;
    const Multiplier& m = fits ? fine_factor : factor;
    return requantize(fits ? sum * (int32_t{1} << 19) : sum, m.multiplier, m.shift, stage);
  }
};

constexpr void cumsum_s8(const CumsumS8& p, const int8_t* input, int8_t* output) noexcept {
  cumsum::walk(p.walk, p, int32_t{0}, input, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
