#include "compress/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mote {

namespace {
constexpr int kLevels = 256;

ValueRange with_zero(double low, double high) {
  return {static_cast<float>(std::min(low, 0.0)), static_cast<float>(std::max(high, 0.0))};
}

double squared_error(const Histogram& histogram, double low, double high) {
  const double scale = (high - low) / (kLevels - 1);
  const double rounding = scale * scale / 12;
  double sum = 0;
  for (size_t i = 0; i < histogram.counts().size(); ++i) {
    const auto n = static_cast<double>(histogram.counts()[i]);
    if (n == 0) continue;
    const double x = histogram.bin_center(i);
    const double cut = x - std::clamp(x, low, high);
    sum += n * (cut == 0 ? rounding : cut * cut);
  }
  return sum;
}

/// Divergence of the histogram, with its tails folded into the ends of [low, high], from its form in 256 levels.
double divergence(const Histogram& histogram, double low, double high) {
  const auto bins = histogram.counts().size();
  std::vector<double> folded(bins);
  std::vector<double> level_mass(kLevels);
  std::vector<double> level_bins(kLevels);
  const auto level = [&](double x) {
    return static_cast<size_t>(std::clamp((x - low) / (high - low) * kLevels, 0.0, kLevels - 1.0));
  };
  const auto inside = [&](size_t i) {
    const double x = histogram.bin_center(i);
    return x >= low && x <= high;
  };
  size_t first = 0;
  while (first + 1 < bins && !inside(first)) ++first;
  size_t last = bins - 1;
  while (last > first && !inside(last)) --last;
  for (size_t i = 0; i < bins; ++i) folded[std::clamp(i, first, last)] += static_cast<double>(histogram.counts()[i]);
  for (size_t i = first; i <= last; ++i) {
    if (histogram.counts()[i] == 0) continue;
    const size_t l = level(histogram.bin_center(i));
    level_mass[l] += static_cast<double>(histogram.counts()[i]);
    level_bins[l] += 1;
  }
  const auto total = static_cast<double>(histogram.total());
  double kept = 0;
  for (const double mass : level_mass) kept += mass;
  if (kept == 0) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (size_t i = first; i <= last; ++i) {
    if (folded[i] == 0) continue;
    const size_t l = level(histogram.bin_center(i));
    // An end that holds nothing but what was cut off would be infinitely unlikely: count it as one value.
    const double spread = level_bins[l] == 0 ? 1 : level_mass[l] / level_bins[l];
    sum += folded[i] / total * std::log(folded[i] / total / (spread / kept));
  }
  return sum;
}

/// Tries 64 places for one end after the other, twice, and keeps what loses least.
ValueRange least_loss(const Histogram& histogram, double (*loss)(const Histogram&, double low, double high)) {
  constexpr int kSteps = 64;
  constexpr int kRounds = 2;
  const ValueRange seen =
      with_zero(static_cast<double>(histogram.range().low), static_cast<double>(histogram.range().high));
  double low = static_cast<double>(seen.low);
  double high = static_cast<double>(seen.high);
  if (low == high) return seen;
  double best = loss(histogram, low, high);
  const auto attempt = [&](double candidate_low, double candidate_high) {
    if (candidate_low == candidate_high) return;
    const double found = loss(histogram, candidate_low, candidate_high);
    if (found >= best) return;
    best = found;
    low = candidate_low;
    high = candidate_high;
  };
  for (int round = 0; round < kRounds; ++round) {
    for (int step = 1; step < kSteps; ++step) attempt(low, static_cast<double>(seen.high) * step / kSteps);
    for (int step = 1; step < kSteps; ++step) attempt(static_cast<double>(seen.low) * step / kSteps, high);
  }
  return with_zero(low, high);
}

}  // namespace

double Histogram::bin_width() const {
  return (static_cast<double>(range_.high) - static_cast<double>(range_.low)) / static_cast<double>(counts_.size());
}

double Histogram::bin_center(size_t bin) const {
  return static_cast<double>(range_.low) + (static_cast<double>(bin) + 0.5) * bin_width();
}

void Histogram::add(std::span<const float> values) {
  const double width = bin_width();
  const double last = static_cast<double>(counts_.size()) - 1;
  for (const float value : values) {
    const double place = width > 0 ? (static_cast<double>(value) - static_cast<double>(range_.low)) / width : 0;
    ++counts_[static_cast<size_t>(std::clamp(place, 0.0, last))];
  }
  total_ += static_cast<int64_t>(values.size());
}

ValueRange percentile_range(const Histogram& histogram, double percent) {
  const double tail = static_cast<double>(histogram.total()) * (100 - percent) / 200;
  const auto bins = histogram.counts().size();
  size_t first = 0;
  double cut = static_cast<double>(histogram.counts()[0]);
  while (cut <= tail && first + 1 < bins) cut += static_cast<double>(histogram.counts()[++first]);
  size_t last = bins - 1;
  cut = static_cast<double>(histogram.counts()[last]);
  while (cut <= tail && last > first) cut += static_cast<double>(histogram.counts()[--last]);
  const double half = histogram.bin_width() / 2;
  return with_zero(first == 0 ? static_cast<double>(histogram.range().low) : histogram.bin_center(first) - half,
                   last + 1 == bins ? static_cast<double>(histogram.range().high) : histogram.bin_center(last) + half);
}

ValueRange least_squares_range(const Histogram& histogram) {
  return least_loss(histogram, squared_error);
}

ValueRange least_divergence_range(const Histogram& histogram) {
  return least_loss(histogram, divergence);
}

}  // namespace mote
