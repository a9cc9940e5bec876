#include "target/byte_requantization.h"

#include <gtest/gtest.h>

#include "target/requantization_for_tests.h"

namespace mote {
namespace {

constexpr int kLayers = 2000;

void expect_equal(const RequantizedChannel& channel, const ByteChannel& byte, int32_t zero_point, Rng& rng) {
  testing::expect_definition(channel, zero_point, rng, [&](int64_t accumulator) {
    const int64_t place = (byte.is_constant ? 0 : accumulator) + byte.offset;
    EXPECT_LT(std::abs(place), 1 << 23);
    return rt::byte_requantize(static_cast<int32_t>(place), byte.form);
  });
}

/// How many of the channels have forms, in thousandths; those that do must be right.
int found_permille(uint64_t seed, bool any_zero_point, double smallest) {
  Rng rng(seed);
  int found = 0, all = 0;
  for (int layer = 0; layer < kLayers; ++layer) {
    const int32_t zero_point = any_zero_point ? static_cast<int32_t>(rng.below(256)) - 128 : -128;
    for (const RequantizedChannel& channel : testing::random_layer(rng, -rng.uniform(0, smallest))) {
      const auto forms = byte_forms(std::vector<RequantizedChannel>{channel}, zero_point);
      ++all;
      if (!forms) continue;
      ++found;
      expect_equal(channel, forms->front(), zero_point, rng);
    }
  }
  return found * 1000 / all;
}

TEST(ByteForms, OfRandomChannelsHaveTheDefinitionsThresholds) {
  EXPECT_GE(found_permille(31, false, 12), 999);
}

TEST(ByteForms, StepWhereOutputsBeginBelowTheZeroPoint) {
  EXPECT_GE(found_permille(32, true, 12), 999);
}

/// Where even the least accumulator gives more than -127.
TEST(ByteForms, BeginBelowTheFirstAccumulator) {
  Rng rng(33);
  for (const int32_t shift : {-3, -7, -8, -9, -12}) {
    const int64_t unit = int64_t{1} << -shift;
    const RequantizedChannel channel{{1602367140, shift}, 40 * unit, 300 * unit, 0};
    const auto forms = byte_forms(std::vector<RequantizedChannel>{channel}, -100);
    ASSERT_TRUE(forms) << shift;
    expect_equal(channel, forms->front(), -100, rng);
  }
}

/// Training leaves channels without weights, with a bias at the end of its range and no factor.
TEST(ByteForms, OfAChannelThatNeverChangesAreItsOutput) {
  const std::vector<RequantizedChannel> channels = {{{1 << 30, -6}, -9000, 9000, 0},
                                                    {{1 << 30, -8}, 70, 90, 0},
                                                    {{1 << 30, -8}, -90000, -80000, 0},
                                                    {{1 << 30, -8}, 80000, 90000, 0},
                                                    {{0, 0}, 1073741824, 1073741824, 0}};
  const auto forms = byte_forms(channels, 5);
  ASSERT_TRUE(forms);
  Rng rng(34);
  for (size_t i = 0; i < channels.size(); ++i) expect_equal(channels[i], (*forms)[i], 5, rng);
}

TEST(ByteForms, AreNoneWhereRuleQ4WrapsOrPlacesLeave24Bits) {
  EXPECT_FALSE(byte_forms(std::vector<RequantizedChannel>{{{1 << 30, 3}, -1000, 1000, 0}}, 0));
  EXPECT_FALSE(byte_forms(std::vector<RequantizedChannel>{{{1 << 30, -8}, -9000000, 1000, 0}}, 0));
  EXPECT_FALSE(byte_forms(std::vector<RequantizedChannel>{{{1 << 30, -8}, -1000, 9000000, 0}}, 0));
}

}  // namespace
}  // namespace mote
