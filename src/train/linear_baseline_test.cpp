#include "train/linear_baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "test_support.h"
#include "train/metrics.h"

namespace mote {
namespace {

using ::mote::testing::FailsWith;
using ::mote::testing::Succeeds;
using ::testing::HasSubstr;

struct Rows {
  std::vector<float> values;
  std::vector<int> labels;
  [[nodiscard]] FeatureRows features() const { return {values, 3, labels}; }
};

/// Three classes that two features tell apart, on very different scales; the third feature never changes.
Rows clouds(size_t n, uint64_t seed) {
  Rng rng(seed);
  Rows rows;
  for (size_t i = 0; i < n; ++i) {
    const int label = static_cast<int>(i % 3);
    rows.values.push_back(static_cast<float>(1000 * (label == 0 ? 1.0 : -1.0) + 200 * rng.normal()));
    rows.values.push_back(static_cast<float>(5 + 0.01 * (label == 1 ? 1.0 : -1.0) + 0.002 * rng.normal()));
    rows.values.push_back(7);
    rows.labels.push_back(label);
  }
  return rows;
}

TEST(LinearBaseline, SeparatesCloudsWhateverTheirScale) {
  const Rows training = clouds(300, 1), others = clouds(300, 2);
  const auto model = train_linear_baseline(training.features(), 3, {.epochs = 30});
  ASSERT_THAT(model, Succeeds());
  EXPECT_EQ(model->deviation[2], 1);
  const auto predicted = model->predict(others.features());
  ASSERT_THAT(predicted, Succeeds());
  EXPECT_GT(accuracy(confusion(others.labels, *predicted, 3)), 0.99);
  const auto again = train_linear_baseline(training.features(), 3, {.epochs = 30, .threads = 1});
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->graph.values[1].constant->data, model->graph.values[1].constant->data);
}

TEST(LinearBaseline, RefusesRowsThatDoNotFit) {
  const Rows training = clouds(30, 1);
  const auto model = train_linear_baseline(training.features(), 3, {.epochs = 1});
  ASSERT_THAT(model, Succeeds());
  EXPECT_THAT(model->predict({training.values, 2, {}}), FailsWith(ErrorCode::kBadInput, HasSubstr("knows 3 features")));
  EXPECT_THAT(train_linear_baseline({{}, 3, {}}, 3), FailsWith(ErrorCode::kBadInput, HasSubstr("got 0 features")));
}

}  // namespace
}  // namespace mote
