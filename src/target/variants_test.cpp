/// Every instruction set's kernels, as the host runs them, against the portable ones: layers of random geometry, large
/// enough for whole tiles and what is left of them.
#include "target/variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mote/rt/conv2d.h"
#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/linear_pair.h"
#include "mote/rt/pool2d.h"
#include "mote/rt/softmax_s8.h"

namespace mote {
namespace {

constexpr Kernel kConv2d = describe_kernel<&rt::conv2d_s8>("conv2d_s8", "Conv2dInteger");
constexpr Kernel kDepthwise =
    describe_kernel<&rt::depthwise_conv2d_s8>("depthwise_conv2d_s8", "DepthwiseConv2dInteger");
constexpr Kernel kFullyConnected =
    describe_kernel<&rt::fully_connected_s8>("fully_connected_s8", "FullyConnectedInteger");
constexpr Kernel kPair = describe_kernel<&rt::linear_pair_range_s8>("linear_pair_range_s8", "LinearPair");
constexpr Kernel kAverage = describe_kernel<&rt::average_pool2d_s8>("average_pool2d_s8", "Pool2dS8");
constexpr Kernel kSoftmax = describe_kernel<&rt::softmax_s8>("softmax_s8", "SoftmaxS8");
constexpr Kernel kLargest = describe_kernel<&rt::max_pool2d_s8>("max_pool2d_s8", "Pool2dS8");

bool is_of_the_host(InstructionSet set) {
  return set == InstructionSet::kAvx2 || set == InstructionSet::kAvx512;
}

class Variants : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    const InstructionSet host = host_instruction_set();
    if (is_of_the_host(GetParam()) && host != GetParam() &&
        (host != InstructionSet::kAvx512 || GetParam() != InstructionSet::kAvx2))
      GTEST_SKIP() << "the processor has no " << name(GetParam());
  }

  int32_t pick(int32_t low, int32_t high) { return std::uniform_int_distribution<int32_t>(low, high)(random_); }

  std::vector<int8_t> bytes(size_t count, int32_t low = -128, int32_t high = 127) {
    std::vector<int8_t> result(count);
    for (int8_t& byte : result) byte = static_cast<int8_t>(pick(low, high));
    return result;
  }

  /// Weights, bias and factors of `channels` channels. On the host now and then a channel that is a constant; boards'
  /// kernels want channels that have one shift, some of them `small` weights.
  std::vector<Constant> constants(size_t weights, size_t channels, bool small = false) {
    std::vector<int32_t> bias, factors;
    const int32_t base = pick(-10, -6);
    for (size_t c = 0; c < channels; ++c) {
      if (!is_of_the_host(GetParam())) {
        bias.push_back(pick(-9000, 9000));
        factors.insert(factors.end(), {pick(1 << 30, INT32_MAX), base - pick(0, 1)});
        continue;
      }
      const int32_t kind = pick(0, 9);
      bias.push_back(kind == 0 ? pick(1 << 30, INT32_MAX - (1 << 24)) : pick(-60000, 60000));
      factors.push_back(kind == 1 ? 0 : pick(1 << 30, INT32_MAX));
      factors.push_back(kind == 1 ? 0 : kind == 0 ? -31 : pick(-13, -1));
    }
    return {Constant::of<int8_t>("weights", DType::kInt8, small ? bytes(weights, -63, 64) : bytes(weights)),
            Constant::of<int32_t>("bias", DType::kInt32, bias),
            Constant::of<int32_t>("factors", DType::kInt32, factors)};
  }

  rt::IntegerStage stage() {
    if (!is_of_the_host(GetParam()) && pick(0, 3) > 0)
      return {2, {pick(0, 1) == 0 ? -128 : pick(-128, 127), -128, 127}};
    const int32_t low = pick(0, 2) == 0 ? pick(-128, 0) : -128;
    return {2, {pick(-128, 127), low, pick(0, 2) == 0 ? pick(low, 127) : 127}};
  }
  rt::WindowAxis axis(int32_t most_input, int32_t most_taps = 9) {
    const int32_t input = pick(1, most_input), kernel = pick(0, 4) == 0 ? pick(6, most_taps) : pick(1, 5),
                  stride = pick(1, 3), dilation = pick(1, 3) / 2 + 1;
    const int32_t padding = std::min(pick(0, 2), (kernel - 1) * dilation);
    const int32_t room = std::max(input + 2 * padding - (kernel - 1) * dilation - 1, 0);
    return {input, room / stride + 1, kernel, stride, dilation, padding};
  }

  /// Up to nine taps; either strided or dilated.
  rt::WindowAxis high_axis(int32_t most_input) {
    const int32_t kernel = pick(1, 9), dilation = pick(0, 2) == 0 ? pick(2, 3) : 1;
    const int32_t padding = pick(0, (kernel - 1) * dilation), span = (kernel - 1) * dilation + 1;
    const int32_t input = pick(std::max(span - padding, 1), most_input + span);
    const int32_t stride = dilation == 1 ? pick(1, 3) : 1;
    return {input, (input + padding + pick(0, padding) - span) / stride + 1, kernel, stride, dilation, padding};
  }

  rt::WindowAxis axis_of_3(int32_t stride, int32_t most_input) {
    const int32_t input = pick(3, most_input), padding = pick(0, 2);
    return {input, (input + 2 * padding - 3) / stride + 1, 3, stride, 1, padding};
  }

  template <class Parameters>
  static Lowered weighted(const Kernel& kernel, const Parameters& p, std::vector<Constant> constants) {
    const std::vector<Operand> operands = {Operand::input(0), Operand::constant(0), Operand::constant(1),
                                           Operand::constant(2), Operand::output(0)};
    return {{KernelCall::make(kernel, p, operands)}, std::move(constants), {}};
  }

  /// Runs the only call, constants and scratch on multiples of 64 bytes.
  static std::vector<int8_t> run(Lowered& lowered, std::vector<std::vector<int8_t>> inputs, size_t outputs) {
    struct alignas(64) Line {
      uint8_t bytes[64];
    };
    std::vector<std::vector<Line>> places;
    const auto place = [&](size_t size) {
      places.emplace_back(size / 64 + 1);
      return places.back().data()->bytes;
    };
    std::vector<int8_t> output(outputs);
    std::vector<void*> operands;
    for (const Operand& operand : lowered.calls[0].operands) {
      const auto index = static_cast<size_t>(operand.index);
      switch (operand.kind) {
        case Operand::Kind::kInput:
          operands.push_back(inputs[index].data());
          break;
        case Operand::Kind::kOutput:
          operands.push_back(output.data());
          break;
        case Operand::Kind::kConstant: {
          const std::vector<uint8_t>& content = lowered.constants[index].bytes;
          operands.push_back(std::copy(content.begin(), content.end(), place(content.size())) - content.size());
          break;
        }
        case Operand::Kind::kScratch:
          operands.push_back(place(lowered.scratch[index]));
          break;
        default:
          operands.push_back(nullptr);
      }
    }
    lowered.calls[0].kernel->run(lowered.calls[0].parameters.get(), operands.data());
    return output;
  }

  /// Compares a call with its variants, if there are any.
  void compare(Lowered lowered, const std::vector<std::vector<int8_t>>& inputs, size_t outputs) {
    bool is_varied = false;
    for (const Optimize optimize : {Optimize::kSpeed, Optimize::kBalanced, Optimize::kSize}) {
      Lowered found = with_variants(lowered, {GetParam(), optimize});
      if (found.calls[0].kernel->name == lowered.calls[0].kernel->name) continue;
      is_varied = true;
      ASSERT_EQ(run(found, inputs, outputs), run(lowered, inputs, outputs))
          << found.calls[0].kernel->name << ", " << name(optimize);
    }
    compared_ += is_varied;
  }

  /// Of `layers` tried. Boards' kernels refuse more: what has no short form.
  void expect_compared(int layers) const {
    EXPECT_GE(compared_, is_of_the_host(GetParam()) ? layers / 2 : layers / 32);
  }

  std::mt19937 random_{7};
  int compared_ = 0;
};

size_t product(std::initializer_list<int32_t> extents) {
  size_t result = 1;
  for (const int32_t extent : extents) result *= static_cast<size_t>(extent);
  return result;
}

constexpr int kLayers = 150;

TEST_P(Variants, ConvolutionsAreThePortableOnes) {
  for (int i = 0; i < kLayers; ++i) {
    const bool is_pointwise = i % 3 == 0;
    const rt::WindowAxis one{pick(1, 40), 0, 1, 1, 1, 0};
    rt::ConvShape s{pick(1, 2),  is_pointwise ? one : axis(12), is_pointwise ? one : axis(40), pick(1, 20), 0,
                    pick(1, 140)};
    if (is_pointwise) s.rows.output = s.rows.input, s.columns.output = s.columns.input;
    if (i % 9 == 0) s.input_channels = 8, s.output_channels = s.output_channels / 8 * 8 + 8;
    if (i % 3 == 1) {  // high enough for rings of rows
      const int32_t stride = pick(1, 2);
      s.input_channels = (s.input_channels + 3) / 4 * 4;
      s.rows = axis_of_3(stride, 24);
      s.columns = axis_of_3(stride, 12);
    }
    s.filter_channels = s.input_channels;
    const rt::Conv2dInteger p{s, pick(-128, 127), stage()};
    const size_t weights = product({s.output_channels, s.rows.kernel, s.columns.kernel, s.input_channels});
    SCOPED_TRACE(i);
    compare(weighted(kConv2d, p, constants(weights, static_cast<size_t>(s.output_channels))),
            {bytes(product({s.batches, s.rows.input, s.columns.input, s.input_channels}))},
            product({s.batches, s.rows.output, s.columns.output, s.output_channels}));
  }
  expect_compared(kLayers);
}

TEST_P(Variants, DepthwiseConvolutionsAreThePortableOnes) {
  for (int i = 0; i < kLayers; ++i) {
    rt::DepthwiseShape s{pick(1, 2), axis(12), axis(20), pick(1, 70), pick(1, 8) == 1 ? pick(2, 3) : 1};
    if (i % 4 == 0) s.input_channels = 1, s.multiplier = pick(1, 20);
    if (i % 4 == 2) s = {s.batches, high_axis(12), high_axis(20), pick(1, 20), pick(1, 6) / 3 + 1};
    if (i % 4 == 1) s.rows = axis_of_3(s.rows.stride, 12), s.columns = axis_of_3(s.rows.stride, 12), s.multiplier = 1;
    if (i % 8 == 3) s.rows = axis(60, 30), s.columns = {1, 1, 1, 1, 1, 0};
    const int32_t channels = s.input_channels * s.multiplier;
    const rt::DepthwiseConv2dInteger p{s, pick(-128, 127), stage()};
    SCOPED_TRACE(i);
    compare(weighted(kDepthwise, p,
                     constants(product({s.rows.kernel, s.columns.kernel, channels}), static_cast<size_t>(channels))),
            {bytes(product({s.batches, s.rows.input, s.columns.input, s.input_channels}))},
            product({s.batches, s.rows.output, s.columns.output, channels}));
  }
  expect_compared(kLayers);
}

TEST_P(Variants, FullyConnectedLayersAreThePortableOnes) {
  for (int i = 0; i < kLayers; ++i) {
    const bool is_small = i % 2 == 0;
    const rt::MatrixShape s{pick(0, 3) == 0 ? pick(2, 9) : 1, pick(1, is_small ? 20 : 300),
                            pick(1, is_small ? 20 : 200)};
    const rt::FullyConnectedInteger p{s, pick(-128, 127), stage()};
    SCOPED_TRACE(i);
    compare(weighted(kFullyConnected, p,
                     constants(product({s.depth, s.outputs}), static_cast<size_t>(s.outputs), i % 2 == 0)),
            {bytes(product({s.batches, s.depth}))}, product({s.batches, s.outputs}));
  }
  expect_compared(kLayers);
}

TEST_P(Variants, SumsAndPoolsAreThePortableOnes) {
  for (int i = 0; i < kLayers; ++i) {
    SCOPED_TRACE(i);
    const int32_t count = pick(1, 200), low = pick(-128, 0);
    const rt::LinearPair pair{{{1, 1, 1, 1, count}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 1}, 0, 0},
                              pick(-(1 << 20), 1 << 20),
                              pick(-(1 << 20), 1 << 20),
                              pick(-(1 << 24), 1 << 24),
                              pick(12, 20),
                              low,
                              pick(low, 127)};
    const std::vector<Operand> two = {Operand::input(0), Operand::input(1), Operand::output(0)};
    compare({{KernelCall::make(kPair, pair, two)}, {}, {}},
            {bytes(static_cast<size_t>(count)), bytes(static_cast<size_t>(count))}, static_cast<size_t>(count));
    const rt::Pool2dS8 pool{1, axis(12), axis(12), pick(1, 150), low, pick(low, 127)};
    if (pool.rows.dilation > 1 || pool.columns.dilation > 1) continue;
    const std::vector<Operand> one = {Operand::input(0), Operand::output(0)};
    compare({{KernelCall::make(i % 2 == 0 ? kAverage : kLargest, pool, one)}, {}, {}},
            {bytes(product({pool.rows.input, pool.columns.input, pool.channels}))},
            product({pool.rows.output, pool.columns.output, pool.channels}));
  }
  if (is_of_the_host(GetParam())) {
    EXPECT_GE(compared_, kLayers);
  }
}

TEST_P(Variants, SoftmaxesAreThePortableOnes) {
  for (int i = 0; i < kLayers; ++i) {
    SCOPED_TRACE(i);
    const rt::SoftmaxS8 p{pick(1, 3), pick(1, 40), pick(1, 256), {pick(1 << 30, INT32_MAX), pick(-12, -3)}};
    std::vector<int32_t> table;
    for (int32_t difference = 0; difference < p.table_size; ++difference)
      table.push_back(rt::softmax_table_entry(difference, p.factor));
    const size_t count = product({p.rows, p.depth});
    compare({{KernelCall::make(kSoftmax, p, {Operand::input(0), Operand::constant(0), Operand::output(0)})},
             {Constant::of<int32_t>("exponentials", DType::kInt32, table)},
             {}},
            {bytes(count)}, count);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Variants,
                         ::testing::Values(InstructionSet::kArmv6M, InstructionSet::kArmv7M, InstructionSet::kArmv7EM,
                                           InstructionSet::kHelium, InstructionSet::kRv32, InstructionSet::kAvr,
                                           InstructionSet::kAvx2, InstructionSet::kAvx512),
                         [](const auto& test_case) {
                           std::string result(name(test_case.param));
                           std::erase_if(result, [](char c) { return c == '-' || c == '.'; });
                           return result;
                         });

}  // namespace
}  // namespace mote
