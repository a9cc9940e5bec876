/// Depthwise 3x3 for cores that multiply 32 bits at a time: one channel after the other, line by line along the axis
/// that makes the longer lines, in words that hold the inputs of two neighbouring outputs, as mote/rt/quad_panel.h has
/// them. A line is read once, and three of them stay in a ring.
#pragma once

#include "mote/rt/depthwise3x3.h"
#include "mote/rt/quad_panel.h"

namespace mote {
namespace rt {
inline namespace v1 {
namespace depthwise3x3 {

constexpr int32_t kSlots = 3;  ///< lines in the ring
constexpr int32_t kPairTaps = kTaps * kTaps;
constexpr int32_t kChannelWeights = 12;  ///< bytes a channel: the window line by line, three that fill up
constexpr int32_t kChannelNumbers = 5;   ///< int32 a channel: start, addend, limit, low, high (narrow_requantize.h)

/// Inputs of a line with its padding, as far as pairs of outputs read them.
constexpr int32_t pair_line_words(const WindowAxis& along) noexcept {
  return ((along.output + 1) / 2 * 2 - 1) * along.stride + kTaps;
}
constexpr int32_t pair_scratch_bytes(const WindowAxis& along) noexcept {
  return 4 * (kSlots * pair_line_words(along) + kPairTaps);
}

/// One line of outputs of one channel.
struct PairLine {
  const uint32_t* first;        ///< the window's first line
  int32_t to_second, to_third;  ///< words from each line to the next one
  const uint32_t* weights;      ///< nine, widened
  const int32_t* numbers;
  int8_t* output;
  int32_t step;  ///< from an output to the next one
  int32_t outputs;
  int32_t stride;
  int32_t shift;
};

namespace portable {

/// The products of a line's taps with two windows at once.
constexpr void add_taps(v1::portable::TwoSums& sums, const uint32_t* x, const uint32_t* weights) noexcept {
  sums.add(x[0] * weights[0] + x[1] * weights[1]);
  sums.add(x[2] * weights[2]);
}

constexpr void pair_line(const PairLine& line) noexcept {
  const NarrowForm form = v1::portable::narrow_form<false>(line.numbers + 1);
  const uint32_t* x = line.first;
  int8_t* output = line.output;
  for (int32_t left = line.outputs; left > 0; left -= 2, x += 2 * line.stride, output += 2 * line.step) {
    v1::portable::TwoSums sums(static_cast<uint32_t>(load(line.numbers)));
    add_taps(sums, x, line.weights);
    add_taps(sums, x + line.to_second, line.weights + kTaps);
    add_taps(sums, x + line.to_second + line.to_third, line.weights + 2 * kTaps);
    output[0] = narrow_requantize(sums.first_sum(), form, line.shift);
    if (left > 1) output[line.step] = narrow_requantize(sums.second_sum(), form, line.shift);
  }
}

/// 2 * pairs inputs, `step` bytes apart, each beside the one kStride before it; those before the first are `padding`.
template <int32_t kStride>
constexpr uint32_t* widen_pairs(uint32_t* to, const int8_t* line, int32_t step, int32_t pairs,
                                uint32_t padding) noexcept {
  uint32_t before = padding, last = padding;  // the inputs two and one back
  for (int32_t i = 2 * pairs; i > 0; --i, line += step) {
    const uint32_t x = static_cast<uint32_t>(int32_t{*line});
    *to++ = (kStride == 1 ? last : before) + (x << 16);
    before = last;
    last = x;
  }
  return to;
}

}  // namespace portable

#if defined(MOTE_RT_ARMV6M)
using armv6m::widen_pairs;
inline void pair_line(const PairLine& line) noexcept {
  armv6m::pair_line(&line);
}
#else
using portable::pair_line;
using portable::widen_pairs;
#endif

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

/// Three lines of a channel, each [words] with `stride` words in front of what is read, and its weights.
struct PairRing {
  const Depthwise3x3& p;
  uint32_t* lines;
  int32_t words;

  uint32_t* slot_words(int32_t slot) const noexcept { return lines + slot * words; }

  void fill(int32_t slot) const noexcept {
    uint32_t* to = slot_words(slot);
    for (uint32_t* const end = to + words; to != end; ++to) *to = static_cast<uint32_t>(p.zero_point) * 0x10001u;
  }

  /// Word i + stride of the slot: inputs i and i + stride of the padded line.
  void widen(const int8_t* line, int32_t slot) const noexcept {
    if (p.along.stride == 1)
      widen_by<1>(line, slot);
    else
      widen_by<2>(line, slot);
  }

  template <int32_t kStride>
  void widen_by(const int8_t* line, int32_t slot) const noexcept {
    const int32_t room = words - p.along.padding;
    const int32_t count = room < p.along.input ? room : p.along.input, step = p.input_along;
    const uint32_t padding = static_cast<uint32_t>(p.zero_point);
    uint32_t* to = slot_words(slot);
    uint32_t* const end = to + words;
    for (int32_t i = p.along.padding; i > 0; --i) *to++ = padding * 0x10001u;
    uint32_t before = padding, last = padding;  // the inputs two and one back
    if (count > 1) {
      to = widen_pairs<kStride>(to, line, step, count / 2, padding);
      line += count / 2 * 2 * step;
      before = static_cast<uint32_t>(int32_t{line[-2 * step]});
      last = static_cast<uint32_t>(int32_t{line[-step]});
    }
    const auto put = [&](uint32_t x) {
      *to++ = (kStride == 1 ? last : before) + (x << 16);
      before = last;
      last = x;
    };
    if (count % 2 != 0) put(static_cast<uint32_t>(int32_t{*line}));
    while (to != end) put(padding);
  }
};

}  // namespace depthwise3x3

/// As depthwise3x3_s8, from int8 weights[channels][12] and numbers[channels][5]; scratch
/// depthwise3x3::pair_scratch_bytes. One channel after the other.
inline void depthwise3x3_pairs(const Depthwise3x3& p, const int8_t* input, const int8_t* weights,
                               const int32_t* numbers, int32_t* scratch, int8_t* output) noexcept {
  using namespace depthwise3x3;
  uint32_t* const taps = reinterpret_cast<uint32_t*>(scratch);
  const PairRing ring{p, taps + kPairTaps, pair_line_words(p.along)};
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t c = 0; c < p.channels; ++c) {
      const int8_t* const channel_weights = weights + c * kChannelWeights;
      for (int32_t i = 0; i < kPairTaps; ++i) taps[i] = static_cast<uint32_t>(int32_t{load(channel_weights + i)});
      PairLine line{
          nullptr,        0,      0, taps, numbers + c * kChannelNumbers, nullptr, p.output_along, p.along.output,
          p.along.stride, p.shift};
      for_each_line(p, ring, input + c, output + c, [&](int32_t first, int8_t* to) {
        line.first = ring.slot_words(first) + p.along.stride;
        line.to_second = first == kSlots - 1 ? -2 * ring.words : ring.words;
        line.to_third = first == 1 ? -2 * ring.words : ring.words;
        line.output = to;
        pair_line(line);
      });
    }
    input += p.along.input * p.across.input * p.channels;
    output += p.along.output * p.across.output * p.channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
