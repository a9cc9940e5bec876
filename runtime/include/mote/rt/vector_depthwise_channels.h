#pragma once

#include "mote/rt/arch/helium_channels.h"
#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8 with one output a channel, whose windows lie wholly inside the input, sixteen
/// channels at a time: for images of so few outputs that planes (vector_depthwise.h) do not pay.
struct VectorDepthwiseChannels {
  DepthwiseShape shape;
  OutputStage stage;
  int32_t group;  ///< taps of a row whose products are summed as int16

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("stage", self.stage);
    visit("group", self.group);
  }
};

/// A row of pixels. Assembly reads it by place and moves the pointers on.
struct VectorChannels {
  const int8_t* input;    ///< 0: the first tap of the first pixel
  const int8_t* weights;  ///< 4: block by block [rows][taps of a row][16, the last fewer]
  const int32_t* finish;  ///< 8: of each block bias, multiplier and, as bytes, shift, in the order of channel_of
  int8_t* output;         ///< 12
  int32_t channels;       ///< 16
  int32_t rows;           ///< 20
  int32_t row_step;       ///< 24: bytes from behind a row's last tap to the next row
  int32_t groups;         ///< 28: of a row
  int32_t tap_step;       ///< 32
  int32_t rest;           ///< 36: taps of a row beside them
  int32_t zero_point;     ///< 40: of the output
  int32_t pixels;         ///< 44: at least 1
  int32_t pixel_step;     ///< 48
  int32_t row_taps;       ///< for the portable text
};

#if defined(__ARM_FEATURE_MVE)
static_assert(offsetof(VectorChannels, channels) == 16 && offsetof(VectorChannels, pixel_step) == 48,
              "assembly reads by place");
#endif

namespace vector_depthwise_channels {

constexpr int32_t kBlock = 16;
constexpr int32_t kFinishWords = kBlock + kBlock + kBlock / 4;

/// Which of a block's channels is the i-th of its numbers: products of even channels come before those of odd ones, and
/// of these the even before the odd.
constexpr int32_t channel_of(int32_t i) noexcept {
  return 4 * (i % 4) + i / 8 + i / 4 % 2 * 2;
}

/// Windows of one column are one row.
constexpr bool is_turned(const DepthwiseShape& shape) noexcept {
  return shape.columns.kernel == 1;
}
constexpr const WindowAxis& axis_of_rows(const DepthwiseShape& shape) noexcept {
  return is_turned(shape) ? shape.columns : shape.rows;
}
constexpr const WindowAxis& axis_of_taps(const DepthwiseShape& shape) noexcept {
  return is_turned(shape) ? shape.rows : shape.columns;
}

}  // namespace vector_depthwise_channels

namespace portable {

inline void depthwise_channels(VectorChannels* call) noexcept {
  using namespace vector_depthwise_channels;
  for (int32_t pixel = 0; pixel < call->pixels; ++pixel) {
    const int8_t* weights = call->weights;
    const int32_t* finish = call->finish;
    for (int32_t first = 0; first < call->channels; first += kBlock, finish += kFinishWords) {
      const int32_t left = call->channels - first, width = left < kBlock ? left : kBlock;
      int32_t sums[kBlock] = {};
      const int8_t* input = call->input + pixel * call->pixel_step + first;
      for (int32_t row = 0; row < call->rows; ++row, input += call->row_step)
        for (int32_t tap = 0; tap < call->row_taps; ++tap, input += call->tap_step)
          for (int32_t c = 0; c < width; ++c) sums[c] += input[c] * load(weights++);
      for (int32_t i = 0; i < kBlock; ++i) {
        const int32_t c = channel_of(i);
        if (c >= width) continue;
        const int32_t shift = load(reinterpret_cast<const int8_t*>(finish + 2 * kBlock) + i);
        call->output[pixel * call->channels + first + c] =
            requantize(sums[c] + load(finish + i), load(finish + kBlock + i), shift, {call->zero_point, -128, 127});
      }
    }
  }
}

}  // namespace portable

using VectorChannelsCode = void (*)(VectorChannels*);

#if defined(__GNUC__)
__attribute__((noinline))
#endif
inline void
depthwise_by_channels(VectorChannelsCode code, const VectorDepthwiseChannels& p, const int8_t* input,
                      const int8_t* weights, const int32_t* finish, int8_t* output) noexcept {
  const DepthwiseShape& shape = p.shape;
  const int32_t channels = shape.input_channels, line = shape.columns.input * channels;
  const WindowAxis& rows = vector_depthwise_channels::axis_of_rows(shape);
  const WindowAxis& taps = vector_depthwise_channels::axis_of_taps(shape);
  const bool is_turned = vector_depthwise_channels::is_turned(shape);
  VectorChannels call;
  call.weights = weights;
  call.finish = finish;
  call.channels = channels;
  call.rows = rows.kernel;
  call.row_taps = taps.kernel;
  call.groups = taps.kernel / p.group;
  call.rest = taps.kernel % p.group;
  call.tap_step = taps.dilation * (is_turned ? line : channels);
  call.row_step = rows.dilation * (is_turned ? channels : line) - taps.kernel * call.tap_step;
  call.zero_point = p.stage.zero_point;
  call.pixel_step = shape.columns.stride * channels;
  const int32_t row_outputs = shape.columns.output * channels;
  for (int32_t batch = 0; batch < shape.batches; ++batch, input += shape.rows.input * line)
    for (int32_t y = 0; y < shape.rows.output; ++y, output += row_outputs) {
      call.input = input + y * shape.rows.stride * line;
      call.output = output;
      call.pixels = shape.columns.output;
      code(&call);
      clamp_bytes(output, row_outputs, p.stage.low, p.stage.high);
    }
}

/// depthwise_conv2d_s8; the constants are VectorChannels', the bias with the input's zero point inside, shifts (rule
/// Q3) at most 0. kGroup: taps of a row whose products fit an int16 together. kTies: outputs below the zero point
/// count. The portable text has no use for them.
template <int32_t kGroup, bool kTies>
inline void vector_depthwise_channels_s8(const VectorDepthwiseChannels& p, const int8_t* input, const int8_t* weights,
                                         const int32_t* finish, int8_t* output) noexcept {
#if defined(__ARM_FEATURE_MVE)
  depthwise_by_channels(helium::depthwise_channels<kGroup, kTies>, p, input, weights, finish, output);
#else
  depthwise_by_channels(portable::depthwise_channels, p, input, weights, finish, output);
#endif
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
