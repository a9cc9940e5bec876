/// The logistic function and the hyperbolic tangent in int16 from one table: rules Y3, Y4 and I6 of
/// docs/quantization-spec.md.
#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// How a number becomes a place in the table of 1 / (1 + exp(-i / 24)): x * multiplier, rounded at `shift` bits.
struct GateScale {
  int32_t multiplier;
  int32_t shift;  ///< in [0, 15]

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("multiplier", self.multiplier);
    visit("shift", self.shift);
  }
};
/// For numbers with 12 bits behind the point: 3 steps of 2^-9 / 24.
constexpr GateScale kGateSum = {3, 0};

constexpr int32_t scaled(int32_t x, const GateScale& scale) noexcept {
  return (x * scale.multiplier + (scale.shift > 0 ? int32_t{1} << (scale.shift - 1) : 0)) >> scale.shift;
}

/// The table at |x| / 2^bits, between its entries a line, times 2^bits; beyond it `largest`. `table` int16[256] holds
/// the logistic function at i / 24, less one half, with 16 bits behind the point.
constexpr int32_t interpolated(const int16_t* table, int32_t x, int32_t bits, int32_t largest) noexcept {
  const uint32_t magnitude = x < 0 ? 0u - static_cast<uint32_t>(x) : static_cast<uint32_t>(x);
  const uint32_t entry = magnitude >> bits;
  if (entry >= 255) return largest;
  const int32_t at = load(table + entry);
  const auto fraction = static_cast<int32_t>(magnitude & ((1u << bits) - 1));
  return (at + 32768) * (int32_t{1} << bits) + fraction * (load(table + entry + 1) - at);
}

/// Rule Y3: the logistic function, 15 bits behind the point.
constexpr int16_t gate_sigmoid(const int16_t* table, int32_t x) noexcept {
  const int32_t value = interpolated(table, x, 9, 0x7FFF << 10);
  return static_cast<int16_t>((x >= 0 ? value + (1 << 9) : (1 << 25) - value + (1 << 9) - 1) >> 10);
}

/// Rule Y4: the hyperbolic tangent, 15 bits behind the point: 2 sigmoid(2x) - 1 from the same table.
constexpr int16_t gate_tanh(const int16_t* table, int32_t x) noexcept {
  const int32_t value = interpolated(table, x, 8, 0xFFFF << 8) - (1 << 23);
  return static_cast<int16_t>((x >= 0 ? value + (1 << 7) : (1 << 7) - 1 - value) >> 8);
}

/// a + b, within int16.
constexpr int32_t add_s16(int32_t a, int32_t b) noexcept {
  return clamp(a + b, -32768, 32767);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
