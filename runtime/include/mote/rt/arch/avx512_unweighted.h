/// What x86-64 with vectors of 64 bytes does of mote/rt/lanes_unweighted.h.
#pragma once

#include "mote/rt/arch/avx512.h"
#include "mote/rt/lanes_unweighted.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace mote {
namespace rt {
inline namespace v1 {
namespace avx512 {

/// 16 lanes, or the `left` that there are.
MOTE_RT_AVX512_INLINE __m512i widened(const int8_t* from, int32_t left) noexcept {
  if (left >= 16) return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(static_cast<__mmask16>((1 << left) - 1), from));
}
/// The same into bytes of [low, high].
MOTE_RT_AVX512_INLINE void store_clamped(int8_t* to, int32_t left, __m512i x, const Range& range) noexcept {
  const __m128i least = _mm_max_epi8(_mm512_cvtsepi32_epi8(x), _mm512_castsi512_si128(range.low));
  store(to, _mm_min_epi8(least, _mm512_castsi512_si128(range.high)), left);
}
MOTE_RT_AVX512_INLINE Range range_of(int32_t low, int32_t high) noexcept {
  return {_mm512_set1_epi8(static_cast<int8_t>(low)), _mm512_set1_epi8(static_cast<int8_t>(high))};
}

struct PairFactors {
  __m512i a, b, addend;
  __m128i shift;
};
MOTE_RT_AVX512_INLINE PairFactors pair_factors(const LinearPair& p) noexcept {
  return {_mm512_set1_epi32(p.a_factor), _mm512_set1_epi32(p.b_factor), _mm512_set1_epi32(p.addend),
          _mm_cvtsi32_si128(p.shift)};
}
MOTE_RT_AVX512_INLINE __m512i joined(const PairFactors& f, const int8_t* a, const int8_t* b, int32_t left) noexcept {
  const __m512i from_a = _mm512_mullo_epi32(widened(a, left), f.a);
  const __m512i from_b = _mm512_mullo_epi32(widened(b, left), f.b);
  return _mm512_sra_epi32(_mm512_add_epi32(_mm512_add_epi32(from_a, from_b), f.addend), f.shift);
}

}  // namespace avx512

struct Avx512Unweighted {
  MOTE_RT_AVX512 static void pair(const LinearPair& p, int32_t count, const int8_t* a, const int8_t* b,
                                  int8_t* output) noexcept {
    const avx512::PairFactors factors = avx512::pair_factors(p);
    const avx512::Range range = avx512::range_of(p.low, p.high);
    int32_t i = 0;
    for (; i + 64 <= count; i += 64) {
      __m512i x[4];
#pragma GCC unroll 4
      for (int32_t k = 0; k < 4; ++k) x[k] = avx512::joined(factors, a + i + 16 * k, b + i + 16 * k, 16);
      avx512::store(output + i, avx512::in_order(avx512::packed(x[0], x[1], x[2], x[3], range)), 64);
    }
    for (; i < count; i += 16)
      avx512::store_clamped(output + i, count - i, avx512::joined(factors, a + i, b + i, count - i), range);
  }

  MOTE_RT_AVX512 static void mean(const lanes::PoolWindow& window, const int8_t* input, int8_t* output) noexcept {
    const int32_t taps = window.rows * window.columns;
    const __m512i half = _mm512_set1_epi32(taps / 2), minus_half = _mm512_set1_epi32(-(taps / 2));
    const __m512 divisor = _mm512_set1_ps(static_cast<float>(taps));
    const avx512::Range range = avx512::range_of(window.low, window.high);
    for (int32_t c = 0; c < window.channels; c += 16) {
      const int32_t left = window.channels - c;
      __m512i sum = _mm512_setzero_si512();
      for (int32_t i = 0; i < window.rows; ++i)
        for (int32_t j = 0; j < window.columns; ++j)
          sum = _mm512_add_epi32(sum, avx512::widened(input + i * window.row_step + j * window.column_step + c, left));
      const __mmask16 positive = _mm512_cmpgt_epi32_mask(sum, _mm512_setzero_si512());
      const __m512i rounded = _mm512_add_epi32(sum, _mm512_mask_blend_epi32(positive, minus_half, half));
      const __m512i quotient = _mm512_cvttps_epi32(_mm512_div_ps(_mm512_cvtepi32_ps(rounded), divisor));
      avx512::store_clamped(output + c, left, quotient, range);
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
