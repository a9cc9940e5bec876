/// What x86-64 with vectors of 32 bytes (AVX2) does of mote/rt/lanes.h. Bytes are widened to int16 and multiplied in
/// pairs, so that a quad's sum lies in two lanes until its end. Functions carry their target as an attribute: the rest
/// of the program runs on any x86-64.
#pragma once

#include "mote/rt/arch/x86.h"
#include "mote/rt/lanes.h"
#include "mote/rt/lanes_unweighted.h"

#if defined(__x86_64__) && defined(__GNUC__)

#define MOTE_RT_AVX2 __attribute__((target("avx2")))
#define MOTE_RT_AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

namespace mote {
namespace rt {
inline namespace v1 {
namespace avx2 {

MOTE_RT_AVX2_INLINE __m256i load_vector(const void* from) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
MOTE_RT_AVX2_INLINE __m128i load_half(const void* from) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
/// Two halves that lie apart.
MOTE_RT_AVX2_INLINE __m256i load_halves(const int8_t* low, const int8_t* high) noexcept {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load_half(low)), load_half(high), 1);
}

/// Adds the products of four channels' quads: bytes of `x` unsigned, of `w` signed.
MOTE_RT_AVX2_INLINE void add_products(__m256i& sums, __m256i x, const int8_t* w) noexcept {
  sums = _mm256_add_epi32(sums, _mm256_madd_epi16(x, _mm256_cvtepi8_epi16(load_half(w))));
}
/// The sums of eight channels, four and four.
MOTE_RT_AVX2_INLINE __m256i joined(__m256i low, __m256i high) noexcept {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xD8);
}

/// Rule Q4 for 8 accumulators up to the clamp: twice the accumulator times its multiplier, rounded to the high
/// word, then shifted. Ties of the second rounding go away from zero: 1 less where the number is negative. That is
/// where the accumulator is, unless the number is 0, which stays 0.
MOTE_RT_AVX2_INLINE __m256i scaled(__m256i sum, __m256i multiplier, __m256i shift, __m256i half) noexcept {
  const __m256i first_half = _mm256_set1_epi64x(int64_t{1} << 31), x = _mm256_add_epi32(sum, sum);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier), first_half);
  const __m256i odd =
      _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multiplier, 32)), first_half);
  const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  return _mm256_srav_epi32(_mm256_sub_epi32(_mm256_add_epi32(high, half), _mm256_srli_epi32(sum, 31)), shift);
}

/// 16 outputs, of which the first `count` are stored.
MOTE_RT_AVX2_INLINE void store(__m256i low, __m256i high, const OutputStage& stage, int32_t count,
                               int8_t* output) noexcept {
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
  __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(packed), _mm256_extracti128_si256(packed, 1));
  bytes = _mm_max_epi8(bytes, _mm_set1_epi8(static_cast<int8_t>(stage.low)));
  bytes = _mm_min_epi8(bytes, _mm_set1_epi8(static_cast<int8_t>(stage.high)));
  if (count >= 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(output), bytes);
  } else {
    int8_t all[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(all), bytes);
    for (int32_t i = 0; i < count; ++i) output[i] = all[i];
  }
}

/// `kPixels` windows and a block of channels, of which the first `count` exist.
template <int32_t kPixels>
MOTE_RT_AVX2 inline void dense_tile(const lanes::DenseLine& line, const int8_t* windows, const int8_t* weights,
                                    int32_t count, int8_t* output) noexcept {
  const __m128i turned = _mm_set1_epi8(static_cast<int8_t>(0x80));
  __m256i sums[kPixels][4];
#pragma GCC unroll 2
  for (int32_t p = 0; p < kPixels; ++p)
#pragma GCC unroll 4
    for (int32_t j = 0; j < 4; ++j) sums[p][j] = _mm256_setzero_si256();
  const int8_t* quad = weights + lanes::kBlock * lanes::kFinishBytes;
  for (int32_t i = 0; i < line.rows; ++i) {
    for (int32_t j = 0; j < line.runs; ++j) {
      const int8_t* inputs = windows + i * line.row_step + j * line.run_step;
      for (int32_t q = 0; q < line.quads; ++q, inputs += lanes::kQuad, quad += 64) {
#pragma GCC unroll 2
        for (int32_t p = 0; p < kPixels; ++p) {
          int32_t four;
          __builtin_memcpy(&four, inputs + p * line.pixel_step, sizeof four);
          const __m256i x = _mm256_cvtepu8_epi16(_mm_xor_si128(_mm_set1_epi32(four), turned));
#pragma GCC unroll 4
          for (int32_t c = 0; c < 4; ++c) add_products(sums[p][c], x, quad + 16 * c);
        }
      }
    }
  }
#pragma GCC unroll 2
  for (int32_t p = 0; p < kPixels; ++p) {
    const __m256i low = _mm256_add_epi32(joined(sums[p][0], sums[p][1]), load_vector(weights));
    const __m256i high = _mm256_add_epi32(joined(sums[p][2], sums[p][3]), load_vector(weights + 32));
    store(scaled(low, load_vector(weights + 64), load_vector(weights + 128), load_vector(weights + 192)),
          scaled(high, load_vector(weights + 96), load_vector(weights + 160), load_vector(weights + 224)), line.stage,
          count, output + p * line.channels);
  }
}

/// 16 places, four rows of taps of which each column is a quad; rows that do not exist meet weights of 0.
MOTE_RT_AVX2_INLINE void add_columns(const lanes::DepthwiseLine& line, const int8_t* rows, int32_t present,
                                     const int8_t* quad, __m256i (&sums)[4]) noexcept {
  const __m128i turned = _mm_set1_epi8(static_cast<int8_t>(0x80));
  const int32_t second = present > 1 ? line.row_step : 0, third = present > 2 ? 2 * line.row_step : 0;
  const int32_t fourth = present > 3 ? 3 * line.row_step : 0;
  for (int32_t j = 0; j < line.columns; ++j, quad += 256) {
    const int8_t* const at = rows + line.offsets[j];
    const __m128i x0 = _mm_xor_si128(load_half(at), turned), x1 = _mm_xor_si128(load_half(at + second), turned);
    const __m128i x2 = _mm_xor_si128(load_half(at + third), turned);
    const __m128i x3 = _mm_xor_si128(load_half(at + fourth), turned);
    const __m128i low01 = _mm_unpacklo_epi8(x0, x1), high01 = _mm_unpackhi_epi8(x0, x1);
    const __m128i low23 = _mm_unpacklo_epi8(x2, x3), high23 = _mm_unpackhi_epi8(x2, x3);
    add_products(sums[0], _mm256_cvtepu8_epi16(_mm_unpacklo_epi16(low01, low23)), quad);
    add_products(sums[1], _mm256_cvtepu8_epi16(_mm_unpackhi_epi16(low01, low23)), quad + 64);
    add_products(sums[2], _mm256_cvtepu8_epi16(_mm_unpacklo_epi16(high01, high23)), quad + 128);
    add_products(sums[3], _mm256_cvtepu8_epi16(_mm_unpackhi_epi16(high01, high23)), quad + 192);
  }
}

/// 16 of a block's places: `weights` are at their first number.
MOTE_RT_AVX2_INLINE void depthwise_tile(const lanes::DepthwiseLine& line, const int8_t* rows, const int8_t* weights,
                                        int32_t count, int8_t* output) noexcept {
  const int8_t* quads = weights + lanes::kPlaces * lanes::kFinishBytes;
  __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
  for (int32_t left = line.rows; left > 0; left -= 4, rows += 4 * line.row_step, quads += 256 * line.columns)
    add_columns(line, rows, left, quads, sums);
  __m256i finish[8];  // of each number the first and the last eight places
  for (int32_t i = 0; i < 8; ++i) finish[i] = load_halves(weights + 128 * i, weights + 128 * i + 64);
  store(scaled(_mm256_add_epi32(joined(sums[0], sums[1]), finish[0]), finish[2], finish[4], finish[6]),
        scaled(_mm256_add_epi32(joined(sums[2], sums[3]), finish[1]), finish[3], finish[5], finish[7]), line.stage,
        count, output);
}

/// The first of the next 8 lanes of `count`: the last ones again rather than some that do not exist.
constexpr int32_t lanes_from(int32_t next, int32_t count) noexcept {
  return next + 8 <= count ? next : count - 8;
}
MOTE_RT_AVX2_INLINE __m256i widened(const int8_t* from) noexcept {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}
/// 8 lanes into bytes of [low, high].
MOTE_RT_AVX2_INLINE void store_clamped(int8_t* to, __m256i x, int32_t low, int32_t high) noexcept {
  x = _mm256_min_epi32(_mm256_max_epi32(x, _mm256_set1_epi32(low)), _mm256_set1_epi32(high));
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi16(words, words));
}

}  // namespace avx2

struct Avx2 {
  static void dense(const lanes::DenseLine& line, const int8_t* windows, int32_t pixels, const int8_t* weights,
                    int8_t* output) noexcept {
    for (int32_t c = 0; c < line.channels; c += lanes::kBlock, weights += line.block_bytes()) {
      int32_t x = 0;
      for (; x + 2 <= pixels; x += 2)
        avx2::dense_tile<2>(line, windows + x * line.pixel_step, weights, line.channels - c,
                            output + x * line.channels + c);
      if (x < pixels)
        avx2::dense_tile<1>(line, windows + x * line.pixel_step, weights, line.channels - c,
                            output + x * line.channels + c);
    }
  }

  static void row(const MatrixShape& shape, const OutputStage& stage, const int8_t* input, const int8_t* weights,
                  int8_t* output) noexcept {
    dense(lanes::DenseLine{1, 0, 1, 0, lanes::quads_of(shape.depth), 0, shape.outputs, stage}, input, 1, weights,
          output);
  }

  MOTE_RT_AVX2 static void depthwise(const lanes::DepthwiseLine& line, const int8_t* lines, const int8_t* weights,
                                     int8_t* output) noexcept {
    int32_t block = 0;
    for (int32_t place = 0; place < line.places; place += 16) {
      if (block == line.blocks) block = 0;
      const int32_t quarter = place % lanes::kPlaces;
      avx2::depthwise_tile(line, lines + place, weights + block * line.block_bytes() + quarter, line.places - place,
                           output + place);
      if (quarter == lanes::kPlaces - 16) ++block;
    }
  }

  MOTE_RT_AVX2 static void pair(const LinearPair& p, int32_t count, const int8_t* a, const int8_t* b,
                                int8_t* output) noexcept {
    const __m256i a_factor = _mm256_set1_epi32(p.a_factor), b_factor = _mm256_set1_epi32(p.b_factor);
    const __m256i addend = _mm256_set1_epi32(p.addend);
    const __m128i shift = _mm_cvtsi32_si128(p.shift);
    for (int32_t next = 0; next < count; next += 8) {
      const int32_t i = avx2::lanes_from(next, count);
      const __m256i from_a = _mm256_mullo_epi32(avx2::widened(a + i), a_factor);
      const __m256i from_b = _mm256_mullo_epi32(avx2::widened(b + i), b_factor);
      const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(from_a, from_b), addend);
      avx2::store_clamped(output + i, _mm256_sra_epi32(sum, shift), p.low, p.high);
    }
  }

  MOTE_RT_AVX2 static void mean(const lanes::PoolWindow& window, const int8_t* input, int8_t* output) noexcept {
    const int32_t taps = window.rows * window.columns;
    const __m256i half = _mm256_set1_epi32(taps / 2), none = _mm256_setzero_si256();
    const __m256 divisor = _mm256_set1_ps(static_cast<float>(taps));
    for (int32_t next = 0; next < window.channels; next += 8) {
      const int32_t c = avx2::lanes_from(next, window.channels);
      __m256i sum = none;
      for (int32_t i = 0; i < window.rows; ++i)
        for (int32_t j = 0; j < window.columns; ++j)
          sum = _mm256_add_epi32(sum, avx2::widened(input + i * window.row_step + j * window.column_step + c));
      const __m256i rounded =
          _mm256_add_epi32(sum, _mm256_blendv_epi8(_mm256_sub_epi32(none, half), half, _mm256_cmpgt_epi32(sum, none)));
      const __m256i quotient = _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(rounded), divisor));
      avx2::store_clamped(output + c, quotient, window.low, window.high);
    }
  }

  MOTE_RT_AVX2 static void largest(const lanes::PoolWindow& window, const int8_t* input, int8_t* output) noexcept {
    for (int32_t next = 0; next < window.channels; next += 8) {
      const int32_t c = avx2::lanes_from(next, window.channels);
      __m256i value = _mm256_set1_epi32(window.low);
      for (int32_t i = 0; i < window.rows; ++i)
        for (int32_t j = 0; j < window.columns; ++j)
          value = _mm256_max_epi32(value, avx2::widened(input + i * window.row_step + j * window.column_step + c));
      avx2::store_clamped(output + c, value, window.low, window.high);
    }
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
