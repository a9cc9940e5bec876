#include "ops/depthwise_conv2d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mote/rt/depthwise_conv2d.h"
#include "ops/reference_test.h"
#include "test_support.h"

namespace mote {
namespace {

TEST(DepthwiseConv2dKernel, EqualsTheSumOverTapsThatExist) {
  Rng rng(32);
  for (int round = 0; round < 2000; ++round) {
    const testing::RandomWindow geometry = testing::random_window(rng, 3);
    const Window& window = geometry.window;
    const int32_t channels = geometry.input[3];
    const int32_t multiplier = testing::between(rng, 1, 3);
    const int32_t outputs = channels * multiplier;
    const std::vector<int8_t> input = testing::random_int8(rng, count(geometry.input), -128);
    const std::vector<int8_t> weights = testing::random_int8(rng, window.taps() * outputs, -127);
    const int32_t zero_point = testing::random_zero_point(rng);
    const bool per_channel = rng.below(2) == 0;
    const rt::OutputStage stage{testing::random_zero_point(rng), testing::between(rng, -128, 0), 127};
    std::vector<int32_t> bias, factors;
    for (int32_t o = 0; o < outputs; ++o) {
      bias.push_back(testing::between(rng, -20000, 20000));
      if (o > 0 && !per_channel) continue;
      const rt::Multiplier factor = testing::random_factor(rng, window.taps());
      factors.insert(factors.end(), {factor.multiplier, factor.shift});
    }
    std::vector<int8_t> expected;
    for (int32_t b = 0; b < geometry.input[0]; ++b)
      for (int32_t y = 0; y < window.rows.output; ++y)
        for (int32_t x = 0; x < window.columns.output; ++x)
          for (int32_t o = 0; o < outputs; ++o) {
            int64_t sum = bias[static_cast<size_t>(o)];
            testing::for_each_present(
                geometry.shape, window, y, x, [&](int32_t row, int32_t column, int32_t i, int32_t j) {
                  const int64_t from =
                      ((int64_t{b} * geometry.input[1] + row) * geometry.input[2] + column) * channels + o / multiplier;
                  const int64_t weight = (int64_t{i} * geometry.shape.kernel_w + j) * outputs + o;
                  sum += int64_t{input[static_cast<size_t>(from)] - zero_point} * weights[static_cast<size_t>(weight)];
                });
            const size_t f = per_channel ? static_cast<size_t>(o) * 2 : 0;
            expected.push_back(testing::reference_requantize(sum, {factors[f], factors[f + 1]}, stage));
          }
    const rt::DepthwiseConv2dInteger parameters{{geometry.input[0], window.rows, window.columns, channels, multiplier},
                                                zero_point,
                                                {per_channel ? 2 : 0, stage}};
    std::vector<int8_t> output(expected.size());
    rt::depthwise_conv2d_s8(parameters, input.data(), weights.data(), bias.data(), factors.data(), output.data());
    ASSERT_EQ(output, expected) << "round " << round << ", input " << text(geometry.input);
  }
}

}  // namespace
}  // namespace mote
