#include "target/thresholds.h"

namespace mote {

Thresholds thresholds_of(const RequantizedChannel& channel, int32_t zero_point) {
  Thresholds result{};
  int64_t from = channel.low;
  for (size_t i = 0; i < result.size(); ++i) {
    const int32_t k = kLeastOutput + 1 + static_cast<int32_t>(i);
    int64_t below = from - 1, at = channel.high + 1;
    while (at - below > 1) {
      const int64_t middle = below + (at - below) / 2;
      if (rt::multiply(static_cast<int32_t>(middle), channel.factor) + zero_point >= k)
        at = middle;
      else
        below = middle;
    }
    result[i] = from = at;
  }
  return result;
}

std::optional<int32_t> constant_output(const RequantizedChannel& channel, int32_t zero_point) {
  if (channel.low < INT32_MIN || channel.high > INT32_MAX) return std::nullopt;
  const auto output = [&](int64_t accumulator) {
    return rt::requantize(static_cast<int32_t>(accumulator), channel.factor.multiplier, channel.factor.shift,
                          {zero_point, kLeastOutput, kMostOutput});
  };
  const bool one = channel.low == channel.high;
  if (!one && (channel.factor.shift > 0 || output(channel.low) != output(channel.high))) return std::nullopt;
  return output(channel.low);
}

}  // namespace mote
