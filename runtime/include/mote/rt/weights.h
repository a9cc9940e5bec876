/// How the weights of a layer are stored, and the inner product of inputs with a run of them.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// What a product takes of an input: the number itself, or its distance from a zero point.
struct Plain {
  template <class Input>
  constexpr Input operator()(Input x) const noexcept {
    return x;
  }
};
struct LessZeroPoint {
  int32_t zero_point;
  constexpr int32_t operator()(int32_t x) const noexcept { return x - zero_point; }
};

/// One element each: float, or int8.
template <class Element, class Number>
struct PlainWeights {
  using Stored = Element;

  static constexpr Number at(const Element* weights, int32_t index) noexcept {
    return static_cast<Number>(load(weights + index));
  }

  /// sum + the products of `count` inputs and the weights from `first` on, four a round.
  template <class Sum, class Input, class View>
  static constexpr Sum dot(Sum sum, const Input* input, const View& view, const Element* weights, int32_t first,
                           int32_t count) noexcept {
    weights += first;
    for (; count >= 4; count -= 4, input += 4, weights += 4) {
      sum += static_cast<Sum>(view(input[0]) * at(weights, 0));
      sum += static_cast<Sum>(view(input[1]) * at(weights, 1));
      sum += static_cast<Sum>(view(input[2]) * at(weights, 2));
      sum += static_cast<Sum>(view(input[3]) * at(weights, 3));
    }
    for (; count > 0; --count) sum += static_cast<Sum>(view(*input++) * at(weights++, 0));
    return sum;
  }
};
using WeightsF32 = PlainWeights<float, float>;
using WeightsS8 = PlainWeights<int8_t, int32_t>;

/// int4, two a byte: the element of even index in the low half. They stay packed; each half is sign-extended where it
/// is multiplied.
struct WeightsS4 {
  using Stored = uint8_t;

  static constexpr int32_t low(uint8_t pair) noexcept { return ((pair & 15) ^ 8) - 8; }
  static constexpr int32_t high(uint8_t pair) noexcept { return ((pair >> 4) ^ 8) - 8; }
  static constexpr int32_t at(const uint8_t* weights, int32_t index) noexcept {
    const uint8_t pair = load(weights + index / 2);
    return index % 2 != 0 ? high(pair) : low(pair);
  }

  /// As PlainWeights::dot, a byte a round; a run may begin and end inside a byte.
  template <class Sum, class Input, class View>
  static constexpr Sum dot(Sum sum, const Input* input, const View& view, const uint8_t* weights, int32_t first,
                           int32_t count) noexcept {
    weights += first / 2;
    if (first % 2 != 0 && count > 0) {
      sum += static_cast<Sum>(view(*input++) * high(load(weights++)));
      --count;
    }
    for (; count >= 2; count -= 2, input += 2) {
      const uint8_t pair = load(weights++);
      sum += static_cast<Sum>(view(input[0]) * low(pair));
      sum += static_cast<Sum>(view(input[1]) * high(pair));
    }
    if (count > 0) sum += static_cast<Sum>(view(*input) * low(load(weights)));
    return sum;
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote

#if defined(__AVR__)
#include "mote/rt/arch/avr_weights.h"
#endif
