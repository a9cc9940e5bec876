#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <array>

#include "train/schedule.h"

namespace mote {
namespace {

using Kind = ScheduleConfig::Kind;

std::vector<ParameterRange> two_ranges() {
  return {{0, 1, true}, {1, 1, false}};
}

TEST(Optimizer, SgdWithMomentumFollowsItsRecurrence) {
  for (const bool nesterov : {false, true}) {
    Optimizer optimizer({.kind = OptimizerKind::kSgd, .momentum = 0.5, .nesterov = nesterov}, two_ranges(), 2);
    std::vector<float> w = {1, 2};
    const std::vector<float> g = {1, -1};
    optimizer.step(w, g, 0.1);
    optimizer.step(w, g, 0.1);
    // v = 1, then 1.5
    const float moved = nesterov ? 0.1f * 1.5f + 0.1f * 1.75f : 0.1f * 1.0f + 0.1f * 1.5f;
    EXPECT_NEAR(w[0], 1 - moved, 1e-6);
    EXPECT_NEAR(w[1], 2 + moved, 1e-6);
  }
}

TEST(Optimizer, AdamMovesByTheRateUnderASteadyGradientOfAnySize) {
  Optimizer optimizer({}, two_ranges(), 2);
  std::vector<float> w = {0, 0};
  const std::vector<float> g = {1000, -0.01f};
  for (int i = 0; i < 5; ++i) optimizer.step(w, g, 0.1);
  EXPECT_NEAR(w[0], -0.5, 1e-4);
  EXPECT_NEAR(w[1], 0.5, 1e-4);
}

TEST(Optimizer, DecayShrinksWeightsAndLeavesBiasesAlone) {
  for (const auto kind : {OptimizerKind::kSgd, OptimizerKind::kAdam}) {
    Optimizer optimizer({.kind = kind, .weight_decay = 0.1}, two_ranges(), 2);
    std::vector<float> w = {10, 10};
    const std::vector<float> g = {0, 0};
    optimizer.step(w, g, 0.5);
    EXPECT_NEAR(w[0], 9.5, 1e-5);
    EXPECT_EQ(w[1], 10);
  }
}

TEST(Schedule, Values) {
  EXPECT_EQ(Schedule({.kind = Kind::kConstant}, 0.4, 10).rate(7), 0.4);
  const Schedule step({.kind = Kind::kStep, .factor = 0.5, .step_epochs = 3}, 0.4, 10);
  EXPECT_NEAR(step.rate(2.9), 0.4, 1e-12);
  EXPECT_NEAR(step.rate(3.0), 0.2, 1e-12);
  EXPECT_NEAR(step.rate(9.5), 0.05, 1e-12);
  const Schedule cosine({.kind = Kind::kCosine, .final_fraction = 0.1}, 1, 10);
  EXPECT_NEAR(cosine.rate(0), 1, 1e-12);
  EXPECT_NEAR(cosine.rate(5), 0.55, 1e-12);
  EXPECT_NEAR(cosine.rate(10), 0.1, 1e-12);
  const Schedule cycle({.kind = Kind::kOneCycle, .rise = 0.4, .final_fraction = 0.001}, 1, 10);
  EXPECT_NEAR(cycle.rate(0), 0.04, 1e-12);
  EXPECT_NEAR(cycle.rate(2), 0.52, 1e-12);
  EXPECT_NEAR(cycle.rate(4), 1, 1e-12);
  EXPECT_NEAR(cycle.rate(10), 0.001, 1e-12);
}

TEST(Schedule, WarmUpRisesFromNothing) {
  const Schedule schedule({.kind = Kind::kCosine, .warmup_epochs = 2, .final_fraction = 0}, 1, 12);
  EXPECT_EQ(schedule.rate(0), 0);
  EXPECT_NEAR(schedule.rate(0.5), 0.25, 1e-12);
  EXPECT_NEAR(schedule.rate(2), 1, 1e-12);
  EXPECT_NEAR(schedule.rate(7), 0.5, 1e-12);
}

TEST(Schedule, PlateauLowersOnceForEachStagnantStretch) {
  Schedule schedule({.kind = Kind::kPlateau, .factor = 0.5, .patience = 2, .final_fraction = 0.2}, 1, 100);
  const std::array<bool, 8> lowered = {false, false, true, false, true, false, false, true};
  const std::array<size_t, 8> stagnant = {0, 1, 2, 3, 4, 0, 1, 2};
  for (size_t i = 0; i < lowered.size(); ++i) EXPECT_EQ(schedule.note_stagnation(stagnant[i]), lowered[i]) << i;
  EXPECT_NEAR(schedule.rate(50), 0.2, 1e-12);  // 0.125, but not below the floor
}

}  // namespace
}  // namespace mote
