#include "compress/scheme.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mote {
namespace {

void expect_parameters(ValueRange range, double scale, int32_t zero_point) {
  const Quantization q = activation_quantization(range);
  ASSERT_EQ(q.scale.size(), 1u);
  EXPECT_FLOAT_EQ(q.scale[0], static_cast<float>(scale)) << range.low << " to " << range.high;
  EXPECT_EQ(q.zero_point, std::vector<int32_t>{zero_point}) << range.low << " to " << range.high;
}

TEST(ActivationQuantization, EqualsHandComputedValues) {
  expect_parameters({-1, 1}, 2 / 255.0, -1);  // both ends give -0.5, which rounds away from zero
  expect_parameters({0, 6}, 6 / 255.0, -128);
  expect_parameters({-6, 0}, 6 / 255.0, 127);
  expect_parameters({-1, 3}, 4 / 255.0, -64);       // -128 + 63.75
  expect_parameters({-10, 0.2f}, 10.2 / 255, 122);  // -128 + 250
}

TEST(ActivationQuantization, StretchesRangesToContainZero) {
  expect_parameters({2, 5}, 5 / 255.0, -128);
  expect_parameters({-5, -2}, 5 / 255.0, 127);
  expect_parameters({3, 3}, 3 / 255.0, -128);
  expect_parameters({-3, -3}, 3 / 255.0, 127);
}

TEST(ActivationQuantization, RangesOfNothingAndOfAlmostNothing) {
  expect_parameters({0, 0}, 1, -128);
  for (const ValueRange range : {ValueRange{-1e-12f, 1e-12f}, ValueRange{0, 2e-7f}, ValueRange{-3e-7f, 0}}) {
    const Quantization q = activation_quantization(range);
    EXPECT_FLOAT_EQ(q.scale[0], 1e-6f / 255);
    EXPECT_NEAR(q.zero_point[0], -0.5, 0.51) << "half of the range lies on either side of zero";
  }
}

TEST(ActivationQuantization, ZeroIsExactAndTheEndsAreReached) {
  for (float low = -7; low <= 0; low += 0.37f)
    for (float high = 0.1f; high < 9; high += 0.53f) {
      const Quantization q = activation_quantization({low, high});
      const float scale = q.scale[0];
      const int32_t zero = q.zero_point[0];
      ASSERT_GE(zero, -128);
      ASSERT_LE(zero, 127);
      EXPECT_NEAR(scale * static_cast<float>(-128 - zero), low, 0.51f * scale);
      EXPECT_NEAR(scale * static_cast<float>(127 - zero), high, 0.51f * scale);
    }
}

TEST(WeightQuantization, OneScaleAChannel) {
  const std::vector<float> content{1.27f, -0.01f, 0.5f, -254.0f, 127.0f, 1.0f, 0, 0, 0};
  const Tensor weights = float_tensor({3, 3}, content);
  const auto scales = weight_scales(channel_magnitudes(weights, 0));
  ASSERT_EQ(scales.size(), 3u);
  EXPECT_FLOAT_EQ(scales[0], 0.01f);
  EXPECT_FLOAT_EQ(scales[1], 2.0f);
  EXPECT_GT(scales[2], 0.0f) << "a channel of zeros still has a scale";
  const Tensor stored = quantize_int8(weights, {scales, {0, 0, 0}, 0}, -127);
  const std::vector<int8_t> expected{127, -1, 50, -127, 64, 1, 0, 0, 0};
  EXPECT_TRUE(std::ranges::equal(stored.as<int8_t>(), expected));
  EXPECT_EQ(stored.type.dtype, DType::kInt8);
}

TEST(WeightQuantization, TheChannelAxisMayBeTheLast) {
  const std::vector<float> content{1, 10, 100, -2, -20, -200};
  const Tensor weights = float_tensor({1, 2, 3}, content);
  EXPECT_EQ(channel_magnitudes(weights, 2), (std::vector<float>{2, 20, 200}));
  EXPECT_EQ(channel_magnitudes(weights, 1), (std::vector<float>{100, 200}));
  EXPECT_EQ(channel_magnitudes(weights, -1), std::vector<float>{200});
  const auto scales = weight_scales(channel_magnitudes(weights, 2));
  const Tensor stored = quantize_int8(weights, {scales, {0, 0, 0}, 2}, -127);
  EXPECT_EQ(stored.as<int8_t>()[3], -127);
  EXPECT_EQ(stored.as<int8_t>()[4], -127);
  EXPECT_EQ(stored.as<int8_t>()[2], 64) << "63.5 rounds away from zero";
}

TEST(BiasQuantization, ScaleIsInputTimesWeights) {
  const std::vector<float> content{1.0f, -0.5f};
  const std::vector<float> scales{0.01f, 0.02f};
  const Tensor stored = quantize_bias(float_tensor({2}, content), 0.5f, scales);
  EXPECT_EQ(stored.type.dtype, DType::kInt32);
  EXPECT_EQ(stored.as<int32_t>()[0], 200);
  EXPECT_EQ(stored.as<int32_t>()[1], -50);
  EXPECT_FLOAT_EQ(stored.type.quantization.scale[1], 0.01f);
  EXPECT_EQ(quantize_bias(float_tensor({2}, content), 0.5f, std::vector<float>{0.01f}).as<int32_t>()[1], -100);
}

TEST(BiasQuantization, TinyWeightScalesAreRaisedUntilTheBiasFits) {
  const std::vector<float> bias{3.0f, 3.0f};
  std::vector<float> scales{0.01f, 1e-9f};
  EXPECT_EQ(raise_scales_for_bias(bias, 0.1f, scales), 1u);
  EXPECT_EQ(scales[0], 0.01f);
  EXPECT_FLOAT_EQ(scales[1], static_cast<float>(3.0 / (kLargestBias * 0.1)));
  const Tensor stored = quantize_bias(float_tensor({2}, bias), 0.1f, scales);
  EXPECT_NEAR(static_cast<double>(stored.as<int32_t>()[1]), kLargestBias, 1e3);
}

}  // namespace
}  // namespace mote
