#pragma once

#include "mote/rt/arch/armv7em_depthwise.h"
#include "mote/rt/short_requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8 with windows of 3 x 3 and one output a channel. Outputs are computed line by line
/// along one of both axes, the one that makes the longer lines; a line is read once, widened to int16, and three of
/// them stay in a ring.
struct Depthwise3x3 {
  int32_t batches;
  WindowAxis along, across;  ///< a line's own axis, with stride 1 or 2, and the other; dilation 1, padding at most 2
  int32_t input_along, input_across;    ///< elements from one input to the next on either axis
  int32_t output_along, output_across;  ///< the same of outputs
  int32_t channels;
  int32_t zero_point;  ///< the input that the padding stands for
  int32_t shift;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("along", self.along);
    visit("across", self.across);
    visit("input_along", self.input_along);
    visit("input_across", self.input_across);
    visit("output_along", self.output_along);
    visit("output_across", self.output_across);
    visit("channels", self.channels);
    visit("zero_point", self.zero_point);
    visit("shift", self.shift);
  }
};

namespace depthwise3x3 {

constexpr int32_t kTaps = 3;
constexpr int32_t kSlots = 3;     ///< lines in the ring
constexpr int32_t kWeights = 12;  ///< int16 a channel: w0, w1, w1, w2 of each line
constexpr int32_t kFinish = 3;    ///< int32 a channel: bias, multiplier, addend
constexpr int32_t kChannelsAtATime = 4;

/// Pairs of inputs in a line, its padding included; the window of the last output ends in the last pair.
constexpr int32_t pairs_of(const WindowAxis& along) noexcept {
  return along.stride == 1 ? (along.output + 1) / 2 + 1 : along.output + 1;
}

/// Bytes of scratch: the ring's lines of the channels that are computed together.
constexpr int32_t scratch_bytes(const WindowAxis& along, int32_t channels) noexcept {
  return (channels < kChannelsAtATime ? channels : kChannelsAtATime) * pairs_of(along) * kSlots * 4;
}

/// Where the ring keeps a channel's lines: element e of the line in a slot.
constexpr int32_t place(int32_t e, int32_t slot) noexcept {
  return ((e >> 1) * kSlots + slot) * 2 + (e & 1);
}

/// All lines: `ring` can fill a slot with padding and widen a line of inputs into one; `compute(first, output)` makes a
/// line of outputs of windows whose first line lies in slot `first`. Line y of outputs is written when lines y * stride
/// - padding + 2 and before have been read, and none after: with stride 1 and as many outputs as inputs on both axes,
/// `output` may be `input`.
template <class Ring, class Compute>
inline void for_each_line(const Depthwise3x3& p, const Ring& ring, const int8_t* input, int8_t* output,
                          const Compute& compute) noexcept {
  for (int32_t slot = 0; slot < p.across.padding; ++slot) ring.fill(slot);
  int32_t next = -p.across.padding;  // the line that is read next, and its slot
  int32_t next_slot = 0;
  int32_t first = 0;  // slot of the window's first line
  for (int32_t y = 0; y < p.across.output; ++y, output += p.output_across) {
    const int32_t start = y * p.across.stride - p.across.padding;
    for (; next < start + kTaps; ++next) {
      if (next >= p.across.input)
        ring.fill(next_slot);
      else if (next >= 0 && next >= start)
        ring.widen(input + next * p.input_across, next_slot);
      next_slot = next_slot == kSlots - 1 ? 0 : next_slot + 1;
    }
    compute(first, output);
    for (first += p.across.stride; first >= kSlots;) first -= kSlots;
  }
}

/// One group of at most four channels.
struct Group {
  const Depthwise3x3& p;
  int16_t* ring;  ///< [channels of the group][pairs][slots][2], aligned to 4 bytes
  int32_t pairs;
  int32_t channels;

  int16_t* plane(int32_t channel) const noexcept { return ring + channel * pairs * kSlots * 2; }

  void fill(int32_t slot) const noexcept {
    const int16_t pair[2] = {static_cast<int16_t>(p.zero_point), static_cast<int16_t>(p.zero_point)};
    const int32_t next = pairs * kSlots * 2;
    for (int32_t c = 0; c < channels; ++c) {
      int16_t* to = plane(c) + 2 * slot;
      for (const int16_t* const end = to + next; to != end; to += 2 * kSlots) __builtin_memcpy(to, pair, sizeof pair);
    }
  }

  /// The line's inputs, of the group's channels, into a slot whose ends hold the padding.
  void widen(const int8_t* line, int32_t slot) const noexcept {
    const int32_t end = 2 * pairs - p.along.padding;
    const int32_t count = end < p.along.input ? end : p.along.input;
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    if (channels == kChannelsAtATime) {
      const int32_t step = p.input_along;
      const int32_t lead = p.along.padding & 1;  // the first input closes a pair that begins in the padding
      const armv7em::FourPlanes planes{reinterpret_cast<uint32_t*>(ring), pairs * kSlots};
      const uint32_t padding = static_cast<uint32_t>(p.zero_point & 0xFF) * 0x01010101u;
      int32_t at = (p.along.padding >> 1) * kSlots + slot;
      if (lead != 0) {
        planes.put(at, padding, armv7em::word(line));
        at += kSlots;
        line += step;
      }
      for (int32_t left = (count - lead) >> 1; left > 0; --left, at += kSlots, line += 2 * step)
        planes.put(at, armv7em::word(line), armv7em::word(line + step));
      if (((count - lead) & 1) != 0) planes.put(at, armv7em::word(line), padding);
      return;
    }
#endif
    for (int32_t i = 0; i < count; ++i) widen_one(line, slot, i);
  }

  void widen_one(const int8_t* line, int32_t slot, int32_t i) const noexcept {
    const int8_t* const from = line + i * p.input_along;
    int16_t* const to = ring + place(i + p.along.padding, slot);
    const int32_t next = pairs * kSlots * 2;
    to[0] = from[0];
    if (channels > 1) to[next] = from[1];
    if (channels > 2) to[2 * next] = from[2];
    if (channels > 3) to[3 * next] = from[3];
  }

  /// A line of outputs of all channels. The window's first line lies in slot `first`.
  template <int Shift>
  void compute(int32_t first, const int16_t* weights, const int32_t* finish, int8_t* output) const noexcept {
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    const int32_t pair_words = p.along.stride == 1 ? kSlots : 2 * kSlots;
    const int32_t at = -8 * first;  // bytes from line to line of the weights: 8
    armv7em::DepthwiseLine line{reinterpret_cast<const uint32_t*>(ring),
                                pairs * kSlots * 4,
                                weights,
                                finish,
                                output,
                                p.output_along,
                                channels,
                                p.along.output / 2 * pair_words * 4,
                                p.along.output >> 1 & 1,
                                {first > 0 ? at + 24 : at, first > 1 ? at + 32 : at + 8, at + 16},
                                p.along.output & 1};
    if (p.along.stride == 1)
      armv7em::depthwise_line_stride_1<Shift>(&line);
    else
      armv7em::depthwise_line_stride_2<Shift>(&line);
#else
    for (int32_t c = 0; c < channels; ++c, weights += kWeights, finish += kFinish)
      for (int32_t o = 0; o < p.along.output; ++o) {
        int32_t sum = load(finish);
        for (int32_t line = 0; line < kTaps; ++line) {
          const int32_t slot = first + line < kSlots ? first + line : first + line - kSlots;
          const int16_t* const w = weights + 4 * line;
          const int32_t e = o * p.along.stride;
          sum += plane(c)[place(e, slot)] * load(w) + plane(c)[place(e + 1, slot)] * load(w + 1) +
                 plane(c)[place(e + 2, slot)] * load(w + 3);
        }
        output[o * p.output_along + c] = short_requantize(sum, load(finish + 1), load(finish + 2), 0, p.shift);
      }
#endif
  }
};

}  // namespace depthwise3x3

/// output = saturate(requantized bias + products); `weights` int16[channels][12], `finish` int32[channels][3] as
/// short_requantize reads them, `scratch` depthwise3x3::scratch_bytes aligned to 4. `Shift` is p.shift where the target
/// has instructions that want it in their code.
template <int Shift>
inline void depthwise3x3_s8(const Depthwise3x3& p, const int8_t* input, const int16_t* weights, const int32_t* finish,
                            void* scratch, int8_t* output) noexcept {
  const int32_t pairs = depthwise3x3::pairs_of(p.along);
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t c = 0; c < p.channels; c += depthwise3x3::kChannelsAtATime) {
      const int32_t left = p.channels - c;
      const int32_t channels = left < depthwise3x3::kChannelsAtATime ? left : depthwise3x3::kChannelsAtATime;
      const depthwise3x3::Group group{p, static_cast<int16_t*>(scratch), pairs, channels};
      if (c == 0)
        for (int32_t slot = 0; slot < depthwise3x3::kSlots; ++slot) group.fill(slot);
      const int16_t* const group_weights = weights + c * depthwise3x3::kWeights;
      const int32_t* const group_finish = finish + c * depthwise3x3::kFinish;
      depthwise3x3::for_each_line(p, group, input + c, output + c, [&](int32_t first, int8_t* to) {
        group.template compute<Shift>(first, group_weights, group_finish, to);
      });
    }
    input += p.along.input * p.across.input * p.channels;
    output += p.along.output * p.across.output * p.channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
