#include "ops/conv2d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mote/rt/conv2d.h"
#include "ops/reference_test.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;

// The kernel takes the zero point folded into the bias and mends the windows that cross a border; the reference
// subtracts it from every input that exists.
TEST(Conv2dKernel, EqualsTheSumOverTapsThatExist) {
  Rng rng(31);
  for (int round = 0; round < 2000; ++round) {
    const testing::RandomWindow geometry = testing::random_window(rng, 3);
    const Window& window = geometry.window;
    const int32_t channels = geometry.input[3];
    const int32_t outputs = testing::between(rng, 1, 5);
    const int64_t filter = window.taps() * channels;
    const std::vector<int8_t> input = testing::random_int8(rng, count(geometry.input), -128);
    const std::vector<int8_t> weights = testing::random_int8(rng, outputs * filter, -127);
    const int32_t zero_point = testing::random_zero_point(rng);
    const bool per_channel = rng.below(2) == 0;
    const rt::OutputStage stage{testing::random_zero_point(rng), testing::between(rng, -128, 0), 127};
    std::vector<int32_t> bias, folded, factors;
    for (int32_t o = 0; o < outputs; ++o) {
      bias.push_back(testing::between(rng, -20000, 20000));
      folded.push_back(bias.back());
      for (int64_t i = 0; i < filter; ++i) folded.back() -= zero_point * weights[static_cast<size_t>(o * filter + i)];
      if (o > 0 && !per_channel) continue;
      const rt::Multiplier factor = testing::random_factor(rng, filter);
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
                  for (int32_t c = 0; c < channels; ++c) {
                    const int64_t from =
                        ((int64_t{b} * geometry.input[1] + row) * geometry.input[2] + column) * channels + c;
                    const int64_t weight = o * filter + (int64_t{i} * geometry.shape.kernel_w + j) * channels + c;
                    sum +=
                        int64_t{input[static_cast<size_t>(from)] - zero_point} * weights[static_cast<size_t>(weight)];
                  }
                });
            const size_t f = per_channel ? static_cast<size_t>(o) * 2 : 0;
            expected.push_back(testing::reference_requantize(sum, {factors[f], factors[f + 1]}, stage));
          }
    const rt::Conv2dInteger parameters{{geometry.input[0], window.rows, window.columns, channels, channels, outputs},
                                       zero_point,
                                       {per_channel ? 2 : 0, stage}};
    std::vector<int8_t> output(expected.size());
    rt::conv2d_s8(parameters, input.data(), weights.data(), folded.data(), factors.data(), output.data());
    ASSERT_EQ(output, expected) << "round " << round << ", input " << text(geometry.input) << ", window "
                                << geometry.shape.kernel_h << "x" << geometry.shape.kernel_w;
  }
}

std::vector<Argument> operands(const Shape& input, const Shape& weights) {
  return {{{DType::kFloat32, input, {}}, nullptr}, {{DType::kFloat32, weights, {}}, nullptr}};
}

TEST(Conv2d, RefusesWhatDoesNotFitTogether) {
  const Conv2d plain{.padding = Padding::kValid, .stride_w = 1, .stride_h = 1};
  EXPECT_THAT(plain.infer(operands({1, 8, 8, 4}, {3, 3, 3, 2})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("3 outputs do not divide into 2 groups")));
  EXPECT_THAT(plain.infer(operands({1, 8, 8, 4}, {2, 3, 3, 3})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("the input has 4 channels, the weights expect 3")));
  EXPECT_THAT(plain.infer(operands({1, 2, 8, 4}, {2, 3, 3, 4})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("does not fit")));
  EXPECT_THAT(plain.infer(operands({8, 8, 4}, {2, 3, 3, 4})), FailsWith(ErrorCode::kBadInput, HasSubstr("height 1")));
  EXPECT_THAT(Conv2d{}.infer(operands({1, 8, 8, 4}, {2, 3, 3, 4})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("stride")));
  Conv2d far = plain;
  far.dilation_w = 2000000000;
  far.padding = Padding::kSame;
  EXPECT_THAT(far.infer(operands({1, 8, 8, 4}, {2, 3, 3, 4})), FailsWith(ErrorCode::kUnsupported, HasSubstr("spans")));
}

TEST(Window, SamePutsTheOddPaddingLast) {
  const auto window = make_window({1, 1, 4, 1}, {.kernel_w = 4, .stride_w = 1});
  ASSERT_THAT(window, testing::Succeeds());
  EXPECT_EQ(window->columns.output, 4);
  EXPECT_EQ(window->columns.padding, 1);
}

}  // namespace
}  // namespace mote
