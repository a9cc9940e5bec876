#include "ops/reduce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "mote/rt/reduce.h"
#include "ops/reference_test.h"
#include "test_support.h"

namespace mote {
namespace {

Tensor axes_tensor(std::vector<int32_t> axes) {
  Tensor tensor({DType::kInt32, {static_cast<int32_t>(axes.size())}, {}});
  std::copy(axes.begin(), axes.end(), tensor.as<int32_t>().begin());
  return tensor;
}

std::vector<Argument> operands(const Shape& input, const Tensor& axes) {
  return {{{DType::kInt8, input, {{0.1f}, {0}, 0}}, nullptr}, {axes.type, &axes}};
}

// Rounding first to 2^shift steps and then to one may miss the nearest step by half of the former.
TEST(Mean, LoweredIntegersAreTheRoundedMeans) {
  Rng rng(35);
  for (int round = 0; round < 500; ++round) {
    const Shape shape{testing::between(rng, 1, 3), testing::between(rng, 1, 40), testing::between(rng, 1, 4)};
    const float in_scale = static_cast<float>(rng.uniform(0.001, 0.2));
    const float out_scale = in_scale * static_cast<float>(rng.uniform(0.3, 3));
    const int32_t in_zero = testing::random_zero_point(rng);
    const int32_t out_zero = testing::random_zero_point(rng);
    const Tensor axes = axes_tensor({round % 2 == 0 ? 1 : -2});
    std::vector<Argument> inputs = operands(shape, axes);
    inputs[0].type.quantization = {{in_scale}, {in_zero}, 0};
    auto types = Mean{}.infer(inputs);
    ASSERT_THAT(types, testing::Succeeds());
    types->at(0).quantization = {{out_scale}, {out_zero}, 0};
    const Argument result{types->at(0), nullptr};
    const auto lowered = Mean{}.lower(inputs, {&result, 1});
    ASSERT_THAT(lowered, testing::Succeeds());

    std::vector<int8_t> input = testing::random_int8(rng, count(shape), -128);
    std::vector<int8_t> output(static_cast<size_t>(count(result.type.shape)));
    void* pointers[] = {input.data(), output.data()};
    const KernelCall& call = lowered->calls.at(0);
    call.kernel->run(call.parameters.get(), pointers);
    const rt::Multiplier factor = static_cast<const rt::ReduceSum*>(call.parameters.get())->factor;
    const double tolerance = 0.5 + (factor.shift < 0 ? std::ldexp(0.5, factor.shift) : 0.0) + 1e-6;
    for (int32_t b = 0; b < shape[0]; ++b)
      for (int32_t c = 0; c < shape[2]; ++c) {
        double sum = 0;
        for (int32_t t = 0; t < shape[1]; ++t)
          sum += input[static_cast<size_t>((b * shape[1] + t) * shape[2] + c)] - in_zero;
        const double ratio = static_cast<double>(in_scale) / static_cast<double>(out_scale);
        const double exact = std::clamp(sum / shape[1] * ratio + out_zero, -128.0, 127.0);
        ASSERT_NEAR(output[static_cast<size_t>(b * shape[2] + c)], exact, tolerance) << "round " << round;
      }
  }
}

TEST(Reduce, RefusesWhatItCannotReduce) {
  using testing::FailsWith;
  using ::testing::HasSubstr;
  EXPECT_THAT(Mean{}.infer(operands({2, 3}, axes_tensor({2}))), FailsWith(ErrorCode::kBadInput, HasSubstr("axis 2")));
  EXPECT_THAT(Sum{}.infer(operands({2, 3}, axes_tensor({-3}))), FailsWith(ErrorCode::kBadInput, HasSubstr("axis -3")));
  EXPECT_THAT(ReduceAny{}.infer(operands({2, 3}, axes_tensor({0}))),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("bool")));
  EXPECT_THAT(Sum{}.infer(operands({2, 3, 2, 3, 2, 3, 2, 3, 2}, axes_tensor({0, 2, 4, 6, 8}))),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("turns")));
  std::vector<Argument> unknown = operands({2, 3}, axes_tensor({1}));
  unknown[1].constant = nullptr;
  EXPECT_FALSE(Mean{}.infer(unknown).has_value());
}

TEST(Reduce, RefusesSumsThatCouldLeaveTheAccumulator) {
  const Tensor axes = axes_tensor({0});
  std::vector<Argument> inputs = operands({1 << 24}, axes);
  const Argument result{{DType::kInt8, {}, {{0.1f}, {0}, 0}}, nullptr};
  EXPECT_THAT(Sum{}.lower(inputs, {&result, 1}),
              testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr("int32")));
}

}  // namespace
}  // namespace mote
