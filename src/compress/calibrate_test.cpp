#include "compress/calibrate.h"

#include <limits>

#include "base/rng.h"
#include "compress/histogram.h"
#include "test_support.h"

namespace mote {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

/// y = 2 x0 - x1, with ReLU.
Graph make_difference() {
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 2}, {}})};
  const std::vector<float> content{2, -1};
  const ValueId w = graph.add_constant("w", float_tensor({1, 2}, content));
  graph.outputs = {*graph.add_node(FullyConnected{Activation::kRelu}, {graph.inputs[0], w}, "difference")};
  return graph;
}

ConstFloatView view(const std::vector<float>& windows) {
  return {{static_cast<int32_t>(windows.size()) / 2, 2}, windows};
}

TEST(Calibrate, RecordsTheRangeOfEachValue) {
  const Graph graph = make_difference();
  const std::vector<float> windows{1, 0, 3, -1, -5, 2};
  const auto seen = view(windows);
  const auto result = calibrate(graph, {&seen, 1});
  ASSERT_THAT(result, Succeeds());
  EXPECT_EQ(result->windows, 3);
  EXPECT_EQ(result->ranges[0], (ValueRange{-5, 3}));
  EXPECT_FALSE(result->ranges[1].has_value()) << "weights are not calibrated";
  EXPECT_EQ(result->ranges[2], (ValueRange{0, 7})) << "the range after the activation";
}

TEST(Calibrate, TakesTheBatchOfTheGraph) {
  Graph graph = make_difference();
  ASSERT_THAT(set_batch(graph, 3), Succeeds());
  const std::vector<float> windows{1, 0, 3, -1, -5, 2};
  const auto seen = view(windows);
  const auto result = calibrate(graph, {&seen, 1});
  ASSERT_THAT(result, Succeeds());
  EXPECT_EQ(result->windows, 3);
  EXPECT_EQ(result->ranges[2], (ValueRange{0, 7}));
}

TEST(Calibrate, RefusesNothingAndWhatIsNotANumber) {
  Graph graph = make_difference();
  const ConstFloatView nothing{{0, 2}, {}};
  EXPECT_THAT(calibrate(graph, {&nothing, 1}), FailsWith(ErrorCode::kBadInput, HasSubstr("no windows")));
  EXPECT_THAT(calibrate(graph, {}), FailsWith(ErrorCode::kBadInput, HasSubstr("windows for 0 inputs")));
  const std::vector<float> holes{1, 2, 3, std::numeric_limits<float>::quiet_NaN()};
  const auto seen = view(holes);
  EXPECT_THAT(calibrate(graph, {&seen, 1}), FailsWith(ErrorCode::kBadInput, HasSubstr("window 1 holds nan")));
  const std::vector<float> odd{1, 2, 3};
  const auto torn = view(odd);
  EXPECT_THAT(calibrate(graph, {&torn, 1}), FailsWith(ErrorCode::kBadInput, HasSubstr("do not divide")));
  graph.nodes[0].op = FullyConnected{};
  const std::vector<float> huge{3e38f, -3e38f};
  const auto exploding = view(huge);
  EXPECT_THAT(calibrate(graph, {&exploding, 1}), FailsWith(ErrorCode::kBadInput, HasSubstr("difference becomes inf")));
  const std::vector<float> fine{1, 2};
  const auto good = view(fine);
  EXPECT_THAT(calibrate(graph, {&good, 1}, {.method = CalibrationMethod::kPercentile, .percentile = 20}),
              FailsWith(ErrorCode::kBadInput, HasSubstr("percentile 20")));
}

TEST(Calibrate, CuttingMethodsIgnoreALoneOutlier) {
  const Graph graph = make_difference();
  Rng rng(11);
  std::vector<float> windows;
  for (int i = 0; i < 8000; ++i) windows.push_back(static_cast<float>(rng.normal()));
  windows[17] = 60;
  const auto seen = view(windows);
  const auto high = [&](CalibrationMethod method) {
    const auto result = calibrate(graph, {&seen, 1}, {.method = method, .percentile = 99.9});
    return result ? result->ranges[0]->high : -1.0f;
  };
  EXPECT_EQ(high(CalibrationMethod::kMinMax), 60);
  for (const auto method : {CalibrationMethod::kPercentile, CalibrationMethod::kEntropy}) {
    EXPECT_LT(high(method), 20) << static_cast<int>(method);
    EXPECT_GT(high(method), 2.5f) << static_cast<int>(method);
  }
  // One value of 60 among 8000 outweighs all rounding in the squared error: little is cut.
  EXPECT_LT(high(CalibrationMethod::kMse), 60);
  EXPECT_GT(high(CalibrationMethod::kMse), 50);
}

TEST(Histogram, TheLeastSquaredErrorCutsWhatCostsLessThanItsSteps) {
  Rng rng(5);
  std::vector<float> values(1000000);
  for (float& x : values) x = static_cast<float>(std::clamp(rng.normal(), -4.0, 4.0));
  values[0] = 20;
  Histogram histogram({-4, 20}, 2048);
  histogram.add(values);
  const ValueRange range = least_squares_range(histogram);
  EXPECT_GT(range.high, 3.5f);
  EXPECT_LT(range.high, 12);
  EXPECT_LT(range.low, -3);
}

TEST(Histogram, RangesOfAFlatDistributionKeepNearlyAll) {
  Histogram histogram({-1, 3}, 1024);
  std::vector<float> values;
  for (int i = 0; i < 40000; ++i) values.push_back(-1 + 4 * (static_cast<float>(i) + 0.5f) / 40000);
  histogram.add(values);
  const ValueRange percentile = percentile_range(histogram, 90);
  EXPECT_NEAR(percentile.low, -0.8, 0.01);
  EXPECT_NEAR(percentile.high, 2.8, 0.01);
  EXPECT_NEAR(least_squares_range(histogram).high, 3, 0.06);
  EXPECT_NEAR(least_squares_range(histogram).low, -1, 0.06);
  EXPECT_GT(least_divergence_range(histogram).high, 2.5);
  EXPECT_EQ(percentile_range(histogram, 100), (ValueRange{-1, 3}));
}

TEST(Histogram, AConstantKeepsItsRange) {
  Histogram histogram({2, 2}, 256);
  const std::vector<float> values(10, 2.0f);
  histogram.add(values);
  EXPECT_EQ(percentile_range(histogram, 99), (ValueRange{0, 2}));
  EXPECT_GE(least_squares_range(histogram).high, 1.9f);
  EXPECT_GT(least_divergence_range(histogram).high, 0);
}

TEST(PickWindows, DrawsAllClassesEvenly) {
  std::vector<int32_t> labels(1000, 0);
  for (size_t i = 0; i < 30; ++i) labels[i * 7] = 1;
  for (size_t i = 0; i < 5; ++i) labels[500 + i] = 2;
  const std::vector<size_t> picked = pick_windows(labels, 60, 3);
  ASSERT_EQ(picked.size(), 60u);
  std::vector<int> counts(3);
  for (const size_t i : picked) ++counts[static_cast<size_t>(labels[i])];
  EXPECT_EQ(counts[2], 5) << "a rare class is there whole";
  EXPECT_NEAR(counts[0], counts[1], 1);
  EXPECT_TRUE(std::ranges::is_sorted(picked));
  EXPECT_EQ(std::ranges::adjacent_find(picked), picked.end()) << "no window twice";
  EXPECT_EQ(pick_windows(labels, 60, 3), picked);
  EXPECT_NE(pick_windows(labels, 60, 4), picked);
  EXPECT_EQ(pick_windows(labels, 0, 1).size(), 1000u);
}

class Coverage : public ::testing::Test {
 protected:
  std::vector<std::string> said;
  Log log{[this](Log::Level, const std::string& text) { said.push_back(text); }};
};

TEST_F(Coverage, WarnsOfClassesThatAreMissingOrRare) {
  const std::vector<int64_t> training{100, 100, 100, 0};
  const std::vector<std::string> names{"rest", "wave", "tap", "never"};
  EXPECT_EQ(warn_of_missing_classes(training, std::vector<int64_t>{50, 48, 2, 0}, names, log), 1u);
  EXPECT_THAT(said, ElementsAre(HasSubstr("2 windows of class tap")));
  said.clear();
  EXPECT_EQ(warn_of_missing_classes(training, std::vector<int64_t>{50, 0, 50, 0}, names, log), 1u);
  EXPECT_THAT(said, ElementsAre(HasSubstr("no window of class wave")));
  said.clear();
  EXPECT_EQ(warn_of_missing_classes(training, std::vector<int64_t>{9, 10, 11, 0}, names, log), 0u);
  EXPECT_THAT(said, ElementsAre());
}

TEST_F(Coverage, WarnsOfChannelsThatSpanLessThanInTraining) {
  const std::vector<float> training{-4, 0, 4, 500};
  const std::vector<float> calibration{-4, 0, 4, 200};
  const auto whole = channel_ranges(view(training));
  EXPECT_THAT(whole, ElementsAre(ValueRange{-4, 4}, ValueRange{0, 500}));
  EXPECT_EQ(warn_of_narrow_ranges(whole, channel_ranges(view(calibration)), {}, log), 1u);
  EXPECT_THAT(said, ElementsAre(HasSubstr("channel 1 spans 0 to 200, training saw 0 to 500")));
  EXPECT_EQ(warn_of_narrow_ranges(whole, whole, {}, log), 0u);
}

}  // namespace
}  // namespace mote
