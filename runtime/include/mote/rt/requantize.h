/// From an accumulator to an output: rules Q1 to Q4 and I1 of docs/quantization-spec.md.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A real factor in (0, 2^31) as multiplier * 2^(shift - 31), with multiplier in [2^30, 2^31) or 0.
struct Multiplier {
  int32_t multiplier;
  int32_t shift;  ///< in [-31, 30]; positive shifts left before the multiplication

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("multiplier", self.multiplier);
    visit("shift", self.shift);
  }
};
#if defined(__ARM_ARCH_6M__)
/// A product of 64 bits: four of halves, whose low words are carried by hand, since 32 bits are all this core has.
struct LongProduct {
  int32_t high;
  uint32_t low;
};
constexpr LongProduct long_product(int32_t a, int32_t b) noexcept {
  const int32_t a_high = a >> 16, a_low = a & 0xFFFF;
  const int32_t b_high = b >> 16, b_low = b & 0xFFFF;
  const uint32_t lowest = static_cast<uint32_t>(a_low) * static_cast<uint32_t>(b_low);
  const int32_t left = a_high * b_low + static_cast<int32_t>(lowest >> 16);
  const int32_t right = a_low * b_high + (left & 0xFFFF);
  return {a_high * b_high + (left >> 16) + (right >> 16), (static_cast<uint32_t>(right) << 16) + (lowest & 0xFFFF)};
}
#endif
#if !defined(__AVR__)
/// Rule Q1: the high half of 2*a*b, rounded to nearest, ties up. b > 0, so nothing saturates.
/// The reference rounds ties away from zero and then truncates; for a 2^31 divisor that is the same number.
constexpr int32_t doubling_high_multiply(int32_t a, int32_t b) noexcept {
#if defined(__ARM_ARCH_6M__)
  const LongProduct product = long_product(a, b);
  return static_cast<int32_t>((static_cast<uint32_t>(product.high) << 1) + (((product.low >> 30) + 1) >> 1));
#else
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
#endif
}

/// Rule Q2: x / 2^exponent, rounded to nearest, ties away from zero. exponent in [0, 31], x > INT32_MIN.
/// The last bit shifted out rounds up; one less than a negative x keeps its ties from being rounded up.
constexpr int32_t rounding_divide_by_power_of_two(int32_t x, int32_t exponent) noexcept {
  if (exponent == 0) return x;
  const int32_t y = x - (x < 0 ? 1 : 0);
  return (y >> exponent) + ((y >> (exponent - 1)) & 1);
}
#endif
/// Rule Q3: x times the real factor, rounded twice (Q1, then Q2).
constexpr int32_t multiply(int32_t x, int32_t multiplier, int32_t shift) noexcept {
  if (shift > 0) return doubling_high_multiply(static_cast<int32_t>(static_cast<uint32_t>(x) << shift), multiplier);
  return rounding_divide_by_power_of_two(doubling_high_multiply(x, multiplier), -shift);
}

constexpr int32_t multiply(int32_t x, const Multiplier& factor) noexcept {
  return multiply(x, factor.multiplier, factor.shift);
}

/// Rule I1: a 64-bit x times the real factor, rounded once, with the multiplier rounded to 15 bits. shift in [-31, 7];
/// exact for |x| < 2^47, beyond it wraps.
constexpr int32_t multiply_wide(int64_t x, int32_t multiplier, int32_t shift) noexcept {
  const int32_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (int32_t{1} << 15)) >> 16 : 0x7FFF;
  const uint64_t product = static_cast<uint64_t>(x) * static_cast<uint64_t>(reduced) + (uint64_t{1} << (14 - shift));
  return static_cast<int32_t>(static_cast<int64_t>(product) >> (15 - shift));
}

constexpr int32_t clamp(int32_t x, int32_t low, int32_t high) noexcept {
  return x < low ? low : x > high ? high : x;
}

/// Where a layer's output lands: added after the multiplication, then clamped (rule Q4).
struct OutputStage {
  int32_t zero_point;  ///< in the range of the output's type; 0 where activations are int16
  int32_t low, high;   ///< the fused activation's range in output steps

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("zero_point", self.zero_point);
    visit("low", self.low);
    visit("high", self.high);
  }
};

/// The end of rule Q4: steps of the output's scale, moved to its zero point and clamped. Past int32 they wrap, as in
/// the reference; only factors of 2^23 and more get there.
constexpr int32_t land(int32_t steps, const OutputStage& stage) noexcept {
  const uint32_t moved = static_cast<uint32_t>(steps) + static_cast<uint32_t>(stage.zero_point);
  return clamp(static_cast<int32_t>(moved), stage.low, stage.high);
}

/// Rule Q4 for any type of output: requantize_to<int16_t>(sum, ...).
template <class Output>
constexpr Output requantize_to(int32_t accumulator, int32_t multiplier, int32_t shift,
                               const OutputStage& stage) noexcept {
  return static_cast<Output>(land(multiply(accumulator, multiplier, shift), stage));
}

/// Rule Q4.
constexpr int8_t requantize(int32_t accumulator, int32_t multiplier, int32_t shift, const OutputStage& stage) noexcept {
  return requantize_to<int8_t>(accumulator, multiplier, shift, stage);
}

/// Rule Q4 after I1: int16 activations with a 64-bit bias.
constexpr int16_t requantize_wide(int64_t accumulator, int32_t multiplier, int32_t shift,
                                  const OutputStage& stage) noexcept {
  return static_cast<int16_t>(land(multiply_wide(accumulator, multiplier, shift), stage));
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
