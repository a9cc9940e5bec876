#include "ops/float_gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/rng.h"

namespace mote {
namespace {

struct Sizes {
  int64_t m, n, k, gap;  ///< `gap` elements between rows
};

std::vector<Sizes> many_sizes() {
  std::vector<Sizes> result = {{1, 1, 1, 0},    {50, 8, 30, 0},  {25, 16, 24, 3},
                               {8, 16, 192, 0}, {8, 192, 16, 0}, {32, 3, 16, 0}};
  Rng rng(5);
  for (int i = 0; i < 40; ++i)
    result.push_back({1 + static_cast<int64_t>(rng.below(20)), 1 + static_cast<int64_t>(rng.below(45)),
                      1 + static_cast<int64_t>(rng.below(40)), static_cast<int64_t>(rng.below(4))});
  return result;
}

std::vector<float> random_matrix(int64_t rows, int64_t step, Rng& rng) {
  std::vector<float> values(static_cast<size_t>(rows * step));
  for (float& v : values) v = static_cast<float>(rng.normal());
  return values;
}

float at(const std::vector<float>& matrix, int64_t step, int64_t row, int64_t column) {
  return matrix[static_cast<size_t>(row * step + column)];
}

std::string text(const Sizes& s) {
  return std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k) + "+" + std::to_string(s.gap);
}

// Equality to the last bit with the plain loop is what makes results independent of the processor's registers.
TEST(FloatGemm, EqualsThePlainLoopBitForBit) {
  Rng rng(1);
  for (const Sizes& s : many_sizes()) {
    const int64_t ka = s.k + s.gap, nb = s.n + s.gap;
    const std::vector<float> a = random_matrix(s.m, ka, rng), b = random_matrix(s.k, nb, rng);
    std::vector<float> c = random_matrix(s.m, nb, rng), expected = c;
    for (int64_t i = 0; i < s.m; ++i)
      for (int64_t j = 0; j < s.n; ++j) {
        float sum = 0;
        for (int64_t d = 0; d < s.k; ++d) sum += at(a, ka, i, d) * at(b, nb, d, j);
        expected[static_cast<size_t>(i * nb + j)] += sum;
      }
    multiply_add(s.m, s.n, s.k, a.data(), ka, b.data(), nb, c.data(), nb);
    EXPECT_EQ(c, expected) << text(s);
  }
}

TEST(FloatGemm, TransposedEqualsThePlainLoopBitForBit) {
  Rng rng(2);
  for (const Sizes& s : many_sizes()) {
    const int64_t ka = s.k + s.gap, nb = s.n + s.gap;
    const std::vector<float> a = random_matrix(s.m, ka, rng), b = random_matrix(s.m, nb, rng);
    std::vector<float> c = random_matrix(s.k, nb, rng), expected = c;
    for (int64_t i = 0; i < s.k; ++i)
      for (int64_t j = 0; j < s.n; ++j) {
        float sum = 0;
        for (int64_t d = 0; d < s.m; ++d) sum += at(a, ka, d, i) * at(b, nb, d, j);
        expected[static_cast<size_t>(i * nb + j)] += sum;
      }
    multiply_transposed_add(s.m, s.n, s.k, a.data(), ka, b.data(), nb, c.data(), nb);
    EXPECT_EQ(c, expected) << text(s);
  }
}

TEST(FloatGemm, DotProductsSumEightLanesInAFixedOrder) {
  Rng rng(3);
  for (const Sizes& s : many_sizes()) {
    const int64_t ka = s.k + s.gap, nc = s.n + s.gap;
    const std::vector<float> a = random_matrix(s.m, ka, rng), b = random_matrix(s.n, ka, rng);
    std::vector<float> c = random_matrix(s.m, nc, rng), expected = c;
    for (int64_t i = 0; i < s.m; ++i)
      for (int64_t j = 0; j < s.n; ++j) {
        std::array<float, 8> lane{};
        float rest = 0;
        for (int64_t d = 0; d < s.k; ++d)
          (d < s.k / 8 * 8 ? lane[static_cast<size_t>(d % 8)] : rest) += at(a, ka, i, d) * at(b, ka, j, d);
        const float total = ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
        expected[static_cast<size_t>(i * nc + j)] += total + rest;
      }
    multiply_by_transposed_add(s.m, s.n, s.k, a.data(), ka, b.data(), ka, c.data(), nc);
    EXPECT_EQ(c, expected) << text(s);
  }
}

// A convolution along time: windows of the input overlap, and so do the rows that its gradient is added to.
TEST(FloatGemm, RowsMayOverlap) {
  Rng rng(4);
  const int64_t steps = 30, channels = 3, taps = 5, filters = 11, windows = steps - taps + 1;
  const std::vector<float> x = random_matrix(steps, channels, rng);
  const std::vector<float> w = random_matrix(taps * channels, filters, rng);
  std::vector<float> y(static_cast<size_t>(windows * filters)), expected = y;
  for (int64_t i = 0; i < windows; ++i)
    for (int64_t f = 0; f < filters; ++f)
      for (int64_t d = 0; d < taps * channels; ++d)
        expected[static_cast<size_t>(i * filters + f)] +=
            x[static_cast<size_t>(i * channels + d)] * at(w, filters, d, f);
  multiply_add(windows, filters, taps * channels, x.data(), channels, w.data(), filters, y.data(), filters);
  EXPECT_EQ(y, expected);

  const std::vector<float> g = random_matrix(windows, filters, rng), v = random_matrix(filters, taps * channels, rng);
  std::vector<float> back(x.size());
  std::vector<double> sums(x.size());
  for (int64_t i = 0; i < windows; ++i)
    for (int64_t d = 0; d < taps * channels; ++d)
      for (int64_t f = 0; f < filters; ++f)
        sums[static_cast<size_t>(i * channels + d)] +=
            static_cast<double>(at(g, filters, i, f)) * static_cast<double>(at(v, taps * channels, f, d));
  multiply_add(windows, taps * channels, filters, g.data(), filters, v.data(), taps * channels, back.data(), channels);
  for (size_t i = 0; i < back.size(); ++i) EXPECT_NEAR(static_cast<double>(back[i]), sums[i], 1e-4) << i;
}

}  // namespace
}  // namespace mote
