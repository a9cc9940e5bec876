#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule D1: output = scale * (input - zero_point)
struct DequantizeF32 {
  int32_t count;
  int32_t zero_point;
  float scale;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("zero_point", self.zero_point);
    visit("scale", self.scale);
  }
};

/// For inputs of 8 or 16 bits, whose differences a float holds exactly.
template <class Input>
constexpr void dequantize_f32(const DequantizeF32& p, const Input* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i)
    output[i] = p.scale * static_cast<float>(static_cast<int32_t>(input[i]) - p.zero_point);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
