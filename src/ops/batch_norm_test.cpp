#include "ops/batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "test_support.h"

namespace mote {
namespace {

struct Trial {
  Tensor input{TensorType{DType::kFloat32, {3, 1, 20, 2}, {}}};
  std::vector<float> scale{2, -0.5f}, offset{1, 3}, mean{0.25f, -4}, variance{0.5f, 9};
  std::vector<float> output = std::vector<float>(120), batch_mean{0, 0}, batch_variance{0, 0};

  void forward(const BatchNorm& op, bool training) {
    ForwardContext context;
    context.training = training;
    context.inputs = {{input.type.shape, std::as_const(input).as<float>()},
                      {{2}, scale},
                      {{2}, offset},
                      {{2}, mean},
                      {{2}, variance}};
    context.outputs = {{input.type.shape, output}, {{2}, batch_mean}, {{2}, batch_variance}};
    op.forward(context);
  }
};

// A mean that is large beside the deviation: sums of squares in float would lose it.
TEST(BatchNorm, TrainingNormalizesByTheBatchAndTellsItsStatistics) {
  Trial trial;
  Rng rng(5);
  for (float& x : trial.input.as<float>()) x = static_cast<float>(rng.uniform(1000, 1001));
  double sum = 0;
  for (size_t i = 0; i < 120; i += 2) sum += static_cast<double>(trial.input.as<float>()[i]);
  double squares = 0;
  for (size_t i = 0; i < 120; i += 2)
    squares += std::pow(static_cast<double>(trial.input.as<float>()[i]) - sum / 60, 2);
  trial.forward({}, true);
  EXPECT_NEAR(static_cast<double>(trial.batch_mean[0]), sum / 60, 1e-4);
  EXPECT_NEAR(static_cast<double>(trial.batch_variance[0]), squares / 60, 1e-4);
  double mean = 0;
  for (size_t i = 0; i < 120; i += 2) mean += static_cast<double>(trial.output[i]) / 60;
  EXPECT_NEAR(mean, 1, 2e-3);  // the offset
  EXPECT_FLOAT_EQ(BatchNorm{}.moved_statistic(10, 20), 11);
}

TEST(BatchNorm, InferenceIsTheAffineMapThatIsFolded) {
  Trial trial;
  Rng rng(6);
  for (float& x : trial.input.as<float>()) x = static_cast<float>(rng.uniform(-5, 5));
  const BatchNorm op{.momentum = 0.5f, .epsilon = 1e-2f};
  trial.forward(op, false);
  const BatchNorm::Affine affine = op.inference_form(trial.scale, trial.offset, trial.mean, trial.variance);
  EXPECT_NEAR(affine.factor[0], 2 / std::sqrt(0.51), 1e-6);
  for (size_t i = 0; i < trial.output.size(); ++i)
    EXPECT_NEAR(trial.output[i], affine.factor[i % 2] * trial.input.as<float>()[i] + affine.offset[i % 2], 1e-4);
  EXPECT_EQ(trial.batch_mean, trial.mean);
  EXPECT_EQ(trial.batch_variance, trial.variance);
}

TEST(BatchNorm, RefusesStatisticsOfOtherChannelsAndCompiling) {
  const TensorType channels{DType::kFloat32, {4}, {}};
  std::vector<Argument> arguments(5, Argument{channels, nullptr});
  arguments[0].type.shape = {2, 4};
  ASSERT_THAT(BatchNorm{}.infer(arguments), testing::Succeeds());
  EXPECT_THAT(BatchNorm{.momentum = 1}.infer(arguments),
              testing::FailsWith(ErrorCode::kBadInput, ::testing::HasSubstr("momentum")));
  arguments[4].type.shape = {3};
  EXPECT_THAT(BatchNorm{}.infer(arguments),
              testing::FailsWith(ErrorCode::kBadInput, ::testing::HasSubstr("the variance has shape 3")));
  EXPECT_THAT(BatchNorm{}.lower(arguments, arguments),
              testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr("fold")));
}

}  // namespace
}  // namespace mote
