#include "data/split.h"

#include <gmock/gmock.h>

#include <set>

#include "base/rng.h"
#include "data/test_files.h"

namespace mote {
namespace {

using test::Collected;
using test::error_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using By = SplitConfig::By;
using Rule = SplitConfig::Rule;

/// Each subject has `recordings` recordings of a few windows; classes go round.
Dataset people(size_t subjects, size_t recordings, size_t classes, uint64_t seed) {
  Rng rng(seed);
  Dataset d;
  d.channels = d.length = 1;
  for (size_t c = 0; c < classes; ++c) d.classes.push_back(std::string(1, static_cast<char>('a' + c)));
  for (size_t s = 0; s < subjects; ++s) {
    d.subjects.push_back(fmt::format("s{:02}", s + 1));
    for (size_t r = 0; r < recordings; ++r) {
      d.recordings.push_back(fmt::format("s{}_{}.csv", s + 1, r));
      for (uint64_t w = 0, n = 1 + rng.below(5); w < n; ++w) {
        d.labels.push_back(static_cast<int>(r % classes));
        d.subject_ids.push_back(static_cast<int>(s));
        d.recording_ids.push_back(static_cast<int>(d.recordings.size()) - 1);
      }
    }
  }
  return d;
}

std::set<int> ids(const std::vector<int>& of_window, const std::vector<size_t>& windows) {
  std::set<int> found;
  for (const size_t i : windows) found.insert(of_window[i]);
  return found;
}

bool disjoint(const std::set<int>& a, const std::set<int>& b) {
  for (const int x : a)
    if (b.contains(x)) return false;
  return true;
}

TEST(Split, NoUnitStandsOnTwoSides) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed + 1000);
    const size_t subjects = 2 + rng.below(20);
    const Dataset d = people(subjects, 2 + rng.below(6), 1 + rng.below(2), seed);
    const bool by_subject = seed % 2 == 0;
    const size_t folds = rng.below(2) == 0 ? 0 : 2 + rng.below(subjects - 1);
    const SplitConfig config{.by = by_subject ? By::kSubject : By::kRecording,
                             .folds = folds,
                             .holdout = rng.uniform(0.05, 0.6),
                             .validation = rng.uniform(0, 0.5),
                             .seed = seed};
    const auto splits = make_splits(d, config);
    ASSERT_TRUE(splits) << error_text(splits);
    ASSERT_EQ(splits->size(), std::max<size_t>(folds, 1));
    const std::vector<int>& units = by_subject ? d.subject_ids : d.recording_ids;
    std::multiset<size_t> tested;
    for (const Split& s : *splits) {
      const auto train = ids(units, s.train), validation = ids(units, s.validation), test = ids(units, s.test);
      EXPECT_TRUE(disjoint(train, test) && disjoint(train, validation) && disjoint(validation, test))
          << "seed " << seed;
      EXPECT_FALSE(train.empty());
      EXPECT_FALSE(test.empty());
      EXPECT_EQ(s.train.size() + s.validation.size() + s.test.size(), d.size());
      tested.insert(s.test.begin(), s.test.end());
    }
    for (size_t i = 0; folds > 0 && i < d.size(); ++i) EXPECT_EQ(tested.count(i), 1u);
  }
}

TEST(Split, SameSeedSameSplit) {
  const Dataset d = people(9, 3, 3, 1);
  const auto test_of = [&](uint64_t seed) { return make_splits(d, {.folds = 3, .seed = seed}).value()[0].test; };
  EXPECT_EQ(test_of(4), test_of(4));
  std::set<std::vector<size_t>> different;
  for (uint64_t seed = 0; seed < 10; ++seed) different.insert(test_of(seed));
  EXPECT_GT(different.size(), 3u);
}

TEST(Split, ModuloFollowsTheSubjectsNumber) {
  const Dataset d = people(10, 2, 2, 1);
  const auto splits = make_splits(d, {.rule = Rule::kModulo, .folds = 5, .validation = 0}).value();
  EXPECT_THAT(ids(d.subject_ids, splits[0].test), ElementsAre(0, 5));
  EXPECT_THAT(ids(d.subject_ids, splits[4].test), ElementsAre(4, 9));
  EXPECT_TRUE(splits[0].validation.empty());
  Dataset named = d;
  named.subjects[3] = "bob";
  EXPECT_THAT(error_text(make_splits(named, {.rule = Rule::kModulo, .folds = 5})), HasSubstr("one is named \"bob\""));
}

TEST(Split, GroupsAndTestNameSubjects) {
  const Dataset d = people(3, 4, 2, 1);
  SplitConfig c{.rule = Rule::kGroups, .folds = 2, .validation = 0, .groups = {{"s01", "s03"}, {"s02"}}};
  const auto splits = make_splits(d, c).value();
  EXPECT_THAT(ids(d.subject_ids, splits[0].test), ElementsAre(0, 2));
  EXPECT_THAT(ids(d.subject_ids, splits[0].train), ElementsAre(1));
  c.groups = {{"s01"}, {"s02"}};
  EXPECT_THAT(error_text(make_splits(d, c)), HasSubstr("the subject \"s03\" is in none of the groups"));
  c.groups = {{"s01", "s03"}, {"s02", "s01"}};
  EXPECT_THAT(error_text(make_splits(d, c)), HasSubstr("name the subject \"s01\" twice"));
  c.groups = {{"s01", "s03"}, {"s22"}};
  EXPECT_THAT(error_text(make_splits(d, c)), HasSubstr("did you mean \"s02\"?"));
  const auto held = make_splits(d, {.test = {"s02"}}).value();
  EXPECT_THAT(ids(d.subject_ids, held[0].test), ElementsAre(1));
}

TEST(Split, RecordingFoldsAreStratified) {
  const Dataset d = people(1, 40, 4, 2);
  const auto splits = make_splits(d, {.by = By::kRecording, .folds = 5}).value();
  ASSERT_EQ(splits.size(), 5u);
  for (const Split& s : splits) {
    std::vector<int> per_class(4);
    for (const int r : ids(d.recording_ids, s.test)) ++per_class[static_cast<size_t>(r % 4)];
    EXPECT_THAT(per_class, ElementsAre(2, 2, 2, 2));
  }
}

TEST(Split, RefusesOneSubjectUnlessAskedForRows) {
  const Dataset d = people(1, 6, 2, 3);
  EXPECT_THAT(error_text(make_splits(d, {})),
              HasSubstr("all recordings are of one subject (\"s01\"), so nobody is left to test on"));
  Collected collected;
  const auto rows = make_splits(d, {.by = By::kRows, .holdout = 0.5}, collected.log);
  ASSERT_TRUE(rows) << error_text(rows);
  EXPECT_THAT(collected.warnings, ElementsAre(HasSubstr("split by rows")));
  EXPECT_THAT(error_text(make_splits(people(3, 2, 2, 1), {.folds = 4})),
              HasSubstr("asks for 4 folds, but there are only 3 subjects"));
}

TEST(Split, RefusesAClassSeenOnce) {
  Dataset d = people(3, 2, 2, 3);
  d.classes.push_back("rare");
  d.labels.back() = 2;
  EXPECT_EQ(
      error_text(make_splits(d, {})),
      "s3_1.csv: the label \"rare\" is seen once only, so it cannot be both trained and tested; record it again or add "
      "it to [data] ignore_labels");
}

}  // namespace
}  // namespace mote
