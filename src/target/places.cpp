#include "target/places.h"

namespace mote {

Places places_of(const RequantizedChannel& channel, int32_t zero_point) {
  Places places;
  places.thresholds = thresholds_of(channel, zero_point);
  places.first = places.thresholds.front();
  places.limit = places.thresholds.back() - places.first;
  const int32_t above = std::clamp(zero_point + 1, kLeastOutput + 1, kMostOutput);
  places.pivot = places.thresholds[static_cast<size_t>(above - kLeastOutput - 1)] - places.first;
  places.last = channel.high - places.first;
  return places;
}

bool has_places(const RequantizedChannel& channel) {
  return channel.factor.multiplier > 0 && channel.factor.shift <= 0 && channel.low <= channel.high &&
         channel.low > INT32_MIN && channel.high < INT32_MAX && channel.high - channel.low < INT32_MAX;
}

}  // namespace mote
