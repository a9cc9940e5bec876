#include "data/dataset.h"

#include <gmock/gmock.h>

#include "data/augment.h"
#include "data/features.h"
#include "data/normalize.h"
#include "data/summary.h"
#include "data/test_files.h"

namespace mote {
namespace {

using test::Collected;
using test::error_text;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

/// One channel that counts up from 0, one recording for each list of labels.
RecordingSet counting(const std::vector<std::vector<int>>& labels) {
  RecordingSet set;
  set.channels = {"a"};
  set.classes = {"p", "q"};
  set.subjects = {"s"};
  set.rate_hz = 10;
  for (const auto& one : labels) {
    Recording r;
    r.path = "r.csv";
    r.labels = one;
    for (size_t i = 0; i < one.size(); ++i) r.samples.push_back(static_cast<float>(i));
    set.recordings.push_back(r);
  }
  return set;
}

Dataset windows(const std::vector<std::vector<int>>& labels, const WindowConfig& config) {
  const auto made = make_dataset(counting(labels), config);
  EXPECT_TRUE(made) << error_text(made);
  return made.value_or(Dataset{});
}

using W = WindowConfig;

TEST(Window, SlidesWithinARecording) {
  const Dataset d = windows({{0, 0, 0, 0, 0}, {1, 1, 1}}, {.length_s = 0.3, .hop_s = 0.1});
  EXPECT_EQ(d.length, 3u);
  EXPECT_THAT(d.samples, ElementsAre(0, 1, 2, 1, 2, 3, 2, 3, 4, 0, 1, 2));
  EXPECT_THAT(d.labels, ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(d.recording_ids, ElementsAre(0, 0, 0, 1));
  EXPECT_EQ(windows({{0, 0, 0, 0, 0}}, {.length = 2}).size(), 2u) << "without a hop windows stand side by side";
}

TEST(Window, LabelsByMajorityOrStrictly) {
  const std::vector<std::vector<int>> labels = {{0, 0, 1, 1, 1, -1, -1}};
  EXPECT_THAT(windows(labels, {.length = 3, .hop = 1}).labels, ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(windows(labels, {.length = 3, .hop = 1, .label = W::Label::kStrict}).labels, ElementsAre(1));
  EXPECT_THAT(windows({{0, 1}}, {.length = 2}).labels, ElementsAre(0)) << "the lower index wins a tie";
}

TEST(Window, PadsShortRecordings) {
  const std::vector<std::vector<int>> two = {{0, 0}};
  EXPECT_THAT(windows(two, {.length = 5, .when_short = W::Short::kPad}).samples, ElementsAre(0, 1, 1, 1, 1));
  EXPECT_THAT(windows(two, {.length = 5, .when_short = W::Short::kCenter}).samples, ElementsAre(0, 0, 1, 1, 1));
  EXPECT_THAT(windows({{0, 0, 0}}, {.length = 5, .when_short = W::Short::kCenter, .pad = W::Pad::kZero}).samples,
              ElementsAre(0, 0, 1, 2, 0));
  Collected collected;
  const auto skipped = make_dataset(counting({{0, 0}, {1, 1, 1}}), {.length = 3}, collected.log);
  ASSERT_TRUE(skipped);
  EXPECT_EQ(skipped->size(), 1u);
  EXPECT_THAT(collected.warnings, ElementsAre(HasSubstr("1 of 2 recordings are shorter than a window of 3 samples")));
}

TEST(Window, TakesARecordingAsOneWindow) {
  const W crop{.length = 3, .mode = W::Mode::kWhole},
      squeeze{.length = 3, .mode = W::Mode::kWhole, .fit = W::Fit::kResample};
  EXPECT_THAT(windows({{0, 0, 0, 0, 0}}, crop).samples, ElementsAre(1, 2, 3));
  EXPECT_THAT(windows({{0}}, crop).samples, ElementsAre(0, 0, 0));
  EXPECT_THAT(windows({{0, 0, 0, 0, 0}}, squeeze).samples, ElementsAre(0, 2, 4));
}

TEST(Window, SaysWhyNothingIsLeft) {
  EXPECT_THAT(error_text(make_dataset(counting({{0, 0}}), {.length = 3})),
              HasSubstr("no window of 3 samples fits into the 1 recordings; shorten"));
  RecordingSet unknown = counting({{0, 0}});
  unknown.rate_hz = 0;
  EXPECT_THAT(error_text(make_dataset(unknown, {.length_s = 1})), HasSubstr("the rate is unknown; set [data] rate_hz"));
}

TEST(Window, CarriesRegressionTargets) {
  test::DataFolder folder;
  folder.write("sine.csv", "x,y\n0,0\n1,0.5\n2,1\n");
  DataConfig config;
  config.targets = {"y"};
  config.label = {};
  const auto d = load_dataset_in(config, {.length = 1}, folder.path());
  ASSERT_TRUE(d) << d.error().text();
  EXPECT_THAT(d->samples, ElementsAre(0, 1, 2));
  EXPECT_THAT(d->targets, ElementsAre(0, 0.5f, 1));
  EXPECT_TRUE(d->labels.empty());
  EXPECT_THAT(d->target_names, ElementsAre("y"));
}

TEST(ClassWeights, MakeClassesCountAlike) {
  Dataset d;
  d.classes = {"a", "b", "c"};
  d.labels = {0, 0, 0, 1, 2};
  const std::vector<size_t> of = {0, 1, 2, 3};
  EXPECT_THAT(class_weights(d, of), ElementsAre(FloatNear(4.0f / 6, 1e-6f), 2, 0));
}

TEST(Normalization, IsFittedOnTheGivenWindowsOnly) {
  Dataset d = windows({{0, 0}, {1, 1}}, {.length = 2});
  d.samples = {1, 3, 1000, 2000};
  const std::vector<size_t> train = {0};
  const auto n = fit_normalization(d, train);
  ASSERT_TRUE(n);
  EXPECT_THAT(n->mean, ElementsAre(2));
  EXPECT_THAT(n->deviation, ElementsAre(1));
  std::vector<float> x = {4, 2};
  normalize(*n, x);
  EXPECT_THAT(x, ElementsAre(2, 0));
  EXPECT_EQ(normalization(to_json(*n), "m").value(), *n);
  EXPECT_THAT(error_text(fit_normalization(d, {})), HasSubstr("no training windows"));
  EXPECT_THAT(error_text(normalization({{"mean", {1}}, {"deviation", {0}}}, "m")), HasSubstr("deviations above 0"));
}

TEST(Normalization, LeavesConstantChannelsFinite) {
  Dataset d = windows({{0, 0}}, {.length = 2});
  d.samples = {0.1f, 0.1f};
  const std::vector<size_t> all = {0};
  EXPECT_THAT(fit_normalization(d, all)->deviation, ElementsAre(1));
}

TEST(Features, AreMeanDeviationRangeEnergy) {
  Dataset d = windows({{0, 0}}, {.length = 2});
  d.samples = {1, 3};
  const std::vector<size_t> all = {0};
  const FeatureMatrix m = window_features(d, all);
  EXPECT_THAT(m.values, ElementsAre(2, 1, 2, 5));
  EXPECT_THAT(m.names, ElementsAre("mean a", "deviation a", "range a", "energy a"));
}

TEST(Summary, CountsClassesSubjectsAndRanges) {
  const RecordingSet set = counting({{0, 0, 0, 1}, {1, 1}});
  const Dataset d = make_dataset(set, {.length = 2}).value();
  const DataSummary s = summarize(set, d);
  EXPECT_EQ(s.recordings, 2u);
  EXPECT_DOUBLE_EQ(s.seconds, 0.6);
  EXPECT_EQ(s.classes[0].windows, 2u);
  EXPECT_EQ(s.classes[1].recordings, 2u);
  EXPECT_DOUBLE_EQ(s.classes[1].seconds, 0.3);
  EXPECT_EQ(s.subjects[0].windows, 3u);
  EXPECT_EQ(s.windows_of[0][1], 1u);
  EXPECT_EQ(s.channels[0].high, 3);
  EXPECT_NEAR(s.channels[0].mean, 7.0 / 6, 1e-12);
  EXPECT_EQ(to_json(s)["classes"][1]["name"], "q");
}

Dataset three_axes() {
  Dataset d;
  d.channels = 3;
  d.length = 50;
  d.channel_names = {"x", "y", "z"};
  return d;
}

std::vector<float> ramp() {
  std::vector<float> w;
  for (size_t i = 0; i < 150; ++i) w.push_back(static_cast<float>(i % 3 == 0 ? i : 1));
  return w;
}

std::vector<float> augmented(const AugmentConfig& config, uint64_t seed, uint64_t epoch, uint64_t sample) {
  const auto a = Augmenter::make(config, three_axes(), {{0, 0, 0}, {1, 2, 4}});
  EXPECT_TRUE(a) << error_text(a);
  std::vector<float> w = ramp();
  if (a) a->apply(w, seed, epoch, sample);
  return w;
}

TEST(Augment, DependsOnSeedEpochAndSampleAlone) {
  const AugmentConfig all{.noise = {0.1},
                          .shift = {0.2},
                          .scale = {0.2},
                          .rotation_deg = {20},
                          .dropout = {0.1},
                          .axes = {{"x", "y", "z"}}};
  EXPECT_EQ(augmented(all, 1, 2, 3), augmented(all, 1, 2, 3));
  EXPECT_NE(augmented(all, 1, 2, 3), augmented(all, 1, 2, 4));
  EXPECT_NE(augmented(all, 1, 2, 3), augmented(all, 1, 3, 3));
  EXPECT_NE(augmented(all, 1, 2, 3), augmented(all, 2, 2, 3));
  EXPECT_EQ(augmented({}, 1, 2, 3), ramp());
  EXPECT_EQ(augmented({.noise = {0.5, 0}}, 1, 2, 3), ramp()) << "probability 0";
}

TEST(Augment, RotationKeepsLengthsAndNoiseFollowsTheChannel) {
  const std::vector<float> before = ramp(),
                           turned = augmented({.rotation_deg = {30}, .axes = {{"x", "y", "z"}}}, 7, 0, 0);
  EXPECT_NE(turned, before);
  double squares[3] = {};
  for (uint64_t s = 0; s < 200; ++s) {
    const std::vector<float> noisy = augmented({.noise = {0.5}}, 3, 0, s);
    for (size_t i = 0; i < before.size(); ++i) squares[i % 3] += std::pow(static_cast<double>(noisy[i] - before[i]), 2);
  }
  for (size_t t = 0; t < 50; ++t)
    EXPECT_NEAR(std::hypot(turned[3 * t], turned[3 * t + 1], turned[3 * t + 2]),
                std::hypot(before[3 * t], before[3 * t + 1], before[3 * t + 2]), 1e-3);
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(std::sqrt(squares[c] / 10000), 0.5 * (1 << c), 0.05 * (1 << c));
}

TEST(Augment, ShiftRepeatsTheEdgeAndDropoutTheStepBefore) {
  const std::vector<float> before = ramp();
  for (uint64_t s = 0; s < 50; ++s) {
    const std::vector<float> shifted = augmented({.shift = {0.2}}, 5, 0, s);
    for (size_t t = 1; t < 50; ++t) {
      const float step = shifted[3 * t] - shifted[3 * t - 3];
      EXPECT_TRUE(step == 0 || step == 3);
    }
    EXPECT_LE(shifted[0], 30);
    const std::vector<float> dropped = augmented({.dropout = {0.3}}, 5, 0, s);
    for (size_t t = 1; t < 50; ++t)
      EXPECT_TRUE(dropped[3 * t] == before[3 * t] || dropped[3 * t] == dropped[3 * t - 3]);
  }
  EXPECT_NE(augmented({.dropout = {0.3}}, 5, 0, 0), before);
}

TEST(Augment, NamesAnUnknownChannel) {
  EXPECT_EQ(error_text(Augmenter::make({.axes = {{"x", "y", "w"}}}, three_axes(), {{0, 0, 0}, {1, 1, 1}})),
            "[augment] axes names the channel \"w\", which the data does not have; it has x, y, z");
}

}  // namespace
}  // namespace mote
