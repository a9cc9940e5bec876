#include "train/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace mote {
namespace {

const std::vector<int> kLabels = {2, 0, 1};
std::vector<float> random_values(size_t n, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values;
  for (size_t i = 0; i < n; ++i) values.push_back(static_cast<float>(rng.normal()));
  return values;
}

/// Compares the gradient with central differences of `loss`.
template <class Loss>
void expect_gradient(std::vector<float> at, const std::vector<float>& gradient, double scale, const Loss& loss) {
  for (size_t i = 0; i < at.size(); ++i) {
    const float kept = at[i];
    constexpr float kStep = 1e-2f;
    at[i] = kept + kStep;
    const double above = loss(at);
    at[i] = kept - kStep;
    const double below = loss(at);
    at[i] = kept;
    EXPECT_NEAR(static_cast<double>(gradient[i]), scale * (above - below) / (2 * static_cast<double>(kStep)), 2e-4)
        << i;
  }
}

TEST(Loss, CrossEntropyOfEqualLogitsIsTheLogarithmOfTheirNumber) {
  const std::vector<float> logits(12, 7.5f);
  EXPECT_NEAR(cross_entropy(logits, kLabels, {}, 1, {}), 3 * std::log(4.0), 1e-6);
}

TEST(Loss, CrossEntropyGradientMatchesFiniteDifferences) {
  for (const float smoothing : {0.0f, 0.2f})
    for (const auto& weights : {std::vector<float>{}, std::vector<float>{0.5f, 2.0f, 1.5f, 0.0f}}) {
      const CrossEntropyOptions options{weights, smoothing};
      const std::vector<float> logits = random_values(12, 3);
      std::vector<float> gradient(12);
      (void)cross_entropy(logits, kLabels, options, 0.25f, gradient);
      expect_gradient(logits, gradient, 0.25,
                      [&](const std::vector<float>& at) { return cross_entropy(at, kLabels, options, 1, {}); });
    }
}

TEST(Loss, LargeLogitsOverflowNothing) {
  const std::vector<float> logits = {1000, -1000, 0, -1000, 1000, 500};
  std::vector<float> gradient(6);
  const std::vector<int> labels = {1, 1};
  EXPECT_NEAR(cross_entropy(logits, labels, {}, 1, gradient), 2000, 1e-3);
  for (const float g : gradient) EXPECT_TRUE(std::isfinite(g));
}

TEST(Loss, SquaredErrorGradientMatchesFiniteDifferences) {
  const std::vector<float> outputs = random_values(6, 1), targets = random_values(6, 2);
  std::vector<float> gradient(6);
  EXPECT_GT(squared_error(outputs, targets, 0.5f, gradient), 0);
  expect_gradient(outputs, gradient, 0.5,
                  [&](const std::vector<float>& at) { return squared_error(at, targets, 1, {}); });
}

}  // namespace
}  // namespace mote
