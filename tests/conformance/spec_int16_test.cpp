/// The rules of docs/quantization-spec.md for int16 activations: each test's name begins with its rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/rng.h"
#include "mote/rt/dequantize_f32.h"
#include "mote/rt/lookup_s16.h"
#include "mote/rt/quantize_f32.h"
#include "mote/rt/rescale.h"
#include "ops/all_ops.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {
namespace {

constexpr int kDraws = 20000;

TEST(QuantizationSpec, I1_MultipliesWideSumsInOneRounding) {
  Rng rng(12);
  for (int n = 0; n < kDraws; ++n) {
    const auto multiplier = static_cast<int32_t>((1u << 30) + rng.below(1u << 30));
    const int32_t shift = static_cast<int32_t>(rng.below(39)) - 31;
    const int bits = std::min(46, 30 - shift);  // the result fits int32
    const auto x = static_cast<int64_t>(std::ldexp(rng.uniform(-1, 1), bits));
    const double reduced = std::min(std::floor(multiplier / 65536.0 + 0.5), 32767.0);
    const long double real = std::ldexp(static_cast<long double>(x) * static_cast<long double>(reduced), shift - 15);
    EXPECT_EQ(static_cast<long double>(rt::multiply_wide(x, multiplier, shift)), std::floor(real + 0.5L))
        << x << " * " << multiplier << " << " << shift;
  }
  static_assert(rt::multiply_wide(3, 1 << 30, 0) == 2, "ties up");
  static_assert(rt::multiply_wide(-3, 1 << 30, 0) == -1, "ties up");
  static_assert(rt::multiply_wide(1000000, INT32_MAX, 0) == 999969, "the multiplier is 32767 at most");
  static_assert(rt::requantize_wide(3, 1 << 30, 0, {0, -32768, 1}) == 1, "then the clamp");
}

TEST(QuantizationSpec, I2_InterpolatesBetween513Entries) {
  std::array<int16_t, 513> table{};
  table[256] = 100;
  table[257] = 101;
  table[511] = -5;
  table[512] = -32768;
  EXPECT_EQ(rt::interpolate(table.data(), 0), 100);
  EXPECT_EQ(rt::interpolate(table.data(), 63), 100);
  EXPECT_EQ(rt::interpolate(table.data(), 64), 101) << "a tie rounds up";
  EXPECT_EQ(rt::interpolate(table.data(), -64), 50);
  EXPECT_EQ(rt::interpolate(table.data(), -32768), 0);
  EXPECT_EQ(rt::interpolate(table.data(), 32767), -5 - 32507) << "the last entry ends the last line";
  table[511] = 32767;
  EXPECT_EQ(rt::interpolate(table.data(), 32704), -32768) << "the difference 1 and the sum wrap";
}

TEST(QuantizationSpec, I3_TablesHalveTheErrorBetweenEntries) {
  const Quantization input{{1.0f / 4096}, {0}, 0};
  const Quantization output{{1.0f / 32768}, {0}, 0};
  const double section = 65535.0 / 4096 / 512;
  const double per_unit = 65536.0 / 65535 * 32768;  // 65536 numbers over a range of 65535 steps
  const auto line = interpolated_table(input, output, [](float x) { return x / 16; });
  ASSERT_EQ(line.size(), 513u);
  for (int i = 0; i < 513; ++i)
    EXPECT_NEAR(line[static_cast<size_t>(i)], (-8 + i * section) / 16 * per_unit, 0.51) << i;
  // 0 up to the middle of section 256, 64 steps at its end: the chord is 32 too high there, the entry sinks by 16.
  const double middle = -8 + 256.5 * section;
  const double slope = 64 / per_unit / (section / 2);
  const auto kink = interpolated_table(
      input, output, [&](float x) { return static_cast<float>(std::max(0.0, (double{x} - middle) * slope)); });
  EXPECT_EQ(kink[255], 0);
  EXPECT_EQ(kink[256], -16);
  EXPECT_EQ(kink[257], 64);
  const auto steep = interpolated_table(input, output, [](float x) { return x; });
  EXPECT_EQ(steep[0], -32768) << "clamped";
  EXPECT_EQ(steep[512], 32767) << "clamped";
}

TEST(QuantizationSpec, I4_Int16IsSymmetric) {
  EXPECT_TRUE(expect_quantized({DType::kInt16, {4}, {{0.1f}, {0}, 0}}, DType::kInt16, "the input"));
  const auto shifted = expect_quantized({DType::kInt16, {4}, {{0.1f}, {1}, 0}}, DType::kInt16, "the input");
  ASSERT_FALSE(shifted);
  EXPECT_NE(shifted.error().text().find("symmetric"), std::string::npos) << shifted.error().text();
  const rt::OutputStage relu6 = output_stage(Activation::kRelu6, TensorType{DType::kInt16, {4}, {{0.001f}, {0}, 0}});
  EXPECT_EQ(relu6.low, 0);
  EXPECT_EQ(relu6.high, 6000);
  const rt::OutputStage none = output_stage(Activation::kNone, TensorType{DType::kInt16, {4}, {{0.001f}, {0}, 0}});
  EXPECT_EQ(none.low, -32768);
  EXPECT_EQ(none.high, 32767);
}

/// The call of an op with one int16 input and its output, run.
std::vector<int16_t> run_int16(const Op& op, const std::vector<int16_t>& content, float scale) {
  const TensorType input{DType::kInt16, {1, static_cast<int32_t>(content.size())}, {{scale}, {0}, 0}};
  const TensorType output{DType::kInt16, input.shape, {{1.0f / 32768}, {0}, 0}};
  const Argument in[] = {{input, nullptr}};
  const Argument out[] = {{output, nullptr}};
  const auto lowered = lower(op, in, out);
  EXPECT_TRUE(lowered) << lowered.error().text();
  std::vector<int16_t> from = content, result(content.size());
  std::vector<void*> pointers;
  for (const Operand& operand : lowered->calls[0].operands) {
    if (operand.kind == Operand::Kind::kInput) pointers.push_back(from.data());
    if (operand.kind == Operand::Kind::kOutput) pointers.push_back(result.data());
    if (operand.kind == Operand::Kind::kConstant)
      pointers.push_back(const_cast<uint8_t*>(lowered->constants[static_cast<size_t>(operand.index)].bytes.data()));
  }
  lowered->calls[0].kernel->run(lowered->calls[0].parameters.get(), pointers.data());
  return result;
}

std::vector<int16_t> every_seventh() {
  std::vector<int16_t> all;
  for (int x = -32768; x < 32768; x += 7) all.push_back(static_cast<int16_t>(x));
  return all;
}

TEST(QuantizationSpec, I5_SoftmaxFromTwoTables) {
  Rng rng(5);
  for (const float scale : {0.0001f, 0.0004f, 0.002f})
    for (const float beta : {1.0f, 0.5f}) {
      std::vector<int16_t> content(12);
      for (int16_t& x : content) x = static_cast<int16_t>(static_cast<int>(rng.below(65536)) - 32768);
      const std::vector<int16_t> result = run_int16(Op(Softmax{beta}), content, scale);
      double sum = 0;
      for (const int16_t x : content) sum += std::exp(static_cast<double>(beta * scale) * x);
      for (size_t i = 0; i < content.size(); ++i)
        EXPECT_NEAR(result[i], 32768 * std::exp(static_cast<double>(beta * scale) * content[i]) / sum, 24);
    }
  EXPECT_EQ(run_int16(Op(Softmax{}), {5}, 0.01f), std::vector<int16_t>{32767});
}

TEST(QuantizationSpec, I6_LogisticAndTanhFromOneTable) {
  const std::vector<int16_t> content = every_seventh();
  for (const float scale : {1.0f / 4096, 1.0f / 2048, 0.0002f, 0.0017f}) {
    const auto logistic = run_int16(Op(Logistic{}), content, scale);
    const auto tanh = run_int16(Op(Tanh{}), content, scale);
    for (size_t i = 0; i < content.size(); ++i) {
      const double x = static_cast<double>(scale) * content[i];
      EXPECT_NEAR(logistic[i], 32768 / (1 + std::exp(-x)), 5) << x;
      EXPECT_NEAR(tanh[i], 32768 * std::tanh(x), 9) << x;
    }
  }
  EXPECT_EQ(run_int16(Op(Logistic{}), {0, 32767, -32768}, 1), (std::vector<int16_t>{16384, 32767, 1}));
  EXPECT_EQ(run_int16(Op(Tanh{}), {0, 32767, -32768}, 1), (std::vector<int16_t>{0, 32767, -32767}));
}

TEST(QuantizationSpec, I7_RescalesBetweenIntegerTypes) {
  const rt::Multiplier quarter = quantize_multiplier(0.25);
  const int32_t wide[] = {4, 6, -6, 2000000, -2000000, INT32_MIN};
  int16_t narrow[6];
  rt::rescale<int32_t, int16_t>({6, 0, 3, quarter}, wide, narrow);
  EXPECT_THAT(narrow, ::testing::ElementsAre(4, 5, 1, 32767, -32768, -32768)) << "Q1 makes -1.5 -1";
  const uint8_t bytes[] = {0, 128, 255};
  int8_t signed_bytes[3];
  rt::rescale<uint8_t, int8_t>({3, 128, 0, quantize_multiplier(1)}, bytes, signed_bytes);
  EXPECT_THAT(signed_bytes, ::testing::ElementsAre(-128, 0, 127));
  int32_t words[3];
  rt::rescale<uint8_t, int32_t>({3, 0, -7, quantize_multiplier(1000)}, bytes, words);
  EXPECT_THAT(words, ::testing::ElementsAre(-7, 127993, 254993));
  EXPECT_EQ(rt::quantize_element<int16_t>(1.5f, 1.0f, 9), 11);
  EXPECT_EQ(rt::quantize_element<uint8_t>(-1.5f, 1.0f, 1), 0);
  EXPECT_EQ(rt::quantize_element<int32_t>(1e30f, 1.0f, 1), INT32_MAX);
  EXPECT_EQ(rt::quantize_element<int32_t>(-1e30f, 1.0f, -1), INT32_MIN);
  const int16_t stored = -300;
  float real = 0;
  rt::dequantize_f32<int16_t>({1, 20, 0.1f}, &stored, &real);
  EXPECT_EQ(real, 0.1f * -320.0f);
}

TEST(QuantizationSpec, I8_StoredSmallComputedInFloat) {
  EXPECT_EQ(from_half(0x3C00), 1.0f);
  EXPECT_EQ(from_half(0xC100), -2.5f);
  EXPECT_EQ(from_half(0x7BFF), 65504.0f);
  EXPECT_EQ(from_half(0x8001), -std::ldexp(1.0f, -24)) << "below the normal numbers";
  EXPECT_EQ(from_half(0x7C00), INFINITY);
  EXPECT_TRUE(std::isnan(from_half(0x7E00)));
  Tensor weights(TensorType{DType::kInt8, {2, 2}, {{0.5f, 0.25f}, {0, 1}, 0}});
  weights.as<int8_t>()[0] = 3;
  weights.as<int8_t>()[3] = -7;
  EXPECT_THAT(dequantized(weights).as<float>(), ::testing::ElementsAre(1.5f, 0.0f, -0.25f, -2.0f));
}

}  // namespace
}  // namespace mote
