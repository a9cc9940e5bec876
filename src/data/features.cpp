#include "data/features.h"

#include <algorithm>
#include <cmath>

namespace mote {

FeatureMatrix window_features(const Dataset& d, std::span<const size_t> of) {
  FeatureMatrix m;
  m.rows = of.size();
  m.columns = 4 * d.channels;
  for (const std::string& channel : d.channel_names)
    for (const char* statistic : {"mean", "deviation", "range", "energy"})
      m.names.push_back(statistic + (" " + channel));
  m.values.reserve(m.rows * m.columns);
  const auto n = static_cast<double>(d.length);
  for (const size_t i : of) {
    const std::span<const float> window = d.window(i);
    for (size_t c = 0; c < d.channels; ++c) {
      double sum = 0, energy = 0;
      float low = window[c], high = window[c];
      for (size_t at = c; at < window.size(); at += d.channels) {
        const double x = static_cast<double>(window[at]);
        sum += x;
        energy += x * x;
        low = std::min(low, window[at]);
        high = std::max(high, window[at]);
      }
      const double mean = sum / n;
      double squares = 0;
      for (size_t at = c; at < window.size(); at += d.channels) {
        const double away = static_cast<double>(window[at]) - mean;
        squares += away * away;
      }
      m.values.push_back(static_cast<float>(mean));
      m.values.push_back(static_cast<float>(std::sqrt(squares / n)));
      m.values.push_back(high - low);
      m.values.push_back(static_cast<float>(energy / n));
    }
  }
  return m;
}

}  // namespace mote
