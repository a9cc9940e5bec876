/// What x86-64 with vectors of 64 bytes does of mote/rt/lanes_unweighted.h.
#pragma once

#include "mote/rt/arch/avx512.h"
#include "mote/rt/lanes_unweighted.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace mote {
namespace rt {
inline namespace v1 {
namespace avx512 {

/// Of `left` lanes the first 16 or all.
MOTE_RT_AVX512_INLINE __mmask16 lanes_of(int32_t left) noexcept {
  return static_cast<__mmask16>(left >= 16 ? 0xFFFF : (1 << left) - 1);
}
MOTE_RT_AVX512_INLINE __m512i widened(const int8_t* from, __mmask16 present) noexcept {
  return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(present, from));
}
/// Lanes into bytes of [low, high].
MOTE_RT_AVX512_INLINE void store_clamped(int8_t* to, __mmask16 present, __m512i x, int32_t low, int32_t high) noexcept {
  const __m512i least = _mm512_max_epi32(x, _mm512_set1_epi32(low));
  _mm_mask_storeu_epi8(to, present, _mm512_cvtepi32_epi8(_mm512_min_epi32(least, _mm512_set1_epi32(high))));
}

}  // namespace avx512

struct Avx512Unweighted {
  MOTE_RT_AVX512 static void pair(const LinearPair& p, int32_t count, const int8_t* a, const int8_t* b,
                                  int8_t* output) noexcept {
    const __m512i a_factor = _mm512_set1_epi32(p.a_factor), b_factor = _mm512_set1_epi32(p.b_factor);
    const __m512i addend = _mm512_set1_epi32(p.addend);
    const __m128i shift = _mm_cvtsi32_si128(p.shift);
    for (int32_t i = 0; i < count; i += 16) {
      const __mmask16 present = avx512::lanes_of(count - i);
      const __m512i from_a = _mm512_mullo_epi32(avx512::widened(a + i, present), a_factor);
      const __m512i from_b = _mm512_mullo_epi32(avx512::widened(b + i, present), b_factor);
      const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(from_a, from_b), addend);
      avx512::store_clamped(output + i, present, _mm512_sra_epi32(sum, shift), p.low, p.high);
    }
  }

  MOTE_RT_AVX512 static void mean(const lanes::PoolWindow& window, const int8_t* input, int8_t* output) noexcept {
    const int32_t taps = window.rows * window.columns;
    const __m512i half = _mm512_set1_epi32(taps / 2), minus_half = _mm512_set1_epi32(-(taps / 2));
    const __m512 divisor = _mm512_set1_ps(static_cast<float>(taps));
    for (int32_t c = 0; c < window.channels; c += 16) {
      const __mmask16 present = avx512::lanes_of(window.channels - c);
      __m512i sum = _mm512_setzero_si512();
      for (int32_t i = 0; i < window.rows; ++i)
        for (int32_t j = 0; j < window.columns; ++j)
          sum =
              _mm512_add_epi32(sum, avx512::widened(input + i * window.row_step + j * window.column_step + c, present));
      const __mmask16 positive = _mm512_cmpgt_epi32_mask(sum, _mm512_setzero_si512());
      const __m512i rounded = _mm512_add_epi32(sum, _mm512_mask_blend_epi32(positive, minus_half, half));
      const __m512i quotient = _mm512_cvttps_epi32(_mm512_div_ps(_mm512_cvtepi32_ps(rounded), divisor));
      avx512::store_clamped(output + c, present, quotient, window.low, window.high);
    }
  }

  MOTE_RT_AVX512 static void largest(const lanes::PoolWindow& window, const int8_t* input, int8_t* output) noexcept {
    const __m512i low = _mm512_set1_epi8(static_cast<int8_t>(window.low));
    const __m512i high = _mm512_set1_epi8(static_cast<int8_t>(window.high));
    for (int32_t c = 0; c < window.channels; c += 64) {
      const int32_t left = window.channels - c;
      const __mmask64 present = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
      __m512i value = low;
      for (int32_t i = 0; i < window.rows; ++i)
        for (int32_t j = 0; j < window.columns; ++j)
          value = _mm512_max_epi8(
              value, _mm512_maskz_loadu_epi8(present, input + i * window.row_step + j * window.column_step + c));
      _mm512_mask_storeu_epi8(output + c, present, _mm512_min_epi8(value, high));
    }
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
