#include "target/narrow_requantization.h"

#include <gtest/gtest.h>

#include "target/requantization_for_tests.h"

namespace mote {
namespace {

constexpr int kLayers = 2000;

void expect_equal(const RequantizedChannel& channel, const NarrowChannel& narrow, int32_t shift, int32_t zero_point,
                  Rng& rng) {
  testing::expect_definition(channel, zero_point, rng, [&](int64_t accumulator) {
    return rt::narrow_requantize(static_cast<int32_t>(accumulator + narrow.offset), narrow.form, shift);
  });
}

/// How many of the layers have forms, in hundredths; those that do must be right.
int found_pct(uint64_t seed, bool any_zero_point, double smallest) {
  Rng rng(seed);
  int found = 0;
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::vector<RequantizedChannel> channels = testing::random_layer(rng, -rng.uniform(0, smallest));
    const int32_t zero_point = any_zero_point ? static_cast<int32_t>(rng.below(256)) - 128 : -128;
    const auto forms = narrow_forms(channels, zero_point);
    if (!forms) continue;
    ++found;
    EXPECT_EQ(forms->channels.size(), channels.size());
    for (size_t i = 0; i < channels.size(); ++i)
      expect_equal(channels[i], forms->channels[i], forms->shift, zero_point, rng);
  }
  return found * 100 / kLayers;
}

TEST(NarrowForms, OfRandomLayersHaveTheDefinitionsThresholds) {
  EXPECT_GE(found_pct(21, false, 11), 99);
}

TEST(NarrowForms, StepWhereOutputsBeginBelowTheZeroPoint) {
  EXPECT_GE(found_pct(22, true, 11), 99);
}

/// 20 bits of places leave 24 of the factor: not always enough.
TEST(NarrowForms, OfSmallFactorsAreRightWhereThereAreAny) {
  EXPECT_GE(found_pct(23, true, 13), 50);
}

/// Training leaves channels without weights, with a bias at the end of its range and no factor.
TEST(NarrowForms, OfAChannelThatNeverChangesAreItsOutput) {
  const std::vector<RequantizedChannel> channels = {
      {{1 << 30, -6}, -9000, 9000, 0}, {{1 << 30, -8}, 70, 90, 0}, {{0, 0}, 1073741824, 1073741824, 0}};
  const auto forms = narrow_forms(channels, 5);
  ASSERT_TRUE(forms);
  Rng rng(24);
  for (size_t i = 0; i < channels.size(); ++i) expect_equal(channels[i], forms->channels[i], forms->shift, 5, rng);
}

TEST(NarrowForms, AreNoneWhereRuleQ4WrapsOrPlacesDo) {
  EXPECT_FALSE(narrow_forms(std::vector<RequantizedChannel>{{{1 << 30, 3}, -1000, 1000, 0}}, 0));
  EXPECT_FALSE(narrow_forms(std::vector<RequantizedChannel>{{{1 << 30, -4}, INT32_MIN + 1, INT32_MAX - 1, 0}}, 0));
}

}  // namespace
}  // namespace mote
