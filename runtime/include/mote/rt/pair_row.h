/// Small fully connected layers for cores that multiply 32 bits at a time: two inputs a multiplication.
///
/// A word of the column holds two inputs, as x0 + 65536 * x1, a word of the weights theirs the other way round, as
/// w1 + 65536 * w0: the upper half of the product is x0 * w0 + x1 * w1, less one if the lower half is negative. That
/// fits unless both weights are -128. Four inputs in a row are the words (x0, x2), (x1, x3); where there is no input
/// the weight is 0.
///
/// The weights' stream holds for each two outputs, in int32: their starts (bias, in places); for each four inputs two
/// words of the first output, then two of the second; then the numbers of each, addend, limit, low, high, and stepped
/// also pivot, step (mote/rt/narrow_requantize.h). The last output may stand alone: its neighbour's start and
/// weights are 0 and have no numbers.
#pragma once

#include "mote/rt/arch/armv6m_pairs.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/quad_panel.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

struct PairRow {
  MatrixShape shape;  ///< rows begin at multiples of four bytes
  int32_t low, high;  ///< the fused activation's range; [-128, 127] needs no clamp

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("low", self.low);
    visit("high", self.high);
  }
};

constexpr int32_t pair_row_words(const MatrixShape& p) noexcept {
  return (p.depth + 3) / 4 * 2;
}
/// int32s of an output's numbers behind its weights: it has its start already.
constexpr int32_t pair_row_numbers(bool stepped) noexcept {
  return quad_numbers(stepped) - 1;
}
/// Of the narrow form: layers are small, and so are their accumulators, up to 2^18 places.
constexpr int32_t kPairRowShift = 14;
constexpr int32_t pair_stream_words(const MatrixShape& p, bool stepped) noexcept {
  return (p.outputs + 1) / 2 * 2 * (1 + pair_row_words(p)) + p.outputs * pair_row_numbers(stepped);
}

namespace portable {

/// The inputs i and i + 2 of a row.
constexpr uint32_t input_pair(const int8_t* input, int32_t i, int32_t depth) noexcept {
  const int32_t second = i + 2 < depth ? input[i + 2] : 0;
  return static_cast<uint32_t>((i < depth ? input[i] : 0) + 65536 * second);
}

/// The upper half of what is congruent to low + 65536 * upper.
constexpr uint32_t upper_sum(uint32_t products) noexcept {
  return static_cast<uint32_t>(static_cast<int32_t>(products + 0x8000u) >> 16);
}

/// One row: all inputs are read before an output is written. The column is free to be written.
template <bool kStepped>
constexpr void pair_row(const MatrixShape& p, int8_t* output, const int8_t* input, uint32_t* column,
                        const int32_t* weights) noexcept {
  const uint32_t* const column_end = column + pair_row_words(p);
  for (int32_t i = 0; i < p.depth; i += 4) {
    column[i / 2] = input_pair(input, i, p.depth);
    column[i / 2 + 1] = input_pair(input, i + 1, p.depth);
  }
  for (int32_t first = 0; first < p.outputs; first += 2) {
    uint32_t sums[2] = {static_cast<uint32_t>(load(weights)), static_cast<uint32_t>(load(weights + 1))};
    weights += 2;
    for (const uint32_t* x = column; x != column_end; x += 2, weights += 4)
      for (int32_t o = 0; o < 2; ++o)
        for (int32_t i = 0; i < 2; ++i) sums[o] += upper_sum(x[i] * static_cast<uint32_t>(load(weights + 2 * o + i)));
    for (int32_t o = first; o < first + 2 && o < p.outputs; ++o, weights += pair_row_numbers(kStepped)) {
      *output++ =
          narrow_requantize(static_cast<int32_t>(sums[o - first]), narrow_form<kStepped>(weights), kPairRowShift);
    }
  }
}

}  // namespace portable

/// fully_connected_s8. Scratch: pair_row_words. A row is read before its outputs are written.
template <bool kStepped>
inline void fully_connected_pairs(const PairRow& p, const int8_t* input, const int32_t* weights, int32_t* scratch,
                                  int8_t* output) noexcept {
  uint32_t* const column = reinterpret_cast<uint32_t*>(scratch);
  for (int32_t batch = 0; batch < p.shape.batches; ++batch, input += p.shape.depth, output += p.shape.outputs) {
#if defined(MOTE_RT_ARMV6M)
    armv6m::pair_row<kStepped, kPairRowShift>(output, input, column, column + pair_row_words(p.shape), weights,
                                              weights + pair_stream_words(p.shape, kStepped));
#else
    portable::pair_row<kStepped>(p.shape, output, input, column, weights);
#endif
    clamp_bytes(output, p.shape.outputs, p.low, p.high);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
