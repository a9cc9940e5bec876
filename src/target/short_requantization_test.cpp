#include "target/short_requantization.h"

#include <gtest/gtest.h>

#include "mote/rt/short_requantize.h"
#include "target/requantization_for_tests.h"

namespace mote {
namespace {

constexpr int kLayers = 3000;

int32_t by_form(const RequantizedChannel& channel, const ShortForm& form, int32_t shift, int64_t accumulator) {
  const int64_t biased = accumulator * (int64_t{1} << channel.scale_bits) + form.bias;
  EXPECT_EQ(biased, static_cast<int32_t>(biased));
  return rt::short_requantize(static_cast<int32_t>(biased), form.multiplier, form.addend, form.step,
                              shift + channel.scale_bits);
}

std::vector<RequantizedChannel> random_layer(Rng& rng, ShortKind kind) {
  std::vector<RequantizedChannel> channels = testing::random_layer(rng, -rng.uniform(3, 13), -1.05);
  for (size_t i = 0; i < channels.size(); ++i) channels[i].scale_bits = kind == ShortKind::kPlain && i % 2 == 0 ? 0 : 8;
  return channels;
}

void expect_forms(ShortKind kind, uint64_t seed) {
  Rng rng(seed);
  int found = 0;
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::vector<RequantizedChannel> channels = random_layer(rng, kind);
    const int32_t zero_point = kind == ShortKind::kPlain ? -128 : static_cast<int32_t>(rng.below(256)) - 128;
    const auto forms = short_forms(channels, zero_point, kind);
    if (!forms) continue;
    ++found;
    ASSERT_EQ(forms->channels.size(), channels.size());
    for (size_t i = 0; i < channels.size(); ++i)
      testing::expect_definition(channels[i], zero_point, rng, [&](int64_t accumulator) {
        return by_form(channels[i], forms->channels[i], forms->shift, accumulator);
      });
  }
  EXPECT_GE(found, kLayers * 99 / 100);
}

TEST(ShortForms, PlainOnesOfRandomLayersHaveTheDefinitionsThresholds) {
  expect_forms(ShortKind::kPlain, 11);
}

TEST(ShortForms, SteppedOnesOfRandomLayersHaveTheDefinitionsThresholds) {
  expect_forms(ShortKind::kStepped, 12);
}

/// Training leaves channels without weights, with a bias at the end of its range and a factor near nothing.
TEST(ShortForms, OfAChannelThatNeverChangesAreItsOutput) {
  const std::vector<RequantizedChannel> channels = {
      {{1 << 30, -6}, -9000, 9000, 0}, {{1 << 30, -27}, 1073741824, 1073741824, 8}, {{0, 0}, -1000, 1000, 0}};
  for (const ShortKind kind : {ShortKind::kPlain, ShortKind::kStepped}) {
    const auto forms = short_forms(std::span(channels).subspan(kind == ShortKind::kPlain ? 0 : 1), -128, kind);
    ASSERT_TRUE(forms);
    for (size_t i = 1; i <= 2; ++i) {
      const ShortForm& form = forms->channels[i - (kind == ShortKind::kPlain ? 0 : 1)];
      EXPECT_EQ(
          rt::short_requantize(12345, form.multiplier, form.addend, form.step, forms->shift + channels[i].scale_bits),
          testing::by_definition(channels[i], -128, channels[i].low));
    }
  }
}

TEST(ShortForms, AreNoneWhereTheFactorLeavesNoRoom) {
  const auto none = [](const RequantizedChannel& channel) {
    return !short_forms(std::vector{channel}, -128, ShortKind::kPlain);
  };
  EXPECT_TRUE(none({{1 << 30, 0}, -1000, 1000, 0}));
  EXPECT_TRUE(none({{1 << 30, 3}, -1000, 1000, 8}));
  EXPECT_TRUE(none({{1 << 30, -4}, -(int64_t{1} << 25), 1000, 8}));
  EXPECT_FALSE(none({{1 << 30, -4}, -1000, 1000, 0}));
}

}  // namespace
}  // namespace mote
