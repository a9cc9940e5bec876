#pragma once

#include "mote/rt/arch/armv7em_depthwise_words.h"
#include "mote/rt/short_requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8 with windows of any size, two taps a word. Lines run along one of both axes.
struct DepthwiseWords {
  int32_t batches;
  WindowAxis along, across;             ///< a line's own axis, and the other
  int32_t input_along, input_across;    ///< elements from one input to the next on either axis
  int32_t output_along, output_across;  ///< the same of outputs
  int32_t channels;                     ///< of the input
  int32_t multiplier;                   ///< outputs of each
  int32_t together;                     ///< input channels that are widened together, at most 4
  int32_t segments;                     ///< parts of a line's taps
  int32_t words;                        ///< of a segment, at most 4
  int32_t zero_point;                   ///< the input that the padding stands for

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
    visit("multiplier", self.multiplier);
    visit("together", self.together);
    visit("segments", self.segments);
    visit("words", self.words);
    visit("zero_point", self.zero_point);
  }
};

namespace depthwise_words {

constexpr int32_t kMostTogether = 4;
constexpr int32_t kMostWords = 4;
constexpr int32_t kHead = 3;    ///< bytes in front of a filter's weights: shift, scale bits, log2 of the step or -1
constexpr int32_t kFinish = 3;  ///< int32 a filter: bias, multiplier, addend

/// Inputs from a window's first tap to its last.
constexpr int32_t span_of(const WindowAxis& axis) noexcept {
  return (axis.kernel - 1) * axis.dilation + 1;
}
/// int16 of a widened line. Outputs are computed in twos at least.
constexpr int32_t line_elements(const DepthwiseWords& p) noexcept {
  return ((p.along.output < 2 ? 1 : p.along.output - 1) * p.along.stride + 2 * p.segments * p.words + 1) / 2 * 2;
}
constexpr int32_t plane_elements(const DepthwiseWords& p) noexcept {
  return span_of(p.across) * line_elements(p);
}
constexpr int32_t window_segments(const DepthwiseWords& p) noexcept {
  return p.across.kernel * p.segments;
}
/// Words of a window's weights.
constexpr int32_t filter_words(const DepthwiseWords& p) noexcept {
  return window_segments(p) * p.words;
}
/// Of lines, weights and segments, in this order.
constexpr int32_t scratch_bytes(const DepthwiseWords& p) noexcept {
  return 2 * p.together * plane_elements(p) + 4 * (p.together * p.multiplier * filter_words(p) + window_segments(p));
}

/// A filter's weights, two taps a word, with zeros between taps that are dilated and behind the last.
inline void widen_weights(const DepthwiseWords& p, const int8_t* filter, int16_t* to) noexcept {
  const int32_t scale = 1 << load(filter + 1), row = 2 * p.segments * p.words;
  filter += kHead;
  for (int32_t y = 0; y < p.across.kernel; ++y, to += row) {
    for (int32_t i = 0; i < row; ++i) to[i] = 0;
    for (int32_t x = 0; x < p.along.kernel; ++x)
      to[x * p.along.dilation] = static_cast<int16_t>(load(filter++) * scale);
  }
}

/// The lines of a group of channels that a line of outputs reads: a ring for each channel, [across.kernel, dilated]
/// [line_elements] int16. What pads a line at its ends stays.
class Ring {
 public:
  Ring(const DepthwiseWords& p, int16_t* lines, int32_t* segments) noexcept
      : p_(p), lines_(lines), segments_(segments), line_(line_elements(p)), plane_(plane_elements(p)) {
    skipped_ = p.along.padding < 0 ? -p.along.padding : 0;
    before_ = p.along.padding < 0 ? 0 : p.along.padding;
    const int32_t reach = (p.along.output - 1) * p.along.stride + span_of(p.along);
    const int32_t room = reach - before_, rest = p.along.input - skipped_;
    inputs_ = room < rest ? (room < 0 ? 0 : room) : rest;
  }

  const int16_t* plane(int32_t channel) const noexcept { return lines_ + channel * plane_; }

  void clear() noexcept {
    for (int32_t i = 0; i < p_.together * plane_; ++i) lines_[i] = static_cast<int16_t>(p_.zero_point);
  }

  /// Reads a line of inputs, or what stands for one that does not exist, into a slot.
  void put(const int8_t* input, int32_t line, int32_t slot, int32_t channels) noexcept {
    int16_t* const to = lines_ + slot * line_ + before_;
    const bool exists = static_cast<uint32_t>(line) < static_cast<uint32_t>(p_.across.input);
    const int8_t* const from = input + line * p_.input_across + skipped_ * p_.input_along;
#if defined(MOTE_RT_ARMV7EM_DEPTHWISE_WORDS)
    if (exists && channels == kMostTogether) return armv7em::widen_four(to, 2 * plane_, from, p_.input_along, inputs_);
#endif
    for (int32_t c = 0; c < channels; ++c)
      for (int32_t i = 0; i < inputs_; ++i)
        to[c * plane_ + i] = static_cast<int16_t>(exists ? from[i * p_.input_along + c] : p_.zero_point);
  }

  /// Where the segments of windows begin whose first line lies in this slot, bytes from their plane.
  void aim(int32_t slot) noexcept {
    const int32_t slots = span_of(p_.across);
    int32_t* to = segments_;
    for (int32_t y = 0; y < p_.across.kernel; ++y) {
      for (int32_t s = 0; s < p_.segments; ++s) *to++ = 2 * slot * line_ + 4 * s * p_.words;
      slot += p_.across.dilation;
      if (slot >= slots) slot -= slots;
    }
  }

 private:
  const DepthwiseWords& p_;
  int16_t* const lines_;
  int32_t* const segments_;
  const int32_t line_, plane_;  ///< elements
  int32_t skipped_, before_;    ///< inputs in front of the first window; padding
  int32_t inputs_;              ///< of a line, as far as windows reach
};

/// A line of outputs of one channel, `inputs` its plane. The compiler of the target has its template arguments from
/// `p`: words, along.stride.
template <int32_t kWords, int32_t kStride, bool kStepped>
MOTE_RT_INLINE void compute(const DepthwiseWords& p, const int16_t* inputs, const int32_t* segments,
                            const uint32_t* weights, const int8_t* filter, const int32_t* finish,
                            int8_t* output) noexcept {
  const int32_t log2_step = load(filter + 2), step = log2_step < 0 ? 0 : 1 << log2_step;
  const int32_t outputs = p.along.output, count = window_segments(p);
#if defined(MOTE_RT_ARMV7EM_DEPTHWISE_WORDS)
  const int32_t block = kStride <= 2 && outputs >= 4 ? 4 : 2;
  // A lone output is the first of two of which the second one lies at the same place, written before it.
  const int32_t blocks = outputs < block ? 1 : outputs / block,
                back = outputs < block ? 0 : (blocks + 1) * block - outputs;
  const bool overlaps = back != 0 && back != block;
  armv7em::WordsLine line{segments,
                          segments + count,
                          weights,
                          load(finish),
                          load(finish + 1),
                          load(finish + 2),
                          step,
                          load(filter),
                          output,
                          outputs == 1 ? 0 : p.output_along,
                          inputs,
                          blocks,
                          overlaps ? 2 * back * kStride : 0,
                          back * p.output_along};
  if (block == 4)
    armv7em::depthwise_four<kWords, kStride <= 2 ? kStride : 1, kStepped>(&line);
  else
    armv7em::depthwise_two<kWords, kStride, kStepped>(&line);
#else
  for (int32_t x = 0; x < outputs; ++x, inputs += p.along.stride, output += p.output_along) {
    int32_t sum = load(finish);
    for (int32_t s = 0; s < count; ++s)
      for (int32_t w = 0; w < p.words; ++w) {
        const int16_t* const pair = inputs + segments[s] / 2 + 2 * w;
        const uint32_t word = weights[s * p.words + w];
        sum += pair[0] * static_cast<int16_t>(word & 0xFFFF) + pair[1] * static_cast<int16_t>(word >> 16);
      }
    *output = short_requantize(sum, load(finish + 1), load(finish + 2), step, load(filter));
  }
#endif
}

}  // namespace depthwise_words

/// output = saturate(requantized bias + products). `weights` int8[channels * multiplier][3 + across.kernel *
/// along.kernel], each filter behind its shift, scale bits and step, line by line; `finish` int32[channels *
/// multiplier][3]: bias, multiplier, addend, as short_requantize reads them; `scratch` depthwise_words::scratch_bytes.
/// A line of outputs is written when the last line of its windows has been read and none behind it: with stride 1, a
/// multiplier of 1 and as many outputs as inputs on both axes, `output` may be `input`.
template <int32_t kWords, int32_t kStride, bool kStepped>
inline void depthwise_words_s8(const DepthwiseWords& p, const int8_t* input, const int8_t* weights,
                               const int32_t* finish, int32_t* scratch, int8_t* output) noexcept {
  using namespace depthwise_words;
  const int32_t filter_bytes = kHead + p.across.kernel * p.along.kernel, words = filter_words(p);
  const int32_t slots = span_of(p.across), outputs = p.channels * p.multiplier;
  uint32_t* const wide = reinterpret_cast<uint32_t*>(scratch + p.together * plane_elements(p) / 2);
  int32_t* const segments = reinterpret_cast<int32_t*>(wide + p.together * p.multiplier * words);
  Ring ring(p, reinterpret_cast<int16_t*>(scratch), segments);
  ring.clear();
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t c = 0; c < p.channels; c += p.together) {
      const int32_t left = p.channels - c, channels = left < p.together ? left : p.together;
      const int32_t filters = channels * p.multiplier;
      const int8_t* const group_weights = weights + c * p.multiplier * filter_bytes;
      for (int32_t f = 0; f < filters; ++f)
        widen_weights(p, group_weights + f * filter_bytes, reinterpret_cast<int16_t*>(wide + f * words));
      int32_t next = -p.across.padding, slot = 0;  // the line that is read next, and its place
      int32_t first = 0;                           // the slot of the window's first line
      for (int32_t y = 0; y < p.across.output; ++y) {
        const int32_t start = y * p.across.stride - p.across.padding;
        for (; next < start + slots; ++next) {
          if (next >= start) ring.put(input + c, next, slot, channels);
          slot = slot == slots - 1 ? 0 : slot + 1;
        }
        ring.aim(first);
        for (first += p.across.stride; first >= slots;) first -= slots;
        int8_t* const to = output + y * p.output_across + c * p.multiplier;
        for (int32_t f = 0; f < filters; ++f)
          compute<kWords, kStride, kStepped>(p, ring.plane(f / p.multiplier), segments, wide + f * words,
                                             group_weights + f * filter_bytes,
                                             finish + (c * p.multiplier + f) * kFinish, to + f);
      }
    }
    input += p.along.input * p.across.input * p.channels;
    output += p.along.output * p.across.output * outputs;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
