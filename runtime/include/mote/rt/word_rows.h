/// Fully connected layers for cores that multiply 32 bits at a time: four outputs of one row at a time.
///
/// Weights are int16[blocks of four outputs][inputs, an even number][2]: 256 * w1 + w0 of outputs 0 and 1, then of 2
/// and
/// 3. The raw halfword sums 256 * A1 + A0, its low byte A0; the difference is 256 * A1. Numbers are those of
/// mote/rt/quad_panel.h, output after output.
#pragma once

#include "mote/rt/fully_connected.h"
#include "mote/rt/quad_panel.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

struct WordRows {
  MatrixShape shape;
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

/// Inputs of a row, filled up to pairs.
constexpr int32_t word_row_depth(const MatrixShape& p) noexcept {
  return (p.depth + 1) / 2 * 2;
}

namespace portable {

/// All outputs of the row in [row, row_end).
template <bool kStepped>
inline void word_row(const int32_t* row, const int16_t* weights, const int32_t* numbers, int32_t outputs,
                     int8_t* output, const int32_t* row_end, int32_t shift) noexcept {
  for (; outputs > 0; outputs -= 4) {
    uint32_t raw_01 = 0, sum_0 = 0, raw_23 = 0, sum_2 = 0;
    for (const int32_t* x = row; x != row_end; ++x, weights += 2) {
      const int8_t* const low = reinterpret_cast<const int8_t*>(weights);
      raw_01 += static_cast<uint32_t>(*x * weights[0]);
      sum_0 += static_cast<uint32_t>(*x * low[0]);
      raw_23 += static_cast<uint32_t>(*x * weights[1]);
      sum_2 += static_cast<uint32_t>(*x * low[2]);
    }
    const auto odd = [](uint32_t raw, uint32_t even) {
      return static_cast<uint32_t>(static_cast<int32_t>(raw - even) >> 8);
    };
    const uint32_t sums[4] = {sum_0, odd(raw_01, sum_0), sum_2, odd(raw_23, sum_2)};
    for (int32_t o = 0; o < 4 && o < outputs; ++o, numbers += quad_numbers(kStepped)) {
      const int32_t place = static_cast<int32_t>(static_cast<uint32_t>(numbers[0]) + sums[o]);
      *output++ = narrow_requantize(place, narrow_form<kStepped>(numbers + 1), shift);
    }
  }
}

}  // namespace portable

#if defined(MOTE_RT_ARMV6M)
using armv6m::word_row;
#else
using portable::word_row;
#endif

/// fully_connected_s8. Scratch: a word an input. A row is read before its outputs are written.
template <bool kStepped>
inline void fully_connected_words(const WordRows& p, const int8_t* input, const int16_t* weights,
                                  const int32_t* numbers, int32_t* scratch, int8_t* output) noexcept {
  int32_t* const row_end = scratch + word_row_depth(p.shape);
  row_end[-1] = 0;  // the last input may stand alone
  for (int32_t batch = 0; batch < p.shape.batches; ++batch, output += p.shape.outputs) {
    int32_t* to = scratch;
    for (const int8_t* const end = input + p.shape.depth; input != end;) *to++ = *input++;
    word_row<kStepped>(scratch, weights, numbers, p.shape.outputs, output, row_end, p.shift);
    clamp_bytes(output, p.shape.outputs, p.low, p.high);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
