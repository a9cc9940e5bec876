#include "ops/pool2d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mote/rt/pool2d.h"
#include "ops/reference_test.h"
#include "test_support.h"

namespace mote {
namespace {

TEST(Pool2dKernel, MaximaAndRoundedMeansOfTheElementsThatExist) {
  Rng rng(33);
  for (int round = 0; round < 2000; ++round) {
    const testing::RandomWindow geometry = testing::random_window(rng, 1);
    const Window& window = geometry.window;
    const int32_t channels = geometry.input[3];
    const std::vector<int8_t> input = testing::random_int8(rng, count(geometry.input), -128);
    const rt::Pool2dS8 parameters{geometry.input[0],
                                  window.rows,
                                  window.columns,
                                  channels,
                                  testing::between(rng, -128, -20),
                                  testing::between(rng, -10, 127)};
    std::vector<int8_t> largest, means;
    const auto clamped = [&](double x) {
      return static_cast<int8_t>(std::clamp(static_cast<int32_t>(x), parameters.low, parameters.high));
    };
    for (int32_t b = 0; b < geometry.input[0]; ++b)
      for (int32_t y = 0; y < window.rows.output; ++y)
        for (int32_t x = 0; x < window.columns.output; ++x)
          for (int32_t c = 0; c < channels; ++c) {
            std::vector<int8_t> present;
            testing::for_each_present(geometry.shape, window, y, x, [&](int32_t row, int32_t column, int32_t, int32_t) {
              const int64_t from = ((int64_t{b} * geometry.input[1] + row) * geometry.input[2] + column) * channels + c;
              present.push_back(input[static_cast<size_t>(from)]);
            });
            ASSERT_FALSE(present.empty());
            double sum = 0;
            for (const int8_t element : present) sum += element;
            largest.push_back(clamped(*std::max_element(present.begin(), present.end())));
            means.push_back(clamped(std::round(sum / static_cast<double>(present.size()))));
          }
    std::vector<int8_t> output(largest.size());
    rt::max_pool2d_s8(parameters, input.data(), output.data());
    ASSERT_EQ(output, largest) << "round " << round;
    rt::average_pool2d_s8(parameters, input.data(), output.data());
    ASSERT_EQ(output, means) << "round " << round;
  }
}

TEST(Pool2d, RefusesOutputsOfAnotherScale) {
  const AveragePool2d pool{{Padding::kValid, 1, 1, 2, 2, Activation::kNone}};
  const Argument input{{DType::kInt8, {1, 4, 4, 1}, {{0.5f}, {3}, 0}}, nullptr};
  const Argument output{{DType::kInt8, {1, 3, 3, 1}, {{0.25f}, {3}, 0}}, nullptr};
  EXPECT_THAT(pool.lower({&input, 1}, {&output, 1}),
              testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr("must share scale")));
}

}  // namespace
}  // namespace mote
