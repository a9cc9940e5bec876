/// The rules of docs/quantization-spec.md for single numbers: each test's name begins with its rule.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/rng.h"
#include "mote/rt/affine_quantize_f32_s8.h"
#include "mote/rt/arithmetic.h"
#include "mote/rt/common_scale.h"
#include "mote/rt/dequantize_f32.h"
#include "mote/rt/fixed_point.h"
#include "mote/rt/lookup_s8.h"
#include "mote/rt/product.h"
#include "mote/rt/requantize_s8.h"
#include "mote/rt/softmax_s8.h"
#include "ops/quantize_math.h"

namespace mote {
namespace {

constexpr int kDraws = 20000;
constexpr rt::OutputStage kNoClamp{0, -128, 127};

/// Any int32, small and large ones alike often.
int32_t any_int32(Rng& rng) {
  return static_cast<int32_t>(static_cast<uint32_t>(rng.next())) >> rng.below(31);
}
int8_t any_int8(Rng& rng) {
  return static_cast<int8_t>(static_cast<int>(rng.below(256)) - 128);
}
int32_t any_multiplier(Rng& rng) {
  return static_cast<int32_t>((1u << 30) + rng.below(1u << 30));
}
double as_double(int32_t x) {
  return static_cast<double>(x);
}

TEST(QuantizationSpec, Q1_RoundsTheHighHalfTiesUp) {
  static_assert(rt::doubling_high_multiply(1, 1 << 30) == 1);
  static_assert(rt::doubling_high_multiply(-1, 1 << 30) == 0);
  static_assert(rt::doubling_high_multiply(-3, 1 << 30) == -1);
  Rng rng(1);
  for (int n = 0; n < kDraws; ++n) {
    const int32_t a = any_int32(rng);
    const int32_t b = any_multiplier(rng);
    // The reference's words: nudge away from zero, then divide towards zero.
    const int64_t product = int64_t{a} * b;
    const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
    EXPECT_EQ(rt::doubling_high_multiply(a, b), (product + nudge) / (int64_t{1} << 31)) << a << " * " << b;
  }
}

TEST(QuantizationSpec, Q2_RoundsTiesAwayFromZero) {
  static_assert(rt::rounding_divide_by_power_of_two(5, 1) == 3);
  static_assert(rt::rounding_divide_by_power_of_two(-5, 1) == -3);
  static_assert(rt::rounding_divide_by_power_of_two(-7, 0) == -7);
  Rng rng(2);
  for (int n = 0; n < kDraws; ++n) {
    const int32_t x = any_int32(rng);
    const auto exponent = static_cast<int32_t>(rng.below(32));
    EXPECT_EQ(as_double(rt::rounding_divide_by_power_of_two(x, exponent)),
              std::round(std::ldexp(as_double(x), -exponent)))
        << x << " / 2^" << exponent;
  }
}

TEST(QuantizationSpec, Q3_MultipliesInTwoRoundings) {
  Rng rng(3);
  int differs_from_one_rounding = 0;
  for (int n = 0; n < kDraws; ++n) {
    const auto x = static_cast<int32_t>(rng.below(1 << 16)) - (1 << 15);
    const int32_t multiplier = any_multiplier(rng);
    const int32_t shift = static_cast<int32_t>(rng.below(24)) - 16;
    const double first = std::floor(std::ldexp(as_double(x) * as_double(multiplier), std::max(shift, 0) - 31) + 0.5);
    const double both = std::round(std::ldexp(first, std::min(shift, 0)));
    EXPECT_EQ(as_double(rt::multiply(x, multiplier, shift)), both) << x << " * " << multiplier << " << " << shift;
    const double once = std::round(std::ldexp(as_double(x) * as_double(multiplier), shift - 31));
    differs_from_one_rounding += both != once;
  }
  EXPECT_GT(differs_from_one_rounding, 0);
}

TEST(QuantizationSpec, Q4_AddsTheZeroPointThenClamps) {
  constexpr rt::Multiplier kHalf{1 << 30, 0};
  static_assert(rt::requantize(9, kHalf.multiplier, kHalf.shift, {-3, -128, 127}) == 2);
  static_assert(rt::requantize(300, kHalf.multiplier, kHalf.shift, {-3, -128, 127}) == 127);
  static_assert(rt::requantize(300, kHalf.multiplier, kHalf.shift, {-3, -128, 60}) == 60);
  static_assert(rt::requantize(-300, kHalf.multiplier, kHalf.shift, {-3, -3, 60}) == -3);
  EXPECT_EQ(rt::requantize(-900, kHalf.multiplier, kHalf.shift, {-3, -128, 127}), -128);
}

TEST(QuantizationSpec, Q5_FactorsAreThirtyOneBitsAndAShift) {
  const auto pair = [](double factor) {
    const rt::Multiplier m = quantize_multiplier(factor);
    return std::pair(m.multiplier, m.shift);
  };
  EXPECT_EQ(pair(0.5), std::pair(1 << 30, 0));
  EXPECT_EQ(pair(1), std::pair(1 << 30, 1));
  EXPECT_EQ(pair(1 - std::ldexp(1, -33)), std::pair(1 << 30, 1)) << "rounds up into the next power of two";
  EXPECT_EQ(pair(0), std::pair(0, 0));
  EXPECT_EQ(pair(std::ldexp(1, -33)), std::pair(0, 0)) << "too small for the shift";
  EXPECT_EQ(pair(std::ldexp(1, 30)), std::pair(INT32_MAX, 30)) << "the largest there is";
  EXPECT_EQ(pair(1e30), std::pair(INT32_MAX, 30));
  Rng rng(5);
  for (int n = 0; n < kDraws; ++n) {
    const double factor = std::exp(rng.uniform(-18, 18));
    const rt::Multiplier m = quantize_multiplier(factor);
    EXPECT_GE(m.multiplier, 1 << 30);
    EXPECT_NEAR(std::ldexp(as_double(m.multiplier), m.shift - 31) / factor, 1, std::ldexp(1, -31));
  }
}

TEST(QuantizationSpec, Q6_ActivationsClampInOutputSteps) {
  const Quantization output{{0.05f}, {-20}, 0};
  const auto range = [&](Activation activation) {
    const rt::OutputStage stage = output_stage(activation, output);
    EXPECT_EQ(stage.zero_point, -20);
    return std::pair(stage.low, stage.high);
  };
  EXPECT_EQ(range(Activation::kNone), std::pair(-128, 127));
  EXPECT_EQ(range(Activation::kRelu), std::pair(-20, 127));
  EXPECT_EQ(range(Activation::kRelu6), std::pair(-20, 100));
  EXPECT_EQ(range(Activation::kReluN1To1), std::pair(-40, 0));
}

TEST(QuantizationSpec, F1_ExponentialOnAQuarter) {
  for (int32_t a = -(1 << 29); a < 0; a += 12345)
    EXPECT_NEAR(std::ldexp(as_double(rt::exp_on_small_interval(a)), -31), std::exp(std::ldexp(as_double(a), -31)),
                3e-7);
}

TEST(QuantizationSpec, F2_ExponentialOfNegativeNumbers) {
  EXPECT_EQ(rt::exp_on_negative(0, 4), INT32_MAX);
  Rng rng(7);
  for (const int32_t integer_bits : {0, 3, 4, 5, 6})
    for (int n = 0; n < kDraws / 5; ++n) {
      const int32_t a = -std::abs(any_int32(rng) | 1);
      EXPECT_NEAR(std::ldexp(as_double(rt::exp_on_negative(a, integer_bits)), -31),
                  std::exp(std::ldexp(as_double(a), integer_bits - 31)), 4e-7)
          << a << " with " << integer_bits << " integer bits";
    }
}

TEST(QuantizationSpec, F3_OneOverOnePlus) {
  for (int64_t a = 0; a <= INT32_MAX; a += 98765)
    EXPECT_NEAR(std::ldexp(as_double(rt::one_over_one_plus(static_cast<int32_t>(a))), -31),
                1 / (1 + std::ldexp(static_cast<double>(a), -31)), 1e-8);
}

TEST(QuantizationSpec, F4_OneMinusOverOnePlus) {
  for (int64_t a = 0; a <= INT32_MAX; a += 98765) {
    const double real = std::ldexp(static_cast<double>(a), -31);
    EXPECT_NEAR(std::ldexp(as_double(rt::one_minus_over_one_plus(static_cast<int32_t>(a))), -31),
                (1 - real) / (1 + real), 1e-8);
  }
}

TEST(QuantizationSpec, S1_SoftmaxAnswersIn256ths) {
  constexpr float kScale = 0.06f;
  const rt::Multiplier factor = quantize_multiplier(static_cast<double>(kScale) * (1 << 26));
  std::vector<int32_t> table;
  for (int32_t difference = 0; difference < 256; ++difference)
    table.push_back(rt::softmax_table_entry(difference, factor));
  Rng rng(8);
  for (int n = 0; n < 500; ++n) {
    std::vector<int8_t> input(2 + rng.below(12));
    for (int8_t& x : input) x = any_int8(rng);
    std::vector<int8_t> output(input.size());
    rt::softmax_s8({1, static_cast<int32_t>(input.size()), 256, factor}, input.data(), table.data(), output.data());
    double sum = 0;
    for (const int8_t x : input) sum += std::exp(static_cast<double>(kScale) * x);
    for (size_t i = 0; i < input.size(); ++i)
      EXPECT_NEAR(output[i], std::min(256 * std::exp(static_cast<double>(kScale) * input[i]) / sum - 128, 127.0), 0.51);
  }
}

TEST(QuantizationSpec, S1_DifferencesBehindTheTableContributeNothing) {
  const std::vector<int32_t> table = {INT32_MAX, INT32_MAX / 2, INT32_MAX / 4,
                                      INT32_MAX};  // the last is not the table's
  const std::vector<int8_t> input = {10, 7, 6};
  std::vector<int8_t> output(input.size());
  rt::softmax_s8({1, 3, 3, {}}, input.data(), table.data(), output.data());
  EXPECT_EQ(output, (std::vector<int8_t>{127, -128, -128}));
}

TEST(QuantizationSpec, A1_AddsInACommonScale) {
  const double a_scale = 0.05, b_scale = 0.031, output_scale = 0.08;
  const rt::CommonScale p{{{1, 1, 1, 1, 1}, {}, {}, 0, 0},
                          3,
                          -17,
                          quantize_multiplier(0.5),
                          quantize_multiplier(b_scale / (2 * a_scale)),
                          quantize_multiplier(2 * a_scale / ((1 << 20) * output_scale)),
                          20,
                          {-11, -128, 127}};
  const rt::common_scale::Join<int8_t, rt::common_scale::Sum> sum{p};
  const int32_t b_multiplier = p.b_factor.multiplier;
  for (int a = -128; a < 128; ++a)
    for (int b = -128; b < 128; ++b) {
      // Rule by rule: 20 bits up, Q3 for each, the sum, Q3 again.
      const double half = std::floor(std::ldexp((a - 3.0) * as_double(1 << 30), 20 - 31) + 0.5);
      const double first = std::floor(std::ldexp((b + 17.0) * as_double(b_multiplier), 20 - 31) + 0.5);
      const double second = std::round(std::ldexp(first, p.b_factor.shift));
      const double high = std::floor(std::ldexp((half + second) * as_double(p.output_factor.multiplier), -31) + 0.5);
      const double expected = std::round(std::ldexp(high, p.output_factor.shift)) - 11;
      EXPECT_EQ(static_cast<double>(sum(static_cast<int8_t>(a), static_cast<int8_t>(b))),
                std::min(std::max(expected, -128.0), 127.0));
    }
}

TEST(QuantizationSpec, A2_MultipliesThenRequantizes) {
  const rt::ProductInteger p{
      {{1, 1, 1, 1, 1}, {}, {}, 0, 0}, 3, -17, quantize_multiplier(0.05 * 0.031 / 0.15), {21, -128, 127}};
  const rt::product::Product<int8_t> product{p};
  for (int a = -128; a < 128; ++a)
    for (int b = -128; b < 128; ++b)
      EXPECT_EQ(product(static_cast<int8_t>(a), static_cast<int8_t>(b)),
                rt::requantize((a - 3) * (b + 17), p.factor.multiplier, p.factor.shift, p.stage));
}

TEST(QuantizationSpec, R1_ReluRequantizesAndClampsAtZero) {
  const Quantization output{{0.033f}, {-100}, 0};
  const rt::RequantizeS8 p{1, 7, quantize_multiplier(0.05 / static_cast<double>(output.scale[0])),
                           output_stage(Activation::kRelu, output)};
  for (int x = -128; x < 128; ++x) {
    const auto input = static_cast<int8_t>(x);
    int8_t computed = 0;
    rt::requantize_s8(p, &input, &computed);
    EXPECT_NEAR(computed, std::min(std::max((x - 7) * 0.05 / 0.033, 0.0) - 100, 127.0), 0.51) << x;
  }
}

TEST(QuantizationSpec, L1_LogisticInFixedPoint) {
  static_assert(rt::logistic_fixed(0) == 1 << 30);
  for (int64_t x = INT32_MIN + 1; x <= INT32_MAX; x += 1234567) {
    const auto fixed = static_cast<int32_t>(x);
    EXPECT_NEAR(std::ldexp(as_double(rt::logistic_fixed(fixed)), -31),
                1 / (1 + std::exp(-std::ldexp(static_cast<double>(x), -27))), 4e-7);
    if (x != 0) {
      EXPECT_EQ(int64_t{rt::logistic_fixed(fixed)} + rt::logistic_fixed(-fixed), int64_t{INT32_MAX});
    }
  }
}

TEST(QuantizationSpec, T1_TanhInFixedPoint) {
  static_assert(rt::tanh_fixed(0) == 0);
  for (int64_t x = INT32_MIN + 1; x <= INT32_MAX; x += 1234567) {
    const auto fixed = static_cast<int32_t>(x);
    EXPECT_NEAR(std::ldexp(as_double(rt::tanh_fixed(fixed)), -31), std::tanh(std::ldexp(static_cast<double>(x), -27)),
                8e-7);
    EXPECT_EQ(rt::tanh_fixed(fixed), -rt::tanh_fixed(-fixed));
  }
}

TEST(QuantizationSpec, U1_QuantizesWithTiesAwayFromZero) {
  static_assert(rt::quantize_element(0.25f, 0.5f, 10) == 11);
  static_assert(rt::quantize_element(-0.25f, 0.5f, 10) == 9);
  static_assert(rt::quantize_element(0.24f, 0.5f, 10) == 10);
  static_assert(rt::quantize_element(1e30f, 0.5f, 10) == 127);
  static_assert(rt::quantize_element(-1e30f, 0.5f, 10) == -128);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(rt::quantize_element(kInfinity, 0.5f, 10), 127);
  EXPECT_EQ(rt::quantize_element(-kInfinity, 0.5f, 10), -128);
  EXPECT_EQ(rt::quantize_element(std::numeric_limits<float>::quiet_NaN(), 0.5f, 10), 10);
  Rng rng(13);
  for (int n = 0; n < kDraws; ++n) {
    const auto scale = static_cast<float>(std::exp(rng.uniform(-8, 2)));
    const auto zero_point = static_cast<int32_t>(rng.below(256)) - 128;
    const float x = scale * static_cast<float>(rng.below(2) != 0 ? rng.uniform(-300, 300)
                                                                 : 0.5 * std::floor(rng.uniform(-600, 600)));
    const float expected = std::round(x / scale) + static_cast<float>(zero_point);
    EXPECT_EQ(static_cast<float>(rt::quantize_element(x, scale, zero_point)),
              std::min(std::max(expected, -128.0f), 127.0f))
        << x << " / " << scale;
  }
}

TEST(QuantizationSpec, U2_AffineQuantizeIsMulAddQuantize) {
  constexpr int32_t kRows = 400;
  constexpr int32_t kChannels = 6;
  Rng rng(14);
  std::vector<float> input(kRows * kChannels);
  std::vector<float> factor(kChannels);
  std::vector<float> offset(kChannels);
  for (float& x : input) x = static_cast<float>(rng.uniform(-500, 500));
  for (float& x : factor) x = static_cast<float>(rng.uniform(0.001, 0.01));
  for (float& x : offset) x = static_cast<float>(rng.uniform(-1, 1));
  const rt::Broadcast walk{{1, 1, 1, kRows, kChannels}, {0, 0, 0, 0, 1}, {0, 0, 0, -kChannels, 1}, 0, 0};
  const float largest = std::numeric_limits<float>::max();
  std::vector<float> real(input.size());
  std::vector<int8_t> expected(input.size());
  rt::mul_f32({walk, -largest, largest}, input.data(), factor.data(), real.data());
  rt::add_f32({walk, -largest, largest}, real.data(), offset.data(), real.data());
  rt::quantize_f32<int8_t>({kRows * kChannels, 4, 0.03f}, real.data(), expected.data());
  std::vector<int8_t> computed(input.size());
  rt::affine_quantize_f32_s8({kRows, kChannels, 4, 0.03f}, input.data(), factor.data(), offset.data(), computed.data());
  EXPECT_EQ(computed, expected);
}

TEST(QuantizationSpec, D1_DequantizesByOneProduct) {
  for (int x = -128; x < 128; ++x) {
    const auto input = static_cast<int8_t>(x);
    float computed = 0;
    rt::dequantize_f32<int8_t>({1, -11, 0.0371f}, &input, &computed);
    EXPECT_EQ(computed, static_cast<float>(static_cast<double>(0.0371f) * (x + 11)));
  }
}

}  // namespace
}  // namespace mote
