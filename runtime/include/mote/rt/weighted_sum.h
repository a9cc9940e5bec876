/// What layers with weights have in common: the sum of an output begins with its bias, takes in products of inputs and
/// weights, and becomes an output. The layers are templates over these three kinds of arithmetic.
#pragma once

#include "mote/rt/requantize.h"
#include "mote/rt/weights.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// float32: bias, products and the fused activation's clamp.
struct FloatSum {
  using Input = float;
  using Output = float;
  using Sum = float;
  using Weights = WeightsF32;

  const float* bias;  ///< float[outputs]
  float low, high;

  constexpr float start(int32_t output) const noexcept { return load(bias + output); }
  constexpr Plain view() const noexcept { return {}; }
  constexpr float finish(float sum, int32_t) const noexcept { return sum < low ? low : sum > high ? high : sum; }
};

/// How the integer layers end: the output's own factor and place (rule Q4).
struct IntegerStage {
  int32_t factor_stride;  ///< 2: one (multiplier, shift) pair an output; 0: one pair for all
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("factor_stride", self.factor_stride);
    visit("stage", self.stage);
  }
};

/// The parameters of a layer of this shape in float32: low and high are those of the fused activation.
template <class Shape>
struct WeightedF32 {
  Shape shape;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("low", self.low);
    visit("high", self.high);
  }
};

/// The same in integers.
template <class Shape>
struct WeightedInteger {
  Shape shape;
  int32_t input_zero_point;  ///< 0 where activations are int16
  IntegerStage end;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("input_zero_point", self.input_zero_point);
    visit("end", self.end);
  }
};

/// int8 activations, sums in int32. Folded: the input's zero point is inside the bias (bias - zero point * sum of the
/// output's weights). Offset: it is taken off each input.
template <class Format, class InputView>
struct Int8Sum {
  using Input = int8_t;
  using Output = int8_t;
  using Sum = int32_t;
  using Weights = Format;

  const int32_t* bias;
  const int32_t* factors;
  const IntegerStage& end;
  InputView input_view;

  constexpr int32_t start(int32_t output) const noexcept { return load(bias + output); }
  constexpr InputView view() const noexcept { return input_view; }
  constexpr int8_t finish(int32_t sum, int32_t output) const noexcept {
    const int32_t* factor = factors + output * end.factor_stride;
    return requantize(sum, load(factor), load(factor + 1), end.stage);
  }
};
template <class Format>
using FoldedInt8Sum = Int8Sum<Format, Plain>;
template <class Format>
using OffsetInt8Sum = Int8Sum<Format, LessZeroPoint>;

/// int16 activations, whose zero point is 0, and int8 weights (rule K2): an int64 bias is summed in int64.
struct Int16Sum64 {
  using Input = int16_t;
  using Output = int16_t;
  using Sum = int64_t;
  using Weights = WeightsS8;

  const int64_t* bias;
  const int32_t* factors;
  const IntegerStage& end;

  constexpr int64_t start(int32_t output) const noexcept { return load(bias + output); }
  constexpr Plain view() const noexcept { return {}; }
  constexpr int16_t finish(int64_t sum, int32_t output) const noexcept {
    const int32_t* factor = factors + output * end.factor_stride;
    return requantize_wide(sum, load(factor), load(factor + 1), end.stage);
  }
};

/// The same with an int32 bias: sums are taken modulo 2^32, as they are in the reference.
struct Int16Sum32 {
  using Input = int16_t;
  using Output = int16_t;
  using Sum = uint32_t;
  using Weights = WeightsS8;

  const int32_t* bias;
  const int32_t* factors;
  const IntegerStage& end;

  constexpr uint32_t start(int32_t output) const noexcept { return static_cast<uint32_t>(load(bias + output)); }
  constexpr Plain view() const noexcept { return {}; }
  constexpr int16_t finish(uint32_t sum, int32_t output) const noexcept {
    const int32_t* factor = factors + output * end.factor_stride;
    return requantize_to<int16_t>(static_cast<int32_t>(sum), load(factor), load(factor + 1), end.stage);
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote
