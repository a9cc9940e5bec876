#include "target/short_requantization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "mote/rt/short_requantize.h"

namespace mote {
namespace {

constexpr int kLayers = 3000;

int32_t by_definition(const RequantizedChannel& channel, int32_t zero_point, int64_t accumulator) {
  return rt::requantize(static_cast<int32_t>(accumulator), channel.factor.multiplier, channel.factor.shift,
                        {zero_point, -128, 127});
}
int32_t by_form(const RequantizedChannel& channel, const ShortForm& form, int32_t shift, int64_t accumulator) {
  const int64_t biased = accumulator * (int64_t{1} << channel.scale_bits) + form.bias;
  EXPECT_EQ(biased, static_cast<int32_t>(biased));
  return rt::short_requantize(static_cast<int32_t>(biased), form.multiplier, form.addend, form.step,
                              shift + channel.scale_bits);
}

/// Every output's first accumulator and the one before it, found by walking over the definition: nothing of the search.
void expect_equal(const RequantizedChannel& channel, const ShortForm& form, int32_t shift, int32_t zero_point,
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
  for (const int64_t accumulator : tried)
    ASSERT_EQ(by_form(channel, form, shift, accumulator), by_definition(channel, zero_point, accumulator))
        << "accumulator " << accumulator << ", factor " << channel.factor.multiplier << " 2^" << channel.factor.shift;
}

/// A layer whose factors spread over up to 64 and whose accumulators may reach far beyond all outputs.
std::vector<RequantizedChannel> random_layer(Rng& rng, ShortKind kind) {
  std::vector<RequantizedChannel> channels(1 + rng.below(12));
  const double smallest = -rng.uniform(3, 13);
  const double spread = rng.uniform(0, 6);
  for (size_t i = 0; i < channels.size(); ++i) {
    const double factor = std::exp2(std::min(-1.05, smallest + rng.uniform(0, spread)));
    int exponent = 0;
    const double mantissa = std::frexp(factor, &exponent);
    channels[i].factor = {static_cast<int32_t>(mantissa * 2147483647.0), exponent};
    const auto reach = std::min(static_cast<int64_t>(rng.uniform(0.2, 4) * 256 / factor), int64_t{8000000});
    channels[i].low = -reach - static_cast<int64_t>(rng.below(1000));
    channels[i].high = reach;
    channels[i].scale_bits = kind == ShortKind::kPlain && i % 2 == 0 ? 0 : 8;
  }
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
      expect_equal(channels[i], forms->channels[i], forms->shift, zero_point, rng);
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
          by_definition(channels[i], -128, channels[i].low));
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
