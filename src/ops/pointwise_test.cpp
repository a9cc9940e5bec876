/// What add, mul, ReLU, logistic, tanh, quantize and dequantize refuse, and dropout's masks.
#include "ops/pointwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mote/rt/tanh_f32.h"
#include "ops/all_ops.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

Argument int8(float scale, int32_t zero_point = 0) {
  return {{DType::kInt8, {1, 4}, {{scale}, {zero_point}, 0}}, nullptr};
}
Argument plain(DType dtype) {
  return {{dtype, {1, 4}, {}}, nullptr};
}

Result<Lowered> lowered(const Op& op, const std::vector<Argument>& inputs, const Argument& output) {
  return lower(op, inputs, {&output, 1});
}

TEST(Add, RefusesScalesThatTheReferenceCannotAdd) {
  EXPECT_THAT(lowered(Add{}, {int8(1), int8(1)}, int8(2e-6f)), Succeeds());
  EXPECT_THAT(lowered(Add{}, {int8(1), int8(1)}, int8(1.9e-6f)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("too fine")));
}

TEST(Add, RefusesOperandsOfOtherTypes) {
  EXPECT_THAT(lowered(Add{}, {int8(1), plain(DType::kInt32)}, int8(1)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("second operand is int32")));
  EXPECT_THAT(lowered(Add{}, {plain(DType::kFloat32), int8(1)}, int8(1)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("first operand is float32")));
  EXPECT_THAT(lowered(Add{}, {plain(DType::kInt8), int8(1)}, int8(1)),
              FailsWith(ErrorCode::kBadInput, HasSubstr("one positive scale")));
}

TEST(Mul, RefusesFactorsThatOverflow) {
  EXPECT_THAT(lowered(Mul{}, {int8(1), int8(1)}, int8(1.0f / (1 << 14))), Succeeds());
  EXPECT_THAT(lowered(Mul{}, {int8(1), int8(1)}, int8(1.0f / (1 << 15))),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("too fine")));
}

TEST(Logistic, RefusesAnotherOutputScale) {
  EXPECT_THAT(lowered(Logistic{}, {int8(0.1f)}, int8(1.0f / 256, -128)), Succeeds());
  EXPECT_THAT(lowered(Logistic{}, {int8(0.1f)}, int8(1.0f / 128, -128)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("scale 1/256 and zero point -128")));
}

TEST(Tanh, RefusesAnotherOutputZeroPoint) {
  EXPECT_THAT(lowered(Tanh{}, {int8(0.1f)}, int8(1.0f / 128, 0)), Succeeds());
  EXPECT_THAT(lowered(Tanh{}, {int8(0.1f)}, int8(1.0f / 128, 1)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("scale 1/128 and zero point 0")));
}

TEST(Logistic, ExtremeInputScalesGiveATable) {
  for (const float scale : {1e-12f, 1e-6f, 1e6f, 1e12f})
    EXPECT_THAT(lowered(Logistic{}, {int8(scale)}, int8(1.0f / 256, -128)), Succeeds()) << scale;
}

TEST(Logistic, TheTableCountsAsCode) {
  MOTE_ASSERT_ASSIGN(const Lowered table, lowered(Logistic{}, {int8(0.1f)}, int8(1.0f / 256, -128)));
  ASSERT_EQ(table.constants.size(), 1u);
  EXPECT_EQ(table.constants[0].bytes.size(), 256u);
  EXPECT_TRUE(table.constants[0].derived);
}

TEST(Quantize, RefusesUnequalScalesBeyondReason) {
  EXPECT_THAT(lowered(Quantize{}, {int8(1000)}, int8(1e-5f)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("one of the two must be wrong")));
  EXPECT_THAT(lowered(Quantize{}, {plain(DType::kInt16)}, int8(1)),
              FailsWith(ErrorCode::kBadInput, HasSubstr("int16")));
}

TEST(AffineQuantize, RefusesFactorsThatAreNotOneAChannel) {
  const Argument input{{DType::kFloat32, {2, 6}, {}}, nullptr};
  const Argument vector{{DType::kFloat32, {5}, {}}, nullptr};
  const std::vector<Argument> arguments = {input, vector, vector};
  EXPECT_THAT(AffineQuantize{}.infer(arguments),
              FailsWith(ErrorCode::kBadInput, HasSubstr("one factor and one offset a channel")));
}

TEST(Dequantize, RefusesFloat) {
  EXPECT_THAT(lowered(Dequantize{}, {plain(DType::kFloat32)}, plain(DType::kFloat32)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("float32")));
}

TEST(TanhF32, IsAccurateEverywhere) {
  for (float x = -12; x < 12; x += 0.00097f) {
    const double wanted = std::tanh(static_cast<double>(x));
    EXPECT_NEAR(static_cast<double>(rt::hyperbolic_tangent(x)), wanted, 5e-7 * std::abs(wanted)) << x;
  }
  EXPECT_EQ(rt::hyperbolic_tangent(1e30f), 1.0f);
  EXPECT_EQ(rt::hyperbolic_tangent(-1e30f), -1.0f);
  EXPECT_EQ(rt::hyperbolic_tangent(1e-30f), 1e-30f);
}

std::vector<float> dropped(float rate, uint64_t seed, bool training, const std::vector<float>& input) {
  std::vector<float> output(input.size());
  const Shape shape = {static_cast<int32_t>(input.size())};
  ForwardContext context;
  context.inputs = {{shape, input}};
  context.outputs = {{shape, output}};
  context.training = training;
  context.seed = seed;
  Dropout{rate}.forward(context);
  return output;
}

TEST(Dropout, KeepsTheMeanAndDropsTheShare) {
  const std::vector<float> output = dropped(0.3f, 5, true, std::vector<float>(20000, 1.0f));
  const auto zeros = std::count(output.begin(), output.end(), 0.0f);
  EXPECT_NEAR(static_cast<double>(zeros) / 20000, 0.3, 0.02);
  for (const float x : output) EXPECT_TRUE(x == 0 || std::abs(x - 1 / 0.7f) < 1e-6f) << x;
}

TEST(Dropout, TheSeedAloneDecides) {
  const std::vector<float> ones(100, 1.0f);
  EXPECT_EQ(dropped(0.5f, 5, true, ones), dropped(0.5f, 5, true, ones));
  EXPECT_NE(dropped(0.5f, 5, true, ones), dropped(0.5f, 6, true, ones));
  EXPECT_EQ(dropped(0.5f, 5, false, ones), ones);
}

TEST(Dropout, RefusesARateOfOne) {
  const Argument input = plain(DType::kFloat32);
  EXPECT_THAT(Dropout{1.0f}.infer({&input, 1}), FailsWith(ErrorCode::kBadInput, HasSubstr("less than 1")));
  EXPECT_THAT(Dropout{std::nanf("")}.infer({&input, 1}), FailsWith(ErrorCode::kBadInput, HasSubstr("dropout rate")));
}

}  // namespace
}  // namespace mote
