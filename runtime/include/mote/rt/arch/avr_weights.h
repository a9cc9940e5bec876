/// The inner product of int8 on AVR. Included by mote/rt/weights.h.
#pragma once

#include "mote/rt/weights.h"

#if defined(__AVR__)

namespace mote {
namespace rt {
inline namespace v1 {

namespace avr {

/// One product added to 24 bits: input from X, weight from flash at Z.
#define MOTE_RT_AVR_PRODUCT                                                           \
  "ld %[x], X+\n lpm %[w], Z+\n muls %[x], %[w]\n sbc %[x], %[x]\n add %A[sum], r0\n" \
  "adc %B[sum], r1\n adc %C[sum], %[x]\n"

/// The sum of at most 255 products, in 24 bits, sign-extended.
inline int32_t dot(const int8_t* input, const int8_t* weights, uint8_t count) noexcept {
  uint32_t sum = 0;
  uint8_t rounds = static_cast<uint8_t>(count >> 2);
  int8_t x, w;
  count &= 3;
  __asm__(
      "tst %[rounds]\n breq 2f\n"
      "1:\n" MOTE_RT_AVR_PRODUCT MOTE_RT_AVR_PRODUCT MOTE_RT_AVR_PRODUCT MOTE_RT_AVR_PRODUCT
      "dec %[rounds]\n brne 1b\n"
      "2: tst %[count]\n breq 4f\n"
      "3:\n" MOTE_RT_AVR_PRODUCT
      "dec %[count]\n brne 3b\n"
      "4: clr r1\n"
      "sbrc %C[sum], 7\n com %D[sum]\n"
      : [sum] "+r"(sum), [rounds] "+r"(rounds), [count] "+r"(count), "+x"(input),
        "+z"(weights), [x] "=&a"(x), [w] "=&a"(w)
      :
      : "r0", "memory");
  return static_cast<int32_t>(sum);
}
#undef MOTE_RT_AVR_PRODUCT

}  // namespace avr

template <>
struct PlainWeights<int8_t, int32_t> {
  using Stored = int8_t;

  static constexpr int32_t at(const int8_t* weights, int32_t index) noexcept { return load(weights + index); }

  template <class Sum, class Input, class View>
  static constexpr Sum dot(Sum sum, const Input* input, const View& view, const int8_t* weights, int32_t first,
                           int32_t count) noexcept {
    weights += first;
    for (; count > 0; --count) sum += static_cast<Sum>(view(*input++) * at(weights++, 0));
    return sum;
  }

  /// int8 as it is, int32 sums: in runs whose sum has room in 24 bits.
  static int32_t dot(int32_t sum, const int8_t* input, const Plain&, const int8_t* weights, int32_t first,
                     int32_t count) noexcept {
    weights += first;
    uint16_t left = static_cast<uint16_t>(count);
    for (; left > 252; left -= 252, input += 252, weights += 252) sum += avr::dot(input, weights, 252);
    return sum + avr::dot(input, weights, static_cast<uint8_t>(left));
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif  // __AVR__
