#include "ops/float_conv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "ops/float_math.h"

namespace mote {
namespace {

std::vector<float> random_values(int64_t n, Rng& rng) {
  std::vector<float> values(static_cast<size_t>(n));
  for (float& v : values) v = static_cast<float>(rng.uniform(-1, 1));
  return values;
}

std::vector<WindowShape> shapes() {
  constexpr Padding same = Padding::kSame;
  constexpr Padding valid = Padding::kValid;
  return {{1, 5, 1, 1, 1, 1, same},  {1, 3, 1, 2, 1, 1, same}, {3, 3, 1, 1, 1, 1, same}, {2, 4, 3, 2, 1, 1, valid},
          {1, 1, 1, 1, 1, 1, valid}, {3, 2, 2, 1, 2, 1, same}, {2, 3, 1, 1, 1, 3, same}, {2, 2, 4, 5, 1, 1, valid},
          {7, 9, 1, 1, 1, 1, same},  {1, 2, 1, 1, 9, 9, same}};
}

// Against patches that are copied out one by one.
TEST(FloatConv, EqualsThePatchesFormForwardAndBackward) {
  Rng rng(11);
  for (const WindowShape& shape : shapes())
    for (const int32_t outputs : {1, 8, 13}) {
      SCOPED_TRACE(fmt::format("kernel {}x{} stride {}x{} dilation {}x{} outputs {}", shape.kernel_h, shape.kernel_w,
                               shape.stride_h, shape.stride_w, shape.dilation_h, shape.dilation_w, outputs));
      const int32_t batches = 3, channels = 5;
      const auto window = make_window({batches, 7, 11, channels}, shape);
      ASSERT_TRUE(window.has_value());
      const FloatConv conv{*window, batches, channels, outputs};
      const int64_t patch = window->taps() * channels;
      const int64_t positions = int64_t{batches} * window->rows.output * window->columns.output;
      const auto input = random_values(int64_t{batches} * 7 * 11 * channels, rng);
      const auto weights = random_values(outputs * patch, rng), gradient = random_values(positions * outputs, rng);
      std::vector<float> patches(static_cast<size_t>(positions * patch));
      gather_patches(*window, batches, channels, input, patches);
      const auto p = matrix(std::span<const float>(patches), patch), w = matrix(std::span<const float>(weights), patch),
                 g = matrix(std::span<const float>(gradient), outputs);

      std::vector<float> output(static_cast<size_t>(positions * outputs), 0.5f);
      conv.forward_add(input, weights, output);
      const RowMatrix expected = (p * w.transpose()).array() + 0.5f;
      EXPECT_LT((matrix(std::span<const float>(output), outputs) - expected).cwiseAbs().maxCoeff(), 1e-4f);

      std::vector<float> weight_gradient(weights.size(), 0.5f);
      conv.weights_add(gradient, input, weight_gradient);
      const RowMatrix expected_weights = (g.transpose() * p).array() + 0.5f;
      EXPECT_LT((matrix(std::span<const float>(weight_gradient), patch) - expected_weights).cwiseAbs().maxCoeff(),
                1e-3f);

      std::vector<float> input_gradient(input.size(), 0.5f), expected_input = input_gradient;
      conv.input_add(gradient, weights, input_gradient);
      const RowMatrix spread = g * w;
      scatter_patches(*window, batches, channels, {spread.data(), static_cast<size_t>(spread.size())}, expected_input);
      EXPECT_THAT(input_gradient, ::testing::Pointwise(::testing::FloatNear(1e-4f), expected_input));
    }
}

}  // namespace
}  // namespace mote
