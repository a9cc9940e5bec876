#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule I6: logistic and tanh of int16 from one table of the logistic function.
struct SigmoidS16 {
  int32_t count;
  int32_t multiplier;  ///< input scale * 3 * 4096 * 2^shift, below 2^15
  int32_t shift;       ///< in [0, 31)

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("multiplier", self.multiplier);
    visit("shift", self.shift);
  }
};

/// x in steps of 1 / 12288, rounded to nearest, ties up.
constexpr int32_t sigmoid_steps(const SigmoidS16& p, int16_t x) noexcept {
  const int32_t half = p.shift > 0 ? int32_t{1} << (p.shift - 1) : 0;
  return static_cast<int32_t>((static_cast<int64_t>(x) * p.multiplier + half) >> p.shift);
}

/// The logistic function of magnitude / 2^bits * 24 with 16 + bits fraction bits. `table` uint16[256]: entry i for i /
/// 24; between two entries the line through both; from entry 255 on `last`.
constexpr uint32_t sigmoid_line(const uint16_t* table, uint32_t magnitude, uint32_t bits, uint32_t last) noexcept {
  const uint32_t at = magnitude >> bits;
  if (at >= 255) return last << bits;
  const uint32_t low = load(table + at);
  const uint32_t high = load(table + at + 1);
  return (low << bits) + (magnitude & ((uint32_t{1} << bits) - 1)) * (high - low);
}

/// `output` may be `input`; its scale is 1/32768.
constexpr void logistic_s16(const SigmoidS16& p, const int16_t* input, const uint16_t* table,
                            int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = sigmoid_steps(p, input[i]);
    const uint32_t line = sigmoid_line(table, static_cast<uint32_t>(x < 0 ? -x : x), 9, 0xFFFE);
    const uint32_t rounded = x < 0 ? (uint32_t{1} << 25) - line + 511 : line + 512;
    output[i] = static_cast<int16_t>(rounded >> 10);
  }
}

/// `output` may be `input`; its scale is 1/32768. tanh(x) = 2 logistic(2x) - 1.
constexpr void tanh_s16(const SigmoidS16& p, const int16_t* input, const uint16_t* table, int16_t* output) noexcept {
  const int32_t half = int32_t{1} << 23;
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = sigmoid_steps(p, input[i]);
    const int32_t line = static_cast<int32_t>(sigmoid_line(table, static_cast<uint32_t>(x < 0 ? -x : x), 8, 0xFFFF));
    output[i] = static_cast<int16_t>((x < 0 ? half - line + 127 : line - half + 128) >> 8);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
