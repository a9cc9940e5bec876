/// Depthwise convolutions for cores that multiply 32 bits at a time: one input channel after the other, line by line
/// along the axis that costs less, in words that hold the inputs of two neighbouring outputs, as mote/rt/quad_panel.h
/// has them.
///
/// The words of a window lie together: place by place along the line, at each place line by line. Line n of inputs is
/// read once, into words n, n + height, n + 2 * height, ...: there the place before has the oldest of its lines, which
/// no window needs any more. So a line of outputs reads the same words as the one before it, a stride further on.
///
/// A dilated axis is several axes that are not: one for every output that it can begin with.
#pragma once

#include "mote/rt/arch/armv6m_depthwise.h"
#include "mote/rt/arch/armv7m_depthwise.h"
#include "mote/rt/arch/rv32_depthwise.h"
#include "mote/rt/quad_panel.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8. Lines run along one of both axes.
struct DepthwisePairs {
  int32_t batches;
  WindowAxis along, across;             ///< a line's own axis, with stride 1 or 2, and the other; stride 1 if dilated
  int32_t input_along, input_across;    ///< elements from one input to the next on either axis
  int32_t output_along, output_across;  ///< the same of outputs
  int32_t channels;                     ///< of the input
  int32_t multiplier;                   ///< outputs of each
  int32_t taps;                         ///< of a window, with those of weight 0 that fill passes up
  int32_t zero_point;                   ///< the input that the padding stands for
  int32_t shift;
  int32_t low, high;  ///< the fused activation's range; [-128, 127] needs no clamp

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
    visit("taps", self.taps);
    visit("zero_point", self.zero_point);
    visit("shift", self.shift);
    visit("low", self.low);
    visit("high", self.high);
  }
};

namespace depthwise_pairs_detail {

/// Places of a line, as far as pairs of outputs reach, and the `stride` before the first: word n of a line holds inputs
/// n - stride and n of the padded line.
constexpr int32_t places_of(const WindowAxis& along) noexcept {
  return ((along.output + 1) / 2 * 2 - 1) * along.stride + along.kernel;
}

/// Lines of inputs, their padding included.
constexpr int32_t lines_of(const WindowAxis& across) noexcept {
  return (across.output - 1) * across.stride + across.kernel;
}

/// The outputs phase, phase + dilation, ... of an axis, and the inputs that they read: a window without dilation.
struct Phase {
  WindowAxis axis;
  int32_t input, output;  ///< the first of each
};
constexpr Phase phase_of(const WindowAxis& axis, int32_t phase) noexcept {
  if (axis.dilation == 1) return {axis, 0, 0};
  Phase result{{0, 0, axis.kernel, 1, 1, 0}, phase - axis.padding, phase};
  for (; result.input < 0; result.input += axis.dilation) ++result.axis.padding;
  for (int32_t i = result.input; i < axis.input; i += axis.dilation) ++result.axis.input;
  for (int32_t i = phase; i < axis.output; i += axis.dilation) ++result.axis.output;
  return result;
}

}  // namespace depthwise_pairs_detail

/// The weights of a channel's filters, then its lines.
constexpr int32_t depthwise_pairs_scratch_bytes(const DepthwisePairs& p) noexcept {
  using namespace depthwise_pairs_detail;
  const WindowAxis along = phase_of(p.along, 0).axis, across = phase_of(p.across, 0).axis;
  const int32_t window = along.kernel * across.kernel;
  const int32_t words = (places_of(along) - 1) * across.kernel + lines_of(across);
  return 4 * (p.multiplier * p.taps + words + p.taps - window);
}

/// One line of outputs of one filter. Assembly reads it by place.
struct PairLine {
  const uint32_t* weights;      ///< 0: as many as a window has words, each widened
  uint32_t both, second;        ///< 4: what the two sums begin with
  uint32_t low;                 ///< 12
  int32_t shift;                ///< 16
  uint32_t high;                ///< 20
  int32_t step;                 ///< 24: from an output to the next one
  const uint32_t* end;          ///< 28: the first window of the pair behind the last whole one
  uint32_t limit, addend;       ///< 32
  int8_t* output;               ///< 40
  uint32_t pivot, tie;          ///< 44: of NarrowForm, its step
  int32_t next;                 ///< 52: bytes from the end of a window to the next pair's first one
  const uint32_t* last;         ///< 56: the same as `end` if an output that has no second counts as a pair
  const uint32_t* weights_end;  ///< 60
  const uint32_t* first;        ///< 64: the first window
};

/// What all lines of inputs have in common. Assembly reads it by place.
struct InputLine {
  int32_t before;    ///< 0: words of padding in front of the inputs
  int32_t inputs;    ///< 4
  int32_t step;      ///< 8: from an input to the next one
  int32_t height;    ///< 12: words from a place to the next one
  uint32_t padding;  ///< 16: the input that it stands for
  int32_t after;     ///< 20: words behind the inputs
};

namespace portable {

template <int32_t, int32_t, bool kStepped>
constexpr void pair_line(const PairLine* common) noexcept {
  const PairLine line = *common;
  const NarrowForm form{
      line.addend, line.limit, line.low, line.high, kStepped ? line.pivot : 0, kStepped ? line.tie : 0};
  int8_t* output = line.output;
  for (const uint32_t* x = line.first; x != line.last; output += 2 * line.step) {
    const bool alone = x == line.end;
    TwoSums sums(line.second);
    const uint32_t* w = line.weights;
    for (; line.weights_end - w > 1; x += 2, w += 2) sums.add(x[0] * w[0] + x[1] * w[1]);
    if (w != line.weights_end) sums.add(*x++ * *w);
    x += line.next / 4;
    output[0] = narrow_requantize(sums.first_sum(), form, line.shift);
    if (!alone) output[line.step] = narrow_requantize(sums.second_sum(), form, line.shift);
  }
}

/// Writes the words of one line, from its first place on.
template <int32_t kStride>
constexpr void widen_line(const InputLine* common, const int8_t* from, uint32_t* to) noexcept {
  const InputLine line = *common;
  const uint32_t padding = line.padding;
  for (int32_t i = line.before; i > 0; --i, to += line.height) *to = padding * 0x10001u;
  uint32_t older = padding, last = padding;  // the inputs two and one back
  const auto put = [&](uint32_t x) {
    *to = (kStride == 1 ? last : older) + (x << 16);
    to += line.height;
    older = last;
    last = x;
  };
  for (int32_t i = line.inputs; i > 0; --i, from += line.step) put(static_cast<uint32_t>(int32_t{*from}));
  for (int32_t i = line.after; i > 0; --i) put(padding);
}

}  // namespace portable

namespace depthwise_pairs_detail {

// What the second sum takes to round upwards is in the other one too, once for each pair of taps.
#if defined(MOTE_RT_ARMV6M_DEPTHWISE)
using armv6m::pair_line;
using armv6m::widen_line;
constexpr bool kHalves = false;
#elif defined(MOTE_RT_ARMV7M_DEPTHWISE)
using armv7m::pair_line;
using armv7m::widen_line;
constexpr bool kHalves = true;
#elif defined(MOTE_RT_RV32_DEPTHWISE)
using rv32::pair_line;
using rv32::widen_line;
constexpr bool kHalves = true;
#else
using portable::pair_line;
using portable::widen_line;
constexpr bool kHalves = false;
#endif

/// What depends on how many taps are written out. All else is one function for all windows.
struct PairLines {
  void (*compute)(const PairLine*);
  uint32_t halves;  ///< what a sum of both begins with too much
  int32_t numbers;  ///< int32 a filter
};
template <int32_t kTaps, int32_t kPasses, bool kStepped>
constexpr PairLines pair_lines() noexcept {
  return {&pair_line<kTaps, kPasses, kStepped>,
          kHalves ? static_cast<uint32_t>((kTaps + 1) / 2 * kPasses) * 0x8000u : 0, quad_numbers(kStepped)};
}

/// The words of the lines of one channel's inputs.
class PairWords {
 public:
  PairWords(const DepthwisePairs& p, uint32_t* words) noexcept : stride_(p.along.stride) {
    // Words of places before the first are read by nobody, but come about where inputs are not paired with padding.
    const int32_t skipped = p.along.padding < stride_ ? p.along.padding : stride_;
    const int32_t places = places_of(p.along) - skipped;
    const int32_t before = p.along.padding - skipped < places ? p.along.padding - skipped : places;
    const int32_t inputs = places - before < p.along.input ? places - before : p.along.input;
    line_ = {
        before, inputs, p.input_along, p.across.kernel, static_cast<uint32_t>(p.zero_point), places - before - inputs};
    words_ = words + skipped * line_.height;
    windows_ = words + stride_ * line_.height;
  }

  /// Where windows begin whose first line is line 0.
  const uint32_t* windows() const noexcept { return windows_; }

  void pad(int32_t line) const noexcept {
    const uint32_t two = line_.padding * 0x10001u;
    uint32_t* to = words_ + line;
    for (int32_t i = line_.before + line_.inputs + line_.after; i > 0; --i, to += line_.height) *to = two;
  }

  void widen(const int8_t* from, int32_t line) const noexcept {
    if (stride_ == 1)
      widen_line<1>(&line_, from, words_ + line);
    else
      widen_line<2>(&line_, from, words_ + line);
  }

 private:
  const int32_t stride_;
  InputLine line_;
  uint32_t* words_;  ///< of line 0, where it has some
  const uint32_t* windows_;
};

/// What of a line is the same for all lines of a filter. Numbers of five have nothing that is stepped.
inline void begin_filter(const PairLines& lines, PairLine& line, const uint32_t* weights, int32_t taps,
                         const int32_t* numbers) noexcept {
  const auto number = [numbers](int32_t i) { return static_cast<uint32_t>(load(numbers + i)); };
  line.weights = weights;
  line.weights_end = weights + taps;
  line.second = number(0);
  line.both = line.second * 0x10001u - lines.halves;
  line.addend = number(1);
  line.limit = number(2);
  line.low = number(3);
  line.high = number(4);
  if (lines.numbers == quad_numbers(false)) return;
  line.pivot = number(5);
  line.tie = number(6);
}

/// Brings the outputs of a line into the activation's range.
inline void clamp_line(const DepthwisePairs& p, int8_t* output) noexcept {
  for (int32_t i = p.along.output; i > 0; --i, output += p.output_along)
    *output = static_cast<int8_t>(*output < p.low ? p.low : *output > p.high ? p.high : *output);
}

/// One image without dilation.
inline void image(const PairLines& lines, const DepthwisePairs& p, const int8_t* input, const int8_t* weights,
                  const int32_t* numbers, int32_t* scratch, int8_t* output) noexcept {
  uint32_t* const filters = reinterpret_cast<uint32_t*>(scratch);
  const int32_t filters_words = p.multiplier * p.taps;
  const PairWords words(p, filters + filters_words);
  const int32_t pair = 2 * p.along.stride * p.across.kernel;  // words from one to the next
  PairLine line;
  line.shift = p.shift;
  line.step = p.output_along;
  line.next = 4 * (pair - p.taps);
  for (const int8_t* const end = input + p.channels; input != end; ++input) {
    uint32_t* widened = filters;
    for (int32_t i = filters_words; i > 0; --i) *widened++ = static_cast<uint32_t>(int32_t{load(weights++)});
    line.first = words.windows();
    line.end = line.first + p.along.output / 2 * pair;
    line.last = p.along.output % 2 == 0 ? line.end : line.end + pair;
    int32_t first = 0, next = 0;  // of the windows' lines; that is read next
    for (int32_t y = 0; y < p.across.output; ++y, first += p.across.stride) {
      if (next < first) next = first;
      for (; next < first + p.across.kernel; ++next) {
        const int32_t from = next - p.across.padding;
        if (from < 0 || from >= p.across.input)
          words.pad(next);
        else
          words.widen(input + from * p.input_across, next);
      }
      line.output = output + y * p.output_across;
      for (int32_t m = 0; m < p.multiplier; ++m, ++line.output) {
        if (y == 0 || p.multiplier != 1)
          begin_filter(lines, line, filters + m * p.taps, p.taps, numbers + m * lines.numbers);
        lines.compute(&line);
        if (p.low > -128 || p.high < 127) clamp_line(p, line.output);
      }
      line.first += p.across.stride;
      line.end += p.across.stride;
      line.last += p.across.stride;
    }
    numbers += p.multiplier * lines.numbers;
    output += p.multiplier;
  }
}

inline void images(const PairLines& lines, const DepthwisePairs& p, const int8_t* input, const int8_t* weights,
                   const int32_t* numbers, int32_t* scratch, int8_t* output) noexcept {
  for (int32_t batch = p.batches; batch > 0; --batch) {
    image(lines, p, input, weights, numbers, scratch, output);
    input += p.along.input * p.across.input * p.channels;
    output += p.along.output * p.across.output * p.channels * p.multiplier;
  }
}

/// Part by part as if each were an image of its own.
inline void dilated_images(const PairLines& lines, const DepthwisePairs& p, const int8_t* input, const int8_t* weights,
                           const int32_t* numbers, int32_t* scratch, int8_t* output) noexcept {
  DepthwisePairs part = p;
  part.input_along *= p.along.dilation;
  part.input_across *= p.across.dilation;
  part.output_along *= p.along.dilation;
  part.output_across *= p.across.dilation;
  for (int32_t batch = p.batches; batch > 0; --batch) {
    for (int32_t i = 0; i < p.across.dilation; ++i)
      for (int32_t j = 0; j < p.along.dilation; ++j) {
        const Phase across = phase_of(p.across, i), along = phase_of(p.along, j);
        part.along = along.axis;
        part.across = across.axis;
        if (part.along.output > 0 && part.across.output > 0)
          image(lines, part, input + across.input * p.input_across + along.input * p.input_along, weights, numbers,
                scratch, output + across.output * p.output_across + along.output * p.output_along);
      }
    input += p.along.input * p.across.input * p.channels;
    output += p.along.output * p.across.output * p.channels * p.multiplier;
  }
}

}  // namespace depthwise_pairs_detail

/// output[.., o] for all outputs o of a pixel: the narrow requantization of numbers[o] (start, addend, limit, low,
/// high; stepped also pivot, step) and products with int8 weights[o][p.taps], place by place along the line, at each
/// place line by line. kTaps of them are written out, kPasses times. Scratch: depthwise_pairs_scratch_bytes.
///
/// Line y of outputs is written when lines y * stride - padding + kernel - 1 and before have been read, and none after:
/// with stride 1, one output a channel and as many outputs as inputs on both axes, `output` may be `input`.
template <int32_t kTaps, int32_t kPasses, bool kStepped>
inline void depthwise_pairs(const DepthwisePairs& p, const int8_t* input, const int8_t* weights, const int32_t* numbers,
                            int32_t* scratch, int8_t* output) noexcept {
  depthwise_pairs_detail::images(depthwise_pairs_detail::pair_lines<kTaps, kPasses, kStepped>(), p, input, weights,
                                 numbers, scratch, output);
}

/// The same with dilation: part by part as if it were an image of its own.
template <int32_t kTaps, int32_t kPasses, bool kStepped>
inline void depthwise_pairs_dilated(const DepthwisePairs& p, const int8_t* input, const int8_t* weights,
                                    const int32_t* numbers, int32_t* scratch, int8_t* output) noexcept {
  depthwise_pairs_detail::dilated_images(depthwise_pairs_detail::pair_lines<kTaps, kPasses, kStepped>(), p, input,
                                         weights, numbers, scratch, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
