#pragma once

#include "mote/rt/fixed_point.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule S1: output = softmax(input) with scale 1/256 and zero point -128, or 1/65536 and -32768 where it is int16, by
/// rows of `depth`.
struct SoftmaxS8 {
  int32_t rows;
  int32_t depth;
  int32_t table_size;  ///< in [1, 256]: differences to the maximum of this much or more contribute nothing
  Multiplier factor;   ///< beta * scale * 2^26, the input step in 5 integer bits

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
    visit("table_size", self.table_size);
    visit("factor", self.factor);
  }
};

/// Entry of the table that softmax_s8 reads: exp(-difference * beta * scale), 0 integer bits.
constexpr int32_t softmax_table_entry(int32_t difference, const Multiplier& factor) noexcept {
  return exp_on_negative(multiply(-difference, factor), 5);
}

/// The exponentials of a row's elements, from the table of softmax_table_entry.
struct TableExponentials {
  const int32_t* table;

  constexpr void start(const SoftmaxS8&, const int8_t*, int32_t) const noexcept {}
  constexpr int32_t operator()(int32_t, int32_t difference) const noexcept { return load(table + difference); }
};
/// Computed when a row starts, and kept.
struct KeptExponentials {
  int32_t* row;

  constexpr void start(const SoftmaxS8& p, const int8_t* input, int32_t largest) const noexcept {
    for (int32_t i = 0; i < p.depth; ++i)
      if (largest - input[i] < p.table_size) row[i] = softmax_table_entry(largest - input[i], p.factor);
  }
  constexpr int32_t operator()(int32_t i, int32_t) const noexcept { return row[i]; }
};

/// The sum is kept with 12 integer bits. `Output` is int8_t or int16_t: its lowest number stands for 0, one more than
/// its highest for 1.
template <class Output, class Exponentials>
constexpr void softmax_rows(const SoftmaxS8& p, const int8_t* input, Exponentials exponential,
                            Output* output) noexcept {
  constexpr int32_t kBits = static_cast<int32_t>(8 * sizeof(Output));
  constexpr int32_t kSteps = int32_t{1} << kBits;
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    int32_t largest = -128;
    for (int32_t i = 0; i < p.depth; ++i) largest = input[i] > largest ? input[i] : largest;
    exponential.start(p, input, largest);
    uint32_t sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = largest - input[i];
      if (difference < p.table_size) sum += (static_cast<uint32_t>(exponential(i, difference)) + (1u << 11)) >> 12;
    }
    const int32_t headroom = leading_zeros(sum);
    const int32_t scale = one_over_one_plus(static_cast<int32_t>((sum << headroom) - 0x80000000u));
    // A product of 62 bits is rounded to 31, then shifted to the output's bits. All is positive, so that both halves
    // can be added first: one lies in the low word, the other in the high one. In int8 sums of 512 and more leave
    // nothing.
    const bool vanishes = headroom < 12 - kBits;
    const int32_t right = vanishes ? 31 : 42 - kBits - headroom;
    const int32_t half = vanishes ? 0 : int32_t{1} << (right - 1);
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = largest - input[i];
      int32_t value = 0;
      if (difference < p.table_size) value = (half + high_half(scale, exponential(i, difference), 1u << 30)) >> right;
      // At most kSteps, which is 1 and one more than what Output holds.
      output[i] = static_cast<Output>(value - (value >> kBits) - kSteps / 2);
    }
  }
}

/// `exponentials` int32[table_size], from softmax_table_entry.
constexpr void softmax_s8(const SoftmaxS8& p, const int8_t* input, const int32_t* exponentials,
                          int8_t* output) noexcept {
  softmax_rows(p, input, TableExponentials{exponentials}, output);
}
constexpr void softmax_s8_s16(const SoftmaxS8& p, const int8_t* input, const int32_t* exponentials,
                              int16_t* output) noexcept {
  softmax_rows(p, input, TableExponentials{exponentials}, output);
}
/// softmax_s8 without a table. Scratch int32[depth].
constexpr void softmax_untabled_s8(const SoftmaxS8& p, const int8_t* input, int32_t* scratch, int8_t* output) noexcept {
  softmax_rows(p, input, KeptExponentials{scratch}, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
