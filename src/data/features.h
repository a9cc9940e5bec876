#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace mote {

/// Rows of numbers, one row a window.
struct FeatureMatrix {
  size_t rows = 0, columns = 0;
  std::vector<float> values;       ///< [rows][columns]
  std::vector<std::string> names;  ///< [columns], as "mean ax"
};

/// Statistics of each channel over the window: mean, standard deviation, range (largest minus smallest), energy (mean
/// of squares). The input of the linear model that every network has to beat.
[[nodiscard]] FeatureMatrix window_features(const Dataset& dataset, std::span<const size_t> of);

}  // namespace mote
