/// Small fully connected layers of up to 16 inputs, which stay in registers while the weights stream by.
///
/// The column holds two inputs a word, as halfwords: for each four inputs (x0, x2), (x1, x3), without a last word that
/// has none. The weights' stream holds for each output, in int32: its start (bias, in 256ths); a word of weights for
/// each word of the column, as halfwords 256 * w, 0 where there is no input; multiplier, addend, and stepped also step
/// (mote/rt/short_requantize.h).
#pragma once

#include "mote/rt/arch/armv7em_held.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/short_requantize.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

struct HeldRow {
  MatrixShape shape;  ///< rows begin at multiples of four bytes
  int32_t shift;
  int32_t low, high;  ///< the fused activation's range; [-128, 127] needs no clamp

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("shift", self.shift);
    visit("low", self.low);
    visit("high", self.high);
  }
};

constexpr int32_t kMostHeldWords = 8;
constexpr int32_t held_words(const MatrixShape& p) noexcept {
  return p.depth / 4 * 2 + (p.depth % 4 > 1 ? 2 : p.depth % 4);
}
/// int32s of an output.
constexpr int32_t held_output_words(const MatrixShape& p, bool stepped) noexcept {
  return 1 + held_words(p) + (stepped ? 3 : 2);
}

namespace portable {

/// All outputs of a row.
template <bool kStepped>
constexpr void held_row(const HeldRow& p, int8_t* output, const int8_t* input, const int32_t* weights) noexcept {
  for (int32_t o = 0; o < p.shape.outputs; ++o) {
    int32_t sum = load(weights++);
    for (int32_t word = 0; word < held_words(p.shape); ++word, ++weights)
      for (int32_t half = 0; half < 2; ++half) {
        const int32_t at = word / 2 * 4 + word % 2 + half * 2;
        const uint32_t pair = static_cast<uint32_t>(load(weights)) >> (16 * half);
        if (at < p.shape.depth) sum += input[at] * static_cast<int16_t>(pair & 0xFFFF);
      }
    *output++ = short_requantize(sum, load(weights), load(weights + 1), kStepped ? load(weights + 2) : 0, p.shift);
    weights += kStepped ? 3 : 2;
  }
}

}  // namespace portable

/// fully_connected_s8. kWords of the column, kUnroll outputs a round, kRounds: more than one round; kShift is the
/// shift. The portable text has no use for these.
template <int32_t kWords, int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
inline void fully_connected_held(const HeldRow& p, const int8_t* input, const int32_t* weights,
                                 int8_t* output) noexcept {
  for (int32_t batch = 0; batch < p.shape.batches; ++batch, input += p.shape.depth, output += p.shape.outputs) {
#if defined(MOTE_RT_ARMV7EM_PANELS)
    armv7em::held_row<kWords, kUnroll, kRounds, kShift, kStepped>(
        output, input, weights, weights + p.shape.outputs * held_output_words(p.shape, kStepped));
#else
    int8_t row[2 * kMostHeldWords] = {};  // outputs may lie over inputs
    copy_bytes(row, input, p.shape.depth);
    portable::held_row<kStepped>(p, output, row, weights);
#endif
    clamp_bytes(output, p.shape.outputs, p.low, p.high);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
