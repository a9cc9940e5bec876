#pragma once

#include "mote/rt/arch/armv7em_depthwise.h"
#include "mote/rt/short_requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8 with windows of 3 x 3 and one output a channel. Lines run along one of both axes,
/// the one that makes the longer lines.
struct Depthwise3x3 {
  int32_t batches;
  WindowAxis along, across;  ///< a line's own axis, with stride 1 or 2, and the other; dilation 1, padding at most 2
  int32_t input_along, input_across;    ///< elements from one input to the next on either axis
  int32_t output_along, output_across;  ///< the same of outputs
  int32_t channels;
  int32_t zero_point;  ///< the input that the padding stands for
  int32_t shift;
  int32_t weight_bits;  ///< of weights that come as bytes, scaled by 2^weight_bits while they are widened

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
    visit("weight_bits", self.weight_bits);
  }
};

namespace depthwise3x3 {

constexpr int32_t kTaps = 3;
constexpr int32_t kWeights = 12;  ///< int16 a channel, position by position along a line: w0, w1, w1, w2 of the lines
constexpr int32_t kFinish = 3;    ///< int32 a channel: bias, multiplier, addend
constexpr int32_t kChannelsAtATime = 4;
constexpr int32_t kLinesRead = 2;  ///< at a time

/// Inputs of a line, its padding included, as far as windows reach.
constexpr int32_t positions_of(const WindowAxis& along) noexcept {
  return (along.output - 1) * along.stride + kTaps;
}

/// Lines of outputs that two more lines of inputs are enough for.
constexpr int32_t lines_at_a_time(const WindowAxis& across) noexcept {
  return kLinesRead / across.stride;
}

/// Words of scratch: four lines of the channels that are computed together.
constexpr int32_t lines_words(const WindowAxis& along, int32_t channels) noexcept {
  return (channels < kChannelsAtATime ? channels : kChannelsAtATime) * positions_of(along) * 2;
}

/// Weights that were widened at compile time: int16[channels][12].
struct WideWeights {
  const int16_t* all;
  const int16_t* of(int32_t first, int32_t) const noexcept { return all + first * kWeights; }
};

/// int8[channels][9], position by position along a line, widened for one group of channels after the other.
struct ByteWeights {
  const int8_t* all;
  int32_t bits;
  int16_t* room;  ///< for a group
  static constexpr int32_t kRoomWords = kChannelsAtATime * kWeights / 2;

  const int16_t* of(int32_t first, int32_t channels) const noexcept {
    const int8_t* from = all + first * (kTaps * kTaps);
    int16_t* to = room;
    for (int32_t i = channels * kTaps; i > 0; --i, from += kTaps, to += 4) {
      to[0] = scaled(load(from));
      to[1] = to[2] = scaled(load(from + 1));
      to[3] = scaled(load(from + 2));
    }
    return room;
  }

 private:
  int16_t scaled(int8_t weight) const noexcept { return static_cast<int16_t>(weight * (1 << bits)); }
};

/// Four lines of inputs of at most four channels. A position's first word holds its inputs in lines 0 and 1, the second
/// those in lines 2 and 3, both widened to int16.
class FourLines {
 public:
  FourLines(const Depthwise3x3& p, uint32_t* words) noexcept
      : p_(p),
        words_(words),
        positions_(positions_of(p.along)),
        padding_(static_cast<uint16_t>(p.zero_point) * 0x10001u) {
    const int32_t room = positions_ - p.along.padding;
    inputs_ = room < p.along.input ? room : p.along.input;
#if defined(MOTE_RT_ARMV7EM_DEPTHWISE)
    call_.plane_bytes = 8 * positions_;
    call_.step = p.output_along;
    call_.across = p.output_across;
    call_.odd = p.along.output & 1;
    lines_words_ = p.along.output * 8;
    line_words_ = p.along.output / 2 * (16 * p.along.stride);
#endif
  }

  /// Of `channels`, with padding everywhere.
  void clear(int32_t channels) noexcept {
    uint32_t* to = words_;
    for (uint32_t* const end = to + 2 * channels * positions_; to != end; ++to) *to = padding_;
  }

  /// Lines 2 and 3 become lines 0 and 1; `line` of the input and the one behind it become lines 2 and 3. What pads a
  /// line at its ends stays.
  MOTE_RT_INLINE void push(const int8_t* input, int32_t line, int32_t channels) noexcept {
    const bool first = static_cast<uint32_t>(line) < static_cast<uint32_t>(p_.across.input);
    const bool second = static_cast<uint32_t>(line + 1) < static_cast<uint32_t>(p_.across.input);
    const int8_t* const from = input + line * p_.input_across;
    uint32_t* const to = words_ + 2 * p_.along.padding;
#if defined(MOTE_RT_ARMV7EM_DEPTHWISE)
    if (channels == kChannelsAtATime) {
      using armv7em::Present;
      const int32_t plane = 8 * positions_;
      const int32_t absent = static_cast<int32_t>(static_cast<uint8_t>(p_.zero_point) * 0x01010101u);
      if (first && second)
        armv7em::push_lines<Present::kBoth>(to, plane, from, p_.input_across, p_.input_along, inputs_);
      else if (first)
        armv7em::push_lines<Present::kFirst>(to, plane, from, absent, p_.input_along, inputs_);
      else if (second)
        armv7em::push_lines<Present::kSecond>(to, plane, from + p_.input_across, absent, p_.input_along, inputs_);
      else
        armv7em::push_padding(words_, padding_, positions_);
      return;
    }
#endif
    for (int32_t c = 0; c < channels; ++c)
      for (int32_t i = 0; i < inputs_; ++i) {
        const int32_t at = i * p_.input_along + c;
        const int32_t a = first ? from[at] : p_.zero_point, b = second ? from[at + p_.input_across] : p_.zero_point;
        uint32_t* const position = to + 2 * (c * positions_ + i);
        position[0] = position[1];
        position[1] = static_cast<uint16_t>(a) | static_cast<uint32_t>(b) << 16;
      }
  }

  /// A line of outputs, or two, of `channels`.
  template <int Shift>
  MOTE_RT_INLINE void compute(const int16_t* weights, const int32_t* finish, int32_t lines, int32_t channels,
                              int8_t* output) noexcept {
#if defined(MOTE_RT_ARMV7EM_DEPTHWISE)
    call_.words = words_;
    call_.weights = weights;
    call_.finish = finish;
    call_.output = output;
    call_.channels = channels;
    call_.words_bytes = lines == 2 ? lines_words_ : line_words_;
    if (lines == 2)
      armv7em::depthwise_two_lines<Shift>(&call_);
    else if (p_.along.stride == 1)
      armv7em::depthwise_line_stride_1<Shift>(&call_);
    else
      armv7em::depthwise_line_stride_2<Shift>(&call_);
#else
    for (int32_t c = 0; c < channels; ++c, weights += kWeights, finish += kFinish)
      for (int32_t x = 0; x < p_.along.output; ++x)
        for (int32_t y = 0; y < lines; ++y) {
          const uint32_t* const from = words_ + 2 * (c * positions_ + x * p_.along.stride);
          int32_t sum = load(finish);
          for (int32_t tap = 0; tap < kTaps; ++tap)
            for (int32_t line = 0; line < kTaps; ++line) {
              const int32_t weight = load(weights + 4 * tap + (line < 2 ? line : 3));
              sum += static_cast<int16_t>(from[2 * tap + (y + line) / 2] >> (16 * ((y + line) % 2))) * weight;
            }
          output[y * p_.output_across + x * p_.output_along + c] =
              short_requantize(sum, load(finish + 1), load(finish + 2), 0, p_.shift);
        }
#endif
  }

 private:
  const Depthwise3x3& p_;
  uint32_t* const words_;  ///< [channels of the group][positions][2]
  const int32_t positions_;
  const uint32_t padding_;  ///< as a position's word
  int32_t inputs_;          ///< of a line, as far as windows reach
#if defined(MOTE_RT_ARMV7EM_DEPTHWISE)
  armv7em::DepthwiseLines call_;
  int32_t lines_words_, line_words_;  ///< its words_bytes for two lines and for one
#endif
};

template <int Shift, class Weights>
MOTE_RT_INLINE void run(const Depthwise3x3& p, const int8_t* input, const Weights& weights, const int32_t* finish,
                        int32_t* scratch, int8_t* output) noexcept {
  FourLines lines(p, reinterpret_cast<uint32_t*>(scratch));
  const int32_t at_a_time = lines_at_a_time(p.across);
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t c = 0; c < p.channels; c += kChannelsAtATime) {
      const int32_t left = p.channels - c;
      const int32_t channels = left < kChannelsAtATime ? left : kChannelsAtATime;
      if (c == 0) lines.clear(channels);
      const int16_t* const group_weights = weights.of(c, channels);
      int32_t line = -p.across.padding;
      int8_t* to = output + c;
      for (int32_t rest = p.across.output + at_a_time; rest > 0; rest -= at_a_time, line += kLinesRead) {
        lines.push(input + c, line, channels);
        if (rest > p.across.output) continue;  // the first outputs need two pairs
        lines.template compute<Shift>(group_weights, finish + c * kFinish, rest < at_a_time ? rest : at_a_time,
                                      channels, to);
        to += at_a_time * p.output_across;
      }
    }
    input += p.along.input * p.across.input * p.channels;
    output += p.along.output * p.across.output * p.channels;
  }
}

}  // namespace depthwise3x3

/// output = saturate(requantized bias + products); `weights` int16[channels][12], `finish` int32[channels][3] as
/// short_requantize reads them, `scratch` depthwise3x3::lines_words; both axes have one stride. `Shift` is p.shift
/// where the target has instructions that want it in their code. Lines of outputs are written when the inputs of their
/// windows and at most one line behind these have been read: with stride 1 and as many outputs as inputs on both axes,
/// `output` may be `input`.
template <int Shift>
inline void depthwise3x3_s8(const Depthwise3x3& p, const int8_t* input, const int16_t* weights, const int32_t* finish,
                            int32_t* scratch, int8_t* output) noexcept {
  depthwise3x3::run<Shift>(p, input, depthwise3x3::WideWeights{weights}, finish, scratch, output);
}

/// The same from int8 weights[channels][9]; `scratch` depthwise3x3::ByteWeights::kRoomWords, then lines_words.
template <int Shift>
inline void depthwise3x3_bytes_s8(const Depthwise3x3& p, const int8_t* input, const int8_t* weights,
                                  const int32_t* finish, int32_t* scratch, int8_t* output) noexcept {
  using depthwise3x3::ByteWeights;
  depthwise3x3::run<Shift>(p, input, ByteWeights{weights, p.weight_bits, reinterpret_cast<int16_t*>(scratch)}, finish,
                           scratch + ByteWeights::kRoomWords, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
