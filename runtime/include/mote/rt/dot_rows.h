/// Fully connected layers for cores that multiply 32 bits at a time, where weights are small: four inputs of a row in
/// two multiplications.
///
/// (a + 65536 c) (p + 65536 q) has a q + c p in its upper half, above a p in the lower one, which half of 65536 rounds
/// away. Four weights w0..w3 are the bytes of a word v, each 128 more. With x = x2 + 65536 x0, y = x3 + 65536 x1 and
/// odd = v >> 8 & 0xFF00FF, the even bytes are v - 256 odd, so
///
///   v x + odd (y - 256 x) + (32768 - 0x800080 (x + y))
///
/// modulo 2^32 has the sum of the four products in its upper half, if it fits 16 bits.
#pragma once

#include "mote/rt/word_rows.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Groups of inputs of a row; the inputs of one lie so many apart.
constexpr int32_t dot_row_groups(const MatrixShape& p) noexcept {
  return (p.depth + 3) / 4;
}
/// Words of a group in scratch: x, y - 256 x, and what is added.
constexpr int32_t kDotWords = 3;

namespace portable {

/// All outputs of the row in [row, row_end). Weights are words [blocks of four outputs][groups][4].
template <bool kStepped>
inline void dot_row(const int32_t* row, const int32_t* weights, const int32_t* numbers, int32_t outputs, int8_t* output,
                    const int32_t* row_end, int32_t shift) noexcept {
  for (; outputs > 0; outputs -= 4) {
    int32_t sum_0 = 0, sum_1 = 0, sum_2 = 0, sum_3 = 0;
    for (const int32_t* x = row; x != row_end; x += kDotWords, weights += 4) {
      const auto group = [x](int32_t word) { return static_cast<uint32_t>(x[word]); };
      const auto dot = [&](int32_t weight) {
        const auto v = static_cast<uint32_t>(weight);
        return static_cast<int32_t>(v * group(0) + (v >> 8 & 0xFF00FFu) * group(1) + group(2)) >> 16;
      };
      sum_0 += dot(weights[0]);
      sum_1 += dot(weights[1]);
      sum_2 += dot(weights[2]);
      sum_3 += dot(weights[3]);
    }
    const int32_t sums[4] = {sum_0, sum_1, sum_2, sum_3};
    for (int32_t o = 0; o < 4 && o < outputs; ++o, numbers += quad_numbers(kStepped)) {
      const auto place = static_cast<int32_t>(static_cast<uint32_t>(numbers[0]) + static_cast<uint32_t>(sums[o]));
      *output++ = narrow_requantize(place, narrow_form<kStepped>(numbers + 1), shift);
    }
  }
}

}  // namespace portable

#if defined(MOTE_RT_ARMV6M)
using armv6m::dot_row;
#else
using portable::dot_row;
#endif

/// fully_connected_s8. Scratch: kDotWords words a group. A row is read before its outputs are written.
template <bool kStepped>
inline void fully_connected_dots(const WordRows& p, const int8_t* input, const int32_t* weights, const int32_t* numbers,
                                 int32_t* scratch, int8_t* output) noexcept {
  const int32_t groups = dot_row_groups(p.shape);
  for (int32_t batch = 0; batch < p.shape.batches; ++batch, input += p.shape.depth, output += p.shape.outputs) {
    int32_t* to = scratch;
    for (int32_t i = 0; i < groups; ++i, to += kDotWords) {
      const auto at = [&](int32_t k) { return k < p.shape.depth ? static_cast<uint32_t>(int32_t{input[k]}) : 0; };
      const uint32_t x = at(i + 2 * groups) + (at(i) << 16), y = at(i + 3 * groups) + (at(i + groups) << 16);
      to[0] = static_cast<int32_t>(x);
      to[1] = static_cast<int32_t>(y - (x << 8));
      to[2] = static_cast<int32_t>(0x8000u - ((x + y) << 7) * 0x10001u);
    }
    dot_row<kStepped>(scratch, weights, numbers, p.shape.outputs, output, to, p.shift);
    clamp_bytes(output, p.shape.outputs, p.low, p.high);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
