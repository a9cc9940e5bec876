#include "target/narrow_requantization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace mote {
namespace {

constexpr int kLayers = 2000;

int32_t by_definition(const RequantizedChannel& channel, int32_t zero_point, int64_t accumulator) {
  return rt::requantize(static_cast<int32_t>(accumulator), channel.factor.multiplier, channel.factor.shift,
                        {zero_point, -128, 127});
}

/// Every output's first accumulator and the one before it, found by walking over the definition: nothing of the search.
void expect_equal(const RequantizedChannel& channel, const NarrowChannel& narrow, int32_t shift, int32_t zero_point,
                  Rng& rng) {
  std::vector<int64_t> tried = {channel.low, channel.high};
  for (int64_t at = channel.low; at < channel.high;) {
    const int32_t output = by_definition(channel, zero_point, at);
    int64_t same = at, other = channel.high + 1;  // [same, other) holds the last accumulator with this output
    while (other - same > 1) {
      const int64_t middle = (same + other) / 2;
      (by_definition(channel, zero_point, middle) == output ? same : other) = middle;
    }
    tried.insert(tried.end(), {same, std::min(other, channel.high)});
    at = other;
  }
  const auto span = static_cast<uint64_t>(channel.high - channel.low + 1);
  for (int i = 0; i < 50; ++i) tried.push_back(channel.low + static_cast<int64_t>(rng.below(span)));
  for (const int64_t accumulator : tried) {
    const auto place = static_cast<int32_t>(accumulator + narrow.offset);
    ASSERT_EQ(rt::narrow_requantize(place, narrow.form, shift), by_definition(channel, zero_point, accumulator))
        << "accumulator " << accumulator << ", factor " << channel.factor.multiplier << " 2^" << channel.factor.shift;
  }
}

/// A layer whose factors spread over up to 64 and whose accumulators may reach far beyond all outputs.
std::vector<RequantizedChannel> random_layer(Rng& rng, double smallest) {
  std::vector<RequantizedChannel> channels(1 + rng.below(12));
  const double spread = rng.uniform(0, 6);
  for (RequantizedChannel& channel : channels) {
    const double factor = std::exp2(std::min(-0.05, smallest + rng.uniform(0, spread)));
    int exponent = 0;
    const double mantissa = std::frexp(factor, &exponent);
    channel.factor = {static_cast<int32_t>(mantissa * 2147483647.0), exponent};
    const auto reach = std::min(static_cast<int64_t>(rng.uniform(0.2, 4) * 256 / factor), int64_t{8000000});
    channel.low = -reach - static_cast<int64_t>(rng.below(1000));
    channel.high = reach;
  }
  return channels;
}

/// How many of the layers have forms, in hundredths; those that do must be right.
int found_pct(uint64_t seed, bool any_zero_point, double smallest) {
  Rng rng(seed);
  int found = 0;
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::vector<RequantizedChannel> channels = random_layer(rng, -rng.uniform(0, smallest));
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
