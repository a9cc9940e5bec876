/// A panel: all output channels of one to three pixels, from weights and inputs in the order in which the inner loop
/// eats them. docs/kernels.md shows the order; src/target/dense_weights.h makes it.
///
/// A group is four inputs. A column holds each group's inputs widened to halfwords: the words (x0, x2) of its one to
/// three pixels, then their words (x1, x3). The weights' stream holds for each block of channels, in int32:
///   the starts: bias of the even channel; 256 times that of the odd channel plus that of the even one
///   the groups: a word (w0, w2) and a word (w1, w3) for each pair of channels, as halfwords 256 * odd + even
///   the ends of each pair: plain    multiplier, addend of the even channel; those of the odd one
///                          stepped  bias, multiplier, addend, step of the even channel; the last three of the odd one
#pragma once

#include "mote/rt/arch/armv7em.h"
#include "mote/rt/short_requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output: the first pixel's byte of the first channel; the second pixel's is output_step bytes on, or at the same
/// place, where the first pixel's stays. Writes every channel up to weights_end. `shift` is the layer's, for panels
/// that do not have it in their type.
using Panel = void (*)(int8_t* output, int32_t output_step, const int32_t* weights_end, const uint32_t* column,
                       const int32_t* weights, const uint32_t* column_end, int32_t shift);
/// The same of three pixels, the third one's byte `third_step` bytes on; of bytes at one place the first pixel's stays.
using PanelOfThree = void (*)(int8_t* output, int32_t output_step, const int32_t* weights_end, const uint32_t* column,
                              const int32_t* weights, const uint32_t* column_end, int32_t shift, int32_t third_step);

/// What any compiler makes of the same bytes.
namespace portable {

constexpr int32_t low_half(uint32_t word) noexcept {
  return static_cast<int16_t>(word & 0xFFFF);
}
constexpr int32_t high_half(uint32_t word) noexcept {
  return static_cast<int16_t>(word >> 16);
}
constexpr int32_t low_byte(int32_t half) noexcept {
  return static_cast<int8_t>(half & 0xFF);
}

/// The sums of a pair of channels: of the even channel, and of 256 * odd + even. Both wrap; their difference does not.
struct PairSum {
  uint32_t even, raw;

  constexpr void add(uint32_t weights, uint32_t inputs) noexcept {
    const int32_t w0 = low_half(weights), w1 = high_half(weights);
    const int32_t x0 = low_half(inputs), x1 = high_half(inputs);
    raw += static_cast<uint32_t>(w0 * x0 + w1 * x1);
    even += static_cast<uint32_t>(low_byte(w0) * x0 + low_byte(w1) * x1);
  }
};

template <bool kStepped>
constexpr void finish_pair(const PairSum& sum, const int32_t* end, int32_t shift, int8_t* output) noexcept {
  const int32_t odd = static_cast<int32_t>(sum.raw - sum.even);
  if (kStepped) {
    const int32_t even = static_cast<int32_t>((sum.even << 8) + static_cast<uint32_t>(end[0]));
    output[0] = short_requantize(even, end[1], end[2], end[3], shift + 8);
    output[1] = short_requantize(odd, end[4], end[5], end[6], shift + 8);
  } else {
    output[0] = short_requantize(static_cast<int32_t>(sum.even), end[0], end[1], 0, shift);
    output[1] = short_requantize(odd, end[2], end[3], 0, shift + 8);
  }
}

template <int32_t kPixels, int32_t kPairs, bool kStepped, class... Steps>
constexpr void panel(int8_t* output, int32_t output_step, const int32_t* weights_end, const uint32_t* column,
                     const int32_t* weights, const uint32_t* column_end, int32_t shift, Steps... third_step) noexcept {
  constexpr int32_t kEnd = kStepped ? 7 : 4;
  const int32_t steps[] = {0, output_step, third_step...};
  for (; weights != weights_end; output += 2 * kPairs) {
    PairSum sums[kPixels][kPairs] = {};
    for (int32_t p = 0; p < kPixels; ++p)
      for (int32_t c = 0; c < kPairs; ++c)
        sums[p][c] = {static_cast<uint32_t>(load(weights + 2 * c)), static_cast<uint32_t>(load(weights + 2 * c + 1))};
    weights += 2 * kPairs;
    for (const uint32_t* x = column; x != column_end; x += 2 * kPixels, weights += 2 * kPairs)
      for (int32_t p = 0; p < kPixels; ++p)
        for (int32_t c = 0; c < kPairs; ++c)
          for (int32_t half = 0; half < 2; ++half)
            sums[p][c].add(static_cast<uint32_t>(load(weights + 2 * c + half)), x[kPixels * half + p]);
    for (int32_t p = kPixels - 1; p >= 0; --p)
      for (int32_t c = 0; c < kPairs; ++c)
        finish_pair<kStepped>(sums[p][c], weights + c * kEnd, shift, output + steps[p] + 2 * c);
    weights += kPairs * kEnd;
  }
}

constexpr uint32_t even_inputs(const int8_t* x) noexcept {
  return static_cast<uint16_t>(x[0]) | static_cast<uint32_t>(x[2]) << 16;
}
constexpr uint32_t odd_inputs(const int8_t* x) noexcept {
  return even_inputs(x + 1);
}

constexpr void widen_1(uint32_t* column, const int8_t* input, int32_t groups) noexcept {
  for (; groups > 0; --groups, input += 4) {
    *column++ = even_inputs(input);
    *column++ = odd_inputs(input);
  }
}
constexpr uint32_t* widen_2(uint32_t* column, const int8_t* first, const int8_t* second, int32_t groups) noexcept {
  for (; groups > 0; --groups, first += 4, second += 4) {
    *column++ = even_inputs(first);
    *column++ = even_inputs(second);
    *column++ = odd_inputs(first);
    *column++ = odd_inputs(second);
  }
  return column;
}
constexpr void widen_3(uint32_t* column, const int8_t* first, const int8_t* second, const int8_t* third,
                       int32_t groups) noexcept {
  for (; groups > 0; --groups, first += 4, second += 4, third += 4) {
    const int8_t* const pixels[] = {first, second, third};
    for (const int8_t* pixel : pixels) *column++ = even_inputs(pixel);
    for (const int8_t* pixel : pixels) *column++ = odd_inputs(pixel);
  }
}

/// `runs` of them, `gap` bytes from the end of one to the next, at any address. No count is 0.
constexpr uint32_t* widen_runs_2(uint32_t* column, const int8_t* first, const int8_t* second, int32_t groups,
                                 int32_t runs, int32_t gap) noexcept {
  for (; runs > 0; --runs, first += 4 * groups + gap, second += 4 * groups + gap)
    column = widen_2(column, first, second, groups);
  return column;
}

/// Three runs of 9 bytes of two windows, `step` bytes from run to run, at any address. What is left of the runs behind
/// their fours comes last.
inline void widen_three_nines_2(uint32_t* column, const int8_t* first, const int8_t* second, int32_t step) noexcept {
  for (int32_t run = 0; run < 3; ++run) column = widen_2(column, first + run * step, second + run * step, 2);
  const int8_t* const windows[] = {first + 8, second + 8};
  for (const int8_t* left : windows) {
    column[0] = static_cast<uint16_t>(left[0]) | static_cast<uint32_t>(int32_t{left[2 * step]}) << 16;
    column[2] = static_cast<uint16_t>(left[step]);
    ++column;
  }
}

/// Two windows' runs that are widened already, `gap` words from the end of one to the next, in a ring of so many words.
constexpr void interleave_runs_2(uint32_t* column, const uint32_t* first, const uint32_t* second, int32_t groups,
                                 int32_t runs, int32_t gap, const uint32_t* ring_end, int32_t ring_words) noexcept {
  for (; runs > 0; --runs) {
    for (int32_t word = 0; word < 2 * groups; ++word) {
      *column++ = *first++;
      *column++ = *second++;
    }
    const int32_t step = gap < ring_end - first ? gap : gap - ring_words;
    first += step;
    second += step;
  }
}

}  // namespace portable

/// How a panel was chosen: kUnroll groups a round, kRounds: more than one round; kShift the shift, -1: an argument;
/// kStepped the kind of requantization. The portable text has no use for the first three.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
struct DensePanel {
#if defined(MOTE_RT_ARMV7EM_PANELS)
  static constexpr Panel k2x2 = armv7em::panel_2x2<kUnroll, kRounds, kShift, kStepped>;
  static constexpr PanelOfThree k3x2 = armv7em::panel_3x2<kUnroll, kRounds, kShift, kStepped>;
  static constexpr Panel k1x4 = armv7em::panel_1x4<kUnroll, kRounds, kShift, kStepped>;
#else
  static constexpr Panel k2x2 = portable::panel<2, 1, kStepped>;
  static constexpr PanelOfThree k3x2 = portable::panel<3, 1, kStepped, int32_t>;
  static constexpr Panel k1x4 = portable::panel<1, 2, kStepped>;
#endif
};

/// Widens `groups` groups of a column of one to three pixels, where inputs are aligned to words or, in runs, may
/// not be.
#if defined(MOTE_RT_ARMV7EM_PANELS)
using armv7em::interleave_runs_2;
using armv7em::widen_1;
using armv7em::widen_2;
using armv7em::widen_3;
using armv7em::widen_runs_2;
using armv7em::widen_three_nines_2;
#else
using portable::interleave_runs_2;
using portable::widen_1;
using portable::widen_2;
using portable::widen_3;
using portable::widen_runs_2;
using portable::widen_three_nines_2;
#endif

}  // namespace v1
}  // namespace rt
}  // namespace mote
