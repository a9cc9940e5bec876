#include "train/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mote {
namespace {

const std::vector<int> kTruth = {0, 0, 0, 1, 1, 2};
const std::vector<int> kPredicted = {0, 0, 1, 1, 1, 0};

TEST(Metrics, FiguresOfAConfusion) {
  const Confusion table = confusion(kTruth, kPredicted, 4);
  EXPECT_EQ(table.counts, (std::vector<int64_t>{2, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_NEAR(accuracy(table), 4.0 / 6, 1e-12);
  EXPECT_NEAR(recall(table, 0), 2.0 / 3, 1e-12);
  EXPECT_NEAR(precision(table, 1), 2.0 / 3, 1e-12);
  EXPECT_NEAR(f1(table, 1), 0.8, 1e-12);
  EXPECT_EQ(recall(table, 3), 0);
  // F1 of the classes: 2/3, 4/5, 0; the fourth class never occurs.
  EXPECT_NEAR(macro_f1(table), (2.0 / 3 + 0.8 + 0) / 3, 1e-12);
  EXPECT_EQ(accuracy(confusion({}, {}, 2)), 0);
}

TEST(Metrics, PredictionsTakeTheFirstOfEqualScores) {
  const std::vector<float> scores = {0.2f, 0.5f, 0.3f, 0.4f, 0.2f, 0.4f};
  EXPECT_EQ(predictions(scores, 3), (std::vector<int>{1, 0}));
}

TEST(Metrics, EverySubjectHasAFigureOfItsOwn) {
  const std::vector<int> groups = {0, 0, 2, 2, 2, 2};
  const GroupAccuracy result = group_accuracy(kTruth, kPredicted, groups, 3);
  EXPECT_EQ(result.samples, (std::vector<int64_t>{2, 0, 4}));
  EXPECT_EQ(result.accuracy(0), 1);
  EXPECT_EQ(result.accuracy(1), 0);
  EXPECT_EQ(result.accuracy(2), 0.5);
}

TEST(Metrics, AreaUnderCurveCountsPairs) {
  const std::vector<float> scores = {0.1f, 0.4f, 0.35f, 0.8f, 0.4f};
  const std::vector<uint8_t> positive = {0, 0, 1, 1, 1};
  // Pairs (positive, negative): 0.35 beats 0.1 only; 0.8 beats both; 0.4 beats 0.1 and ties with 0.4.
  EXPECT_NEAR(area_under_curve(scores, positive), (1 + 2 + 1.5) / 6, 1e-12);
  EXPECT_EQ(area_under_curve(scores, std::vector<uint8_t>(5, 1)), 0.5);
}

TEST(Metrics, RegressionErrors) {
  const std::vector<float> outputs = {1, 2, 3}, targets = {2, 2, 5};
  const RegressionError error = regression_error(outputs, targets);
  EXPECT_NEAR(error.mean_absolute, 1, 1e-12);
  EXPECT_NEAR(error.root_mean_square, std::sqrt(5.0 / 3), 1e-12);
  EXPECT_NEAR(error.r2, 1 - 5.0 / 6, 1e-12);
}

TEST(Metrics, JsonHasTheKeysOfEval) {
  const std::vector<std::string> classes = {"a", "b", "c"};
  const nlohmann::json json = to_json(confusion(kTruth, kPredicted, 3), classes);
  EXPECT_EQ(json["n"], 6);
  EXPECT_EQ(json["confusion"][0][1], 1);
  EXPECT_EQ(json["classes"][2], "c");
  EXPECT_TRUE(json.contains("accuracy") && json.contains("macro_f1"));
}

}  // namespace
}  // namespace mote
