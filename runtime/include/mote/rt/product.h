/// Product and quotient of two quantized operands: rules A2 and N3.
#pragma once

#include "mote/rt/arch/helium_elements.h"
#include "mote/rt/broadcast.h"
#include "mote/rt/fixed_point.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = requantize((a - zero point of a) op (b - zero point of b))
struct ProductInteger {
  Broadcast walk;
  int32_t a_zero_point, b_zero_point;
  Multiplier
      factor;  ///< product: scale of a * scale of b / output scale; quotient: scale of a / (that of b * output's)
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("a_zero_point", self.a_zero_point);
    visit("b_zero_point", self.b_zero_point);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

namespace product {

template <class T>
struct Product {
  const ProductInteger& p;
  constexpr T operator()(T a, T b) const noexcept {
    return requantize_to<T>((a - p.a_zero_point) * (b - p.b_zero_point), p.factor.multiplier, p.factor.shift, p.stage);
  }
};

/// Rule N3. The reciprocal of the divisor is a number in [1/2, 1] and a shift; the dividend is shifted up as far as it
/// goes before it is multiplied by it. A divisor of 0 gives the largest or the smallest output, by the dividend's sign.
template <class T>
struct Quotient {
  const ProductInteger& p;
  constexpr T operator()(T a, T b) const noexcept {
    int32_t dividend = a - p.a_zero_point;
    int32_t divisor = b - p.b_zero_point;
    if (dividend == 0) return static_cast<T>(clamp(p.stage.zero_point, p.stage.low, p.stage.high));
    if (divisor == 0) return static_cast<T>(dividend < 0 ? p.stage.low : p.stage.high);
    if (divisor < 0) {
      dividend = -dividend;
      divisor = -divisor;
    }
    const int32_t zeros = leading_zeros(static_cast<uint32_t>(divisor));
    const int32_t over_one = static_cast<int32_t>((static_cast<uint32_t>(divisor) << zeros) - 0x80000000u);
    const uint32_t bits = static_cast<uint32_t>(dividend < 0 ? ~dividend : dividend);
    const int32_t headroom = leading_zeros(bits << 1 | 1u);
    const int32_t shifted = static_cast<int32_t>(static_cast<uint32_t>(dividend) << headroom);
    const int32_t quotient = doubling_high_multiply(shifted, one_over_one_plus(over_one));
    const int32_t right = 31 - zeros + headroom - p.factor.shift;
    const int32_t scaled = doubling_high_multiply(quotient, p.factor.multiplier);
    const int32_t steps = right > 31 ? 0 : rounding_divide_by_power_of_two(scaled, right);
    return static_cast<T>(land(steps, p.stage));
  }
};

}  // namespace product

#if defined(__ARM_FEATURE_MVE)
static_assert(offsetof(ProductInteger, stage) - offsetof(ProductInteger, a_zero_point) == 16,
              "assembly reads by place");

/// Operands of one shape, eight elements at a time. False: they are others, or the factor is 1 or more.
inline bool by_vectors(const ProductInteger& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  const Broadcast& walk = p.walk;
  if (p.factor.shift > 0 || walk.a_steps[4] != 1 || walk.b_steps[4] != 1 || walk.extents[3] != 1 ||
      walk.extents[2] != 1 || walk.extents[1] != 1 || walk.extents[0] != 1)
    return false;
  helium::product(a, b, output, walk.extents[4], &p.a_zero_point);
  return true;
}
#else
constexpr bool by_vectors(const ProductInteger&, const int8_t*, const int8_t*, int8_t*) noexcept {
  return false;
}
#endif

/// `output` may be an input of the output's shape, here and below.
inline void mul_s8(const ProductInteger& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  if (by_vectors(p, a, b, output)) return;
  broadcast(p.walk, a, b, output, product::Product<int8_t>{p});
}
constexpr void mul_s16(const ProductInteger& p, const int16_t* a, const int16_t* b, int16_t* output) noexcept {
  broadcast(p.walk, a, b, output, product::Product<int16_t>{p});
}
constexpr void div_s8(const ProductInteger& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  broadcast(p.walk, a, b, output, product::Quotient<int8_t>{p});
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
