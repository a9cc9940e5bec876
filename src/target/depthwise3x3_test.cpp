/// The variant against the portable kernel over random layers: bytes, what it writes beside them, and in place.
#include "target/depthwise3x3.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "mote/rt/depthwise3x3.h"
#include "mote/rt/depthwise_conv2d.h"

namespace mote {
namespace {

constexpr int kLayers = 300;
constexpr Target kTarget{InstructionSet::kArmv7EM, Optimize::kSpeed};
constexpr Target kSmallTarget{InstructionSet::kArmv7EM, Optimize::kSize};
constexpr Kernel kPortable =
    describe_kernel<&rt::depthwise_conv2d_s8>("depthwise_conv2d_s8", "DepthwiseConv2dInteger", "depthwise_conv2d");

int32_t between(Rng& rng, int32_t low, int32_t high) {
  return low + static_cast<int32_t>(rng.below(static_cast<uint32_t>(high - low + 1)));
}

rt::WindowAxis random_axis(Rng& rng, int32_t stride) {
  const int32_t padding = between(rng, 0, 2);
  const int32_t input = between(rng, 3, 11);
  return {input, (input + 2 * padding - 3) / stride + 1, 3, stride, 1, padding};
}

struct Layer {
  rt::DepthwiseConv2dInteger parameters;
  Lowered lowered;
};

/// Outputs begin at the zero point, as after ReLU: only then is there a plain short form.
Layer random_layer(Rng& rng, const rt::WindowAxis& rows, const rt::WindowAxis& columns) {
  const int32_t channels = between(rng, 1, 10);
  std::vector<int8_t> weights;
  for (int32_t i = 0; i < 9 * channels; ++i) weights.push_back(static_cast<int8_t>(between(rng, -128, 127)));
  std::vector<int32_t> bias, factors;
  for (int32_t c = 0; c < channels; ++c) {
    bias.push_back(between(rng, -9000, 9000));
    const double scale = 60.0 / (3 * 73 * 73) * std::exp2(4 * rng.uniform() - 2);
    int exponent = 0;
    const double fraction = std::frexp(scale, &exponent);
    factors.insert(factors.end(), {static_cast<int32_t>(std::ldexp(fraction, 31)), exponent});
  }
  Layer layer{{{between(rng, 1, 2), rows, columns, channels, 1}, between(rng, -128, 127), {2, {-128, -128, 127}}}, {}};
  layer.lowered.constants = {Constant::of<int8_t>("weights", DType::kInt8, weights),
                             Constant::of<int32_t>("bias", DType::kInt32, bias),
                             Constant::of<int32_t>("factors", DType::kInt32, factors)};
  layer.lowered.calls = {KernelCall::make(
      kPortable, layer.parameters,
      {Operand::input(0), Operand::constant(0), Operand::constant(1), Operand::constant(2), Operand::output(0)})};
  return layer;
}

/// Runs the only call. Scratch begins with arbitrary bytes; those behind it must stay.
void run(Lowered lowered, const int8_t* input, int8_t* output) {
  constexpr uint8_t kMark = 0xA5;
  const size_t scratch_bytes = lowered.scratch.empty() ? 0 : lowered.scratch[0];
  std::vector<uint32_t> scratch(scratch_bytes / 4 + 2, 0xA5A5A5A5u);
  std::vector<void*> pointers;
  for (const Operand& operand : lowered.calls[0].operands) {
    const auto at = static_cast<size_t>(operand.index);
    if (operand.kind == Operand::Kind::kInput) pointers.push_back(const_cast<int8_t*>(input));
    if (operand.kind == Operand::Kind::kConstant) pointers.push_back(lowered.constants[at].bytes.data());
    if (operand.kind == Operand::Kind::kScratch) pointers.push_back(scratch.data());
    if (operand.kind == Operand::Kind::kOutput) pointers.push_back(output);
  }
  lowered.calls[0].kernel->run(lowered.calls[0].parameters.get(), pointers.data());
  const auto* bytes = reinterpret_cast<const uint8_t*>(scratch.data());
  EXPECT_TRUE(std::all_of(bytes + scratch_bytes, bytes + 4 * scratch.size(), [](uint8_t b) { return b == kMark; }));
}

class Depthwise3x3 : public ::testing::TestWithParam<Target> {};

TEST_P(Depthwise3x3, GivesThePortableKernelsBytes) {
  Rng rng(4);
  int taken = 0, in_place = 0;
  for (int i = 0; i < kLayers; ++i) {
    const int32_t stride = between(rng, 1, 2);
    const Layer layer = random_layer(rng, random_axis(rng, stride), random_axis(rng, stride));
    const std::optional<Lowered> variant = depthwise3x3(layer.lowered, GetParam());
    if (!variant) continue;
    ++taken;
    const rt::DepthwiseShape& s = layer.parameters.shape;
    std::vector<int8_t> input(static_cast<size_t>(s.batches * s.rows.input * s.columns.input * s.input_channels));
    for (int8_t& x : input) x = static_cast<int8_t>(between(rng, -128, 127));
    std::vector<int8_t> expected(static_cast<size_t>(s.batches * s.rows.output * s.columns.output * s.input_channels));
    std::vector<int8_t> given(expected.size() + 4, 85);
    run(layer.lowered, input.data(), expected.data());
    run(*variant, input.data(), given.data());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), given.begin())) << "layer " << i;
    EXPECT_EQ(given.back(), 85);
    if (s.rows.stride != 1 || s.columns.stride != 1 || input.size() != expected.size() || s.rows.input != s.rows.output)
      continue;
    ++in_place;
    run(*variant, input.data(), input.data());
    EXPECT_EQ(input, expected) << "in place, layer " << i;
  }
  EXPECT_GE(taken, kLayers * 9 / 10);
  EXPECT_GE(in_place, 2);
}

INSTANTIATE_TEST_SUITE_P(Weights, Depthwise3x3, ::testing::Values(kTarget, kSmallTarget), [](const auto& target) {
  return target.param.optimize == Optimize::kSpeed ? "widened" : "as_bytes";
});

TEST(Depthwise3x3s, LeavesToOthersWhatItDoesNotCompute) {
  Rng rng(5);
  const rt::WindowAxis good{6, 6, 3, 1, 1, 1};
  EXPECT_TRUE(depthwise3x3(random_layer(rng, good, good).lowered, kTarget));
  EXPECT_FALSE(depthwise3x3(random_layer(rng, good, good).lowered, {InstructionSet::kArmv6M, Optimize::kSpeed}));
  EXPECT_FALSE(depthwise3x3(random_layer(rng, {6, 6, 3, 1, 2, 2}, good).lowered, kTarget));
  EXPECT_FALSE(depthwise3x3(random_layer(rng, {7, 3, 3, 2, 1, 0}, good).lowered, kTarget));
  EXPECT_FALSE(depthwise3x3(random_layer(rng, {9, 3, 3, 3, 1, 0}, {9, 3, 3, 3, 1, 0}).lowered, kTarget));
}

}  // namespace
}  // namespace mote
