#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compress/scheme.h"

namespace mote {

/// Counts of values in equal bins between the smallest and the largest one seen.
class Histogram {
 public:
  Histogram(ValueRange range, int bins) : range_(range), counts_(static_cast<size_t>(bins)) {}

  void add(std::span<const float> values);

  [[nodiscard]] ValueRange range() const { return range_; }
  [[nodiscard]] std::span<const int64_t> counts() const { return counts_; }
  [[nodiscard]] int64_t total() const { return total_; }
  [[nodiscard]] double bin_width() const;
  [[nodiscard]] double bin_center(size_t bin) const;

 private:
  ValueRange range_;
  std::vector<int64_t> counts_;
  int64_t total_ = 0;
};

/// The central part of the histogram that holds `percent` of the values; the rest is cut half on either side. Zero
/// stays inside.
[[nodiscard]] ValueRange percentile_range(const Histogram& histogram, double percent);

/// The range (containing zero) with the least sum of squared errors of int8 rounding inside and of cutting outside.
[[nodiscard]] ValueRange least_squares_range(const Histogram& histogram);

/// The range (containing zero) whose 256-level form has the least Kullback-Leibler divergence from the histogram;
/// what is cut off counts for the ends.
[[nodiscard]] ValueRange least_divergence_range(const Histogram& histogram);

}  // namespace mote
