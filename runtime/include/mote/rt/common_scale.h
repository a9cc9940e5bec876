/// Sum, difference and squared difference of two quantized operands of different scales: rules A1 and N2.
#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Both inputs are brought to a common scale of 2^-fraction_bits steps, joined, and brought to the output's scale.
struct CommonScale {
  Broadcast walk;
  int32_t a_zero_point, b_zero_point;
  Multiplier a_factor, b_factor;  ///< own scale / (2 * larger scale), at most 1/2
  Multiplier output_factor;       ///< common scale (squared difference: its square) / output scale
  int32_t fraction_bits;          ///< sum and difference: 20 for int8, 15 for int16; squared difference: 7 and 0
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("a_zero_point", self.a_zero_point);
    visit("b_zero_point", self.b_zero_point);
    visit("a_factor", self.a_factor);
    visit("b_factor", self.b_factor);
    visit("output_factor", self.output_factor);
    visit("fraction_bits", self.fraction_bits);
    visit("stage", self.stage);
  }
};

namespace common_scale {

struct Sum {
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept { return a + b; }
};
struct Difference {
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept { return a - b; }
};
/// |a - b| < 2^15 for int8 and < 2^16 for int16; a square beyond int32 wraps, as the reference's does.
struct SquaredDifference {
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    const uint32_t difference = static_cast<uint32_t>(a) - static_cast<uint32_t>(b);
    return static_cast<int32_t>(difference * difference);
  }
};

template <class T, class Function>
struct Join {
  const CommonScale& p;
  constexpr T operator()(T a, T b) const noexcept {
    const int32_t one = int32_t{1} << p.fraction_bits;
    const int32_t left = multiply((a - p.a_zero_point) * one, p.a_factor);
    const int32_t right = multiply((b - p.b_zero_point) * one, p.b_factor);
    return requantize_to<T>(Function{}(left, right), p.output_factor.multiplier, p.output_factor.shift, p.stage);
  }
};

template <class Function, class T>
constexpr void apply(const CommonScale& p, const T* a, const T* b, T* output) noexcept {
  broadcast(p.walk, a, b, output, Join<T, Function>{p});
}

}  // namespace common_scale

/// `output` may be an input of the output's shape, here and below.
constexpr void add_s8(const CommonScale& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  common_scale::apply<common_scale::Sum>(p, a, b, output);
}
constexpr void add_s16(const CommonScale& p, const int16_t* a, const int16_t* b, int16_t* output) noexcept {
  common_scale::apply<common_scale::Sum>(p, a, b, output);
}
constexpr void sub_s8(const CommonScale& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  common_scale::apply<common_scale::Difference>(p, a, b, output);
}
constexpr void sub_s16(const CommonScale& p, const int16_t* a, const int16_t* b, int16_t* output) noexcept {
  common_scale::apply<common_scale::Difference>(p, a, b, output);
}
constexpr void squared_difference_s8(const CommonScale& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  common_scale::apply<common_scale::SquaredDifference>(p, a, b, output);
}
constexpr void squared_difference_s16(const CommonScale& p, const int16_t* a, const int16_t* b,
                                      int16_t* output) noexcept {
  common_scale::apply<common_scale::SquaredDifference>(p, a, b, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
