/// What x86-64 with vectors of 64 bytes and their inner products of bytes (AVX-512 BW, VL, VNNI) does of
/// mote/rt/lanes.h. Functions carry their target as an attribute: the rest of the program runs on any x86-64.
#pragma once

#include "mote/rt/arch/x86.h"
#include "mote/rt/lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)

#define MOTE_RT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define MOTE_RT_AVX512_INLINE \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), always_inline)) static inline

namespace mote {
namespace rt {
inline namespace v1 {
namespace avx512 {

MOTE_RT_AVX512_INLINE __m512i load_vector(const void* from) noexcept {
  return _mm512_loadu_si512(from);
}

/// The four bytes there, in each lane.
MOTE_RT_AVX512_INLINE __m512i repeated(const int8_t* from) noexcept {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

/// Adds the products of four unsigned bytes of `x` and four signed ones of `w` to each lane. Not the intrinsic: gcc 12
/// copies the sums of a loop twice for each.
MOTE_RT_AVX512_INLINE void add_products(__m512i& sums, __m512i x, __m512i w) noexcept {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(x), "vm"(w));
}

/// Keeps a constant in its register: gcc 12 would rather make it anew for each use.
MOTE_RT_AVX512_INLINE __m512i kept(__m512i constant) noexcept {
  __asm__("" : "+v"(constant));
  return constant;
}

/// What 16 channels are requantized with.
struct Factors {
  __m512i even, odd;  ///< multipliers, each at an even lane
  __m512i right, half;
};
/// `step`: bytes from the multipliers to the shifts and on to their halves.
MOTE_RT_AVX512_INLINE Factors factors_at(const int8_t* multipliers, int32_t step) noexcept {
  const __m512i multiplier = load_vector(multipliers);
  return {multiplier, _mm512_srli_epi64(multiplier, 32), load_vector(multipliers + step),
          load_vector(multipliers + 2 * step)};
}

/// What all of them share.
struct Rounding {
  __m512i half;     ///< of the high word
  __mmask16 evens;  ///< lanes
};
MOTE_RT_AVX512_INLINE Rounding rounding() noexcept {
  __mmask16 evens = 0x5555;
  __asm__("" : "+Yk"(evens));
  return {kept(_mm512_set1_epi64(int64_t{1} << 31)), evens};
}

/// Rule Q4 up to the clamp: twice the accumulator times its multiplier, rounded to the high word, then shifted. Ties of
/// the second rounding go away from zero: 1 less where the number is negative. That is where the accumulator is, unless
/// the number is 0, which stays 0.
MOTE_RT_AVX512_INLINE __m512i scaled(__m512i sum, const Factors& f, const Rounding& r) noexcept {
  const __m512i x = _mm512_add_epi32(sum, sum);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, f.even), r.half);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), f.odd), r.half);
  const __m512i half = _mm512_sub_epi32(f.half, _mm512_srli_epi32(sum, 31));
  const __m512i high = _mm512_mask_shuffle_epi32(odd, r.evens, even, _MM_PERM_DDBB);
  return _mm512_srav_epi32(_mm512_add_epi32(high, half), f.right);
}

/// The fused activation's range.
struct Range {
  __m512i low, high;
};
MOTE_RT_AVX512_INLINE Range range_of(const OutputStage& stage) noexcept {
  return {_mm512_set1_epi8(static_cast<int8_t>(stage.low)), _mm512_set1_epi8(static_cast<int8_t>(stage.high))};
}

/// Four vectors as bytes: 16 bytes of the first follow 4 of each, in turns of lanes of 16 bytes.
MOTE_RT_AVX512_INLINE __m512i packed(__m512i a, __m512i b, __m512i c, __m512i d, const Range& range) noexcept {
  const __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
  return _mm512_min_epi8(_mm512_max_epi8(bytes, range.low), range.high);
}
/// The same in order: all bytes of a, then those of b.
MOTE_RT_AVX512_INLINE __m512i in_order(__m512i bytes) noexcept {
  return _mm512_permutexvar_epi32(kept(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)), bytes);
}

/// The first `count` of the bytes, here and below.
MOTE_RT_AVX512_INLINE void store(int8_t* to, __m512i bytes, int32_t count) noexcept {
  if (count >= 64)
    _mm512_storeu_si512(to, bytes);
  else
    _mm512_mask_storeu_epi8(to, (__mmask64{1} << count) - 1, bytes);
}
MOTE_RT_AVX512_INLINE void store(int8_t* to, __m256i bytes, int32_t count) noexcept {
  if (count >= 32)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
  else
    _mm256_mask_storeu_epi8(to, (__mmask32{1} << count) - 1, bytes);
}
/// Not through a mask: what a mask lets through the next layer does not have before it is in memory.
MOTE_RT_AVX512_INLINE void store(int8_t* to, __m128i bytes, int32_t count) noexcept {
  if (count >= 16) return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  if ((count & 8) != 0) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), bytes);
    to += 8;
    bytes = _mm_unpackhi_epi64(bytes, bytes);
  }
  if ((count & 4) != 0) {
    const int32_t four = _mm_cvtsi128_si32(bytes);
    __builtin_memcpy(to, &four, 4);
    to += 4;
    bytes = _mm_srli_epi64(bytes, 32);
  }
  uint32_t rest = static_cast<uint32_t>(_mm_cvtsi128_si32(bytes));
  for (int32_t i = count & 3; i > 0; --i, rest >>= 8) *to++ = static_cast<int8_t>(rest);
}

/// The outputs of a tile, `step` bytes from pixel to pixel: as many pixels at a time as fill a vector.
template <int32_t kPixels>
MOTE_RT_AVX512_INLINE void store_tile(int8_t* to, int32_t step, const __m512i (&x)[kPixels][1], const Range& range,
                                      int32_t count) noexcept {
  constexpr int32_t kLast = kPixels - 1;
  if (kPixels == 1) {
    const __m128i bytes = _mm_max_epi8(_mm512_cvtsepi32_epi8(x[0][0]), _mm512_castsi512_si128(range.low));
    return store(to, _mm_min_epi8(bytes, _mm512_castsi512_si128(range.high)), count);
  }
#pragma GCC unroll 4
  for (int32_t p = 0; p < kPixels; p += 4, to += 4 * step) {
    const int32_t b = p + 1 < kLast ? p + 1 : kLast, c = p + 2 < kLast ? p + 2 : kLast,
                  d = p + 3 < kLast ? p + 3 : kLast;
    const __m512i bytes = in_order(packed(x[p][0], x[b][0], x[c][0], x[d][0], range));
    store(to, _mm512_castsi512_si128(bytes), count);
    store(to + step, _mm512_extracti32x4_epi32(bytes, 1), count);
    if (kPixels > 2) store(to + 2 * step, _mm512_extracti32x4_epi32(bytes, 2), count);
    if (kPixels > 3) store(to + 3 * step, _mm512_extracti32x4_epi32(bytes, 3), count);
  }
}
template <int32_t kPixels>
MOTE_RT_AVX512_INLINE void store_tile(int8_t* to, int32_t step, const __m512i (&x)[kPixels][2], const Range& range,
                                      int32_t count) noexcept {
#pragma GCC unroll 4
  for (int32_t p = 0; p < kPixels; p += 2, to += 2 * step) {
    const int32_t next = p + 1 < kPixels ? p + 1 : p;
    const __m512i bytes = in_order(packed(x[p][0], x[p][1], x[next][0], x[next][1], range));
    store(to, _mm512_castsi512_si256(bytes), count);
    if (kPixels > 1) store(to + step, _mm512_extracti64x4_epi64(bytes, 1), count);
  }
}
template <int32_t kPixels, int32_t kBlocks>
MOTE_RT_AVX512_INLINE void store_tile(int8_t* to, int32_t step, const __m512i (&x)[kPixels][kBlocks],
                                      const Range& range, int32_t count) noexcept {
#pragma GCC unroll 4
  for (int32_t p = 0; p < kPixels; ++p, to += step)
    store(to, in_order(packed(x[p][0], x[p][1], x[p][2], x[p][kBlocks - 1], range)), count);
}

/// All channels of `kBlocks` blocks, of which the first `count` exist, from one row of inputs. Few blocks get several
/// sums, so that none waits for another.
template <int32_t kBlocks>
MOTE_RT_AVX512 __attribute__((noinline)) void row_tile(int32_t quads, const int8_t* input, const int8_t* weights,
                                                       ptrdiff_t block, const OutputStage& stage, int32_t count,
                                                       int8_t* output) noexcept {
  constexpr int32_t kSums = kBlocks > 2 ? 1 : 4 / kBlocks;
  const __m512i turned = kept(_mm512_set1_epi32(static_cast<int32_t>(0x80808080)));
  __m512i sums[kSums][kBlocks];
#pragma GCC unroll 4
  for (int32_t b = 0; b < kBlocks; ++b) {
    sums[0][b] = load_vector(weights + b * block);
#pragma GCC unroll 4
    for (int32_t n = 1; n < kSums; ++n) sums[n][b] = _mm512_setzero_si512();
  }
  const int8_t* quad = weights + lanes::kBlock * lanes::kFinishBytes;
  for (; quads >= kSums; quads -= kSums, quad += 64 * kSums, input += kSums * lanes::kQuad) {
#pragma GCC unroll 4
    for (int32_t n = 0; n < kSums; ++n) {
      const __m512i x = _mm512_xor_si512(repeated(input + n * lanes::kQuad), turned);
#pragma GCC unroll 4
      for (int32_t b = 0; b < kBlocks; ++b) add_products(sums[n][b], x, load_vector(quad + 64 * n + b * block));
    }
  }
#pragma GCC unroll 4
  for (int32_t n = 0; n + 1 < kSums; ++n) {
    if (n >= quads) break;
    const __m512i x = _mm512_xor_si512(repeated(input + n * lanes::kQuad), turned);
#pragma GCC unroll 4
    for (int32_t b = 0; b < kBlocks; ++b) add_products(sums[n][b], x, load_vector(quad + 64 * n + b * block));
  }
  const Rounding r = rounding();
  __m512i x[1][kBlocks];
#pragma GCC unroll 4
  for (int32_t b = 0; b < kBlocks; ++b) {
#pragma GCC unroll 4
    for (int32_t n = 1; n < kSums; ++n) sums[0][b] = _mm512_add_epi32(sums[0][b], sums[n][b]);
    x[0][b] = scaled(sums[0][b], factors_at(weights + b * block + 64, 64), r);
  }
  store_tile(output, 0, x, range_of(stage), count);
}

/// The same of any number of blocks, four at a time.
__attribute__((noinline)) inline void row_strip(int32_t quads, const int8_t* input, const int8_t* weights,
                                                ptrdiff_t block, const OutputStage& stage, int32_t count,
                                                int8_t* output) noexcept {
  for (; count > 3 * lanes::kBlock; count -= 4 * lanes::kBlock, weights += 4 * block, output += 4 * lanes::kBlock)
    row_tile<4>(quads, input, weights, block, stage, count, output);
  if (count > 2 * lanes::kBlock)
    row_tile<3>(quads, input, weights, block, stage, count, output);
  else if (count > lanes::kBlock)
    row_tile<2>(quads, input, weights, block, stage, count, output);
  else if (count > 0)
    row_tile<1>(quads, input, weights, block, stage, count, output);
}

/// `kPixels` windows and `kBlocks` blocks of channels, of which the first `count` channels exist. Windows are addressed
/// in fours, which an address can tell apart with two numbers.
template <int32_t kPixels, int32_t kBlocks>
MOTE_RT_AVX512 inline void dense_tile(const lanes::DenseLine& line, const int8_t* windows, const int8_t* weights,
                                      int32_t count, int8_t* output) noexcept {
  const __m512i turned = kept(_mm512_set1_epi32(static_cast<int32_t>(0x80808080)));
  const ptrdiff_t block = line.block_bytes(), step = line.pixel_step, three_steps = 3 * step;
  __m512i sums[kPixels][kBlocks];
#pragma GCC unroll 4
  for (int32_t b = 0; b < kBlocks; ++b) {
    const __m512i bias = load_vector(weights + b * block);
#pragma GCC unroll 16
    for (int32_t p = 0; p < kPixels; ++p) sums[p][b] = bias;
  }
  const int8_t* quad = weights + lanes::kBlock * lanes::kFinishBytes;
  for (int32_t i = 0; i < line.rows; ++i) {
    for (int32_t j = 0; j < line.runs; ++j) {
      const int8_t* inputs[(kPixels + 3) / 4];
#pragma GCC unroll 4
      for (int32_t p = 0; p < kPixels; p += 4)
        inputs[p / 4] = windows + i * line.row_step + j * line.run_step + p * step;
      for (int32_t q = 0; q < line.quads; ++q, quad += 64) {
        __m512i w[kBlocks];
#pragma GCC unroll 4
        for (int32_t b = 0; b < kBlocks; ++b) w[b] = load_vector(quad + b * block);
#pragma GCC unroll 16
        for (int32_t p = 0; p < kPixels; ++p) {
          const __m512i four = repeated(inputs[p / 4] + (p % 4 == 3 ? three_steps : p % 4 * step));
          const __m512i x = _mm512_xor_si512(four, turned);
#pragma GCC unroll 4
          for (int32_t b = 0; b < kBlocks; ++b) add_products(sums[p][b], x, w[b]);
        }
#pragma GCC unroll 4
        for (int32_t p = 0; p < kPixels; p += 4) inputs[p / 4] += lanes::kQuad;
      }
    }
  }
  const Rounding r = rounding();
#pragma GCC unroll 4
  for (int32_t b = 0; b < kBlocks; ++b) {
    const Factors factors = factors_at(weights + b * block + 64, 64);
#pragma GCC unroll 16
    for (int32_t p = 0; p < kPixels; ++p) sums[p][b] = scaled(sums[p][b], factors, r);
  }
  store_tile(output, line.channels, sums, range_of(line.stage), count);
}

/// All windows of a line, so many at a time; the last ones again, if that fills a tile.
template <int32_t kPixels, int32_t kBlocks>
inline void dense_strip(const lanes::DenseLine& line, const int8_t* windows, int32_t pixels, const int8_t* weights,
                        int32_t count, int8_t* output) noexcept {
  if (kPixels > 1 && pixels == 1) return dense_tile<1, kBlocks>(line, windows, weights, count, output);
  int32_t x = 0;
  for (; x + kPixels <= pixels; x += kPixels)
    dense_tile<kPixels, kBlocks>(line, windows + x * line.pixel_step, weights, count, output + x * line.channels);
  if (x == pixels) return;
  if (x > 0) {
    x = pixels - kPixels;
    dense_tile<kPixels, kBlocks>(line, windows + x * line.pixel_step, weights, count, output + x * line.channels);
  } else {
    dense_strip<(kPixels > 1 ? kPixels / 2 : 1), kBlocks>(line, windows, pixels, weights, count, output);
  }
}

/// 64 places, `kRows` rows of taps of which each column is a quad.
template <int32_t kRows>
MOTE_RT_AVX512_INLINE void add_columns(const lanes::DepthwiseLine& line, const int8_t* rows, const int8_t*& quad,
                                       __m512i (&sums)[4]) noexcept {
  const __m512i turned = kept(_mm512_set1_epi8(static_cast<int8_t>(0x80))), none = _mm512_setzero_si512();
  for (int32_t j = 0; j < line.columns; ++j, quad += 256) {
    const int8_t* const at = rows + line.offsets[j];
    __m512i x[4] = {none, none, none, none};
#pragma GCC unroll 4
    for (int32_t i = 0; i < kRows; ++i) x[i] = _mm512_xor_si512(load_vector(at + i * line.row_step), turned);
    const __m512i low01 = _mm512_unpacklo_epi8(x[0], x[1]), high01 = _mm512_unpackhi_epi8(x[0], x[1]);
    const __m512i low23 = _mm512_unpacklo_epi8(x[2], x[3]), high23 = _mm512_unpackhi_epi8(x[2], x[3]);
    add_products(sums[0], _mm512_unpacklo_epi16(low01, low23), load_vector(quad));
    add_products(sums[1], _mm512_unpackhi_epi16(low01, low23), load_vector(quad + 64));
    add_products(sums[2], _mm512_unpacklo_epi16(high01, high23), load_vector(quad + 128));
    add_products(sums[3], _mm512_unpackhi_epi16(high01, high23), load_vector(quad + 192));
  }
}
/// All rows, four at a time.
MOTE_RT_AVX512_INLINE void add_rows(const lanes::DepthwiseLine& line, const int8_t* rows, const int8_t* quad,
                                    __m512i (&sums)[4]) noexcept {
  int32_t left = line.rows;
  for (; left >= 4; left -= 4, rows += 4 * line.row_step) add_columns<4>(line, rows, quad, sums);
  if (left == 3) add_columns<3>(line, rows, quad, sums);
  if (left == 2) add_columns<2>(line, rows, quad, sums);
  if (left == 1) add_columns<1>(line, rows, quad, sums);
}

/// A line of outputs; with three rows of taps, the usual number, or any.
template <bool kThreeRows>
MOTE_RT_AVX512 inline void depthwise_line(const lanes::DepthwiseLine& line, const int8_t* lines, const int8_t* weights,
                                          int8_t* output) noexcept {
  const Range range = range_of(line.stage);
  const Rounding r = rounding();
  const int32_t block_bytes = line.block_bytes();
  int32_t block = 0;
  for (int32_t place = 0; place < line.places; place += lanes::kPlaces, ++block) {
    if (block == line.blocks) block = 0;
    const int8_t* const finish = weights + block * block_bytes;
    const int8_t* quad = finish + lanes::kPlaces * lanes::kFinishBytes;
    __m512i sums[4];
#pragma GCC unroll 4
    for (int32_t j = 0; j < 4; ++j) sums[j] = load_vector(finish + 64 * j);
    if (kThreeRows)
      add_columns<3>(line, lines + place, quad, sums);
    else
      add_rows(line, lines + place, quad, sums);
#pragma GCC unroll 4
    for (int32_t j = 0; j < 4; ++j) sums[j] = scaled(sums[j], factors_at(finish + 256 + 64 * j, 256), r);
    store(output + place, packed(sums[0], sums[1], sums[2], sums[3], range), line.places - place);
  }
}

}  // namespace avx512

struct Avx512 {
  static void dense(const lanes::DenseLine& line, const int8_t* windows, int32_t pixels, const int8_t* weights,
                    int8_t* output) noexcept {
    constexpr int32_t kAtOnce = 4 * lanes::kBlock;
    for (int32_t c = 0; c < line.channels; c += kAtOnce, weights += 4 * line.block_bytes(), output += kAtOnce) {
      const int32_t left = line.channels - c, count = left < kAtOnce ? left : kAtOnce;
      if (count > 3 * lanes::kBlock)
        avx512::dense_strip<4, 4>(line, windows, pixels, weights, count, output);
      else if (count > 2 * lanes::kBlock)
        avx512::dense_strip<4, 3>(line, windows, pixels, weights, count, output);
      else if (count > lanes::kBlock)
        avx512::dense_strip<8, 2>(line, windows, pixels, weights, count, output);
      else
        avx512::dense_strip<16, 1>(line, windows, pixels, weights, count, output);
    }
  }

  static void depthwise(const lanes::DepthwiseLine& line, const int8_t* lines, const int8_t* weights,
                        int8_t* output) noexcept {
    if (line.rows == 3)
      avx512::depthwise_line<true>(line, lines, weights, output);
    else
      avx512::depthwise_line<false>(line, lines, weights, output);
  }

  static void row(const MatrixShape& shape, const OutputStage& stage, const int8_t* input, const int8_t* weights,
                  int8_t* output) noexcept {
    const int32_t quads = lanes::quads_of(shape.depth), count = shape.outputs;
    const ptrdiff_t block = lanes::kBlock * (lanes::kFinishBytes + quads * lanes::kQuad);
    if (count <= lanes::kBlock) return avx512::row_tile<1>(quads, input, weights, block, stage, count, output);
    if (count <= 2 * lanes::kBlock) return avx512::row_tile<2>(quads, input, weights, block, stage, count, output);
    if (count <= 3 * lanes::kBlock) return avx512::row_tile<3>(quads, input, weights, block, stage, count, output);
    avx512::row_strip(quads, input, weights, block, stage, count, output);
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
