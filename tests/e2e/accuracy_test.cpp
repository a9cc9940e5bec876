/// What bench/accuracy promises holds: every protocol with one seed, people and recordings never on both sides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "pipeline/cross_validate.h"
#include "test_support.h"
#include "train/metrics.h"

namespace mote {
namespace {

Result<CrossValidation> one_seed(const std::string& project_file) {
  MOTE_TRY_ASSIGN(const Project project, load_project(testing::source_path("bench/accuracy/" + project_file)));
  return cross_validate(project, 1, Progress{}, Log{});
}

/// Of the pooled test windows, all seeds.
double recall_of(const CrossValidation& result, const std::string& name) {
  const auto at = std::find(result.classes.begin(), result.classes.end(), name);
  EXPECT_NE(at, result.classes.end()) << "no class " << name;
  if (at == result.classes.end()) return 0;
  return recall(result.confusion, static_cast<size_t>(at - result.classes.begin()));
}

/// Rows are linear baseline, float and int8; the network is worth its bytes and loses next to nothing in int8.
void expect_sound(const CrossValidation& result) {
  ASSERT_EQ(result.rows.size(), 3U);
  EXPECT_GT(result.rows[2].macro_f1.mean, result.rows[0].macro_f1.mean);
  EXPECT_NEAR(result.rows[2].macro_f1.mean, result.rows[1].macro_f1.mean, 0.03);
  EXPECT_EQ(result.confusion.total(), static_cast<int64_t>(result.windows));
}

TEST(Accuracy, ActivityOfPeopleNotSeen) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const CrossValidation result, one_seed("activity.toml"));
  EXPECT_EQ(result.folds, 5U);
  expect_sound(result);
  EXPECT_GE(result.rows[2].macro_f1.mean, 0.85);  // 0.86 is the goal of the mean over three seeds
}

TEST(Accuracy, MagicWandOfAPersonNotSeen) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const CrossValidation result, one_seed("magic_wand.toml"));
  EXPECT_EQ(result.folds, 2U);
  expect_sound(result);
  EXPECT_GE(result.rows[2].accuracy.mean, 0.97);
  EXPECT_GE(recall_of(result, "negative"), 0.95);
}

TEST(Accuracy, SpellsOfOnePerson) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const CrossValidation result, one_seed("spells.toml"));
  EXPECT_EQ(result.folds, 5U);
  EXPECT_EQ(result.windows, 100U);
  expect_sound(result);
  EXPECT_GE(result.rows[2].accuracy.mean, 0.93);
}

}  // namespace
}  // namespace mote
