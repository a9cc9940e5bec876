#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule D1: output = scale * (input - zero_point)
struct DequantizeS8F32 {
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

constexpr void dequantize_s8_f32(const DequantizeS8F32& p, const int8_t* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
