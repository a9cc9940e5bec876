#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule R1 between any two integer types of 8, 16 or 32 bits. Differences and sums of 32 bits wrap.
struct Rescale {
  int32_t count;
  int32_t input_zero_point;
  int32_t output_zero_point;
  Multiplier factor;  ///< input scale / output scale

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("input_zero_point", self.input_zero_point);
    visit("output_zero_point", self.output_zero_point);
    visit("factor", self.factor);
  }
};

template <class Input, class Output>
constexpr void rescale(const Rescale& p, const Input* input, Output* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const uint32_t difference = static_cast<uint32_t>(input[i]) - static_cast<uint32_t>(p.input_zero_point);
    const int32_t scaled = multiply(static_cast<int32_t>(difference), p.factor);
    const uint32_t moved = static_cast<uint32_t>(scaled) + static_cast<uint32_t>(p.output_zero_point);
    output[i] = static_cast<Output>(clamp(static_cast<int32_t>(moved), lowest<Output>(), highest<Output>()));
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
