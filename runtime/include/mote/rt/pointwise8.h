#pragma once

#include "mote/rt/arch/armv7em_pointwise8.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/short_requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A convolution of int8 with windows of one pixel of 8 channels.
struct Pointwise8 {
  MatrixShape shape;  ///< pixels, 8, output channels: a multiple of kChannelsARound
  int32_t shift;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("shift", self.shift);
  }
};

namespace pointwise8 {

constexpr int32_t kDepth = 8;
constexpr int32_t kChannelsARound = 8;
/// int32 a channel: bias; the weights as int16, (w0, w2), (w1, w3), (w4, w6), (w5, w7); multiplier, addend.
constexpr int32_t kChannelWords = 7;

}  // namespace pointwise8

/// output = saturate(requantized bias + products); `channels` int32[output channels][7]. So few inputs stay in
/// registers for all channels. Pixels one after the other: each is read before its outputs are written. `Shift` is
/// p.shift where the target has instructions that want it in their code.
template <int Shift>
inline void pointwise8_s8(const Pointwise8& p, const int8_t* input, const int32_t* channels, int8_t* output) noexcept {
  using namespace pointwise8;
  const int32_t* const end = channels + kChannelWords * p.shape.outputs;
#if defined(MOTE_RT_ARMV7EM_POINTWISE8)
  armv7em::pointwise8<Shift>(output, input, channels, end, p.shape.batches);
#else
  for (int32_t pixel = 0; pixel < p.shape.batches; ++pixel, input += kDepth) {
    int8_t x[kDepth];
    for (int32_t i = 0; i < kDepth; ++i) x[i] = input[i];
    for (const int32_t* c = channels; c != end; c += kChannelWords) {
      int32_t sum = load(c);
      for (int32_t i = 0; i < kDepth; ++i) {
        const auto word = static_cast<uint32_t>(load(c + 1 + i / 4 * 2 + i % 2));
        sum += x[i] * static_cast<int16_t>(word >> (i % 4 < 2 ? 0 : 16));
      }
      *output++ = short_requantize(sum, load(c + 5), load(c + 6), 0, p.shift);
    }
  }
#endif
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
