#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "target/short_requantization.h"

namespace mote::testing {

inline int32_t by_definition(const RequantizedChannel& channel, int32_t zero_point, int64_t accumulator) {
  return rt::requantize(static_cast<int32_t>(accumulator), channel.factor.multiplier, channel.factor.shift,
                        {zero_point, -128, 127});
}

/// Compares at every output's first accumulator and the one before it, found by walking over the definition (nothing of
/// a search), and at random ones.
template <class Form>
void expect_definition(const RequantizedChannel& channel, int32_t zero_point, Rng& rng, const Form& form) {
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
    ASSERT_EQ(form(accumulator), by_definition(channel, zero_point, accumulator))
        << "accumulator " << accumulator << ", factor " << channel.factor.multiplier << " 2^" << channel.factor.shift;
  }
}

/// A layer whose factors spread over up to 64 and whose accumulators may reach far beyond all outputs.
/// `smallest` and `largest`: logarithms of factors.
inline std::vector<RequantizedChannel> random_layer(Rng& rng, double smallest, double largest = -0.05) {
  std::vector<RequantizedChannel> channels(1 + rng.below(12));
  const double spread = rng.uniform(0, 6);
  for (RequantizedChannel& channel : channels) {
    const double factor = std::exp2(std::min(largest, smallest + rng.uniform(0, spread)));
    int exponent = 0;
    const double mantissa = std::frexp(factor, &exponent);
    channel.factor = {static_cast<int32_t>(mantissa * 2147483647.0), exponent};
    const auto reach = std::min(static_cast<int64_t>(rng.uniform(0.2, 4) * 256 / factor), int64_t{8000000});
    channel.low = -reach - static_cast<int64_t>(rng.below(1000));
    channel.high = reach;
  }
  return channels;
}

}  // namespace mote::testing
