/// The rules of docs/quantization-spec.md for int16 activations: each test's name begins with its rule.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/rng.h"
#include "mote/rt/lookup_s16.h"
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

}  // namespace
}  // namespace mote
