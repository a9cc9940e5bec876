/// Sum and difference in one rounding against the definition with two, for every pair of inputs of random layers.
#include "ops/linear_pair.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "mote/rt/common_scale.h"
#include "ops/quantize_math.h"

namespace mote {
namespace {

constexpr int kLayers = 400;

struct Layer {
  rt::CommonScale definition;
  double a_slope, b_slope;
};

/// Scales as they come, and those that bring about ties: equal ones, halves, small quotients.
Layer random_layer(Rng& rng, int kind) {
  const auto power = [&](double low, double high) { return std::exp2(low + (high - low) * rng.uniform()); };
  const double a = power(-3, 3);
  const double b = kind == 0 ? power(-3, 3) : kind == 3 ? a / (1 + static_cast<double>(rng.below(7))) : a;
  const double out = kind == 2 ? 2 * a : kind == 3 ? a : std::max(a, b) * power(-1, 2);
  const double common = 2 * std::max(a, b);
  const bool relu = rng.below(2) == 0;
  const auto zero_point = [&] { return static_cast<int32_t>(rng.below(256)) - 128; };
  const int32_t out_zero_point = relu ? -128 : zero_point();
  const int32_t low = rng.below(4) == 0 ? out_zero_point : -128;
  return {{{{1, 1, 1, 1, 65536}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 1}, 0, 0},
           zero_point(),
           zero_point(),
           quantize_multiplier(a / common),
           quantize_multiplier(b / common),
           quantize_multiplier(common / ((1 << 20) * out)),
           20,
           {out_zero_point, low, 127}},
          a / out,
          b / out};
}

TEST(LinearPair, GivesTheDefinitionsBytesForEveryPair) {
  Rng rng(7);
  std::vector<int8_t> a(65536), b(65536), expected(65536), given(65536);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<int8_t>(static_cast<int>(i / 256) - 128);
    b[i] = static_cast<int8_t>(static_cast<int>(i % 256) - 128);
  }
  int found = 0;
  for (int i = 0; i < kLayers; ++i) {
    const Layer layer = random_layer(rng, i % 4);
    const bool sum = rng.below(2) == 0;
    sum ? rt::add_s8(layer.definition, a.data(), b.data(), expected.data())
        : rt::sub_s8(layer.definition, a.data(), b.data(), expected.data());
    PairTable table;
    std::copy(expected.begin(), expected.end(), table.begin());
    auto linear = find_linear_pair(table, layer.a_slope, sum ? layer.b_slope : -layer.b_slope,
                                   layer.definition.stage.low, layer.definition.stage.high);
    if (!linear) continue;
    ++found;
    linear->walk = layer.definition.walk;
    rt::linear_pair_range_s8(*linear, a.data(), b.data(), given.data());
    ASSERT_EQ(given, expected) << "layer " << i;
    if (linear->low != -128) continue;
    rt::linear_pair_s8(*linear, a.data(), b.data(), given.data());
    ASSERT_EQ(given, expected) << "layer " << i;
  }
  EXPECT_GE(found, kLayers * 98 / 100);
}

TEST(LinearPair, RefusesWhatIsNotLinear) {
  PairTable table;
  for (size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<int8_t>((static_cast<int>(i / 256) - 128) * (static_cast<int>(i % 256) - 128) / 128);
  EXPECT_FALSE(find_linear_pair(table, 0.5, 0.5, -128, 127));
}

}  // namespace
}  // namespace mote
