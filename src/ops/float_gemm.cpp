#include "ops/float_gemm.h"

#include <cstring>

namespace mote {

namespace {

#if defined(__x86_64__) && defined(__GNUC__)
#define MOTE_HAS_AVX2_BUILD 1
#else
#define MOTE_HAS_AVX2_BUILD 0
#endif
#define MOTE_INLINE [[gnu::always_inline]] inline
/// Blocks of sums stay in registers only if their loops are gone before the compiler looks for arrays.
#define MOTE_UNROLL _Pragma("GCC unroll 8")

/// Eight lanes on every processor: one register with AVX, two with SSE or NEON.
using Lanes = float __attribute__((vector_size(32)));
constexpr int64_t kLanes = 8;
using HalfLanes = float __attribute__((vector_size(16)));

template <class T>
MOTE_INLINE void load(T& value, const float* from) {
  std::memcpy(&value, from, sizeof(T));
}
template <class T>
MOTE_INLINE void add_to(float* to, const T& value) {
  T sum;
  std::memcpy(&sum, to, sizeof(T));
  sum += value;
  std::memcpy(to, &sum, sizeof(T));
}

struct Product {
  int64_t m, n, k;
  const float* a;
  int64_t a_step;
  const float* b;
  int64_t b_step;
  float* c;
  int64_t c_step;
};

/// A block of kRows x (kColumns elements of type T) of c, summed over `depth` steps. a moves by a_row from row to row
/// of the block and by a_depth from step to step; b moves by b_step.
template <class T, int kRows, int kColumns>
MOTE_INLINE void block(int64_t depth, const float* a, int64_t a_row, int64_t a_depth, const float* b, int64_t b_step,
                       float* c, int64_t c_step) {
  constexpr int64_t kWidth = sizeof(T) / sizeof(float);
  T sums[kRows][kColumns] = {};
  for (int64_t d = 0; d < depth; ++d) {
    T row[kColumns];
    MOTE_UNROLL for (int j = 0; j < kColumns; ++j) load(row[j], b + j * kWidth);
    MOTE_UNROLL for (int i = 0; i < kRows; ++i) {
      MOTE_UNROLL for (int j = 0; j < kColumns; ++j) sums[i][j] += a[i * a_row] * row[j];
    }
    a += a_depth;
    b += b_step;
  }
  MOTE_UNROLL for (int i = 0; i < kRows; ++i) MOTE_UNROLL for (int j = 0; j < kColumns; ++j)
      add_to(c + i * c_step + j * kWidth, sums[i][j]);
}

/// All rows of a strip of kColumns x T columns.
template <class T, int kRows, int kColumns>
MOTE_INLINE void strip(int64_t rows, int64_t depth, const float* a, int64_t a_row, int64_t a_depth, const float* b,
                       int64_t b_step, float* c, int64_t c_step) {
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows)
    block<T, kRows, kColumns>(depth, a + i * a_row, a_row, a_depth, b, b_step, c + i * c_step, c_step);
  for (; i + 2 <= rows; i += 2)
    block<T, 2, kColumns>(depth, a + i * a_row, a_row, a_depth, b, b_step, c + i * c_step, c_step);
  if (i < rows) block<T, 1, kColumns>(depth, a + i * a_row, a_row, a_depth, b, b_step, c + i * c_step, c_step);
}

/// rows x n elements of c: wide strips first, then one register, half of one, then element by element.
MOTE_INLINE void strips(int64_t rows, int64_t n, int64_t depth, const float* a, int64_t a_row, int64_t a_depth,
                        const float* b, int64_t b_step, float* c, int64_t c_step) {
  int64_t j = 0;
  for (; j + 2 * kLanes <= n; j += 2 * kLanes)
    strip<Lanes, 4, 2>(rows, depth, a, a_row, a_depth, b + j, b_step, c + j, c_step);
  if (j + kLanes <= n) {
    strip<Lanes, 8, 1>(rows, depth, a, a_row, a_depth, b + j, b_step, c + j, c_step);
    j += kLanes;
  }
  if (j + kLanes / 2 <= n) {
    strip<HalfLanes, 8, 1>(rows, depth, a, a_row, a_depth, b + j, b_step, c + j, c_step);
    j += kLanes / 2;
  }
  for (; j < n; ++j) strip<float, 4, 1>(rows, depth, a, a_row, a_depth, b + j, b_step, c + j, c_step);
}

MOTE_INLINE void multiply_add_body(const Product& p) {
  strips(p.m, p.n, p.k, p.a, p.a_step, 1, p.b, p.b_step, p.c, p.c_step);
}

MOTE_INLINE void multiply_transposed_add_body(const Product& p) {
  strips(p.k, p.n, p.m, p.a, 1, p.a_step, p.b, p.b_step, p.c, p.c_step);
}

/// The eight partial sums of a dot product, in a fixed order.
MOTE_INLINE float total(const Lanes& s) {
  const HalfLanes low = __builtin_shufflevector(s, s, 0, 1, 2, 3), high = __builtin_shufflevector(s, s, 4, 5, 6, 7);
  const HalfLanes four = low + high;
  return (four[0] + four[1]) + (four[2] + four[3]);
}

/// A block of dot products along contiguous rows of both operands.
template <int kRows, int kColumns>
MOTE_INLINE void dots(const Product& p, int64_t row, int64_t column) {
  Lanes sums[kRows][kColumns] = {};
  const float* a[kRows];
  const float* b[kColumns];
  for (int i = 0; i < kRows; ++i) a[i] = p.a + (row + i) * p.a_step;
  for (int j = 0; j < kColumns; ++j) b[j] = p.b + (column + j) * p.b_step;
  const int64_t whole = p.k / kLanes * kLanes;
  for (int64_t d = 0; d < whole; d += kLanes) {
    Lanes x[kRows], y[kColumns];
    MOTE_UNROLL for (int i = 0; i < kRows; ++i) load(x[i], a[i] + d);
    MOTE_UNROLL for (int j = 0; j < kColumns; ++j) load(y[j], b[j] + d);
    MOTE_UNROLL for (int i = 0; i < kRows; ++i) {
      MOTE_UNROLL for (int j = 0; j < kColumns; ++j) sums[i][j] += x[i] * y[j];
    }
  }
  MOTE_UNROLL for (int i = 0; i < kRows; ++i) {
    MOTE_UNROLL for (int j = 0; j < kColumns; ++j) {
      float rest = 0;
      for (int64_t d = whole; d < p.k; ++d) rest += a[i][d] * b[j][d];
      p.c[(row + i) * p.c_step + column + j] += total(sums[i][j]) + rest;
    }
  }
}

MOTE_INLINE void multiply_by_transposed_add_body(const Product& p) {
  int64_t i = 0;
  for (; i + 2 <= p.m; i += 2) {
    int64_t j = 0;
    for (; j + 4 <= p.n; j += 4) dots<2, 4>(p, i, j);
    for (; j < p.n; ++j) dots<2, 1>(p, i, j);
  }
  for (; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) dots<1, 1>(p, i, j);
}

/// The same body twice: for any processor, and for those that have AVX2. Chosen at run time.
#if MOTE_HAS_AVX2_BUILD
#define MOTE_DISPATCH(body)                                    \
  [[gnu::target("avx2")]] void body##_avx2(const Product& p) { \
    body##_body(p);                                            \
  }                                                            \
  void body##_any(const Product& p) {                          \
    body##_body(p);                                            \
  }                                                            \
  void body##_best(const Product& p) {                         \
    has_avx2() ? body##_avx2(p) : body##_any(p);               \
  }

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}
#else
#define MOTE_DISPATCH(body)            \
  void body##_best(const Product& p) { \
    body##_body(p);                    \
  }
#endif

MOTE_DISPATCH(multiply_add)
MOTE_DISPATCH(multiply_transposed_add)
MOTE_DISPATCH(multiply_by_transposed_add)

}  // namespace

void multiply_add(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_step, const float* b, int64_t b_step,
                  float* c, int64_t c_step) {
  multiply_add_best({m, n, k, a, a_step, b, b_step, c, c_step});
}

void multiply_transposed_add(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_step, const float* b,
                             int64_t b_step, float* c, int64_t c_step) {
  multiply_transposed_add_best({m, n, k, a, a_step, b, b_step, c, c_step});
}

void multiply_by_transposed_add(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_step, const float* b,
                                int64_t b_step, float* c, int64_t c_step) {
  multiply_by_transposed_add_best({m, n, k, a, a_step, b, b_step, c, c_step});
}

}  // namespace mote
