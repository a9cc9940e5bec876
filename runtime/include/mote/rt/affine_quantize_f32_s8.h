#pragma once

#include "mote/rt/quantize_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule U2: output[row][c] = quantize(input[row][c] * factor[c] + offset[c]), the normalisation of a sensor window and
/// rule U1 in one pass. The sum is not contracted: the bytes equal those of mul_f32, add_f32 and quantize_f32.
struct AffineQuantizeF32S8 {
  int32_t rows;
  int32_t channels;
  int32_t zero_point;
  float scale;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("channels", self.channels);
    visit("zero_point", self.zero_point);
    visit("scale", self.scale);
  }
};

/// `factor` and `offset` float[channels].
constexpr void affine_quantize_f32_s8(const AffineQuantizeF32S8& p, const float* input, const float* factor,
                                      const float* offset, int8_t* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row)
    for (int32_t c = 0; c < p.channels; ++c) {
      const float scaled = *input++ * load(factor + c);
      *output++ = quantize_element(scaled + load(offset + c), p.scale, p.zero_point);
    }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
