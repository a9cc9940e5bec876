/// A quad panel: up to eight output channels of four pixels, for cores that multiply 32 bits at a time.
///
/// A word of the column holds an input of two pixels, as x0 + 65536 * x1: one multiplication by a weight yields two
/// products. Two of them are added before they are taken apart, which fits as long as no two weights are both -128. The
/// column holds for each pair of inputs k, k + 1 four words: k and k + 1 of pixels 0 and 1, then those of pixels 2, 3.
///
/// A block of the weights' stream holds up to eight channels: the numbers of each, in int32,
///   start (bias, in places), addend, limit, low, high; stepped also pivot, step  (mote/rt/narrow_requantize.h)
/// then for each pair of inputs 16 bytes: the two weights of each channel, zeros where there is no channel.
#pragma once

#include "mote/rt/arch/armv6m.h"
#include "mote/rt/arch/armv7m.h"
#include "mote/rt/arch/rv32.h"
#include "mote/rt/narrow_requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

constexpr int32_t kQuadPixels = 4;
constexpr int32_t kQuadChannels = 8;
constexpr int32_t kQuadWords = 4;       ///< of the column, a pair of inputs
constexpr int32_t kQuadPairBytes = 16;  ///< of the weights, a pair of inputs

/// int32s of a channel's numbers.
constexpr int32_t quad_numbers(bool stepped) noexcept {
  return stepped ? 7 : 5;
}

/// What any compiler makes of the same bytes.
namespace portable {

/// Products of two pixels. `both` wraps; `second` is exact, and with it the first.
struct TwoSums {
  uint32_t both, second;

  constexpr explicit TwoSums(uint32_t start) noexcept : both(start * 0x10001u), second(start) {}
  constexpr void add(uint32_t products) noexcept {
    both += products;
    second += static_cast<uint32_t>(static_cast<int32_t>(products + 0x8000u) >> 16);
  }
  constexpr int32_t first_sum() const noexcept { return static_cast<int32_t>(both - (second << 16)); }
  constexpr int32_t second_sum() const noexcept { return static_cast<int32_t>(second); }
};

template <bool kStepped>
constexpr NarrowForm narrow_form(const int32_t* numbers) noexcept {
  const auto number = [numbers](int32_t i) { return static_cast<uint32_t>(load(numbers + i)); };
  return {number(0), number(1), number(2), number(3), kStepped ? number(4) : 0, kStepped ? number(5) : 0};
}

/// `weights`: of the first channel and pair; `numbers`: of the first channel. Writes `channels` bytes at output,
/// output + step, ... of the four pixels. The column is not empty.
template <bool kStepped>
constexpr void quad_panel(const uint32_t* column, const int8_t* weights, const int32_t* numbers, int32_t channels,
                          int8_t* output, int32_t step, const uint32_t* column_end, int32_t shift) noexcept {
  for (; channels > 0; --channels, weights += 2, numbers += quad_numbers(kStepped), ++output) {
    TwoSums left(static_cast<uint32_t>(load(numbers))), right = left;
    const int8_t* pair = weights;
    for (const uint32_t* x = column; x != column_end; x += kQuadWords, pair += kQuadPairBytes) {
      const uint32_t w0 = static_cast<uint32_t>(int32_t{load(pair)}),
                     w1 = static_cast<uint32_t>(int32_t{load(pair + 1)});
      left.add(w0 * x[0] + w1 * x[1]);
      right.add(w0 * x[2] + w1 * x[3]);
    }
    const NarrowForm form = narrow_form<kStepped>(numbers + 1);
    output[0] = narrow_requantize(left.first_sum(), form, shift);
    output[step] = narrow_requantize(left.second_sum(), form, shift);
    output[2 * step] = narrow_requantize(right.first_sum(), form, shift);
    output[3 * step] = narrow_requantize(right.second_sum(), form, shift);
  }
}

}  // namespace portable

#if defined(MOTE_RT_ARMV6M)
using armv6m::quad_panel;
#elif defined(MOTE_RT_ARMV7M)
using armv7m::quad_panel;
#elif defined(MOTE_RT_RV32)
template <bool kStepped>
inline void quad_panel(const uint32_t* column, const int8_t* weights, const int32_t* numbers, int32_t channels,
                       int8_t* output, int32_t step, const uint32_t* column_end, int32_t shift) noexcept {
  const int32_t even = channels & ~1;
  if (even > 0) rv32::quad_panel_2<kStepped>(column, weights, numbers, even, output, step, column_end, shift);
  if (even != channels)
    portable::quad_panel<kStepped>(column, weights + 2 * even, numbers + even * quad_numbers(kStepped), 1,
                                   output + even, step, column_end, shift);
}
#else
using portable::quad_panel;
#endif

}  // namespace v1
}  // namespace rt
}  // namespace mote
