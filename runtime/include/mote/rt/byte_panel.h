/// A byte panel: two output channels of two pixels, or of one, for cores that multiply 8 bits at a time. Inputs and
/// weights stay as they are; sums have 24 bits. In a dense panel (a multiplier of 0) an input is one of both channels,
/// in a depthwise one (1 or 2) of as many as the multiplier says.
///
/// The weights' stream holds for each two channels, the second of which may be absent and zeros:
///   the start of each, 3 bytes (bias, in places), then for each input (tap) the weight of each, then the numbers of
///   each: flags (1: small, 2: stepped), multiplier (4), addend (4); if stepped also pivot (3), step (4)
///                                                                     (mote/rt/byte_requantize.h).
/// Numbers begin with their lowest byte.
#pragma once

#include "mote/rt/arch/avr_panel.h"
#include "mote/rt/byte_requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A row of pixels. The inputs of one are `rows` runs that lie together; in a depthwise panel runs of taps of all
/// channels' inputs.
struct BytePanel {
  const int8_t* input;
  int8_t* output;
  const uint8_t* weights;
  int16_t pixel_step;  ///< from the inputs of a pixel to those of the next
  int16_t row_gap;     ///< from the end of a run to the next
  uint16_t pixels;
  uint8_t rows;
  uint8_t rounds, rest;  ///< inputs of a run / 2 and what is left; taps and 0
  uint8_t channels;
  uint8_t left;  ///< for the panel's own use
};
constexpr int32_t kMostByteRun = 511, kMostByteTaps = 255, kMostByteRows = 255, kMostByteChannels = 255;

constexpr uint8_t kByteFormIsSmall = 1, kByteFormIsStepped = 2;

/// What any compiler makes of the same bytes.
namespace portable {

/// Reads the stream.
struct ByteStream {
  const uint8_t* at;

  constexpr uint32_t number(int32_t bytes) noexcept {
    uint32_t result = 0;
    for (int32_t i = 0; i < bytes; ++i) result |= static_cast<uint32_t>(load(at++)) << (8 * i);
    return result;
  }
  constexpr int32_t weight() noexcept { return static_cast<int8_t>(load(at++)); }
  constexpr ByteForm form() noexcept {
    const uint32_t flags = number(1);
    const bool is_stepped = (flags & kByteFormIsStepped) != 0;
    const uint32_t multiplier = number(4), addend = number(4);
    const uint32_t pivot = is_stepped ? number(3) : 0, step = is_stepped ? number(4) : 0;
    return {multiplier, addend, (flags & kByteFormIsSmall) != 0, is_stepped, pivot, step};
  }
};

/// The sums of two channels, or of one that is the last, of up to two pixels.
template <int kMultiplier>
constexpr void byte_sums(const BytePanel& p, int32_t channel, int32_t pixels, const int8_t* from, ByteStream& stream,
                         uint32_t (&sums)[2][2]) noexcept {
  for (int32_t c = 0; c < 2; ++c) sums[0][c] = sums[1][c] = stream.number(3);
  constexpr bool kIsDense = kMultiplier == 0;
  constexpr int32_t kShare = kIsDense ? kMostByteChannels + 1 : kMultiplier;  ///< channels that have one input
  const int32_t run = kIsDense ? 2 * p.rounds + p.rest : p.rounds, step = kIsDense ? 1 : p.channels / kShare;
  for (int32_t row = 0; row < p.rows; ++row, from += p.row_gap)
    for (int32_t i = 0; i < run; ++i, from += step)
      for (int32_t c = 0; c < 2; ++c) {
        const int32_t weight = stream.weight();
        if (channel + c >= p.channels) continue;
        const int8_t* const input = from + (channel + c) / kShare;
        for (int32_t pixel = 0; pixel < pixels; ++pixel)
          sums[pixel][c] += static_cast<uint32_t>(input[pixel * p.pixel_step] * weight);
      }
}

template <int kMultiplier>
constexpr void byte_panel(BytePanel* panel) noexcept {
  const BytePanel& p = *panel;
  const int8_t* from = p.input;
  int8_t* to = p.output;
  for (int32_t pixels = 0, left = p.pixels; left > 0; left -= pixels) {
    pixels = left > 1 ? 2 : 1;
    ByteStream stream{p.weights};
    for (int32_t channel = 0; channel < p.channels; channel += 2) {
      uint32_t sums[2][2] = {};
      byte_sums<kMultiplier>(p, channel, pixels, from, stream, sums);
      for (int32_t c = 0; c < 2; ++c) {
        const ByteForm form = stream.form();
        for (int32_t pixel = 0; pixel < pixels && channel + c < p.channels; ++pixel)
          to[pixel * p.channels + channel + c] = byte_requantize(static_cast<int32_t>(sums[pixel][c] << 8) >> 8, form);
      }
    }
    from += pixels * p.pixel_step;
    to += pixels * p.channels;
  }
}

}  // namespace portable

#if defined(__AVR__)
static_assert(__builtin_offsetof(BytePanel, pixel_step) == 6 && __builtin_offsetof(BytePanel, pixels) == 10 &&
                  __builtin_offsetof(BytePanel, left) == 16,
              "arch/avr_panel.h reads it");
using avr::byte_panel;
#else
using portable::byte_panel;
#endif

}  // namespace v1
}  // namespace rt
}  // namespace mote
